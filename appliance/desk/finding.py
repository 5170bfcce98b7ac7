"""Finding own patients by kana, chart number or birth date."""

from __future__ import annotations

import unicodedata
from datetime import date

from appliance.desk.desk import Desk, DeskError, patient_item
from appliance.limits import FIND_PATIENTS_MAX
from appliance.records.messages import FindPatients, PatientList
from appliance.records.names import search_key
from appliance.store import audit, chart
from appliance.store.audit import Event


class NothingToFindByError(DeskError):
    """The question names nothing to search by."""

    code = "DESK-0003"

    def __init__(self) -> None:
        super().__init__(
            "検索する言葉がありません。",
            "There is nothing to search by.",
            hint_ja="フリガナの初めの何文字か、カルテ番号、生年月日のどれかを入れてください。",
            hint_en="Enter the first letters of the kana, the chart number or the birth date.",
        )


def find_patients(desk: Desk, asked: FindPatients) -> PatientList:
    """The patients that meet all that is given, by kana; the search is audited by what was searched, not for whom."""
    kana_key, number = search_key(asked.kana), _plain(asked.number)
    birth_date = _day(asked.birth_date) if asked.birth_date else ""
    if not (kana_key or number or birth_date):
        raise NothingToFindByError
    with desk.store.transaction() as store:
        session = desk.session(asked.token)
        found = chart.find(
            store,
            session.facility,
            FIND_PATIENTS_MAX + 1,
            kana_key=kana_key,
            number=number,
            birth_date=birth_date,
        )
        listed = found[:FIND_PATIENTS_MAX]
        audit.append(
            store,
            Event.PATIENTS_SEARCHED,
            staff=session.staff,
            facility=session.facility,
            role=session.role,
            by=[name for name in ("kana", "number", "birth_date") if getattr(asked, name)],
            patients=[one.id for one in listed],
        )
        items = tuple(patient_item(store, one) for one in listed)
    return PatientList(patients=items, more=len(found) > FIND_PATIENTS_MAX)


def _plain(number: str) -> str:
    return "".join(unicodedata.normalize("NFKC", number).split())


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise DeskError(
            "生年月日を日付として読めません。",
            "The birth date is not a date.",
            hint_ja="年・月・日を確かめてください。",
            hint_en="Check year, month and day.",
        ) from None
