"""The box's own share, served by a real smbd from the configuration that the site file makes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from smbprotocol.connection import Connection
from smbprotocol.exceptions import AccessDenied
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

from appliance.config import SiteConfig
from appliance.intake.files.local import LocalTree
from appliance.intake.files.samba import SambaPlaces, shared, smb_conf
from appliance.intake.files.tree import walk
from appliance.practice.facilities import CLINIC_A
from appliance.store import arrivals
from tests.intake import kept
from tests.intake.kept import Running, site_in
from tests.intake.smbd import (
    ACCOUNT,
    ME,
    OTHER_ACCOUNT,
    PASSWORD,
    WRITER,
    Server,
    free_port,
    needs_root,
    needs_smbd,
)
from tests.simulators.receipt_computer import ReceiptComputer

WHOLE = b"IR,1,13,1,9999991,,\r\nGO,1,100,99\r\n"


def table(name: str, account: str) -> str:
    return (
        f'name = "{name}", kind = "folder", facility = "{CLINIC_A.number}", folder = "{name}",'
        f' account = "{account}", acknowledge = "delete"'
    )


@dataclass(frozen=True)
class OwnShare:
    """A site with two shared folders, and its server."""

    folder: Path
    site: SiteConfig
    server: Server

    def client(self, *arguments: str, share: str = "receipt", user: str = f"{ACCOUNT}%{PASSWORD}") -> str:
        """What `smbclient` says; its exit status comes first."""
        done = subprocess.run(
            ["smbclient", f"//127.0.0.1/{share}", "-p", str(self.server.port), "-U", user, *arguments],
            capture_output=True,
            check=False,
            timeout=30,
            cwd=self.folder,
        )
        return f"{done.returncode} {done.stdout.decode()}{done.stderr.decode()}"


@pytest.fixture(scope="module")
def own() -> Iterator[OwnShare]:
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="own-share-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the accounts' users must be able to come in
        readable = table("open", ACCOUNT) + ", write_only = false"
        site = site_in(folder, table("receipt", ACCOUNT), table("other", OTHER_ACCOUNT), readable)
        port = free_port()
        places = SambaPlaces(folder / "samba", folder / "run-samba", ME, WRITER, port, ("127.0.0.1",))
        for made in places.own_folders:
            made.mkdir(parents=True, exist_ok=True)
        for source in shared(site):
            source.folder.mkdir()
            group = -1 if os.getuid() else _gid(WRITER)
            os.chown(source.folder, -1, group)
            source.folder.chmod(0o2770)
        places.configuration.write_text(smb_conf(site, places), encoding="utf-8")
        server = Server(places.configuration, port)
        server.add_account(ACCOUNT)
        if os.getuid() == 0:
            server.add_account(OTHER_ACCOUNT)
        with server:
            yield OwnShare(folder, site, server)


def _gid(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


@needs_smbd
def test_samba_finds_nothing_wrong_with_the_configuration(own: OwnShare) -> None:
    done = subprocess.run(
        ["testparm", "-s", str(own.server.configuration)], capture_output=True, check=True, timeout=30
    )
    complaints = [line for line in done.stderr.decode().splitlines() if "nknown" in line or "rror" in line]
    assert complaints == []
    assert f"[{shared(own.site)[0].name}]" in done.stdout.decode()


ENCRYPT = "--client-protection=encrypt"


@needs_smbd
@pytest.mark.parametrize(
    ("arguments", "user", "word"),
    [
        ((ENCRYPT, "-c", "ls"), f"{ACCOUNT}%{PASSWORD}", "0 "),
        ((ENCRYPT, "-c", "ls"), f"{ACCOUNT}%wrong", "NT_STATUS_LOGON_FAILURE"),
        ((ENCRYPT, "-c", "ls"), f"{ACCOUNT}%", "NT_STATUS_LOGON_FAILURE"),
        (("-c", "ls"), "guest%", "NT_STATUS_LOGON_FAILURE"),
        (("-c", "ls"), "nobody%", "NT_STATUS_LOGON_FAILURE"),
        (("-N", "-c", "ls"), "%", "NT_STATUS_ACCESS_DENIED"),
        (("-m", "SMB2_10", "-c", "ls"), f"{ACCOUNT}%{PASSWORD}", "NT_STATUS_NOT_SUPPORTED"),
        (("-m", "SMB2_02", "-c", "ls"), f"{ACCOUNT}%{PASSWORD}", "NT_STATUS_NOT_SUPPORTED"),
        (
            ("-m", "NT1", "--option=client min protocol=NT1", "-c", "ls"),
            f"{ACCOUNT}%{PASSWORD}",
            "protocol negotiation failed",
        ),
    ],
    ids=[
        "good",
        "wrong password",
        "no password",
        "guest",
        "nobody",
        "anonymous",
        "SMB 2.1",
        "SMB 2.0",
        "SMB 1",
    ],
)
def test_only_a_known_account_by_smb_3_comes_in(
    own: OwnShare, arguments: tuple[str, ...], user: str, word: str
) -> None:
    told = own.client(*arguments, user=user)
    assert word in told
    assert told.startswith("0 ") == (word == "0 ")


@needs_smbd
@pytest.mark.parametrize("signed", [True, False], ids=["signed, not encrypted", "neither"])
def test_a_session_that_does_not_encrypt_is_refused(own: OwnShare, signed: bool) -> None:
    connection = Connection(uuid.uuid4(), "127.0.0.1", own.server.port, require_signing=True)
    connection.connect(timeout=10)
    try:
        session = Session(connection, ACCOUNT, PASSWORD, require_encryption=True)
        session.connect()
        session.encrypt_data, session.signing_required = False, signed
        with pytest.raises(AccessDenied):
            TreeConnect(session, r"\\127.0.0.1\receipt").connect(require_secure_negotiate=False)
    finally:
        connection.disconnect(close=False)


@needs_smbd
@needs_root
def test_another_computer_s_account_does_not_come_in(own: OwnShare) -> None:
    assert "NT_STATUS_ACCESS_DENIED" in own.client("-c", "ls", share="other")
    assert own.client("-c", "ls", share="other", user=f"{OTHER_ACCOUNT}%{PASSWORD}").startswith("0 ")


@needs_smbd
@needs_root
def test_what_is_written_cannot_be_read_back_and_is_the_intake_s(own: OwnShare) -> None:
    (own.folder / "local").write_bytes(WHOLE)
    name = "社保_ﾚｾﾌﾟﾄ①.UKE"
    assert own.client("-c", f"put local {name}").startswith("0 ")
    written = own.folder / "receipt" / name
    about = written.stat()
    assert (about.st_mode & 0o777, about.st_uid, written.read_bytes()) == (0o420, os.getuid(), WHOLE)
    assert name in own.client("-c", "ls")
    assert "NT_STATUS_ACCESS_DENIED" in own.client("-c", f"get {name} back")
    computer = ReceiptComputer("127.0.0.1", own.server.port, ACCOUNT, PASSWORD, "receipt")
    computer.write(name, WHOLE * 2)
    computer.close()
    assert written.read_bytes() == WHOLE * 2
    assert own.client("-c", f"rename {name} b.UKE").startswith("0 ")
    assert own.client("-c", "del b.UKE").startswith("0 ")
    assert list((own.folder / "receipt").iterdir()) == []


@needs_smbd
@needs_root
def test_a_site_may_let_a_program_read_its_own_files_again(own: OwnShare) -> None:
    (own.folder / "local").write_bytes(WHOLE)
    for _ in range(2):
        assert own.client("-c", "put local a.UKE", share="open").startswith("0 ")
    assert own.client("-c", "get a.UKE back; del a.UKE", share="open").startswith("0 ")
    assert (own.folder / "back").read_bytes() == WHOLE


@needs_smbd
def test_programs_and_shortcuts_cannot_be_put_there(own: OwnShare) -> None:
    (own.folder / "local").write_bytes(b"MZ")
    for name in ("virus.exe", "Setup.EXE", "a.lnk", "autorun.inf", ".renkei~a.UKE"):
        assert "NT_STATUS" in own.client("-c", f"put local {name}")
    assert list((own.folder / "receipt").iterdir()) == []


@needs_smbd
@needs_root
def test_a_full_share_takes_nothing_until_it_is_opened_again(own: OwnShare) -> None:
    (own.folder / "local").write_bytes(WHOLE)
    assert own.client("-c", "mkdir DATA").startswith("0 ")
    tree = LocalTree(own.folder / "receipt")
    tree.set_open(False)
    assert "NT_STATUS_ACCESS_DENIED" in own.client("-c", "put local a.UKE")
    assert "NT_STATUS_ACCESS_DENIED" in own.client("-c", "put local DATA\\a.UKE")
    tree.set_open(True)
    assert own.client("-c", "put local a.UKE; put local DATA\\a.UKE").startswith("0 ")
    assert own.client("-c", "del a.UKE; deltree DATA").startswith("0 ")


@needs_smbd
@needs_root
def test_a_client_that_overwrites_a_file_while_it_is_read_waits_and_loses_nothing(own: OwnShare) -> None:
    computer = ReceiptComputer("127.0.0.1", own.server.port, ACCOUNT, PASSWORD, "receipt")
    computer.write("R.UKE", WHOLE)
    tree = LocalTree(own.folder / "receipt")
    (entry,) = walk(tree)
    writer = threading.Thread(target=computer.write, args=("R.UKE", WHOLE * 2))
    with tree.hold("R.UKE", entry.mark, to_remove=True) as held:
        writer.start()
        while held.unchanged() and computer.tries < 3:
            time.sleep(0.01)
        deleted = held.delete()
    writer.join()
    assert not deleted or computer.tries > 2
    assert (own.folder / "receipt/R.UKE").read_bytes() == WHOLE * 2
    (own.folder / "receipt/R.UKE").unlink()
    computer.close()


@needs_smbd
@needs_root
def test_a_receipt_computer_s_files_go_through_the_share_into_the_store(own: OwnShare) -> None:
    computer = ReceiptComputer("127.0.0.1", own.server.port, ACCOUNT, PASSWORD, "receipt")
    with Running(own.folder, table("receipt", ACCOUNT)) as running:
        computer.write_slowly("社保/RECEIPTC.UKE", WHOLE, 5, 0.5)
        computer.append_slowly("国保/RECEIPTC.UKE", WHOLE + b"\x1a", 5, 0.5)
        computer.write_renamed("b.UKE", WHOLE + b"\r\n\x1a")
        running.wait_until(lambda store: arrivals.counts(store).get("quarantined") == 3)
        running.wait_until(lambda _: computer.names() == set())
    computer.close()
    with running.open() as store:
        found = arrivals.in_state(store, arrivals.ArrivalState.QUARANTINED)
        contents = {arrivals.content(store, one.id) for one in found}
    assert contents == {WHOLE, WHOLE + b"\x1a", WHOLE + b"\r\n\x1a"}


@needs_smbd
@needs_root
def test_the_installer_s_commands_make_a_share_that_a_receipt_computer_can_use(tmp_path: Path) -> None:
    """In a mount and network namespace of its own, over copies of what it changes: the real paths, users and port."""
    made_by_hand = table("receipt", "rececom").replace('folder = "receipt"', 'folder = "/srv/drop/receipt"')
    text = kept._SITE.format(number=CLINIC_A.number, sources=f"{{{made_by_hand}}}", run_folder="run")
    (tmp_path / "site.toml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [
            "unshare",
            "--mount",
            "--net",
            "bash",
            str(Path(__file__).with_name("own_share.sh")),
            str(tmp_path),
            sys.executable,
        ],
        capture_output=True,
        check=False,
        timeout=120,
        start_new_session=True,
    )
    told = done.stdout.decode()
    if "no namespaces here" in told or "unshare failed" in done.stderr.decode():
        pytest.skip("mount namespaces cannot be made on this machine")
    assert done.returncode == 0, told + done.stderr.decode()
    assert "password shown once: yes" in told
    assert "signed in with it: yes" in told
    assert "owner and mode: renkei-intake renkei-share 420" in told
    assert "no password for root: yes" in told
