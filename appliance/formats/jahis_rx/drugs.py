"""Records 101-281 of a prescription: each RP with its dosage form, usage and drugs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from appliance.formats.findings import Findings
from appliance.formats.jahis_rx.tables import (
    DRUG_CODES,
    DRUG_REMARKS,
    FORMS,
    JAMI_USAGE,
    MATERIAL,
    NO_SUBSTITUTE,
    USAGE_REMARKS,
)
from appliance.formats.tagged import Row
from appliance.formats.tagged_values import (
    NO_DRUGS,
    DosageForm,
    DrugCode,
    amount_at,
    count_at,
    drug_coding_at,
    labelled,
    notes_of,
    ordinal,
    strength_type_at,
    usage_concept,
)
from appliance.records.clinical import DeviceUseStatement, Dosage, MedicationRequest, StrengthType
from appliance.records.coding import Concept, Note

RP_ROWS = frozenset({"101", "102", "111", "181", "201", "211", "221", "231", "241", "281"})
_ONCE_AN_RP = frozenset({"101", "102", "111"})
_DOSES = tuple(f"dose_{number}" for number in range(1, 6))
_BORNE_BY = (
    ("public_1", "第一公費"),
    ("public_2", "第二公費"),
    ("public_3", "第三公費"),
    ("public_4", "特殊公費"),
)


@dataclass(slots=True)
class Drug:
    """A drug row and those that speak of it, by RP number and RP内連番."""

    row: Row
    more: list[Row] = field(default_factory=list)

    def item(self, row_id: str, name: str) -> str:
        """An item of the first row of a kind that speaks of this drug; empty when there is none."""
        return next((row[name] for row in self.more if row.row_id == row_id), "")


@dataclass(slots=True)
class Rp:
    """One RP: its rows 101, 102 and 111, its remarks (181) and its drugs in order."""

    number: str
    first_line: int
    once: dict[str, Row] = field(default_factory=dict)
    remarks: list[Row] = field(default_factory=list)
    drugs: dict[str, Drug] = field(default_factory=dict)

    def item(self, row_id: str, name: str) -> str:
        row = self.once.get(row_id)
        return row[name] if row else ""

    @property
    def form(self) -> DosageForm:
        return FORMS.get(self.item("101", "form"), DosageForm.UNKNOWN)


def arrange(rows: Sequence[Row], findings: Findings) -> dict[str, Rp]:
    """RPs by number. Rows are linked by their keys, not their order: senders sort them either way."""
    rps: dict[str, Rp] = {}
    loose = []
    for row in rows:
        number = _plain(row["rp"])
        rp = rps.setdefault(number, Rp(number, row.line))
        if row.row_id in _ONCE_AN_RP:
            if rp.once.setdefault(row.row_id, row) is not row:
                findings.add("JAHISRX-D013", row.line)
        elif row.row_id == "181":
            rp.remarks.append(row)
        elif row.row_id == "201":
            if rp.drugs.setdefault(_plain(row["order"]), Drug(row)).row is not row:
                findings.add("JAHISRX-D013", row.line)
        else:
            loose.append(row)
    for row in loose:
        drug = rps[_plain(row["rp"])].drugs.get(_plain(row["order"]))
        if drug is None:
            findings.add("JAHISRX-D010", row.line, row.ja("order"))
        else:
            drug.more.append(row)
    return rps


def _plain(number: str) -> str:
    return number.lstrip("0") or number


def whole(rps: dict[str, Rp], findings: Findings) -> bool:
    """Whether every RP has its form and its drugs, and every drug can be told and measured."""
    if not any(rp.drugs for rp in rps.values()):
        findings.add("JAHISRX-D005", next((rp.first_line for rp in rps.values()), None))
        return False
    sound = True
    for rp in rps.values():
        if not rp.drugs or "101" not in rp.once:
            findings.add("JAHISRX-D006", rp.first_line)
            sound = False
        for drug in rp.drugs.values():
            row = drug.row
            unknown = "name" if not (row["name"] or row["code"]) else "amount" if not row["amount"] else ""
            if unknown:
                findings.add("JAHISRX-D007", row.line, row.ja(unknown))
                sound = False
        if "111" not in rp.once and rp.drugs:
            findings.add("JAHISRX-D014", rp.first_line)
    return sound


def drug_records(
    rps: dict[str, Rp], authored: date, prescription_no: str, findings: Findings
) -> Iterator[MedicationRequest | DeviceUseStatement]:
    """One record for each drug row, RP by RP."""
    for place, rp in enumerate(rps.values(), 1):
        for order, drug in enumerate(rp.drugs.values(), 1):
            numbers = ordinal(rp.number) or place, ordinal(drug.row["order"]) or order
            yield _record(rp, drug, numbers, authored, prescription_no, findings)


def _record(
    rp: Rp, drug: Drug, numbers: tuple[int, int], authored: date, prescription_no: str, findings: Findings
) -> MedicationRequest | DeviceUseStatement:
    row = drug.row
    concept = Concept(drug_coding_at(row, _code_kind(row, findings), "code", findings), row["name"])
    amount = amount_at(row, "amount", findings)
    if row["kind"] == MATERIAL or rp.form in NO_DRUGS:
        return DeviceUseStatement(
            concept,
            authored,
            category=rp.form.value,
            unit_no=numbers[0],
            quantity=amount,
            unit=row["unit"],
            notes=_notes(rp, drug),
        )
    count = count_at(rp.once["101"], "count", findings)
    daily = rp.form is DosageForm.INTERNAL
    return MedicationRequest(
        concept,
        authored,
        category=rp.form.value,
        rp_number=numbers[0],
        order_in_rp=numbers[1],
        quantity=amount,
        days_supplied=count if daily else None,
        times=1 if daily else (count or 1),
        notes=_notes(rp, drug),
        unit=row["unit"],
        dosage=_dosage(rp, drug),
        prescription_no=prescription_no,
        generic_allowed=False if _no_substitute(drug) else None,
        strength_type=strength_type_at(row, "strength"),
    )


def _code_kind(row: Row, findings: Findings) -> DrugCode | None:
    kind = row["code_kind"]
    if kind and kind not in DRUG_CODES:
        findings.add("JAHISRX-D011", row.line, row.ja("code_kind"))
    return DRUG_CODES.get(kind)


def _no_substitute(drug: Drug) -> bool:
    return any(row.row_id == "281" and _plain(row["kind"]) == NO_SUBSTITUTE for row in drug.more)


def _dosage(rp: Rp, drug: Drug) -> Dosage:
    text = rp.item("111", "usage")
    times = rp.item("111", "times_a_day") or drug.item("241", "times_a_day")
    return Dosage(
        text=text,
        usage=usage_concept(
            rp.item("111", "usage_code"), text, jami=rp.item("111", "usage_kind") == JAMI_USAGE
        ),
        amount=drug.item("241", "single_dose"),
        unit=drug.row["unit"],
        times_a_day=ordinal(times),
    )


def _notes(rp: Rp, drug: Drug) -> tuple[Note, ...]:
    """What the prescriber added to the drug and to its RP, in the order of the records."""
    doses = [row[name] for row in drug.more if row.row_id == "221" for name in _DOSES if row[name]]
    factor = drug.item("211", "factor")
    borne = [title for name, title in _BORNE_BY if drug.item("231", name) == "1"]
    each, total = rp.item("102", "each"), rp.item("102", "total")
    return (
        *notes_of(
            f"分割回ごとの調剤数量 {each}、総調剤数量 {total}" if each else "",
            *(_remark(row, USAGE_REMARKS) for row in rp.remarks),
            f"単位変換係数 {factor}" if factor else "",
            f"不均等: {'、'.join(doses)}" if doses else "",
            f"公費: {'、'.join(borne)}" if borne else "",
            "用量は原薬量" if drug.row["strength"] == StrengthType.SUBSTANCE else "",
        ),
        *(Note(_remark(row, DRUG_REMARKS)) for row in drug.more if row.row_id == "281"),
    )


def _remark(row: Row, kinds: dict[str, str]) -> str:
    codes = " ".join(
        row[name] for name in ("usage_code", "body_site") if name in row.layout.items and row[name]
    )
    return labelled(kinds.get(_plain(row["kind"]), ""), f"{row['text']} {codes}".strip())
