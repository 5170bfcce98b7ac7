"""What the codings of a concept become on a day: one function a kind, over the masters of a Lookup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from appliance.codes.counts import Kind, Reason
from appliance.codes.drugs import DRUG_SYSTEMS, resolve_drug
from appliance.codes.entries import (
    Act,
    Comment,
    Disease,
    E,
    Examination,
    Material,
    Modifier,
    Standing,
    Usage,
)
from appliance.codes.lookup import Lookup
from appliance.codes.resolved import Resolved, Work
from appliance.records.coding import CodeSystem, Coding

KIND_OF_SYSTEM: Final[dict[str, Kind]] = {
    CodeSystem.RECEIPT_DISEASE: Kind.DIAGNOSIS,
    CodeSystem.MEDIS_DISEASE_KEY: Kind.DIAGNOSIS,
    CodeSystem.MEDIS_DISEASE_EXCHANGE: Kind.DIAGNOSIS,
    CodeSystem.ICD10: Kind.DIAGNOSIS,
    CodeSystem.RECEIPT_MODIFIER: Kind.MODIFIER,
    CodeSystem.RECEIPT_PROCEDURE: Kind.ACT,
    CodeSystem.RECEIPT_DENTAL: Kind.ACT,
    CodeSystem.RECEIPT_MATERIAL: Kind.MATERIAL,
    CodeSystem.RECEIPT_COMMENT: Kind.COMMENT,
    CodeSystem.JAMI_USAGE: Kind.USAGE,
    CodeSystem.EPRESCRIPTION_USAGE: Kind.USAGE,
    CodeSystem.PHARMACY_USAGE: Kind.USAGE,
    CodeSystem.JLAC10: Kind.TEST,
    **dict.fromkeys(DRUG_SYSTEMS, Kind.DRUG),
}
"""What a coding of a system says, whatever record it stands in."""

UNCODED_DISEASE: Final = "0000999"
"""未コード化傷病名: the master gives it a 病名管理番号 of its own, which names no disease."""

_DISEASE_KEYS: Final = (
    (CodeSystem.RECEIPT_DISEASE, "code"),
    (CodeSystem.MEDIS_DISEASE_KEY, "management_no"),
    (CodeSystem.MEDIS_DISEASE_EXCHANGE, "exchange_code"),
)


class Resolver:
    """Resolves concepts with the masters of one Lookup."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._kinds: dict[Kind, Callable[[Work], object]] = {
            Kind.DIAGNOSIS: self._diagnosis,
            Kind.MODIFIER: self._modifier,
            Kind.ACT: lambda work: self._named(work, Act, CodeSystem.RECEIPT_PROCEDURE),
            Kind.DRUG: lambda work: resolve_drug(work, lookup),
            Kind.MATERIAL: lambda work: self._named(work, Material, CodeSystem.RECEIPT_MATERIAL),
            Kind.COMMENT: lambda work: self._named(work, Comment, CodeSystem.RECEIPT_COMMENT),
            Kind.USAGE: lambda work: self._named(work, Usage, CodeSystem.JAMI_USAGE),
            Kind.TEST: lambda work: self._named(work, Examination, CodeSystem.JLAC10),
        }

    def resolve(self, kind: Kind, codings: Sequence[Coding], on: date) -> Resolved:
        """What these codings (at least one) become on that day."""
        work = Work(kind, codings, on)
        self._follow_links(work)
        self._kinds[kind](work)
        return work.resolved()

    def _follow_links(self, work: Work) -> None:
        """The clinic's own table first: what it says of a local code, the masters may know more of."""
        for coding in tuple(work.codings):
            links = [
                link
                for link in self._lookup.links(coding.system, coding.code)
                if link.standing(work.on) is Standing.VALID
            ]
            for target in dict.fromkeys(link.target_system for link in links):
                same = [link for link in links if link.target_system == target]
                work.add_only(target, (link.target_code for link in same), same[0].name)

    def _diagnosis(self, work: Work) -> None:
        entry = self._disease(work)
        if entry is None:
            return
        for system, _ in _DISEASE_KEYS:
            work.name(system, entry.name)
        if entry.code == UNCODED_DISEASE:
            work.miss(Reason.NO_STANDARD)
            return
        work.add(CodeSystem.RECEIPT_DISEASE, entry.code, entry.name)
        work.add(CodeSystem.MEDIS_DISEASE_KEY, entry.management_no, entry.name)
        work.add(CodeSystem.MEDIS_DISEASE_EXCHANGE, entry.exchange_code, entry.name)
        work.name(CodeSystem.ICD10, entry.name)
        if work.code_of(CodeSystem.ICD10):
            return
        work.add(CodeSystem.ICD10, entry.icd10, entry.name)
        work.add_second(CodeSystem.ICD10, entry.icd10_second, entry.name)
        if not entry.icd10:
            work.miss(Reason.NO_STANDARD, CodeSystem.ICD10)

    def _disease(self, work: Work) -> Disease | None:
        """The disease by the first of its codes that a master knows; several diseases of one code are not chosen from."""
        for system, column in _DISEASE_KEYS:
            versions = self._lookup.entries(Disease, work.code_of(system), column)
            if versions:
                found = work.pick_each(versions)
                if len({entry.management_no for entry in found}) > 1:
                    work.miss(Reason.AMBIGUOUS)
                    return None
                return found[0] if found else None
        work.miss(Reason.UNKNOWN if self._lookup.holds(Disease) else Reason.NO_MASTER)
        return None

    def _modifier(self, work: Work) -> None:
        """Its receipt code names it, and brings the numbers of MEDIS."""
        entry = self._named(work, Modifier, CodeSystem.RECEIPT_MODIFIER)
        if entry is not None:
            work.add(CodeSystem.MEDIS_MODIFIER_KEY, entry.management_no, entry.name)
            work.add(CodeSystem.MEDIS_MODIFIER_EXCHANGE, entry.exchange_code, entry.name)

    def _named(self, work: Work, kind: type[E], system: str) -> E | None:
        """A code that its master names: it gets its display. The entry that speaks for the day, if any."""
        code = work.code_of(system)
        versions = self._lookup.entries(kind, code)
        if not versions:
            known = code and self._lookup.holds(kind)
            work.miss(Reason.UNKNOWN if known else Reason.NO_MASTER)
            return None
        found = [one for one in versions if one.standing(work.on) is Standing.VALID]
        entry = work.pick(versions) if kind is not Examination else self._test(work, found or versions)
        if entry:
            work.name(system, entry.name)
        return entry

    def _test(self, work: Work, candidates: Sequence[E]) -> E | None:
        """A JLAC10 code may stand in several lines of its table: it is named only where they agree."""
        work.known = True
        return candidates[0] if len({one.name for one in candidates}) == 1 else None
