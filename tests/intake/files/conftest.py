"""A share of another computer: a real smbd, a source that reads it, a receipt computer that writes into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.intake.files.share import ShareTree
from appliance.sources import ShareSource
from tests.intake.smbd import ACCOUNT, PASSWORD, Server, free_port, receipt_computer_conf
from tests.simulators.receipt_computer import ReceiptComputer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(receipt_computer_conf(tmp_path, port := free_port()), port)
    server.add_account(ACCOUNT)
    with server:
        yield server


@pytest.fixture
def source(server: Server) -> ShareSource:
    return ShareSource(
        name="share", facility="1310000001", share="//127.0.0.1/drop", user=ACCOUNT, port=server.port
    )


@pytest.fixture
def computer(server: Server) -> Iterator[ReceiptComputer]:
    computer = ReceiptComputer("127.0.0.1", server.port, ACCOUNT, PASSWORD, "drop")
    yield computer
    computer.close()


@pytest.fixture
def tree(source: ShareSource) -> Iterator[ShareTree]:
    tree = ShareTree(source, PASSWORD, SystemClock())
    yield tree
    tree.close()
