"""What every answer needs: the store, the site, the rules, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.config import SiteConfig
from appliance.consent.rules import Rules
from appliance.errors import Audience, RenkeiError
from appliance.records.messages import FacilityItem, PatientItem
from appliance.store import governing, patients, staff
from appliance.store.db import Store
from appliance.store.governing import StoredConsent
from appliance.store.patients import StoredPatient
from appliance.store.rules import RulesFile
from appliance.store.staff import StaffSession


class DeskError(RenkeiError):
    """The desk cannot answer this question."""

    code = "DESK-0001"
    audience = Audience.STAFF


class NotFoundError(DeskError):
    """There is no such patient or consent at the facility of whoever asks; of other facilities nothing is said."""

    code = "DESK-0002"

    def __init__(self) -> None:
        super().__init__(
            "見つかりません。",
            "Not found.",
            hint_ja="もう一度検索してください。",
            hint_en="Search again.",
        )


@dataclass(slots=True)
class Desk:
    """The desk's own things. `changed` is set when an answer has given the exchange something to do."""

    store: Store
    site: SiteConfig
    rules_file: RulesFile
    changed: bool = False

    @property
    def rules(self) -> Rules:
        return self.rules_file.current()

    def session(self, token: str, *, touch: bool = True) -> StaffSession:
        """Who asks. Raises NoSessionError."""
        return staff.session(self.store, token, touch=touch)

    def patient(self, session: StaffSession, patient: int) -> StoredPatient:
        """A patient of the facility of whoever asks. Raises NotFoundError."""
        try:
            found = patients.load(self.store, patient)
        except KeyError:
            raise NotFoundError from None
        if found.facility != session.facility:
            raise NotFoundError
        return found

    def consent(self, session: StaffSession, consent: int) -> StoredConsent:
        """A consent taken at the facility of whoever asks. Raises NotFoundError."""
        try:
            found = governing.load(self.store, consent)
        except KeyError:
            raise NotFoundError from None
        if found.facility != session.facility:
            raise NotFoundError
        return found

    def facility(self, number: str) -> FacilityItem:
        """One of the box's own facilities."""
        return FacilityItem(number=number, name=self.site.facility_name(number))

    def participant(self, number: str) -> FacilityItem:
        """A facility of the network, as the participant list names it."""
        return FacilityItem(number=number, name=self.rules.name(number))


def patient_item(store: Store, found: StoredPatient) -> PatientItem:
    """A patient as lists and headers show them."""
    person = found.patient
    return PatientItem(
        patient=found.id,
        local_id=person.local_id,
        name=person.name.text,
        kana=person.name.kana,
        birth_date=person.birth_date.isoformat() if person.birth_date else "",
        sex=person.sex.value,
        consent_state=governing.newest_state(store, found.id),
    )
