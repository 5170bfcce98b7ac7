"""Reading what the store has of patients: finding them, and the records of one patient's current documents."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from appliance.records.codec import decode_records
from appliance.records.data_class import DataClass
from appliance.records.document import Record
from appliance.store import patients
from appliance.store.db import Store
from appliance.store.patients import StoredPatient

_AFTER_EVERY_LETTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Charted:
    """One record with where it comes from: the provider, and the month or day (`YYYY-MM…`) its document is of."""

    facility: str
    period: str
    data_class: DataClass
    record: Record


def find(
    store: Store, facility: str, limit: int, *, kana_key: str = "", number: str = "", birth_date: str = ""
) -> list[StoredPatient]:
    """Patients of a facility who meet everything that is given, by kana.

    `kana_key` is the beginning of records/names.py's search key; `number` the chart number, with its leading zeros or
    without; `birth_date` is `YYYY-MM-DD`. Raises ValueError when nothing is given.
    """
    tests: dict[str, tuple[str, ...]] = {}
    if kana_key:
        tests["kana_key >= ? AND kana_key < ?"] = (kana_key, kana_key + _AFTER_EVERY_LETTER)
    if number:
        tests["local_id <> '' AND (local_id = ? OR ltrim(local_id, '0') = ?)"] = (number, number.lstrip("0"))
    if birth_date:
        tests["birth_date = ?"] = (birth_date,)
    if not tests:
        raise ValueError("a search needs something to search by")
    rows = store.rows(
        f"SELECT id FROM patients WHERE facility = ? AND merged_into IS NULL AND {' AND '.join(tests)}"
        " ORDER BY kana_key, birth_date, id LIMIT ?",
        (facility, *(value for values in tests.values() for value in values), limit),
    )
    return [patients.load(store, patient) for (patient,) in rows]


def records_of(store: Store, patient: int, types: Collection[str]) -> Iterator[Charted]:
    """The records of these types in a patient's current documents, those of the newest document first."""
    marks = ", ".join("?" * len(types))
    rows = store.rows(
        "SELECT r.type, r.data_class, r.body, d.facility, d.period FROM records r JOIN documents d ON d.id = r.document"
        f" WHERE d.patient = ? AND d.state = 'current' AND r.type IN ({marks}) ORDER BY d.period DESC, d.id",
        (patient, *types),
    )
    for type_name, data_class, body, facility, period in rows:
        for record in decode_records(type_name, body):
            yield Charted(facility, period, DataClass(data_class), record)
