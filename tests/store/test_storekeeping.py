"""`renkei store check|backup|restore|dispose` as people and timers call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.cli import main
from appliance.store import swapping
from tests.store.backed_up import KEY, OPERATOR, Kept, bring, recovery

_SITE = """
device_id = "box-1"
run_folder = "run"
sources = []
facilities = [{ number = "1319999012", name = "練習用" }]
[store]
path = "store.db"
key_file = "store.key"
recovery_certificate = "recovery.pem"
[hub]
url = "https://127.0.0.1:9/fhir/R4"
ca = "ca.pem"
certificate = "box.pem"
key = "box.key"
[network]
name = "練習ネット"
policy = "policy.json"
signer = "signer.pem"
participants = "participants.json"
[kiosk]
certificate = "kiosk.pem"
key = "kiosk.key"
[[backups]]
name = "disk"
way = "local"
folder = "disk"
same_disk = true
"""


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    made = Kept.new(tmp_path)
    for name, content in (
        ("store.key", KEY),
        ("recovery.pem", OPERATOR.certificate),
        ("recovery.key", OPERATOR.key),
    ):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o600)
    (tmp_path / "disk").mkdir()
    (tmp_path / "site.toml").write_text(_SITE, encoding="utf-8")
    return made


def call(kept: Kept, *words: str) -> int:
    return main(["store", *words, "--site", str(kept.folder / "site.toml")])


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_a_backup_a_drill_and_a_restore(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(kept, "backup", "--json") == 0
    (one,) = told(capsys)["backups"]  # type: ignore[misc]
    assert (one["name"], one["code"], one["missing"]) == ("disk", "", 0)
    assert call(kept, "backup", "--due", "--json") == 0
    assert told(capsys)["backups"] == []
    assert call(kept, "restore", "--from", "disk", "--drill", "--json") == 0
    assert told(capsys)["findings"] == []
    with kept.open() as store:
        bring(store, "LATER")
    assert call(kept, "restore", "--from", "disk") == 0
    out = capsys.readouterr().out
    assert "撤回" in out
    assert "set-aside" in out
    assert len(swapping.set_aside(kept.path)) == 1
    assert call(kept, "check") == 0


def test_on_a_new_box_with_the_operator_s_key(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    call(kept, "backup")
    kept.lose()
    (kept.folder / "store.key").unlink()
    words = [
        "restore",
        "--from",
        str(kept.folder / "disk"),
        "--certificate",
        str(kept.folder / "recovery.pem"),
    ]
    (kept.folder / "wrong.key").write_bytes(recovery("other").key)
    assert call(kept, *words, "--key", str(kept.folder / "wrong.key")) == 3
    assert "STORE-0203" in capsys.readouterr().err
    assert call(kept, *words, "--key", str(kept.folder / "recovery.key")) == 0
    assert (kept.folder / "store.key").read_bytes() != KEY
    assert call(kept, "check") == 0


def test_a_way_that_fails_is_a_finding_with_its_next_step(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    (kept.folder / "disk").rmdir()
    assert call(kept, "backup") == 1
    assert "取り付けられているか" in capsys.readouterr().out


def test_an_unknown_way_is_wrong_usage(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(kept, "backup", "tape") == 2
    assert "disk" in capsys.readouterr().err


def test_generations_are_listed(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    call(kept, "backup")
    capsys.readouterr()
    assert call(kept, "backup", "--list", "--json") == 0
    (one,) = told(capsys)["generations"]  # type: ignore[misc]
    assert one["backup"] == "disk"


def test_a_check_tells_its_findings(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(kept, "check", "--json") == 0
    assert told(capsys)["findings"] == []
    next(swapping.beside(kept.path, ".d").iterdir()).unlink()
    assert call(kept, "check") == 1
    out = capsys.readouterr().out
    assert "[piece]" in out
    assert "→" in out


def test_disposal_and_its_dry_run(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(kept, "dispose", "--dry-run", "--json") == 0
    assert told(capsys) == {"dry_run": True, "arrivals": 0, "bytes": 0, "documents": 0, "deliveries": 0}
    assert call(kept, "dispose") == 0


@pytest.mark.parametrize(
    ("ways", "words"),
    [
        ('[[backups]]\nname = "d"\nway = "local"\n', "backups.d.folder"),
        ('[[backups]]\nname = "u"\nway = "usb"\n', "backups.u.label"),
        ('[[backups]]\nname = "o"\nway = "operator"\nurl = "http://x"\n', "backups.o.url"),
        ('[[backups]]\nname = "disk"\nway = "local"\nfolder = "x"\n', "'disk'"),
        ('[[backups]]\nname = "x y"\nway = "local"\nfolder = "x"\n', "backups.x y"),
        ('[[backups]]\nname = "d"\nway = "local"\nfolder = "x"\ndaily = 0\n', "daily"),
        ("[retention]\nbytes_d = 1\n", "retention.bytes_d"),
    ],
)
def test_mistakes_in_the_site_file_are_named(
    kept: Kept, capsys: pytest.CaptureFixture[str], ways: str, words: str
) -> None:
    file = kept.folder / "site.toml"
    file.write_text(file.read_text(encoding="utf-8") + ways, encoding="utf-8")
    assert call(kept, "check") == 2
    assert words in capsys.readouterr().err


def test_backups_without_a_recovery_certificate_are_a_mistake(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    file = kept.folder / "site.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace('recovery_certificate = "recovery.pem"\n', ""),
        encoding="utf-8",
    )
    assert call(kept, "check") == 2
    assert "recovery_certificate" in capsys.readouterr().err
