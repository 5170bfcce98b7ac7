"""One claim (レセプト: an RE row and what follows it) to one document, whatever its claim type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from appliance.formats.findings import Findings
from appliance.formats.uke.care import Care, read_ika
from appliance.formats.uke.claim_rows import ClaimRows, SortedRows, sort_rows
from appliance.formats.uke.dental import read_shika
from appliance.formats.uke.dispensing import read_chozai
from appliance.formats.uke.dpc import is_part, read_dpc
from appliance.formats.uke.findings import KINDS
from appliance.formats.uke.receipts import Receipt, read_receipt
from appliance.formats.uke.terms import with_terms
from appliance.records.document import Document, DocumentKind, Format
from appliance.records.identity import claim_key

_CareReader = Callable[[ClaimRows, Receipt, SortedRows, Findings], Care]
_CARE_READERS: Mapping[Format, _CareReader] = MappingProxyType(
    {
        Format.UKE_IKA: read_ika,
        Format.UKE_DPC: read_dpc,
        Format.UKE_SHIKA: read_shika,
        Format.UKE_CHOZAI: read_chozai,
    }
)


@dataclass(slots=True)
class Claim:
    """What became of a claim: its document, or None with the reasons; and what it adds to the trailer's totals."""

    document: Document | None
    findings: Findings
    payers: int = 0
    points: int = 0


def build_claim(claim: ClaimRows) -> Claim:
    """Read one claim. What cannot be understood at all is an error finding at its RE row, never an exception."""
    findings = Findings(KINDS)
    rows = sort_rows(claim, findings)
    tally = Claim(None, findings)
    if not is_part(claim):
        tally.payers, tally.points = rows.payers.count, rows.payers.declared_points or 0
    if claim.left_out:
        findings.add("UKE-C025", claim.line, count=len(claim.rows) + claim.left_out)
        return tally
    receipt = read_receipt(claim.receipt, claim.line, claim.head, claim.claim_type, findings)
    if receipt is not None:
        tally.document = _document(claim, receipt, rows, findings)
    return tally


def _document(claim: ClaimRows, receipt: Receipt, rows: SortedRows, findings: Findings) -> Document:
    head, month = claim.head, receipt.month
    coverages = with_terms(rows.payers.coverages(claim.line), claim, receipt.receipt_type, findings)
    care = _CARE_READERS[claim.claim_type.format](claim, receipt, rows, findings)
    if rows.donor_rows:
        findings.add("UKE-C013", claim.line, count=rows.donor_rows)
    declared, computed = rows.payers.declared_points, None
    if coverages and care.units:
        computed = care.units.points_for(coverages[0].order)
        if declared is not None and declared != computed:
            findings.add("UKE-C008", claim.line, declared=declared, counted=computed)
    return Document(
        kind=DocumentKind.CLAIM,
        key=claim_key(
            head.facility, head.payer_org, month.iso, care.receipt_type, receipt.patient, coverages
        ),
        facility=head.facility,
        patient=receipt.patient,
        records=(*coverages, *care.records),
        period=month.iso,
        sequence=head.claim_month.iso if head.claim_month else "",
        set_key=head.set_key,
        organization=head.organization,
        findings=findings.all(),
        points=declared,
        points_computed=computed,
        first_line=claim.line,
        last_line=rows.last_line,
    )
