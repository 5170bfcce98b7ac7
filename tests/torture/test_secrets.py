"""After a full run nobody finds a patient or a key on the disk, in what was printed, in files for a moment, or in /run.

The box's store and its temporary files lie on a file system of their own, in an image that is searched as raw bytes: what
was deleted or overwritten only in part is still there.
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.practice.facilities import CLINIC_A
from appliance.store import keys
from provisioning.lab import demo
from provisioning.lab.network import LOGIN, Box, PracticeNetwork
from tests.kiosk.client import Browser
from tests.torture.seeded import ENCODINGS, Seed, found_in, seeds_of, written_bytes

DISK_BYTES = 600 << 20
pytestmark = [pytest.mark.hub, pytest.mark.torture]


@dataclass(frozen=True, slots=True)
class Partition:
    """A file system in an image."""

    image: Path
    folder: Path


@pytest.fixture
def partition(tmp_path: Path) -> Iterator[Partition]:
    if os.geteuid() != 0 or not Path("/dev/loop-control").exists():
        pytest.skip("mounting an image needs root and loop devices")
    made = Partition(tmp_path / "disk", tmp_path / "mounted")
    with made.image.open("wb") as file:
        file.truncate(DISK_BYTES)
    made.folder.mkdir()
    subprocess.run(["mkfs.ext4", "-q", "-F", made.image], check=True)
    subprocess.run(["mount", "-o", "loop", made.image, made.folder], check=True)
    try:
        yield made
    finally:
        subprocess.run(["umount", made.folder], check=True)


def full_run(network: PracticeNetwork) -> Box:
    """Files, consents, deliveries, and somebody who looks a patient up at the kiosk."""
    network.wait_until_desks_answer()
    outcome = demo.run(network)
    assert outcome.right
    box = network.boxes[CLINIC_A.folder]
    browser = Browser(box.site.kiosk.port, network.pki.ca_path)
    browser.get("/sign-in")
    signed_in = browser.post("/sign-in", facility=box.facility.number, login=LOGIN, password=box.password)
    assert signed_in.status == 303
    with box.store() as store:
        chart, name = store.row("SELECT local_id, name FROM patients ORDER BY id") or ("", "")
    assert name.split("\u3000")[0] in browser.follow(browser.get(browser.open_patient(chart))).html
    return box


def test_nothing_of_a_full_run_can_be_read_without_the_key(
    partition: Partition, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    moments = partition.folder / "tmp"
    moments.mkdir()
    with PracticeNetwork(
        tmp_path / "network",
        patients=20,
        months=2,
        clinics=(CLINIC_A,),
        stores=partition.folder,
        environment={"TMPDIR": str(moments)},
    ) as network:
        box = full_run(network)
        run_folder = {path: path.read_bytes() for path in box.site.run_folder.rglob("*") if path.is_file()}
        dumps = [Path(f"/proc/{pid}/limits").read_text() for pid in box.supervisor.pids().values()]
        seeds = seeds_of(network.files, CLINIC_A.folder)
    key = keys.load_key(box.site.store.key_file)
    seeds += [
        Seed.key("store key", key),
        Seed.text("password", box.password),
        Seed.text("staff", "練習　花子"),
    ]
    assert {seed.what for seed in seeds} >= {"name", "kana", "chart number", "insurer", "insured"}
    printed = capfd.readouterr()

    os.sync()
    disk = written_bytes(partition.image)
    assert len(disk) > box.site.store.path.stat().st_size > 0
    assert found_in(disk, seeds) == []
    assert run_folder
    assert [path.name for path, content in run_folder.items() if found_in(content, seeds)] == []
    assert found_in((printed.out + printed.err).encode(), seeds) == []
    assert all("Max core file size        0                    0" in limits for limits in dumps)
    with capfd.disabled():
        print(
            f"\n{len(seeds)} seeds in {sum(len(seed.forms) for seed in seeds)} forms: none in {len(disk) >> 20} MB"
        )

    for encoding in ENCODINGS:
        assert plant(partition, f"控え：{seeds[0].what}、練習　太郎様".encode(encoding)), encoding
    for written in (key, key.hex().encode(), base64.b64encode(b"key=" + key)):
        assert plant(partition, written, Seed.key("planted", key))


def plant(partition: Partition, content: bytes, seed: Seed | None = None) -> bool:
    """Whether the search finds what a program wrote there and deleted."""
    file = partition.folder / "planted"
    file.write_bytes(content)
    os.sync()
    file.unlink()
    os.sync()
    wanted = seed or Seed.text("planted", "練習　太郎")
    return found_in(written_bytes(partition.image), [wanted]) == ["planted"]
