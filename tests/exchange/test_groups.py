"""Several deliveries in one bundle: order kept, each settled by itself, and a bad one blocks nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from appliance.channels import ChannelKind
from appliance.exchange.fhir.provenance import provenance_id
from appliance.exchange.fhir_channel import together
from appliance.exchange.prepare import Prepared, prepare
from appliance.limits import (
    DELIVERY_BACKOFF_MAX_S,
    DELIVERY_FAILS_MAX,
    GROUP_MAX_BYTES,
    GROUP_MAX_DELIVERIES,
    GROUP_MAX_ENTRIES,
    HUB_ASK_AGAIN_S,
    HUB_PROBE_MAX_S,
)
from appliance.store import claiming
from provisioning.lab.hub import Fault, PracticeHub
from provisioning.lab.pki import LabPki
from tests.exchange.box import Box
from tests.exchange.reading import Reading
from tests.exchange.test_deliver import SUGAR, Counting
from tests.store.made import disease

pytestmark = pytest.mark.hub

MONTHS = [f"2026-{month:02}" for month in range(1, 8)]


@pytest.fixture
def reading(practice_hub: PracticeHub, pki: LabPki) -> Reading:
    return Reading.of(practice_hub, pki)


@pytest.fixture
def known(box: Box, chart: str) -> list[str]:
    """Ten patients whom the hub knows, with nothing on its way."""
    charts = [f"{chart}-{number}" for number in range(10)]
    for one in charts:
        box.agreed(one)
    box.settle()
    return charts


def wait_at(box: Box, charts: list[str], months: list[str]) -> int:
    """Claims of these months for each of them, none of them sent yet; how many."""
    for chart in charts:
        for month in months:
            box.arrived(chart, disease(), SUGAR, month=month, sequence=f"{month}-x")
    waiting = box.counts()["ready"]
    assert waiting == len(charts) * len(months)
    return waiting


def bad(box: Box, chart: str, month: str) -> str:
    """The resource id of something that is in one patient's claim of one month only."""
    found = box.store.value(
        "SELECT d.key FROM documents d JOIN patients p ON p.id = d.patient WHERE p.local_id = ? AND d.period = ?",
        (chart, month),
    )
    return str(found)


def until_quiet(box: Box, rounds: int = 12) -> None:
    for _ in range(rounds):
        box.settle(advance_s=HUB_PROBE_MAX_S + HUB_ASK_AGAIN_S)


def test_what_waits_goes_out_in_few_bundles(
    box: Box, known: list[str], practice_hub: PracticeHub, reading: Reading
) -> None:
    waiting = wait_at(box, known, MONTHS)
    sent = Counting(practice_hub)
    box.settle()
    assert sent.bundles <= -(-waiting // GROUP_MAX_DELIVERIES) + 1
    assert set(box.counts()) == {"delivered"}
    for chart in known:
        held = reading.of_patient(box.patient_id(chart))
        assert sum(kind == "Encounter" for kind, _ in held) == 1 + len(MONTHS)


def test_one_bad_document_is_refused_alone(
    box: Box, known: list[str], practice_hub: PracticeHub, reading: Reading
) -> None:
    wait_at(box, known, MONTHS)
    key = bad(box, known[3], MONTHS[2])
    practice_hub.add_faults(Fault("status", status=422, type="Bundle", contains=key, count=1_000))
    box.settle()
    assert box.counts()["refused"] == 1
    assert box.store.value("SELECT document_key FROM deliveries WHERE state = 'refused'") == key
    assert box.counts().keys() == {"delivered", "refused"}
    assert sum(kind == "Encounter" for kind, _ in reading.of_patient(box.patient_id(known[3]))) == len(MONTHS)


def test_one_document_in_endless_conflict_keeps_nobody_waiting_and_is_refused_at_last(
    box: Box, known: list[str], practice_hub: PracticeHub
) -> None:
    waiting = wait_at(box, known, MONTHS)
    key = bad(box, known[3], MONTHS[2])
    practice_hub.add_faults(Fault("status", status=409, type="Bundle", contains=key, count=1_000))
    box.settle()
    assert box.counts() == {"delivered": 30 + waiting - 1, "refused": 1}
    others = "SELECT max(attempts) FROM deliveries WHERE state = 'delivered' AND patient <> ?"
    who = box.store.value("SELECT id FROM patients WHERE local_id = ?", (known[3],))
    assert box.store.value(others, (who,)) == 1
    assert box.store.value("SELECT attempts FROM deliveries WHERE state = 'refused'") == DELIVERY_FAILS_MAX


def test_a_pause_that_the_hub_asks_for_amidst_a_group_is_kept_and_the_rest_is_not_tried(
    box: Box, known: list[str], practice_hub: PracticeHub
) -> None:
    waiting = wait_at(box, known, MONTHS[:3])
    practice_hub.add_faults(
        Fault("status", status=422, type="Bundle"),  # the whole group
        Fault("status", status=503, type="Bundle", retry_after_s=600, skip=1),  # of its halves, the second
    )
    box.settle(advance_s=HUB_PROBE_MAX_S)
    assert 0 < box.counts()["ready"] < waiting
    assert box.worker.breaker.is_open
    box.settle(advance_s=600)
    box.settle(advance_s=DELIVERY_BACKOFF_MAX_S)
    assert box.counts() == {"delivered": 30 + waiting}


def test_one_document_the_hub_fails_on_ends_up_alone_and_is_refused_at_last(
    box: Box, known: list[str], practice_hub: PracticeHub
) -> None:
    waiting = wait_at(box, known, MONTHS[:3])
    key = bad(box, known[3], MONTHS[1])
    practice_hub.add_faults(Fault("status", status=500, type="Bundle", contains=key, count=1_000))
    until_quiet(box, rounds=4)
    others = box.store.value("SELECT count(*) FROM deliveries WHERE state = 'delivered' AND attempts > 1")
    assert others > 0
    for number in range(DELIVERY_FAILS_MAX):
        month = f"2025-{number + 1:02}"
        box.arrived(known[0], month=month, sequence=month)  # the hub takes others meanwhile
        box.settle(advance_s=DELIVERY_BACKOFF_MAX_S / 4)
        box.settle(advance_s=HUB_ASK_AGAIN_S)
    assert box.store.rows("SELECT document_key, attempts FROM deliveries WHERE state = 'refused'") == [
        (key, DELIVERY_FAILS_MAX)
    ]
    assert box.counts() == {"delivered": 30 + waiting - 1 + DELIVERY_FAILS_MAX, "refused": 1}


def test_while_the_hub_fails_on_everything_nothing_is_refused(
    box: Box, known: list[str], practice_hub: PracticeHub
) -> None:
    wait_at(box, known[:2], MONTHS[:2])
    box.clock.advance(2 * DELIVERY_BACKOFF_MAX_S)
    practice_hub.add_faults(Fault("status", status=500, type="Bundle", count=1_000))
    until_quiet(box, rounds=3 * DELIVERY_FAILS_MAX)
    assert box.counts().get("refused", 0) == 0
    practice_hub.clear_faults()
    until_quiet(box)
    assert set(box.counts()) == {"delivered"}


def test_a_group_whose_answer_is_lost_is_asked_about_one_by_one_and_not_sent_again(
    box: Box, known: list[str], practice_hub: PracticeHub
) -> None:
    waiting = wait_at(box, known, MONTHS[:2])
    practice_hub.add_faults(Fault("drop-after", type="Bundle"))
    others = Counting(practice_hub)
    box.settle()
    assert box.counts()["doubtful"] == waiting
    box.clock.advance(HUB_ASK_AGAIN_S)
    box.settle()
    assert box.counts() == {"delivered": 30 + waiting}
    assert others.bundles == 0


def test_a_kill_between_two_halves_of_a_refused_group_leaves_each_to_be_asked(
    box: Box, known: list[str], reading: Reading
) -> None:
    """The first half reached the hub, the second did not; the answers to both are lost with the process."""
    wait_at(box, known, MONTHS[:1])
    taken = claiming.claim(box.store, box.rules, limit=10, lease_s=60)
    group = [prepare(box.store, str, one) for one in taken]
    claiming.about_to_send(
        box.store, [(one.id, ready.digest) for one, ready in zip(taken, group, strict=True)]
    )
    box.channel.send(group[:5])
    again = box.restarted(box.config)
    again.settle()
    assert set(again.counts()) == {"delivered"}
    assert {reading.version(*held) for one in group for held in one.holds} == {"1"}
    assert {reading.version("Provenance", provenance_id(one.document_key)) for one in taken} == {"1"}


def test_consents_go_alone_and_people_before_their_data(box: Box, chart: str) -> None:
    for number in range(3):
        box.agreed(f"{chart}-{number}")
    groups = []
    while taken := claiming.claim(box.store, box.rules, limit=50, lease_s=60):
        groups.append([one.kind.value for one in taken])
    assert groups == [["consent"]] * 3
    with box.store.transaction():
        box.store.execute("UPDATE deliveries SET state = 'delivered' WHERE kind = 'consent'")
    assert [one.kind.value for one in claiming.claim(box.store, box.rules, limit=50, lease_s=60)] == [
        "identity"
    ] * 3


def test_a_patients_deliveries_are_never_in_two_groups_at_once(box: Box, known: list[str]) -> None:
    wait_at(box, known, MONTHS)
    first = claiming.claim(box.store, box.rules, limit=15, lease_s=60)
    second = claiming.claim(box.store, box.rules, limit=50, lease_s=60)
    assert not {one.patient for one in first} & {one.patient for one in second}
    ids = [one.id for one in first]
    assert ids == sorted(ids)


@pytest.fixture
def letters(box: Box, known: list[str]) -> Callable[[int], list[Prepared]]:
    def made(count: int) -> list[Prepared]:
        wait_at(box, known, MONTHS)
        return [
            prepare(box.store, str, one)
            for one in claiming.claim(box.store, box.rules, limit=count, lease_s=60)
        ]

    return made


def test_a_group_has_bounds_in_entries_and_bytes(
    box: Box, letters: Callable[[int], list[Prepared]], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third, *_ = letters(20)
    entries = first.payload.entries
    size = sum(len(part.encoded) for part in first.payload.parts)
    for name, bound in (("GROUP_MAX_ENTRIES", 2 * entries), ("GROUP_MAX_BYTES", 2 * size + 100)):
        with monkeypatch.context() as patched:
            patched.setattr(f"appliance.exchange.fhir_channel.{name}", bound)
            take = box.channel.group()
            assert [take(one) for one in (first, second, third)] == [True, True, False]
            alone = box.channel.group()
            patched.setattr(f"appliance.exchange.fhir_channel.{name}", 1)
            assert alone(first)
    assert entries < GROUP_MAX_ENTRIES
    assert size < GROUP_MAX_BYTES


def test_two_versions_of_one_document_are_never_in_one_bundle(
    box: Box, letters: Callable[[int], list[Prepared]]
) -> None:
    (first, *_) = letters(1)
    take = box.channel.group()
    assert take(first)
    assert not take(replace(first))


def test_what_documents_share_is_in_a_bundle_once(letters: Callable[[int], list[Prepared]]) -> None:
    group = letters(7)
    addresses = [one.held for one in together(group)]
    assert len(addresses) == len(set(addresses))
    assert sum(kind == "Coverage" for kind, _ in addresses) < len(group)
    for one in together(group):
        assert json.loads(one.encoded)["request"]["url"] == "/".join(one.held)


def test_what_finds_no_room_is_put_back_as_if_never_taken(box: Box, known: list[str]) -> None:
    wait_at(box, known, MONTHS)
    before = box.store.rows("SELECT id, state, attempts FROM deliveries ORDER BY id")
    taken = claiming.claim(box.store, box.rules, channel=ChannelKind.FHIR, limit=20, lease_s=60)
    claiming.put_back(box.store, taken)
    assert box.store.rows("SELECT id, state, attempts FROM deliveries ORDER BY id") == before
