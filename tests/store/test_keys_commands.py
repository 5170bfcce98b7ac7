"""`renkei store init|rekey|recover`, `renkei retire` and what doctor and status say of the key, by the command line."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from appliance.cli import main
from appliance.clock import SystemClock
from appliance.config import read_site
from appliance.health.check import Result
from appliance.health.checks.keys import check
from appliance.store.key_ring import KeyRing
from tests.store.trusted import Operator, needs_creds, needs_tpm, operator, software_tpm
from tests.test_config import GOOD


@dataclass(frozen=True, slots=True)
class Box:
    """A box by its site file alone."""

    site: Path

    def run(self, *words: str) -> int:
        return main([*words, "--site", str(self.site)])

    def ring(self) -> KeyRing:
        return KeyRing.of_site(read_site(self.site))

    def checked(self) -> dict[str, str]:
        """What the doctor's check says: the level of each line."""
        return {one.name: one.level for one in self.results()}

    def results(self) -> list[Result]:
        return check(read_site(self.site), SystemClock())


def box(folder: Path, certificate: Path | None, tpm: str = "/nowhere", root: str = "auto") -> Box:
    folder.mkdir(parents=True, exist_ok=True)
    recovery = "" if certificate is None else f'recovery_certificate = "{certificate}"\n'
    keys = f'[keys]\nroot = "{root}"\ntpm = "{tpm}"\nhost_secret = "{folder}/host/secret"\n'
    (folder / "host").mkdir(exist_ok=True)
    (folder / "site.toml").write_text(f"{GOOD}{recovery}{keys}", encoding="utf-8")
    return Box(folder / "site.toml")


@pytest.fixture
def someone(tmp_path: Path) -> Operator:
    return operator(tmp_path)


@needs_creds
def test_a_box_is_made_rekeyed_checked_and_retired(
    someone: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = box(tmp_path / "box", someone.certificate)
    assert one.run("store", "init") == 0
    assert "TPMでは守られていません" in capsys.readouterr().out
    assert one.run("store", "init") == 0
    assert "そろっています" in capsys.readouterr().out
    assert one.checked() == {"key": "info", "key escrow": "ok"}
    assert one.run("store", "check") == 0
    assert one.run("store", "rekey") == 0
    assert "store.db.escrow" in capsys.readouterr().out
    assert one.checked() == {"key": "info", "key escrow": "ok"}
    monkeypatch.setattr("sys.stdin", io.StringIO("another box\n"))
    assert one.run("retire") == 2
    assert one.run("store", "check") == 0
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.StringIO("box-1\n"))
    assert one.run("retire", "--json") == 0
    proof = json.loads(capsys.readouterr().out)
    assert (proof["device"], proof["root"], proof["opens"]) == ("box-1", "host", False)
    assert proof["anchor"]["seq"] == 2
    assert {part["part"]: part["fate"] for part in proof["destroyed"]} == {
        "host-secret": "destroyed",
        "key": "destroyed",
        "escrow": "destroyed",
    }
    assert one.run("store", "check") == 3
    assert one.run("store", "init") == 3
    assert one.checked()["key"] == "error"


@needs_tpm
def test_a_box_with_a_tpm_says_so_and_its_printed_proof_as_well(
    someone: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with software_tpm() as tpm:
        one = box(tmp_path / "box", someone.certificate, tpm.address, "host+tpm2")
        assert one.run("store", "init") == 0
        assert "TPM" in capsys.readouterr().out
        assert one.checked() == {"key": "ok", "key escrow": "ok"}
        assert one.run("status") == 1
        assert "鍵はTPMとこの機器の両方で守られています" in capsys.readouterr().out
        monkeypatch.setattr("sys.stdin", io.StringIO("box-1\n"))
        assert one.run("retire") == 0
        sheet = capsys.readouterr().out
        for words in (
            "廃棄証明",
            "box-1",
            "破棄 / destroyed",
            "TPM, cleared",
            "この機器にあるものでは開きません",
        ):
            assert words in sheet
        assert "物理的に破壊" not in sheet


@needs_creds
def test_the_recovery_drill(someone: Operator, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the handbook has it: the dead board's disk in another board, the key by way of the operator's desk."""
    assert box(tmp_path / "box", someone.certificate).run("store", "init") == 0
    (tmp_path / "operator.key").write_bytes(someone.private_key_pem)
    escrow, desk = tmp_path / "box" / "store.db.escrow", tmp_path / "recovered"
    recover = ["store", "recover", str(escrow), "--private-key", str(tmp_path / "operator.key")]
    assert main([*recover, "--out", str(desk)]) == 0
    assert "box-1" in capsys.readouterr().out
    assert desk.stat().st_mode & 0o777 == 0o600
    (tmp_path / "box" / "host" / "secret").unlink()  # another board
    spare = box(tmp_path / "box", someone.certificate)
    assert spare.run("store", "check") == 3
    assert spare.run("store", "init", "--key", str(desk)) == 0
    assert spare.run("store", "check") == 0
    assert spare.run("store", "rekey") == 0
    assert spare.run("store", "init", "--key", str(desk)) == 3, (
        "the key that was carried about opens nothing now"
    )
    assert main([*recover, "--out", str(desk)]) == 2, "nor is another written over it"


@needs_creds
def test_the_operator_s_key_may_have_a_passphrase_which_is_asked_for_at_the_terminal(
    someone: Operator, tmp_path: Path
) -> None:
    made = box(tmp_path / "box", someone.certificate)
    assert made.run("store", "init") == 0
    private_key = load_pem_private_key(someone.private_key_pem, None)
    locked = BestAvailableEncryption(b"in the safe")
    (tmp_path / "operator.key").write_bytes(
        private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
    )
    command = [sys.executable, "-m", "appliance", "store", "recover", str(made.ring().escrow_file)]
    command += ["--private-key", str(tmp_path / "operator.key"), "--out", str(tmp_path / "key")]
    terminal, its_end = pty.openpty()
    with subprocess.Popen(
        ["setsid", "-c", *command], stdin=its_end, stdout=its_end, stderr=its_end
    ) as process:
        os.close(its_end)
        heard = b""
        while b"pass phrase" not in heard:
            heard += os.read(terminal, 1024)
        os.write(terminal, b"in the safe\n")
        with contextlib.suppress(OSError):  # the terminal closes with the program
            while os.read(terminal, 1024):
                pass
    os.close(terminal)
    assert process.returncode == 0
    assert (tmp_path / "key").read_bytes() == made.ring().load()


@needs_creds
def test_the_doctor_tells_what_is_wrong_with_the_escrow(someone: Operator, tmp_path: Path) -> None:
    one = box(tmp_path / "box", someone.certificate)
    assert one.run("store", "init") == 0
    former = one.ring().escrow_file.read_bytes()
    assert one.run("store", "rekey") == 0
    one.ring().escrow_file.write_bytes(former)
    assert "いまの鍵のものではありません" in one.results()[1].ja
    one.ring().escrow_file.unlink()
    assert one.checked()["key escrow"] == "error"
    assert one.run("store", "rekey") == 0
    other = operator(tmp_path, "rsa")
    moved = box(tmp_path / "box", other.certificate)
    assert moved.checked()["key escrow"] == "warning"
    assert moved.run("store", "rekey") == 0
    assert moved.checked()["key escrow"] == "ok"
    moved.ring().following.write_bytes(b"")
    assert "途中で終わっています" in moved.results()[1].ja
    assert moved.run("store", "init") == 0
    assert moved.checked()["key escrow"] == "ok"


@needs_creds
def test_without_a_recovery_certificate_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = box(tmp_path / "box", None)
    assert one.run("store", "init") == 3
    assert "recovery_certificate" in capsys.readouterr().err
    assert not one.ring().store.exists()


def test_a_bare_key_file_is_warned_of_and_does_without_an_escrow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site.toml").write_text(f'{GOOD}key_file = "store.key"\n', encoding="utf-8")
    one = Box(tmp_path / "site.toml")
    assert one.run("store", "init") == 0
    assert "開発と練習だけ" in capsys.readouterr().out
    assert one.checked() == {"key": "warning"}
    assert one.run("store", "rekey") == 0
    assert one.run("store", "check") == 0
    one.ring().following.write_bytes(b"")
    assert one.checked() == {"key": "warning", "key escrow": "warning"}
