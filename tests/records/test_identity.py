"""What tells shared resources apart."""

from appliance.records.administrative import Practitioner
from appliance.records.identity import identify_records

FACILITY = "1311234567"


def test_a_doctor_with_a_licence_never_overwrites_or_loses_to_the_same_without_one():
    plain = Practitioner(FACILITY, "架空　医師", "prescriber")
    licensed = Practitioner(FACILITY, "架空 医師", "prescriber", "１３－００１")
    narrow = Practitioner(FACILITY, "架空 医師", "prescriber", "13-001")
    ids = [one.resource_id for one in identify_records(FACILITY, "key", (plain, licensed, narrow), "patient")]
    assert ids[0] != ids[1] == ids[2]
