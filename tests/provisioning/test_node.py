"""Node.js comes from the virtual environment, and packages are installed once for each lock file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from appliance.run import run
from provisioning.lab.hub import HUB_FOLDER
from provisioning.lab.node import NodeError, ensure_modules, find_node

JUDGES = Path(__file__).resolve().parents[1] / "judges"
LOCKED = (HUB_FOLDER, JUDGES)


def empty_package(folder: Path) -> Path:
    folder.mkdir()
    (folder / "package.json").write_text('{"name": "x", "version": "1.0.0"}', encoding="ascii")
    lock = {
        "name": "x",
        "version": "1.0.0",
        "lockfileVersion": 3,
        "packages": {"": {"name": "x", "version": "1.0.0"}},
    }
    (folder / "package-lock.json").write_text(json.dumps(lock), encoding="ascii")
    return folder


def test_node_is_new_enough() -> None:
    major, minor, _ = run([find_node().node, "--version"]).out.decode().strip("v\n").split(".")
    assert (int(major), int(minor)) >= (24, 2)


@pytest.mark.parametrize("folder", LOCKED, ids=lambda folder: folder.name)
def test_versions_are_exact_and_no_registry_is_named(folder: Path) -> None:
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    versions = [*package["dependencies"].values(), *package.get("devDependencies", {}).values()]
    assert all(version[0].isdigit() for version in versions)
    lock = (folder / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    assert "://" not in "".join(line for line in lock.splitlines() if '"url"' not in line)
    assert "omit-lockfile-registry-resolved=true" in (folder / ".npmrc").read_text(encoding="utf-8")


def test_packages_are_installed_once_and_again_when_the_lock_changes(tmp_path: Path) -> None:
    folder = empty_package(tmp_path / "package")
    said: list[str] = []
    for _ in range(2):
        ensure_modules(folder, say=said.append)
    assert len(said) == 1
    lock = folder / "package-lock.json"
    lock.write_text(lock.read_text(encoding="ascii") + "\n", encoding="ascii")
    ensure_modules(folder, say=said.append)
    assert len(said) == 2
    shutil.rmtree(folder / "node_modules")
    ensure_modules(folder, say=said.append)
    assert len(said) == 3


def test_a_lock_that_does_not_fit_is_an_error_with_advice(tmp_path: Path) -> None:
    folder = empty_package(tmp_path / "package")
    (folder / "package.json").write_text('{"name": "x", "dependencies": {"left": "1.0.0"}}', encoding="ascii")
    with pytest.raises(NodeError) as caught:
        ensure_modules(folder, say=lambda _: None)
    assert caught.value.hint_ja


@pytest.mark.hub
def test_the_hub_passes_its_own_tests_and_type_check() -> None:
    ensure_modules(HUB_FOLDER)
    node = find_node().node
    tests = sorted((HUB_FOLDER / "test").glob("*.test.js"))
    assert tests
    done = run([node, "--test", *tests], timeout_s=120.0, check=False)
    assert done.status == 0, done.out.decode()
    compiler = HUB_FOLDER / "node_modules" / "typescript" / "bin" / "tsc"
    checked = run([node, compiler, "-p", HUB_FOLDER / "jsconfig.json"], timeout_s=120.0, check=False)
    assert checked.status == 0, checked.out.decode()
