"""Letters, summaries and checkups in the formats that are asked for, and the manifest's lists of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from appliance.practice.hospital.stays import stays_of
from appliance.practice.made import Made, together
from appliance.practice.papers.checkups import checkup_file, checkup_truth, checkups_of
from appliance.practice.papers.letters import letter_files, letter_truth
from appliance.practice.population import Population
from appliance.practice.referrals import referrals_of
from appliance.records.document import Format


def write_papers(population: Population, wanted: Collection[Format]) -> Made:
    """CDA documents and checkups."""
    return together(_parts(population, wanted))


def _parts(population: Population, wanted: Collection[Format]) -> Iterator[Made]:
    seed = population.seed
    if Format.CDA in wanted:
        referrals = sorted(referrals_of(population), key=lambda one: one.id)
        files = tuple(letter_files(seed, referrals, stays_of(population)))
        yield Made(files, (("letters", tuple(letter_truth(seed, one) for one in referrals)),))
    if Format.KENSHIN in wanted:
        checkups = checkups_of(population)
        files = tuple(checkup_file(one) for one in checkups)
        yield Made(files, (("checkups", tuple(checkup_truth(one) for one in checkups)),))
