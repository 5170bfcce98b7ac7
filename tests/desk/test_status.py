"""The five lines: in order, in both languages, with what to do, and without anybody's data."""

from __future__ import annotations

import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import iso
from appliance.config import AuditConfig
from appliance.desk.status import status_lines
from appliance.limits import (
    AUDIT_UNSENT_WARNING_S,
    STATUS_DISK_ERROR_BYTES,
    STATUS_DISK_WARNING_BYTES,
    STATUS_WAITING_ERROR_S,
    STATUS_WAITING_WARNING_S,
)
from appliance.records.messages import StatusLine, StatusRequest, StatusView
from appliance.service import Figures
from appliance.sources import FolderSource
from appliance.store import arrivals, audit, audit_positions
from appliance.store.arrivals import ArrivalState
from appliance.store.audit_positions import Destination
from appliance.warnings import ANY_SOURCE, STORAGE
from tests.desk.counter import Counter
from tests.store.made import FACILITY, arrival

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 - as shutil gives it


def lines(counter: Counter) -> dict[str, StatusLine]:
    found = status_lines(counter.site, counter.store)
    for one in found:
        assert one.ja
        assert one.en
        if one.level in {"warning", "error"}:
            assert one.hint_ja
            assert one.hint_en
    return {one.name: one for one in found}


def with_source(counter: Counter) -> None:
    source = FolderSource(name="recept", facility=FACILITY, folder=Path("in"))
    counter.site = replace(counter.site, sources=(source,))


def figures(counter: Counter, service: str, **values: str) -> None:
    written = Figures(counter.site.run_folder, service)
    for name, value in values.items():
        written.set(name.replace("__", "."), value)
    written.write()


def test_there_are_five_lines_in_their_order(counter: Counter):
    view = counter.ask(StatusRequest(token=counter.token), StatusView)
    assert [line.name for line in view.lines] == ["sources", "queue", "tunnel", "hub", "box"]


def test_the_page_needs_a_session(counter: Counter):
    assert counter.refused(StatusRequest(token="x")) == "STAFF-0003"


def test_sources_without_any_configured_are_for_information(counter: Counter):
    assert lines(counter)["sources"].level == "info"


def test_a_silent_intake_is_an_error_and_one_that_looked_just_now_is_well(counter: Counter):
    with_source(counter)
    assert lines(counter)["sources"].level == "error"
    figures(counter, "intake", cycle_at=iso(counter.clock.now()), recept__trouble="")
    assert lines(counter)["sources"].level == "ok"
    counter.clock.advance(121)
    assert lines(counter)["sources"].level == "error"


def test_a_source_that_is_away_is_named(counter: Counter):
    with_source(counter)
    figures(counter, "intake", cycle_at=iso(counter.clock.now()), recept__trouble="away,stuck")
    line = lines(counter)["sources"]
    assert (line.level, "recept" in line.ja) == ("error", True)
    assert "フォルダー" in line.ja


def test_how_long_a_source_has_been_away_is_said(counter: Counter):
    with_source(counter)
    seen = iso(counter.clock.now())
    counter.clock.advance(3 * 3600)
    now = iso(counter.clock.now())
    figures(counter, "intake", cycle_at=now, recept__trouble="away", recept__last_look=seen)
    assert "3時間前" in lines(counter)["sources"].ja


@pytest.mark.parametrize("room", ["store-full", "store-unwritable"])
def test_a_store_that_takes_nothing_is_an_error(counter: Counter, room: str):
    with_source(counter)
    figures(counter, "intake", cycle_at=iso(counter.clock.now()), room=room)
    line = lines(counter)["sources"]
    assert (line.level, line.hint_ja) == ("error", ANY_SOURCE[room].hint_ja)


def test_files_that_were_not_understood_are_a_warning(counter: Counter):
    with_source(counter)
    figures(counter, "intake", cycle_at=iso(counter.clock.now()), recept__trouble="")
    bad = arrival(counter.store, b"bad")
    with counter.store.transaction():
        arrivals.settle(
            counter.store, bad, ArrivalState.QUARANTINED, format_name="unknown", documents=0, findings=()
        )
    line = lines(counter)["sources"]
    assert (line.level, "1件" in line.ja) == ("warning", True)


def test_the_queue_counts_and_its_age_makes_the_level(counter: Counter):
    counter.agree(counter.patient())
    assert "送信待ち3件" in lines(counter)["queue"].ja
    assert lines(counter)["queue"].level == "ok"
    counter.clock.advance(STATUS_WAITING_WARNING_S)
    assert lines(counter)["queue"].level == "warning"
    counter.clock.advance(STATUS_WAITING_ERROR_S)
    assert lines(counter)["queue"].level == "error"
    assert "1日" in lines(counter)["queue"].ja


def test_what_is_held_for_lack_of_consent_is_no_trouble(counter: Counter):
    counter.patient()
    counter.clock.advance(STATUS_WAITING_ERROR_S)
    assert "保留1件" in lines(counter)["queue"].ja
    assert lines(counter)["queue"].level == "ok"


def test_a_refused_delivery_is_a_warning(counter: Counter):
    counter.patient()
    with counter.store.transaction():
        counter.store.execute("UPDATE deliveries SET state = 'refused'")
    assert lines(counter)["queue"].level == "warning"


@pytest.mark.parametrize(("state", "level"), [(None, "info"), ("up", "ok"), ("down", "error")])
def test_the_tunnel_says_what_it_last_wrote(counter: Counter, state: str | None, level: str):
    if state is not None:
        figures(counter, "tunnel", state=state)
    assert lines(counter)["tunnel"].level == level


@pytest.mark.parametrize(
    ("hub", "level"), [(None, "warning"), ("unknown", "warning"), ("away", "error"), ("ok", "ok")]
)
def test_the_hub_is_as_the_exchange_last_saw_it(counter: Counter, hub: str | None, level: str):
    if hub is not None:
        figures(counter, "exchange", hub=hub, hub_seen_at=iso(counter.clock.now())[:16])
    assert lines(counter)["hub"].level == level


@pytest.mark.parametrize(("rules", "level"), [("", "ok"), ("SIGNED-0001", "warning")])
def test_rules_that_could_not_be_renewed_are_a_warning(counter: Counter, rules: str, level: str):
    figures(counter, "exchange", hub="ok", hub_seen_at=iso(counter.clock.now())[:16], rules=rules)
    assert lines(counter)["hub"].level == level


def test_an_exchange_that_has_gone_silent_is_not_believed(counter: Counter):
    figures(counter, "exchange", hub="ok", hub_seen_at=iso(counter.clock.now())[:16])
    counter.clock.advance(3600)
    assert lines(counter)["hub"].level == "error"


@pytest.mark.parametrize("seen", ["", "yesterday", "2026"])
def test_figures_that_cannot_be_read_are_not_believed(counter: Counter, seen: str):
    figures(counter, "exchange", hub="ok", hub_seen_at=seen)
    assert lines(counter)["hub"].level == "error"


def test_a_clock_that_is_not_trusted_is_an_error(counter: Counter):
    assert lines(counter)["box"].level in {"ok", "warning", "error"}
    counter.clock.is_trusted = False
    assert "時計" in lines(counter)["box"].ja
    assert lines(counter)["box"].level == "error"


@pytest.mark.parametrize(
    ("free_bytes", "level"),
    [
        (STATUS_DISK_WARNING_BYTES, "ok"),
        (STATUS_DISK_WARNING_BYTES - 1, "warning"),
        (STATUS_DISK_ERROR_BYTES - 1, "error"),
    ],
)
def test_a_disk_that_fills_is_said_in_time(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, free_bytes: int, level: str
):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10 * free_bytes, 0, free_bytes))
    assert lines(counter)["box"].level == level


def test_no_line_names_anybody(counter: Counter):
    counter.agree(counter.patient())
    everything = " ".join(f"{one.ja} {one.en}" for one in lines(counter).values())
    for word in ("練習　太郎", "レンシュウ", "0001", "1950"):
        assert word not in everything


def test_audit_rows_that_wait_too_long_are_told_while_the_hub_answers(counter: Counter):
    counter.clock.advance(AUDIT_UNSENT_WARNING_S)
    figures(counter, "exchange", hub="ok", hub_seen_at=iso(counter.clock.now()))
    line = lines(counter)["hub"]
    assert (line.level, "4 hour(s)" in line.en) == ("warning", True)
    last = next(reversed(list(audit.entries(counter.store))))
    audit_positions.confirm(counter.store, Destination.HUB, last)
    assert lines(counter)["hub"].level == "ok"


def test_audit_rows_for_a_destination_that_is_not_named_are_not_waited_for(counter: Counter):
    counter.clock.advance(AUDIT_UNSENT_WARNING_S)
    counter.site = replace(counter.site, audit=AuditConfig(fhir=False))
    figures(counter, "exchange", hub="ok", hub_seen_at=iso(counter.clock.now()))
    assert lines(counter)["hub"].level == "ok"


@pytest.mark.parametrize("trouble", STORAGE)
def test_what_is_wrong_with_the_storage_stands_in_the_line_of_the_network(counter: Counter, trouble: str):
    figures(counter, "exchange", hub="ok", hub_seen_at=iso(counter.clock.now()), storage_trouble=trouble)
    assert lines(counter)["hub"].ja == STORAGE[trouble].ja
    figures(counter, "exchange", hub="ok", hub_seen_at=iso(counter.clock.now()), storage_trouble="")
    assert lines(counter)["hub"].level == "ok"
