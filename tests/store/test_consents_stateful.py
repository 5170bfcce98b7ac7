"""Whatever happens in whatever order: at most one live consent a patient, and without PROVIDE nothing in the queue."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from appliance.clock import ManualClock
from appliance.consent.signers import Signer
from appliance.consent.states import IllegalTransitionError, State
from appliance.errors import RenkeiError
from appliance.store import access, audit, claiming, consents, documents, governing
from appliance.store.deliveries import Kind
from appliance.store.owing import wanted_by
from tests.store.consented import CONFIRMED, SIGNATURE, doctor, signing, text
from tests.store.made import FACILITY, act, arrival, claim, new_store, patient
from tests.store.test_consents import ruled

CHARTS = ("0001", "0002")
RULES = ruled(valid_days=30)
_LIVE = (State.ACTIVE, State.SUSPENDED)


class Consents(RuleBasedStateMachine):
    """Two patients, one clinic, everything staff, patients, the clock and the network can do."""

    pending = Bundle("pending")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.store = new_store(Path(self.folder.name), self.clock)
        self.by = doctor(self.store)
        self.count = 0

    def teardown(self) -> None:
        assert audit.verify(self.store) is None
        self.store.close()
        self.folder.cleanup()

    def next_name(self) -> str:
        self.count += 1
        return f"n{self.count}"

    @initialize()
    def a_claim_for_each(self) -> None:
        for chart in CHARTS:
            self.file_arrives(chart)

    @rule(chart=st.sampled_from(CHARTS))
    def file_arrives(self, chart: str) -> None:
        name = self.next_name()
        number = arrival(self.store, name.encode())
        month = f"2026-{1 + self.count % 9:02d}"
        with self.store.transaction():
            documents.put(
                self.store, RULES, number, [claim(patient(chart), act(f"{self.count:09d}"), month=month)]
            )

    def who(self, chart: str) -> int:
        return int(self.store.value("SELECT id FROM patients WHERE local_id = ?", (chart,)))

    @rule(chart=st.sampled_from(CHARTS), emergency=st.booleans(), target=pending)
    def sign(self, chart: str, emergency: bool) -> int:
        asked = signing(RULES, self.who(chart), self.next_name(), emergency=emergency)
        with self.store.transaction():
            return consents.sign(self.store, RULES, self.by, asked).id

    @rule(consent=consumes(pending))
    def approve(self, consent: int) -> None:
        self.tried(lambda: consents.approve(self.store, RULES, consent, self.by, CONFIRMED))

    @rule(consent=consumes(pending))
    def reject(self, consent: int) -> None:
        self.tried(lambda: consents.reject(self.store, RULES, consent, "不備", self.by))

    @rule(chart=st.sampled_from(CHARTS))
    def decline(self, chart: str) -> None:
        who, name = self.who(chart), self.next_name()
        self.tried(lambda: consents.decline(self.store, RULES, self.by, who, text(RULES), name, "box-1"))

    @rule(chart=st.sampled_from(CHARTS))
    def withdraw(self, chart: str) -> None:
        who, name = self.who(chart), self.next_name()
        self.tried(lambda: consents.withdraw(self.store, self.by, who, SIGNATURE, name, Signer()))

    @rule(chart=st.sampled_from(CHARTS))
    def suspend_or_resume(self, chart: str) -> None:
        live = governing.in_force(self.store, self.who(chart))
        if live is not None and live.state is State.ACTIVE:
            self.tried(lambda: consents.suspend(self.store, RULES, live.id, "確認中", None))
        elif live is not None:
            self.tried(lambda: consents.resume(self.store, RULES, live.id, None))

    @rule(chart=st.sampled_from(CHARTS))
    def ended_elsewhere(self, chart: str) -> None:
        live = governing.in_force(self.store, self.who(chart))
        if live is not None:
            self.tried(lambda: consents.withdrawn_elsewhere(self.store, live.id, "ended-elsewhere"))

    @rule(days=st.integers(1, 20))
    def days_pass(self, days: int) -> None:
        """The network is asked, and the desk sweeps, before anything else happens."""
        self.clock.advance(86_400 * days)
        with self.store.transaction():
            access.set_snapshot(self.store, self.clock.now())
        consents.expire_due(self.store, RULES)

    @rule(limit=st.integers(1, 5))
    def the_worker_delivers(self, limit: int) -> None:
        for taken in claiming.claim(self.store, RULES, limit=limit, lease_s=60):
            if taken.kind is not Kind.CONSENT:
                assert taken.patient is not None
                assert self.provides(taken.patient, taken.kind, taken.document)
            claiming.delivered(self.store, taken)

    def tried(self, step: object) -> None:
        """What the state table or a guard forbids changes nothing."""
        before = self.everything()
        try:
            with self.store.transaction():
                step()  # type: ignore[operator]
        except (IllegalTransitionError, RenkeiError):
            assert self.everything() == before

    def everything(self) -> list[object]:
        return [
            self.store.rows(f"SELECT * FROM {table} ORDER BY 1")
            for table in ("consents", "consent_events", "deliveries", "audit")
        ]

    def provides(self, who: int, kind: Kind, document: int | None) -> bool:
        wanted = wanted_by(self.store, kind, document)
        decisions = access.provide_decisions(self.store, RULES, who, FACILITY, wanted)
        return any(decision.permits for decision in decisions.values())

    @invariant()
    def at_most_one_live_consent_a_patient(self) -> None:
        marks = ", ".join("?" * len(_LIVE))
        rows = self.store.rows(
            f"SELECT patient, count(*) FROM consents WHERE state IN ({marks}) GROUP BY patient", _LIVE
        )
        assert all(count == 1 for _, count in rows)

    @invariant()
    def without_provide_nothing_is_in_the_queue(self) -> None:
        rows = self.store.rows(
            "SELECT patient, kind, document FROM deliveries WHERE kind <> 'consent' AND state IN ('ready', 'claimed')"
        )
        for who, kind, document in rows:
            assert self.provides(who, Kind(kind), document)

    @invariant()
    def with_an_active_consent_every_current_document_is_owed(self) -> None:
        rows = self.store.rows(
            "SELECT d.id FROM documents d JOIN consents c ON c.patient = d.patient AND c.state = 'active'"
            " WHERE d.state = 'current' AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.document = d.id"
            " AND o.state IN ('ready', 'claimed', 'delivered'))"
        )
        assert rows == []

    @invariant()
    def a_records_state_is_that_of_its_last_event(self) -> None:
        rows = self.store.rows(
            "SELECT c.state, (SELECT to_state FROM consent_events e WHERE e.consent = c.id ORDER BY e.id DESC LIMIT 1)"
            " FROM consents c"
        )
        assert all(state == last for state, last in rows)

    @invariant()
    def every_event_has_its_audit_row(self) -> None:
        made = self.store.value("SELECT count(*) FROM consent_events")
        audited = self.store.value("SELECT count(*) FROM audit WHERE event LIKE 'consent-%'")
        assert made == audited

    @invariant()
    def refusals_and_waiting_signatures_are_never_told(self) -> None:
        told = self.store.value(
            "SELECT count(*) FROM deliveries o JOIN consents c ON c.id = o.consent"
            " WHERE c.state IN ('refused', 'pending', 'rejected', 'draft')"
        )
        assert told == 0


Consents.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
test_consents_in_any_order = Consents.TestCase
