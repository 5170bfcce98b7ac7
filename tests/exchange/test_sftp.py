"""Operations at a real sshd: whole, once, on after a cut at any byte; and what goes wrong, told for what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.config import SftpConfig
from appliance.errors import RenkeiError
from appliance.exchange.sftp_channels import sftp_at
from appliance.exchange.sftp_errors import (
    SftpConflictError,
    SftpCutError,
    SftpError,
    SftpHostKeyError,
    SftpIncompatibleError,
    SftpSignInError,
)
from appliance.exchange.ssmix2.folder import carry_out
from appliance.exchange.ssmix2.storage import Operation, Rename, Write, changes, entries_of
from tests.exchange.ssmix2 import made
from tests.exchange.ssmix2.checker import faults, flags
from tests.exchange.ssmix2.strict import read_strictly
from tests.exchange.storage_server import Line, StorageServer, make_key, storage_server, tree

MIB = 1024 * 1024
BIG = bytes(range(251)) * (3 * MIB // 251)
CUT_POINTS = 8
"""Cuts along one delivery that are tried; where they lie is spread evenly over its bytes."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StorageServer]:
    with storage_server(tmp_path / "server") as found:
        yield found


def deliver(address: SftpConfig, operations: tuple[Operation, ...]) -> None:
    with sftp_at(address) as sftp:
        sftp.carry_out(operations)


def history() -> tuple[tuple[Operation, ...], ...]:
    """A chart, its correction and its deletion."""
    first = changes(made.chart(*made.EVERYTHING), entries_of(made.chart(*made.EVERYTHING)), (), made.AT)
    corrected = made.chart(
        made.CLAIM, made.content(replace(made.PRESCRIBED, days_supplied=14), key="prescription:x:77")
    )
    second = changes(corrected, entries_of(corrected), first.held, made.AT + timedelta(hours=1))
    third = changes(made.chart(), entries_of(made.chart()), second.held, made.AT + timedelta(hours=2))
    return first.operations, second.operations, third.operations


def put(path: str, data: bytes) -> tuple[Operation, ...]:
    folder, _, name = path.rpartition("/")
    part = f"{folder}/.{name}.part"
    return Write(part, path, data), Rename(part, path)


def test_a_real_sshd_receives_a_storage_that_keeps_the_rules(server: StorageServer, tmp_path: Path):
    for step in history():
        deliver(server.address(), step)
        carry_out(tmp_path / "here", step)
        assert faults(server.root) == []
        assert server.files() == tree(tmp_path / "here")
    assert flags(server.root / "standard", "OMP-01") == ["0"] * 5
    messages = [one for one in (server.root / "standard").rglob("*") if one.is_file()]
    assert len(messages) == 19
    for path in messages:
        read_strictly(path.read_bytes())


def test_carrying_out_again_changes_nothing(server: StorageServer):
    operations = [one for step in history() for one in step]
    first, *_ = history()
    deliver(server.address(), first)
    before = server.files()
    deliver(server.address(), first)
    assert server.files() == before
    assert not any(name.endswith(".part") for name in before)
    assert len(operations) > len(first)


# --- cuts -----------------------------------------------------------------------------------------------


def until_done(server: StorageServer, line: Line, operations: tuple[Operation, ...]) -> int:
    """Try, as a worker does, until it is through; how many connections it took."""
    for attempt in range(1, 60):
        try:
            deliver(server.address(line.port), operations)
        except SftpCutError:
            continue
        return attempt
    raise AssertionError("never through")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_cut_at_any_byte_leaves_nothing_half_and_the_next_connection_goes_on(
    server: StorageServer, tmp_path: Path, number: int
):
    """In the first writing, in a correction and in a deletion; a larger file behind each."""
    steps = history()
    operations = (*steps[number], *put("standard/big", BIG[:200_000]))

    def prepared(root: Path) -> Path:
        for step in steps[:number]:
            carry_out(root, step)
        return root

    carry_out(prepared(tmp_path / "here"), operations)
    with Line(server.port) as line:
        deliver(server.address(line.port, root=str(prepared(fresh(server, "whole")))), operations)
    assert tree(server.root / "whole") == tree(tmp_path / "here")
    total = line.carried[0]
    for place in range(CUT_POINTS):
        root = prepared(fresh(server, str(place)))
        with Line(server.port, cuts=[max(1, total * place // CUT_POINTS)]) as line:
            with pytest.raises(SftpCutError):
                deliver(server.address(line.port, root=str(root)), operations)
            messages = [one for one in (root / "standard").rglob("*_[012]") if one.is_file()]
            assert all(one.read_bytes().endswith(b"\r") for one in messages)
            deliver(server.address(line.port, root=str(root)), operations)
        assert tree(root) == tree(tmp_path / "here")


def fresh(server: StorageServer, name: str) -> Path:
    root = server.root / name
    root.mkdir()
    return root


def test_a_line_that_breaks_again_and_again_still_brings_it_all(server: StorageServer):
    operations = put("standard/big", BIG)
    with Line(server.port, cuts=[600_000] * 50) as line:
        attempts = until_done(server, line, operations)
    assert server.files() == {"standard/big": BIG}
    assert 5 <= attempts <= 15


def test_after_a_cut_only_the_rest_is_sent(server: StorageServer):
    with Line(server.port, cuts=[2 * MIB]) as line:
        assert until_done(server, line, put("standard/big", BIG)) == 2
    assert server.files() == {"standard/big": BIG}
    assert line.carried[1] < 2 * MIB


@pytest.mark.parametrize(
    "left",
    [b"", BIG[:40_000], b"x" * 40_000, BIG[:50_000] + b"x", BIG + b"more", BIG[:32_768] + b"y" * 50_000],
)
def test_what_lies_there_counts_only_as_far_as_it_is_what_is_sent(server: StorageServer, left: bytes):
    write, rename = put("standard/big", BIG)
    assert isinstance(write, Write)
    part = server.root / write.part
    part.parent.mkdir()
    part.write_bytes(left)
    deliver(server.address(), (write, rename))
    assert server.files() == {"standard/big": BIG}


@pytest.mark.parametrize("size", [0, 1, 32_767, 32_768, 32_769, 262_143, 262_144, 262_145, MIB])
def test_every_size_arrives_whole(server: StorageServer, size: int):
    deliver(server.address(), put("standard/one", BIG[:size]))
    assert server.files() == {"standard/one": BIG[:size]}


# --- servers that know less ------------------------------------------------------------------------------


def test_a_server_that_cannot_make_durable_nor_rename_over_takes_the_same(tmp_path: Path):
    with storage_server(tmp_path / "server", "-P fsync,posix-rename") as plain:
        first, second, _ = history()
        deliver(plain.address(), first)
        deliver(plain.address(), second)
        assert faults(plain.root) == []
        carry_out(tmp_path / "here", (*first, *second))
        assert plain.files() == tree(tmp_path / "here")


# --- what goes wrong -------------------------------------------------------------------------------------


def test_another_host_key_is_refused_and_nothing_is_sent(server: StorageServer, tmp_path: Path):
    make_key(tmp_path / "other")
    other = " ".join((tmp_path / "other.pub").read_text().split()[:2])
    with pytest.raises(SftpHostKeyError):
        deliver(server.address(host_key=other), put("standard/one", b"1"))
    assert server.files() == {}


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-ed25519 !!!", "ssh-odd AAAA"])
def test_a_pin_that_is_no_key_is_refused_before_anything(server: StorageServer, line: str):
    with pytest.raises(SftpHostKeyError):
        deliver(server.address(host_key=line, port=1), ())


def test_a_server_without_a_key_of_the_pinned_kind_is_told(server: StorageServer, tmp_path: Path):
    make_key(tmp_path / "other", "ecdsa")
    other = " ".join((tmp_path / "other.pub").read_text().split()[:2])
    with pytest.raises(SftpIncompatibleError):
        deliver(server.address(host_key=other), ())


def test_a_key_that_the_server_does_not_know_is_told(server: StorageServer, tmp_path: Path):
    make_key(tmp_path / "stranger")
    with pytest.raises(SftpSignInError, match="does not accept"):
        deliver(server.address(key=tmp_path / "stranger"), ())
    with pytest.raises(SftpSignInError, match="cannot be read"):
        deliver(server.address(key=tmp_path / "nowhere"), ())


def test_nobody_there_is_a_cut(server: StorageServer):
    with Line(server.port) as line:
        pass
    with pytest.raises(SftpCutError):
        deliver(server.address(line.port), ())


def test_a_file_of_somebody_else_is_never_overwritten(server: StorageServer):
    (server.root / "standard").mkdir()
    (server.root / "standard" / "one").write_bytes(b"theirs")
    for data in (b"ours!!", b"longer than theirs"):
        with pytest.raises(SftpConflictError):
            deliver(server.address(), put("standard/one", data))
    assert server.files() == {"standard/one": b"theirs"}


def test_a_rename_of_nothing_is_told(server: StorageServer):
    with pytest.raises(SftpConflictError):
        deliver(server.address(), (Rename("standard/a_1", "standard/a_2"),))


def test_a_refusal_of_the_server_is_no_cut(server: StorageServer):
    (server.root / "standard").write_bytes(b"a file where a folder has to be")
    with pytest.raises(SftpError) as caught:
        deliver(server.address(), put("standard/one", b"1"))
    assert not isinstance(caught.value, SftpCutError)


def test_every_error_says_what_to_do_and_names_nobody(server: StorageServer, tmp_path: Path):
    errors: list[RenkeiError] = []
    for address in (
        server.address(host_key=""),
        server.address(key=tmp_path / "nowhere"),
        server.address(port=1),
    ):
        with pytest.raises(SftpError) as caught:
            deliver(address, ())
        errors.append(caught.value)
    assert len({one.code for one in errors}) == 3
    assert all(one.hint_ja and one.hint_en for one in errors)
    assert not any(str(tmp_path) in str(one) for one in errors)
