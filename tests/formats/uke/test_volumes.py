"""Several volumes of one set, joined and checked."""

from pathlib import Path

import pytest

from appliance.formats.uke.volumes import Joined, join_volumes
from appliance.limits import CLAIM_VOLUMES_MAX
from tests.formats.uke.made_up import IR, claim, data_of, receipt, trailer


def volume(number: int, closing: str, *, total: tuple[int, int] | None = None, head: str = IR) -> bytes:
    """A volume of one claim; its head counts from 00, its trailer from 01."""
    rows = [receipt(chart_no=f"{number:05}"), *claim()[1:]]
    end = trailer(*total, volume=closing) if total else f"GO,,,{closing}"
    return data_of(head.replace(",202507,00,", f",202507,{number:02},"), *rows, end)


def codes(joined: Joined) -> list[str]:
    return [finding.code for finding in joined.findings]


FIRST, SECOND, LAST = volume(0, "01"), volume(1, "02"), volume(2, "99", total=(3, 225))


def test_three_volumes_are_put_in_their_order():
    joined = join_volumes([LAST, FIRST, SECOND])
    assert joined.order == (1, 2, 0)
    assert (joined.complete, joined.findings) == (True, ())
    assert [d.patient.local_id for d in joined.documents] == ["00000", "00001", "00002"]
    assert [d.set_key[-2:] for d in joined.documents] == ["00", "01", "02"]


def test_a_single_volume_joins_to_itself():
    joined = join_volumes([volume(0, "99", total=(1, 75))])
    assert (joined.complete, joined.findings, len(joined.documents)) == (True, (), 1)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([FIRST, LAST], ["UKE-F021"]),
        ([FIRST, SECOND], ["UKE-F021"]),
        ([SECOND, LAST], ["UKE-F021"]),
        ([FIRST, SECOND, SECOND, LAST], ["UKE-F023"]),
        ([], ["UKE-F021"]),
    ],
)
def test_missing_and_doubled_volumes_are_told(files: list[bytes], expected: list[str]):
    joined = join_volumes(files)
    assert codes(joined) == expected
    assert not joined.complete


def test_a_volume_of_another_facility_does_not_belong():
    other = volume(1, "99", total=(2, 150), head=IR.replace("1234567", "7654321"))
    joined = join_volumes([FIRST, other])
    assert codes(joined) == ["UKE-F022"]
    assert not joined.complete


def test_totals_are_those_of_all_volumes():
    joined = join_volumes([FIRST, SECOND, volume(2, "99", total=(4, 226))])
    assert codes(joined) == ["UKE-F004", "UKE-F005"]
    assert joined.complete


def test_head_and_trailer_that_disagree_are_told():
    assert codes(join_volumes([FIRST, volume(1, "07"), LAST])) == ["UKE-F025"]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", data_of(IR.replace(",00,", ",x,"))])
def test_what_has_no_number_is_told(data: bytes):
    joined = join_volumes([FIRST, data])
    assert "UKE-F024" in codes(joined)
    assert not joined.complete


def test_more_volumes_than_there_are_numbers_are_refused():
    with pytest.raises(ValueError, match="101"):
        join_volumes([b""] * (CLAIM_VOLUMES_MAX + 1))


def test_the_samples_two_volumes_join(shared: Path):
    folder = shared / "samples" / "uke" / "constructed"
    joined = join_volumes([(folder / f"RECEIPTC_vol{n}.UKE").read_bytes() for n in (2, 1)])
    assert (joined.complete, joined.findings, joined.order) == (True, (), (1, 0))
    assert [d.patient.local_id for d in joined.documents] == ["00001", "00002", "00003"]
