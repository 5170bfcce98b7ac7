"""One large, realistic claim file for measurements: 医科, one clinic, one payer organisation, one month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from appliance.limits import PRACTICE_BULK_MAX_BYTES
from appliance.practice.claims import Claim, add_months
from appliance.practice.errors import PracticeError
from appliance.practice.facilities import CLINIC_A
from appliance.practice.insurers import KOKUHOREN
from appliance.practice.patients import patients_of
from appliance.practice.people import people
from appliance.practice.population import course_of
from appliance.practice.uke_rows import ENCODING, END_MARK, ROW_END
from appliance.practice.uke_writer import file_rows

BULK_MONTH: Final = date(2026, 8, 1)


def claim_file(min_bytes: int, seed: int) -> bytes:
    """The bytes of a RECEIPTC.UKE that is whole and at least `min_bytes` long (at most one claim longer).

    Raises PracticeError beyond `PRACTICE_BULK_MAX_BYTES`.
    """
    if min_bytes > PRACTICE_BULK_MAX_BYTES:
        raise PracticeError(
            f"ファイルの大きさは {PRACTICE_BULK_MAX_BYTES} バイトまでにしてください。",
            f"A file may have {PRACTICE_BULK_MAX_BYTES} bytes at most.",
        )
    data = bytearray()

    def claims() -> Iterator[Claim]:
        for claim in _claims(seed):
            if len(data) >= min_bytes:
                return
            yield claim

    for row in file_rows(CLINIC_A, KOKUHOREN, add_months(BULK_MONTH, 1), claims()):
        data += row.encode(ENCODING) + ROW_END
    return bytes(data + END_MARK)


def _claims(seed: int) -> Iterator[Claim]:
    """The claims that the clinic sends to that payer organisation, without end."""
    for person in people(seed):
        for patient in patients_of(seed, person):
            if patient.clinic is not CLINIC_A:
                continue
            course = course_of(seed, patient, (BULK_MONTH,))
            yield from (claim for claim in course.claims if claim.payer_org == KOKUHOREN)
