"""The hospital's claim files, and the manifest's list of stays."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from appliance.practice.hospital.claim_file import stay_claim, stay_truth, write_stays
from appliance.practice.hospital.stays import stays_of
from appliance.practice.made import Made, together
from appliance.practice.population import Population
from appliance.records.document import Format

FORMATS: Final = frozenset({Format.UKE_DPC, Format.CDA})
"""Summaries of stays are letters; they name the entries that are listed here."""


def write_hospital(population: Population, wanted: Collection[Format]) -> Made:
    """The claim files when they are asked for, and the stays when anything is that tells of them."""
    if FORMATS.isdisjoint(wanted):
        return Made()
    claims = [stay_claim(stay) for stay in stays_of(population)]
    entries = Made(entries=(("stays", tuple(stay_truth(claim) for claim in claims)),))
    return together([entries, write_stays(claims)] if Format.UKE_DPC in wanted else [entries])
