"""The queue against a simple model, in any order: what arrives, who consents, what goes wrong, when the box dies.

The model is what the other side holds (`there`, by channel and document key) and what each patient's newest documents are.
It knows nothing of states: it only carries out, or loses, what it is handed.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from appliance.channels import ChannelKind
from appliance.clock import ManualClock
from appliance.limits import DELIVERY_NEW_FOR_S
from appliance.store import access, channels, claiming, documents, owing, review
from appliance.store.deliveries import QUEUE, Claimed, Kind
from tests.store.made import arrival, claim, consent_row, disease, new_store, patient, rules

CHARTS = ("0001", "0002", "0003")
MONTHS = ("2026-07", "2026-08")
ONE = rules()
CHANNELS = (ChannelKind.FHIR, ChannelKind.SSMIX2)
"""Claims go by both; whole documents have a channel of their own."""
BOTH = replace(ONE, channels=CHANNELS)
ROUNDS_MAX = 1_000
Key = tuple[ChannelKind, str]


class Deliveries(RuleBasedStateMachine):
    """Three patients, two documents each, two channels."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.store = new_store(Path(self.folder.name), self.clock)
        self.rules = ONE
        self.count = self.rounds = 0
        self.newest: dict[str, int | None] = {}
        """Of each document key, the document that is true now; None: none any more."""
        self.owner: dict[str, int] = {}
        self.there: dict[Key, int] = {}
        self.out: list[Claimed] = []
        self.arrived_unseen: dict[int, bool] = {}
        """Of what is doubtful or was under way when the box died: whether the other side has it."""

    def teardown(self) -> None:
        try:
            self.everything_goes_well()
        finally:
            self.store.close()
            self.folder.cleanup()

    # --- what happens ------------------------------------------------------------------------------------

    @initialize()
    def a_file_for_each(self) -> None:
        for chart in CHARTS:
            self.document_arrives(chart, MONTHS[0])
            self.patient_agrees(chart)
        self.everything_goes_well()

    @rule(chart=st.sampled_from(CHARTS), month=st.sampled_from(MONTHS))
    def document_arrives(self, chart: str, month: str) -> None:
        self.count += 1
        made = claim(patient(chart), disease(f"88{self.count:05}"), month=month)
        self.put(replace(made, sequence=f"{self.count:06}", set_key=""))
        self.newest[made.key] = int(
            self.store.value("SELECT id FROM documents WHERE key = ? AND state = 'current'", (made.key,))
        )
        self.owner[made.key] = self.row(chart)

    @rule(chart=st.sampled_from(CHARTS), month=st.sampled_from(MONTHS))
    def document_is_taken_back(self, chart: str, month: str) -> None:
        made = claim(patient(chart), month=month)
        if self.newest.get(made.key) is not None:
            self.count += 1
            self.put(replace(made, sequence=f"{self.count:06}", set_key="", records=(), tombstone=True))
            self.newest[made.key] = None

    def put(self, document: documents.Document) -> None:
        number = arrival(self.store, f"{self.count}".encode())
        with self.store.transaction():
            documents.put(self.store, self.rules, number, [document])

    @rule(chart=st.sampled_from(CHARTS))
    def patient_agrees(self, chart: str) -> None:
        who = self.row(chart)
        if not self.agreed(who):
            with self.store.transaction():
                owing.owe_consent(self.store, consent_row(self.store, who))
                owing.release(self.store, self.rules, who)

    @rule(chart=st.sampled_from(CHARTS))
    def patient_withdraws(self, chart: str) -> None:
        who = self.row(chart)
        if self.agreed(who):
            with self.store.transaction():
                self.store.execute(
                    "UPDATE consents SET state = 'withdrawn' WHERE patient = ? AND state = 'active'", (who,)
                )
                owing.withdraw_patient(self.store, who, "withdrawn")

    @rule(channel=st.sampled_from(CHANNELS), limit=st.integers(1, 6))
    def the_dispatcher_claims(self, channel: ChannelKind, limit: int) -> None:
        under_way = self.rows("claimed", "doubtful")
        ready = self.rows("ready")
        taken = claiming.claim(self.store, self.rules, channel=channel, limit=limit, lease_s=60)
        for one in taken:
            assert one.channel is channel
            busy = [kind for who, where, kind, _, _ in under_way if (who, where) == (one.patient, channel)]
            assert not busy or (one.kind is Kind.CONSENT and "consent" not in busy)
            earlier = [
                number
                for who, where, _, rank, number in ready
                if (who, where) == (one.patient, channel) and (rank, number) < self.rank(one.id)
            ]
            assert set(earlier) <= {other.id for other in taken} | self.ids("held")
        claiming.about_to_send(self.store, [(one.id, f"d{one.document}") for one in taken])
        self.out += taken

    @precondition(lambda self: self.out)
    @rule(ends=st.sampled_from(("delivered", "refused", "retry", "lost", "never sent")), data=st.data())
    def one_comes_back(self, ends: str, data: st.DataObject) -> None:
        one = self.out.pop(data.draw(st.integers(0, len(self.out) - 1)))
        match ends:
            case "delivered":
                self.carry_out(one)
                claiming.delivered(self.store, one)
            case "refused":
                claiming.refused(self.store, one, "{}")
            case "retry":
                claiming.retry(self.store, one, "busy", self.clock.now())
            case _:
                if ends == "lost":
                    self.carry_out(one)
                self.arrived_unseen[one.id] = ends == "lost"
                claiming.doubt(self.store, one, "timeout")

    @rule(channel=st.sampled_from(CHANNELS))
    def the_other_side_is_asked(self, channel: ChannelKind) -> None:
        for one in claiming.doubtful(self.store, 10, channel):
            if one in self.out or one.id in {other.id for other in self.out}:
                continue
            if self.arrived_unseen.pop(one.id, False):
                claiming.delivered(self.store, one)
            else:
                claiming.not_found(self.store, one, self.clock.now())

    @rule(data=st.data())
    def the_box_dies(self, data: st.DataObject) -> None:
        for one in self.out:
            reached = data.draw(st.booleans())
            if reached:
                self.carry_out(one)
            self.arrived_unseen[one.id] = reached
        self.out.clear()
        claiming.sweep(self.store)
        channels.follow(self.store, self.rules)

    @rule()
    def leases_end(self) -> None:
        """What is out comes back so late that its lease is over; what it says of its attempt is still true."""
        self.clock.advance(61)
        claiming.expire(self.store)
        assert not self.rows("claimed")

    @rule()
    def time_passes(self) -> None:
        self.clock.advance(DELIVERY_NEW_FOR_S + 1)
        with self.store.transaction():
            access.set_snapshot(self.store, self.clock.now())
        claiming.grow_old(self.store)

    @rule()
    def the_storage_is_added(self) -> None:
        self.rules = BOTH
        channels.follow(self.store, self.rules)

    @rule()
    def what_was_refused_is_sent_again(self) -> None:
        for number in sorted(self.ids("refused")):
            review.replay(self.store, self.rules, number)

    # --- what must hold ----------------------------------------------------------------------------------

    @invariant()
    def without_consent_nothing_of_a_patient_is_in_the_queue_but_what_is_out(self) -> None:
        for who, _, kind, _, _ in self.rows("ready"):
            assert kind == "consent" or self.agreed(who)

    @invariant()
    def one_thing_waits_for_each_document_and_channel(self) -> None:
        waiting = self.store.rows(
            "SELECT document_key, channel, count(*) FROM deliveries WHERE state IN ('ready', 'held')"
            " AND document_key <> '' GROUP BY 1, 2"
        )
        assert all(number == 1 for _, _, number in waiting)

    def everything_goes_well(self) -> None:
        """From here on nothing fails: then the other side holds what is true of those who agree, in every channel."""
        self.arrived_unseen |= {one.id: False for one in self.out}
        self.out.clear()
        self.leases_end()
        self.what_was_refused_is_sent_again()
        self.a_quiet_hour()
        for key, document in self.newest.items():
            for channel in self.rules.channels if self.agreed(self.owner[key]) else ():
                assert self.there.get((channel, key)) == document

    @rule()
    def a_quiet_hour(self) -> None:
        """Nothing fails, as long as nobody waits for an answer."""
        while not self.out and self.rows(*QUEUE):
            for channel in CHANNELS:
                self.the_other_side_is_asked(channel)
                for one in claiming.claim(self.store, self.rules, channel=channel, limit=50, lease_s=60):
                    self.carry_out(one)
                    claiming.delivered(self.store, one)
            self.rounds += 1
            assert self.rounds < ROUNDS_MAX

    # --- the other side ------------------------------------------------------------------------------------

    def carry_out(self, one: Claimed) -> None:
        if one.kind in (Kind.PUT, Kind.REPLACE):
            assert one.document is not None
            self.there[one.channel, one.document_key] = one.document
        elif one.kind is Kind.REMOVE:
            self.there.pop((one.channel, one.document_key), None)

    # --- looking at the store ------------------------------------------------------------------------------

    def rows(self, *states: str) -> list[tuple[int, str, str, int, int]]:
        marks = ", ".join("?" * len(states))
        return self.store.rows(
            f"SELECT patient, channel, kind, priority, id FROM deliveries WHERE state IN ({marks})", states
        )

    def ids(self, state: str) -> set[int]:
        return {number for *_, number in self.rows(state)}

    def rank(self, delivery: int) -> tuple[int, int]:
        priority: int = self.store.value("SELECT priority FROM deliveries WHERE id = ?", (delivery,))
        return priority, delivery

    def row(self, chart: str) -> int:
        return int(self.store.value("SELECT id FROM patients WHERE local_id = ?", (chart,)))

    def agreed(self, who: int) -> bool:
        found = self.store.value("SELECT 1 FROM consents WHERE patient = ? AND state = 'active'", (who,))
        return bool(found)


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
