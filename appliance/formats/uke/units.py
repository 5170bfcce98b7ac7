"""Calculation units (点数・回数算定単位): which SI, IY, TO, SS and CO rows of a claim belong together.

A unit begins at a row with a 診療識別 and goes on through rows without one; its points stand on one of its rows only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from appliance.formats.findings import Findings
from appliance.formats.uke.act_forms import ActForm, act_forms
from appliance.formats.uke.layout import layouts
from appliance.formats.uke.tables import BURDEN
from appliance.formats.uke.teeth import in_words
from appliance.formats.uke.values import number
from appliance.records.coding import Note

Row = tuple[int, list[str]]
"""A row with its line number, its items padded to the layout's width."""

_SI, _CO = layouts("ika")["SI"], layouts("ika")["CO"]
# 診療識別 and 負担区分 stand in the same places of every act row of every claim type; so do the items of CO.
_CATEGORY = _SI["care_category"]
_CO_TEETH = layouts("shika")["CO"]["tooth_codes"]
_CO_CATEGORY, _CO_CODE, _CO_TEXT = _CO["care_category"], _CO["comment_code"], _CO["comment_text"]

WHOLE_CLAIM = frozenset({"01", "99"})
"""診療識別 of comments on the claim as a whole."""
YEN = "97"
"""診療識別 of meals, whose 点数 is yen."""


@dataclass(slots=True)
class Act:
    """An SI, IY, TO or SS row in its unit, with its comments."""

    line: int
    values: list[str]
    form: ActForm
    category: str
    unit_no: int
    order: int
    notes: list[Note] = field(default_factory=list)


@dataclass(slots=True)
class Acts:
    """What the act rows of one claim hold."""

    acts: list[Act] = field(default_factory=list)
    claim_notes: list[Note] = field(default_factory=list)

    def points_for(self, order: int) -> int:
        """Points × count of the units that the payer of that order bears, meals (yen) left out."""
        total = 0
        for act in self.acts:
            values, form = act.values, act.form
            points = values[form.points]
            if points and act.category != YEN and order in BURDEN.get(values[form.burden], ()):
                total += (number(points) or 0) * (number(values[form.count]) or 0)
        return total


@dataclass(slots=True)
class _Grouping:
    """Where the reader of act rows stands: in a unit, under a comment that heads the next one, or on the whole claim."""

    result: Acts
    findings: Findings
    forms: Mapping[str, ActForm]
    category: str = ""
    unit_no: int = 0
    order: int = 0
    heading: str = ""
    heading_notes: list[Note] = field(default_factory=list)
    whole_claim: bool = True

    def comment(self, values: list[str]) -> None:
        """A CO row: a new 診療識別 heads the unit that follows; without one it belongs to what stands before."""
        category = values[_CO_CATEGORY].strip()
        text = values[_CO_TEXT]
        if len(values) > _CO_TEETH and values[_CO_TEETH]:
            text = f"{text}（{in_words(values[_CO_TEETH])}）"
        note = Note(text, values[_CO_CODE].strip())
        if category:
            self.release()
            self.whole_claim = category in WHOLE_CLAIM
            self.heading = "" if self.whole_claim else category
        if self.heading:
            self.heading_notes.append(note)
        elif self.whole_claim or not self.result.acts:
            self.result.claim_notes.append(note)
        else:
            self.result.acts[-1].notes.append(note)

    def act(self, line: int, values: list[str]) -> None:
        """An act row: the unit's next, or the first of a new one."""
        category = values[_CATEGORY].strip()
        if self.heading and category not in ("", self.heading):
            self.release()
        if category or self.heading:
            self._begin(category or self.heading)
        elif not self.unit_no:
            self.findings.add("UKE-R011", line, _SI.items[_CATEGORY].ja)
            self._begin("")
        self.order += values[0] == "IY"
        form = self.forms[values[0]]
        act = Act(line, values, form, self.category, self.unit_no, self.order, self.heading_notes)
        self.heading, self.heading_notes, self.whole_claim = "", [], False
        self.result.acts.append(act)

    def _begin(self, category: str) -> None:
        self.category, self.order = category, 0
        self.unit_no += 1

    def release(self) -> None:
        """Comments that headed no unit say something about the claim."""
        self.result.claim_notes.extend(self.heading_notes)
        self.heading, self.heading_notes = "", []


def group(rows: Iterable[Row], findings: Findings, table: str) -> Acts:
    """Gather act and comment rows of a claim, in their order, into units."""
    grouping = _Grouping(Acts(), findings, act_forms(table))
    for line, values in rows:
        if values[0] == "CO":
            grouping.comment(values)
        else:
            grouping.act(line, values)
    grouping.release()
    return grouping.result
