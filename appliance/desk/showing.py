"""One patient's page: header, consents and timeline from this box, decided and audited in the transaction that reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.clock import iso
from appliance.consent.ask import sentence_for_viewer
from appliance.consent.decision import Decision
from appliance.desk.desk import Desk, DeskError, patient_item
from appliance.desk.titles import TIMELINE_TYPES, code_of, coverage_in_words, detail_of, title_of
from appliance.limits import TIMELINE_MAX_PER_CLASS
from appliance.records.classes import data_date_of
from appliance.records.clinical import AllergyIntolerance, Condition
from appliance.records.data_class import DataClass
from appliance.records.identity import content_key
from appliance.records.messages import ConsentItem, PatientView, ShowPatient, TimelineEntry
from appliance.store import access, chart, governing, staff
from appliance.store.access import Item
from appliance.store.audit import Event
from appliance.store.chart import Charted
from appliance.store.db import Store
from appliance.store.governing import StoredConsent

_LASTING = (Condition, AllergyIntolerance)


class MayNotSeeError(DeskError):
    """The role of whoever asks may not see even who the patient is."""

    code = "DESK-0004"

    def __init__(self, decision: Decision) -> None:
        sentence = sentence_for_viewer(decision)
        super().__init__(
            sentence.ja,
            sentence.en,
            hint_ja="必要なときは管理者にお尋ねください。",
            hint_en="Ask your administrator if you need it.",
        )


@dataclass(frozen=True, slots=True)
class _Line:
    """A record of a current document, and what is asked about it."""

    item: Item
    charted: Charted

    @property
    def newness(self) -> tuple[str, str]:
        return self.item.data_date or self.charted.period, self.charted.period


def show_patient(desk: Desk, asked: ShowPatient) -> PatientView:
    """Everything this box has of an own patient, as far as the role may see it."""
    with desk.store.transaction() as store:
        session = desk.session(asked.token)
        found = desk.patient(session, asked.patient)
        lines, more = _lines(store, found.id)
        basic = Item(found.facility, DataClass.BASIC, None)
        insurance = Item(found.facility, DataClass.INSURANCE, None)
        looked_at = [basic, insurance, *(line.item for line in lines)]
        decisions = access.view_decisions(store, desk.rules, session, found.id, set(looked_at))
        access.audit_view(
            store,
            desk.rules,
            session,
            found.id,
            [(item, decisions[item]) for item in looked_at],
            event=Event.PATIENT_SHOWN,
        )
        if decisions[basic].permits:
            return PatientView(
                patient=patient_item(store, found),
                coverages=tuple(
                    map(coverage_in_words, found.coverages if decisions[insurance].permits else ())
                ),
                consents=tuple(_consent_item(store, one) for one in governing.of_patient(store, found.id)),
                timeline=_timeline(desk, lines, decisions),
                hidden_notice=any(not decision.permits for decision in decisions.values()),
                has_unread_classes=more,
            )
    # The audit row of the refused look is committed before the refusal is told.
    raise MayNotSeeError(decisions[basic])


def _lines(store: Store, patient: int) -> tuple[list[_Line], tuple[str, ...]]:
    """The records of a patient's current documents, newest first, and the classes of which there are more.

    A disease or an allergy is written again in every document: only its newest statement counts.
    """
    told: set[tuple[str, ...]] = set()
    by_class: dict[DataClass, list[_Line]] = {}
    for one in chart.records_of(store, patient, TIMELINE_TYPES):
        if isinstance(one.record, _LASTING):
            key = content_key(one.record)
            if key in told:
                continue
            told.add(key)
        day = data_date_of(one.record)
        item = Item(one.facility, one.data_class, day.isoformat() if day else None)
        by_class.setdefault(one.data_class, []).append(_Line(item, one))
    for lines in by_class.values():
        lines.sort(key=lambda line: line.newness, reverse=True)
    more = tuple(name for name in sorted(by_class) if len(by_class[name]) > TIMELINE_MAX_PER_CLASS)
    kept = [line for lines in by_class.values() for line in lines[:TIMELINE_MAX_PER_CLASS]]
    return sorted(kept, key=lambda line: line.newness, reverse=True), more


def _timeline(
    desk: Desk, lines: list[_Line], decisions: Mapping[Item, Decision]
) -> tuple[TimelineEntry, ...]:
    return tuple(
        TimelineEntry(
            date=line.newness[0],
            data_class=line.item.data_class or "",
            title=title_of(line.charted.record),
            source=line.item.facility,
            source_name=desk.site.facility_name(line.item.facility),
            as_of=line.charted.period,
            detail=detail_of(line.charted.record),
            code=code_of(line.charted.record),
        )
        for line in lines
        if decisions[line.item].permits
    )


def _consent_item(store: Store, one: StoredConsent) -> ConsentItem:
    return ConsentItem(
        consent=one.id,
        resource_id=one.resource_id,
        state=one.state,
        mode=one.mode,
        signed_at=one.signed_at,
        effective=iso(one.consent.effective),
        text_id=one.text_id,
        language=one.language,
        copy_state=one.copy_state,
        captured_by=staff.name_of(store, one.explainer),
    )
