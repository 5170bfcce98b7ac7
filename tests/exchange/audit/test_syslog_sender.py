"""A real rsyslog receives every row, whatever becomes of it meanwhile; strangers are refused by both sides."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from cryptography.x509 import DNSName
from cryptography.x509.oid import ExtendedKeyUsageOID

from appliance.clock import SystemClock
from appliance.config import SiteConfig
from appliance.exchange.audit import sending
from appliance.exchange.audit.dicom import audit_messages
from appliance.exchange.audit.receiver import Receiver, ReceiverLostError, Waits, tls_context
from appliance.exchange.audit.sending import SyslogSender, connector
from appliance.exchange.audit.telling import told
from appliance.store import audit, audit_positions
from appliance.store.audit import Event
from appliance.store.audit_positions import Destination
from appliance.store.db import Store
from provisioning.lab.pki import LabPki, make_lab_pki
from tests.exchange.audit.conftest import Serve, to_syslog
from tests.exchange.audit.test_dicom import faults
from tests.exchange.audit.told import everything
from tests.exchange.storage_server import Line
from tests.store.made import FACILITY

WAITS = Waits(connect_s=5.0, send_s=5.0, close_s=3.0, life_s=1.0)
GRACE_S = 0.5
ROW = re.compile(r"urn:x-renkei:audit:box-1:([0-9]+)")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "AUDIT_RETRY_MAX_S", 0.2)


def sender(store: Store, site: SiteConfig, waits: Waits = WAITS, **instead: float) -> SyslogSender:
    connect = connector(site, tls_context(site.audit, site.hub), store.clock.monotonic_s, waits)
    return SyslogSender(store, site, connect, lambda: 0.0, **({"grace_s": GRACE_S} | instead))  # type: ignore[arg-type]


def write(store: Store, count: int) -> None:
    with store.transaction():
        for number in range(count):
            audit.append(store, Event.DELIVERY_REPLAYED, delivery=number)


def confirmed(store: Store) -> int:
    return audit_positions.position(store, Destination.SYSLOG).seq


def drive(one: SyslogSender, upto: int, within_s: float = 60.0) -> None:
    """Cycles until every row up to `upto` is confirmed."""
    clock = SystemClock()
    end_s = clock.monotonic_s() + within_s
    while confirmed(one.store) < upto:
        assert clock.monotonic_s() < end_s, f"only {confirmed(one.store)} of {upto} confirmed: {one.trouble}"
        if not one.cycle():
            clock.sleep(0.05)


def try_for(one: SyslogSender, cycles: int) -> None:
    for _ in range(cycles):
        if not one.cycle():
            SystemClock().sleep(0.05)


def rows_in(messages: list[str]) -> list[int]:
    return [int(found[1]) for one in messages if (found := ROW.search(one))]


def test_every_row_arrives_and_is_then_confirmed(store: Store, site: SiteConfig, serve: Serve):
    server = serve()
    write(store, 250)
    drive(sender(store, to_syslog(site, server)), 250)
    assert rows_in(server.messages()) == list(range(1, 251))
    head = server.lines()[0].partition(" <AuditMessage")[0].split()
    assert (head[0], head[1], head[3:8]) == ("85", "1", ["box-1", "renkei", "-", "IHE+RFC-3881", "-"])


def test_every_kind_of_event_arrives_as_it_was_sent_and_valid(
    store: Store, site: SiteConfig, serve: Serve, shared: Path, tmp_path: Path
):
    server = serve()
    everything(store, site.hub.certificate, site.hub.key)
    drive(sender(store, to_syslog(site, server)), audit.anchor(store).seq)
    sent = [one for row in audit.entries(store) for one in audit_messages(told(store, site, row), 7_000)]
    received = [one.encode() for one in server.messages()]
    assert len({one.event for one in audit.entries(store)}) == len(Event)
    assert received == sent
    assert faults(shared / "profiles" / "dicom2017c.xsd", tmp_path, received) == ""


def test_nothing_is_confirmed_before_the_receiver_has_lived_on_for_the_grace(
    store: Store, site: SiteConfig, serve: Serve
):
    server = serve()
    write(store, 3)
    one = sender(store, to_syslog(site, server), grace_s=3_600.0)
    for _ in range(400):
        if rows_in(server.messages()) != [1, 2, 3]:
            try_for(one, 1)
    try_for(one, 10)
    assert rows_in(server.messages()) == [1, 2, 3]
    assert confirmed(store) == 0
    one.close()
    drive(sender(store, to_syslog(site, server)), 3)
    assert rows_in(server.messages()) == [1, 2, 3, 1, 2, 3]


@pytest.mark.torture
@pytest.mark.parametrize("seed", [1, 2])
def test_a_receiver_killed_and_restarted_at_any_moment_loses_no_row(
    store: Store, site: SiteConfig, serve: Serve, seed: int
):
    dice, server = random.Random(seed), serve()
    one = sender(store, to_syslog(site, server), grace_s=0.2)
    written = 0
    for _ in range(10):
        for _ in range(dice.randrange(1, 25)):
            write(store, batch := dice.randrange(0, 40))
            written += batch
            if not one.cycle():
                SystemClock().sleep(dice.random() * 0.1)
        dice.choice([server.kill, server.stop])()
        try_for(one, dice.randrange(3))
        server.start()
    drive(one, written)
    server.stop()
    assert set(rows_in(server.messages())) == set(range(1, written + 1))


def test_a_receiver_that_hangs_confirms_nothing_and_gets_it_again(
    store: Store, site: SiteConfig, serve: Serve
):
    server = serve()
    write(store, 1)
    one = sender(store, to_syslog(site, server), Waits(connect_s=5.0, send_s=5.0, close_s=1.0, life_s=1.0))
    drive(one, 1)
    write(store, 20)
    try_for(one, 1)
    server.freeze()
    for _ in range(100):
        if not one.trouble:
            try_for(one, 1)
    assert one.trouble == "timeout"
    assert confirmed(store) == 1
    server.kill()
    server.start()
    drive(one, 21)
    assert set(rows_in(server.messages())) == set(range(1, 22))


def test_a_line_that_breaks_at_any_byte_loses_no_row(store: Store, site: SiteConfig, serve: Serve):
    server, dice = serve(), random.Random(7)
    write(store, 60)
    with Line(server.port, [dice.randrange(1, 60_000) for _ in range(12)]) as line:
        server.port, behind = line.port, server.port
        one = sender(store, to_syslog(site, server))
        drive(one, 60)
        server.port = behind
        assert len(line.carried) > 6
    assert set(rows_in(server.messages())) == set(range(1, 61))


def test_a_killed_sender_starts_again_after_the_last_confirmed_row(
    store: Store, site: SiteConfig, serve: Serve
):
    server = serve()
    write(store, 5)
    drive(sender(store, to_syslog(site, server)), 5)
    write(store, 5)
    abandoned = sender(store, to_syslog(site, server))
    try_for(abandoned, 2)
    abandoned.close()  # what the kernel does with a dead process' connection
    drive(sender(store, to_syslog(site, server)), 10)
    assert set(rows_in(server.messages())) == set(range(1, 11))


def test_a_round_that_never_falls_silent_is_confirmed_all_the_same(
    store: Store, site: SiteConfig, serve: Serve
):
    server = serve()
    one = sender(store, to_syslog(site, server), round_s=0.5)
    for _ in range(200):
        write(store, 1)
        one.cycle()
        SystemClock().sleep(0.02)
        if confirmed(store):
            break
    assert confirmed(store) > 0


def test_no_connection_is_held_when_there_is_nothing_to_send(store: Store, site: SiteConfig, serve: Serve):
    server = serve()
    one = sender(store, to_syslog(site, server))
    assert not one.cycle()
    write(store, 1)
    drive(one, 1)
    assert one._receiver is None


def refused(store: Store, site: SiteConfig, cycles: int = 400) -> str:
    write(store, 3)
    one = sender(store, site)
    for _ in range(cycles):
        one.cycle()
        if one.trouble:
            break
        SystemClock().sleep(0.05)
    one.close()
    assert confirmed(store) == 0
    return one.trouble


def test_the_receiver_refuses_a_certificate_with_another_name(
    store: Store, site: SiteConfig, serve: Serve, pki: LabPki
):
    server = serve()
    stranger = pki.client(FACILITY, "box-2")
    assert refused(store, to_syslog(site, server, certificate=stranger.cert, key=stranger.key))
    assert server.messages() == []
    drive(sender(store, to_syslog(site, server)), 3)


def test_the_receiver_refuses_a_certificate_of_another_ca(
    store: Store, site: SiteConfig, serve: Serve, tmp_path: Path
):
    server = serve()
    foreign = make_lab_pki(tmp_path / "foreign", [FACILITY]).client(FACILITY)
    assert refused(store, to_syslog(site, server, certificate=foreign.cert, key=foreign.key))
    assert server.messages() == []


def test_the_box_refuses_a_receiver_of_another_ca(
    store: Store, site: SiteConfig, serve: Serve, tmp_path: Path
):
    foreign = make_lab_pki(tmp_path / "foreign", [FACILITY])
    assert refused(store, to_syslog(site, serve(pair=foreign.server))) == "tls"


def test_the_box_refuses_a_receiver_with_another_name(
    store: Store, site: SiteConfig, serve: Serve, pki: LabPki
):
    elsewhere = pki._pair("elsewhere", [DNSName("elsewhere.example")], ExtendedKeyUsageOID.SERVER_AUTH)
    server = serve(pair=elsewhere)
    assert refused(store, to_syslog(site, server)) == "tls"
    assert server.messages() == []


def test_an_absent_receiver_is_told_and_tried_again_later(store: Store, site: SiteConfig, serve: Serve):
    server = serve()
    server.stop()
    one = sender(store, to_syslog(site, server))
    write(store, 1)
    assert not one.cycle()
    assert one.trouble == "unreachable"
    server.start()
    drive(one, 1)
    assert one.trouble == ""


def test_a_receiver_that_does_not_close_has_not_confirmed(store: Store, site: SiteConfig, serve: Serve):
    server = serve()
    context = tls_context(to_syslog(site, server).audit, site.hub)
    waits = Waits(connect_s=5.0, send_s=5.0, close_s=0.3, life_s=1.0)
    receiver = Receiver(("localhost", server.port), context, SystemClock().monotonic_s, waits)
    receiver.send(b"5 <85>1")
    server.freeze()
    with pytest.raises(ReceiverLostError, match="timeout"):
        receiver.close_in_order()
    receiver.abandon()
