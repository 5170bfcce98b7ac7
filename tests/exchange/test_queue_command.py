"""`renkei queue`: what was refused is shown in plain words, previewed, and replayed singly or together."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from appliance.cli import main
from appliance.clock import JST, SystemClock, from_iso
from appliance.config import HubConfig
from appliance.exchange.deliver import Worker
from appliance.exchange.hub import Hub
from appliance.exchange.replaying import compared, preview
from appliance.store import deliveries, documents
from appliance.store.db import Store
from appliance.store.deliveries import State
from provisioning.lab.hub import Fault, PracticeHub
from tests.exchange.box import Box, calm
from tests.exchange.test_service import RULES, Site, agreed, site
from tests.store.made import act, disease

__all__ = ["site"]
pytestmark = pytest.mark.hub


@pytest.fixture
def store(site: Site) -> Iterator[Store]:
    with site.store() as opened:
        yield opened


def work(store: Store, hub: HubConfig) -> None:
    """Everything that is due, until it is quiet."""
    client = Hub(hub, SystemClock().monotonic_s)
    worker = Worker(store, client, lambda: RULES, lambda number: f"施設{number}", calm)
    worker.start()
    for _ in range(200):
        happened = worker.turn()
        worker.wait(5.0)
        if not happened and not worker.busy:
            break
    worker.stop(1.0)
    client.close()


@pytest.fixture
def refused(
    site: Site, store: Store, chart: str, hub_config: HubConfig, practice_hub: PracticeHub
) -> list[int]:
    """Two claims that the hub refused, each for a reason of its own."""
    agreed(store, f"{chart}-0", f"{chart}-1")
    keys = [row[0] for row in store.rows("SELECT key FROM documents ORDER BY id")]
    practice_hub.add_faults(Fault("status", status=422, type="Bundle", contains=keys[0], count=100))
    practice_hub.add_faults(Fault("status", status=413, type="Bundle", contains=keys[1], count=100))
    work(store, hub_config)
    practice_hub.clear_faults()
    numbers = [row[0] for row in store.rows("SELECT id FROM deliveries WHERE state = 'refused' ORDER BY id")]
    assert len(numbers) == 2
    return numbers


def renkei(site: Site, capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    capsys.readouterr()
    assert main([*map(str, arguments), "--site", str(site.file)]) == 0
    return capsys.readouterr().out


def test_a_refusal_is_shown_in_plain_words_and_in_the_hubs_own_when_asked(
    site: Site, refused: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = renkei(site, capsys, "queue", "show", refused[0])
    assert "error transient" in shown
    assert "a fault on purpose" not in shown
    assert "→" in shown
    assert "a fault on purpose" in renkei(site, capsys, "queue", "show", refused[0], "--words")
    told = json.loads(renkei(site, capsys, "queue", "show", refused[0], "--json"))
    assert told["faults"][0].keys() >= {"code", "ja", "en", "hint_ja", "hint_en"}
    assert "said" not in told["faults"][0]


def test_the_list_is_filtered_by_kind_channel_code_and_day(
    site: Site, store: Store, refused: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    def listed(*filters: str) -> list[int]:
        out = renkei(site, capsys, "queue", "list", "--state", "refused", "--json", *filters)
        return [one["id"] for one in json.loads(out)["deliveries"]]

    day = from_iso(deliveries.get(store, refused[0]).changed_at).astimezone(JST).date()
    assert listed() == refused
    assert listed("--kind", "put", "--channel", "fhir", "--day", day.isoformat()) == refused
    assert listed("--kind", "remove") == listed("--channel", "ssmix2") == listed("--day", "2020-01-01") == []
    assert listed("--code", "transient") == refused
    assert listed("--code", "required") == []


def test_what_filters_pick_is_shown_first_and_sent_only_on_yes(
    site: Site, store: Store, refused: list[int], hub_config: HubConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = renkei(site, capsys, "queue", "replay", "--kind", "put")
    assert shown.count("the same as was refused") == 2
    assert deliveries.counts(store)["refused"] == 2
    renkei(site, capsys, "queue", "replay", "--kind", "put", "--yes")
    assert deliveries.counts(store)["ready"] == 2
    work(store, hub_config)
    assert deliveries.counts(store).keys() == {"delivered"}


def test_a_preview_names_what_would_be_different(
    box: Box, chart: str, practice_hub: PracticeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    who = box.agreed(chart, disease(), act())
    practice_hub.add_faults(Fault("status", status=422, type="Bundle", contains="8833421", count=100))
    box.settle()
    (number,) = (row[0] for row in box.store.rows("SELECT id FROM deliveries WHERE state = 'refused'"))
    assert preview(box.store, box.rules, box.worker.facility_name, number).is_the_same
    newer = disease("8839999")
    with box.store.transaction():
        box.store.execute("DELETE FROM records WHERE type = 'Procedure'")
        body = documents.encode([newer])
        box.store.execute("UPDATE records SET body = ? WHERE type = 'Condition'", (body,))
    seen = preview(box.store, box.rules, box.worker.facility_name, number)
    assert [one.partition("/")[0] for one in seen.added] == ["Condition"]
    assert sorted(one.partition("/")[0] for one in seen.gone) == ["Condition", "Procedure"]
    assert [one.partition("/")[0] for one in seen.changed] == ["Provenance"]
    assert seen.same > 0
    box.withdraw(who)
    assert preview(box.store, box.rules, box.worker.facility_name, number).state is State.HELD
    assert deliveries.get(box.store, number).state is State.REFUSED


def test_comparing_is_by_address_and_content() -> None:
    seen = compared(1, {"a/1": "x", "b/1": "x", "c/1": "x"}, {"a/1": "x", "b/1": "y", "d/1": "x"})
    assert (seen.changed, seen.added, seen.gone, seen.same) == (("b/1",), ("d/1",), ("c/1",), 1)
    assert compared(1, {"a/1": "x"}, {"a/1": "x"}).is_the_same


def test_several_are_discarded_with_one_reason(
    site: Site, store: Store, refused: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    renkei(site, capsys, "queue", "discard", *refused, "--reason", "双方で確認済み")
    assert deliveries.counts(store)["withdrawn"] >= 2
