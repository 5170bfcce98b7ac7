"""What mapping has to say of a document: counts only, the codes themselves stand in the counts of the whole box."""

from __future__ import annotations

from appliance.codes.counts import MappingCounts, Reason
from appliance.records.document import Document
from appliance.records.finding import Finding, Severity

LATER = "CODES-001"
ABOLISHED = "CODES-002"
UNMAPPED = "CODES-003"
_OURS = frozenset({LATER, ABOLISHED, UNMAPPED})


def with_findings(document: Document, counts: MappingCounts) -> tuple[Finding, ...]:
    """The document's findings, with those of this mapping in the place of those of an earlier one."""
    later = sum(counts.later.values())
    abolished = counts.of_reason(Reason.ABOLISHED)
    others = sum(counts.unmapped.values()) - abolished
    line = document.first_line or None
    found = [finding for finding in document.findings if finding.code not in _OURS]
    if later:
        found.append(
            Finding(
                LATER,
                Severity.INFO,
                f"診療日より後に収載されたコードが {later} 件あります（標準コードに対応付けました）。",
                f"{later} codes were listed only after their day (they were mapped).",
                "日付の誤りでなければ、そのままで構いません。",
                line,
            )
        )
    if abolished:
        found.append(
            Finding(
                ABOLISHED,
                Severity.WARNING,
                f"診療日に廃止されていたコードが {abolished} 件あります（対応付けずにそのまま送ります）。",
                f"{abolished} codes had been abolished on their day (they travel unmapped).",
                "レセコンのマスターが最新かを確認してください。",
                line,
            )
        )
    if others:
        found.append(
            Finding(
                UNMAPPED,
                Severity.INFO,
                f"標準コードに対応付けられないコードが {others} 件あります（そのまま送ります）。",
                f"{others} codes have no national code in the masters (they travel as they are).",
                "renkei status でコードごとの件数を確認し、必要ならマスターを更新してください。",
                line,
            )
        )
    return tuple(found)
