"""NSIPS: what the pharmacy's receipt computer hands to its machines, one file a prescription and update, VER010603.

Files lie in `SIPS1/DATA`, an empty one of the same name in `SIPS1/INDEX` says that the file is complete. Some prescriptions
were entered wrong and come again whole (U); some were entered twice, and the second was deleted (D).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

from appliance.practice.chance import Chance
from appliance.practice.drug_codes import DRUG_CODES
from appliance.practice.drugs import DRUGS
from appliance.practice.facilities import PHARMACY
from appliance.practice.kana import half_width
from appliance.practice.made import Made, MadeFile
from appliance.practice.naming import written_name
from appliance.practice.payer_terms import payer_terms
from appliance.practice.pharmacy.dispensing import VALID_DAYS, Dispensing, Group
from appliance.practice.pharmacy.fees import BASE, GENERICS, ChargedDispensing, ChargedGroup, Fee
from appliance.practice.pharmacy.usage import USAGES, Form, words_of
from appliance.practice.plans import Dose
from appliance.practice.staff import DEPARTMENT_NAMES, STAFF
from appliance.practice.tagged_rows import TaggedRows, tagged_bytes
from appliance.records.document import Format

VERSION: Final = "VER010603"
PRODUCT: Final = "練習用レセコン"
DATA, INDEX = "SIPS1/DATA", "SIPS1/INDEX"
REVISED_SHARE: Final = 0.04
DOUBLED_SHARE: Final = 0.015
OPENING: Final = time(9)
OPEN_MINUTES: Final = 540
REVISED_AFTER: Final = timedelta(minutes=25)
WIDTHS: Final = {"5": 21, "6": 28}
"""Records of 1.06.03 as most receipt computers write them, without the additions of a few."""

_ROWS: Final = TaggedRows("nsips")


@dataclass(frozen=True, slots=True)
class Update:
    """One file: what is sent of a prescription, as which update, when. `final` is what holds in the end."""

    kind: str
    number: str
    revision: int
    sent_at: datetime
    content: Dispensing
    former: str = ""
    final: bool = True

    @property
    def name(self) -> str:
        return f"{self.kind}{self.number}{self.revision:05d}.txt"


def write_nsips(seed: int, charged: Sequence[ChargedDispensing]) -> Made:
    """Every file in the order it was sent."""
    sent = [(update, one) for one in charged for update in updates_of(seed, one.dispensing)]
    sent.sort(key=lambda pair: (pair[0].sent_at, pair[0].name))
    return Made(tuple(_file(update, one) for update, one in sent))


def updates_of(seed: int, dispensing: Dispensing) -> Iterator[Update]:
    """A alone mostly; a wrong A and a U; or beside the right A another one under its own number, and its D."""
    chance = Chance(seed, "nsips", dispensing.number)
    opened = datetime.combine(dispensing.day, OPENING)
    sent = opened + timedelta(minutes=chance.below(OPEN_MINUTES), seconds=chance.below(60))
    new = Update("A", dispensing.number, 0, sent, dispensing)
    if chance.happens(REVISED_SHARE):
        wrong = replace(new, content=_entered_wrong(dispensing), final=False)
        yield wrong
        yield Update("U", new.number, 1, sent + REVISED_AFTER, dispensing, former=wrong.name)
        return
    yield new
    if chance.happens(DOUBLED_SHARE):
        second = replace(
            new, number=f"{dispensing.number[:-3]}002", sent_at=sent + timedelta(minutes=2), final=False
        )
        yield second
        yield replace(
            second, kind="D", revision=1, sent_at=second.sent_at + REVISED_AFTER, former=second.name
        )


def _entered_wrong(dispensing: Dispensing) -> Dispensing:
    """The last drug was forgotten; of a single drug, the number of days."""
    last = dispensing.groups[-1]
    if len(last.doses) > 1:
        wrong = (*dispensing.groups[:-1], replace(last, doses=last.doses[:-1]))
    elif len(dispensing.groups) > 1:
        wrong = dispensing.groups[:-1]
    else:
        wrong = (replace(last, count=last.count + 1),)
    return replace(dispensing, groups=wrong)


def _file(update: Update, charged: ChargedDispensing) -> MadeFile:
    day = update.content.day
    return MadeFile(
        f"{PHARMACY.folder}/{DATA}/{update.name}",
        Format.NSIPS,
        PHARMACY,
        day,
        tagged_bytes(_rows(update, charged)),
        (charged.dispensing.number,) if update.final else (),
        (("update", update.kind), ("prescription_no", update.number), ("final", update.final)),
        f"{PHARMACY.folder}/{INDEX}/{update.name}",
    )


def _rows(update: Update, charged: ChargedDispensing) -> Iterator[str]:
    content = update.content
    yield _head(update)
    yield _patient_row(content)
    yield _order_row(update)
    if update.kind == "D":
        return
    for group in content.groups:
        yield _usage_row(group)
        for order, dose in enumerate(group.doses, 1):
            yield _drug_row(group, order, dose)
    yield from _fee_rows(charged)


def _head(update: Update) -> str:
    return _ROWS.row(
        "VER",
        {
            "version": VERSION,
            "sent_at": f"{update.sent_at:%Y%m%d%H%M%S}",
            "product": PRODUCT,
            "terminal": "01",
            "prefecture": PHARMACY.prefecture,
            "fee_table": PHARMACY.fee_table,
            "pharmacy_code": PHARMACY.code,
            "pharmacy_name": PHARMACY.name,
            "phone": PHARMACY.phone,
            "former_file": update.former.removesuffix(".txt"),
        },
    )


def _patient_row(content: Dispensing) -> str:
    person = content.patient.person
    terms = payer_terms(person, content.patient.public_on(content.day), content.day)
    items = {
        "patient_code": content.chart,
        "kana": half_width(person.name.spaced_kana),
        "name": written_name(person.name, kana_instead=True),
        "sex": person.sex,
        "birth_date": f"{person.birth:%Y%m%d}",
        "postal_code": person.home.postal_code.replace("-", ""),
        "address": person.home.address,
        "phone": person.home.phone,
        "insurance_kind": terms.kind,
        "insurer_no": terms.payer_number,
        "symbol": terms.symbol,
        "number": terms.number,
        "relation": terms.relation,
        "copay_rate": str(terms.copay_percent),
        "benefit_rate": str(100 - terms.copay_percent),
    }
    for order, payment in enumerate(terms.public, 1):
        items[f"public_payer_{order}"] = payment.programme.payer_number
        items[f"recipient_{order}"] = payment.recipient_number
    return _ROWS.row("1", items)


def _order_row(update: Update) -> str:
    content = update.content
    clinic, doctor = content.patient.clinic, content.prescriber
    prescribed = content.prescription.day
    pharmacist = STAFF[PHARMACY.folder][0]
    return _ROWS.row(
        "2",
        {
            "prescription_no": update.number,
            "reception_no": str(int(update.number[6:12])),
            "update": update.kind,
            "issued": f"{prescribed:%Y%m%d}",
            "valid_until": f"{prescribed + timedelta(days=VALID_DAYS):%Y%m%d}",
            "received": f"{content.day:%Y%m%d}",
            "dispensed": f"{content.day:%Y%m%d}",
            "clinic_kind": clinic.fee_table,
            "clinic_code": clinic.code,
            "clinic_prefecture": clinic.prefecture,
            "clinic_name": clinic.name,
            "clinic_phone": clinic.phone,
            "department_code": doctor.department,
            "department": DEPARTMENT_NAMES[doctor.department],
            "doctor_code": doctor.code,
            "doctor_kana": half_width(doctor.name.kana),
            "doctor": doctor.name.text,
            "pharmacist_code": pharmacist.code,
            "pharmacist": pharmacist.name.text,
        },
    )


def _usage_row(group: Group) -> str:
    usage = USAGES[group.timing]
    return _ROWS.row(
        "3",
        {
            "rp": str(group.number),
            "usage_code_1": usage.jami,
            "usage_1": words_of(group.timing),
            "rp_kind": group.form.nsips,
            "count_kind": "1" if group.form is Form.INTERNAL else "2",
            "count": str(group.count),
            "times_a_day": usage.times_a_day,
            "drug_count": str(len(group.doses)),
        },
    )


def _drug_row(group: Group, order: int, dose: Dose) -> str:
    drug, codes = DRUGS[dose.drug], DRUG_CODES[dose.drug]
    return _ROWS.row(
        "4",
        {
            "order": str(order),
            "rp": str(group.number),
            "kind": "1",
            "yj_code": codes.yj,
            "receipt_code": drug.code,
            "name": drug.name,
            "generic_name": codes.generic_name,
            "amount": dose.amount,
            "strength_flag": "1",
            "unit": drug.unit,
            "price": f"{drug.price_sen / 100:.2f}",
            "generic_prescribed": "1" if codes.generic else "0",
        },
    )


def _fee_rows(charged: ChargedDispensing) -> Iterator[str]:
    """Records 5, 6 and 7: the money of the reception as it holds in the end."""
    groups = charged.groups
    drugs = sum(group.drug_points for group in groups)
    guidance = sum(fee.points for fee in charged.guidance)
    reception = BASE.points + GENERICS.points
    yield _ROWS.row(
        "5",
        {
            "drug_fee": str(drugs),
            "dispensing_fee": str(charged.points - drugs - guidance - reception),
            "guidance_fee": str(guidance),
            "material_fee": "0",
            "claimed_points": str(charged.points),
            "basic_fee": str(BASE.points),
            "basic_addition": str(GENERICS.points),
            "total_points": str(charged.points),
        },
        width=WIDTHS["5"],
    )
    for group in groups:
        yield _rp_fee_row(group)
    for place, fee in enumerate((BASE, GENERICS, *charged.guidance), 1):
        yield _fee_row(place, fee)


def _rp_fee_row(charged: ChargedGroup) -> str:
    made = charged.points - charged.drug_points
    return _ROWS.row(
        "6",
        {
            "rp": str(charged.group.number),
            "dispensing_fee": str(made),
            "drug_fee": str(charged.unit_points),
            "count": str(charged.group.count),
            "subtotal": str(charged.drug_points),
            "total": str(charged.points),
        },
        width=WIDTHS["6"],
    )


def _fee_row(place: int, fee: Fee) -> str:
    items = {"addition_no": str(place), "fee_code": fee.code, "fee_name": fee.name}
    return _ROWS.row("7", {**items, "times": "1", "points": str(fee.points)})
