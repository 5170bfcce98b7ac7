"""What holds for every claim type: exact round trips, the payer's prefixed form, truncation, and any rows whatever."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.formats.parse import parse
from appliance.formats.uke.claim_types import CHOZAI, CLAIM_TYPES, DPC, IKA, SHIKA, ClaimType
from appliance.formats.uke.reader import UkeReader
from appliance.formats.uke.rows import read_source, serialise
from appliance.formats.uke.volumes import join_volumes
from appliance.records.document import Format, Parsed
from tests.formats.uke import test_dental, test_dispensing, test_dpc
from tests.formats.uke.made_up import IR, claim, codes_of, data_of, row, trailer
from tests.formats.uke.test_properties import VALUES, keeps_its_promises

WHOLE: dict[Format, list[str]] = {
    Format.UKE_IKA: [IR, *claim(), trailer()],
    Format.UKE_DPC: [
        IR,
        test_dpc.receipt(),
        row("HO", "dpc", insurer_no="06132013", insured_number="２", total_points=75),
        test_dpc.group(discharge_date="20250620", dpc_outcome=2),
        row("SB", "dpc", disease_code="5849004", icd10="N178", disease_role="11"),
        row("KK", "dpc", admission_route=2, jcs=1),
        row("SK", "dpc", section_no="K6152", performed_date="20250603", procedure_name="架空術"),
        row("GA", "dpc", care_month="202506", adjust_type=2, overnight_flags="9" + "0" * 29),
        row("HH", "dpc", care_month="202506", adjust_type=2),
        row("GT", "dpc", care_month="202506", adjust_type=2),
        test_dpc.charged(3, procedure_code="160008010", points=26),
        test_dpc.coded(),
        test_dpc.coded(item_code="620007853", care_category="21", count=3),
        trailer(),
    ],
    Format.UKE_SHIKA: [
        test_dental.UK,
        test_dental.IR,
        test_dental.receipt(),
        test_dental.insurer(),
        test_dental.disease(),
        test_dental.dental_act(points=272, addition1_code="CA002"),
        row("CO", "shika", burden_type="1", comment_code="820000000", tooth_codes="101600"),
        trailer(1, 272),
    ],
    Format.UKE_CHOZAI: [
        test_dispensing.YK,
        test_dispensing.receipt(),
        test_dispensing.insurer(),
        test_dispensing.group(),
        test_dispensing.dispensed(prep_fee_code="420001810", prep_fee_points=24),
        test_dispensing.drug(),
        row("KI", "chozai", calc_date="20250605", base_fee_code="410000110", base_fee_points=45),
        trailer(1, 100),
    ],
}
"""One sound file of each claim type."""


@pytest.mark.parametrize("known", WHOLE)
def test_each_claim_type_is_told_by_its_rows(known: Format):
    found = parse(data_of(*WHOLE[known]))
    assert (found.format, len(found.documents), found.complete) == (known, 1, True)
    assert not codes_of(found) - {"UKE-F017"}


@pytest.mark.parametrize("known", WHOLE)
def test_the_payers_prefixed_form_holds_the_same_claims(known: Format):
    rows = WHOLE[known][:-1]
    plain = parse(data_of(*rows))
    prefixed = parse(
        data_of(*(f"1,{line},0,{text}" for line, text in enumerate(rows, 1)), "2,99,1,RC,x", "2,99,2,EX,x")
    )
    assert prefixed.format is known
    assert [(d.key, d.records) for d in prefixed.documents] == [(d.key, d.records) for d in plain.documents]


@pytest.mark.parametrize("known", WHOLE)
def test_rows_that_the_payer_corrected_do_not_change_the_records(known: Format):
    rows = WHOLE[known][:-1]
    corrected = [rows[-1], row("JY", "envelope", correction_type=2, target_line=4, after_line=9)]
    plain, after = (parse(data_of(*given_rows)).documents for given_rows in (rows, rows + corrected))
    assert [d.records for d in plain] == [d.records for d in after]
    assert "UKE-C023" in codes_of(after[0])


@pytest.mark.parametrize("known", WHOLE)
def test_short_rows_are_read_as_if_they_were_whole(known: Format):
    whole, short = (
        parse(data_of(*rows)) for rows in (WHOLE[known], [text.rstrip(",") for text in WHOLE[known]])
    )
    assert [d.records for d in whole.documents] == [d.records for d in short.documents]


@pytest.mark.parametrize("known", WHOLE)
def test_a_file_cut_at_every_byte_is_read(known: Format):
    whole = data_of(*WHOLE[known])
    for length in range(0, len(whole), 3):
        keeps_its_promises(whole[:length], parse(whole[:length]))


@pytest.mark.parametrize(
    "name",
    [
        "constructed/RECEIPTS.UKE",
        "constructed/RECEIPTY.CYO",
        "constructed/RECEIPTC.HEN",
        "dental_guide_lines.txt",
        "dispensing_official_lines.txt",
    ],
)
def test_a_sample_cut_at_every_byte_is_read(name: str, shared: Path):
    whole = (shared / "samples" / "uke" / name).read_bytes()
    for length in range(len(whole)):
        keeps_its_promises(whole[:length], parse(whole[:length]))


def test_the_dpc_sample_cut_anywhere_is_read(shared: Path):
    whole = (shared / "samples" / "uke" / "ssk_dpc_wareki_RECEIPTD.UKE").read_bytes()
    for length in range(1, len(whole), 6007):
        keeps_its_promises(whole[:length], parse(whole[:length]))


def rows_of(claim_type: ClaimType) -> st.SearchStrategy[str]:
    names = st.sampled_from([*claim_type.layouts, "JY", "EX", "ZZ", ""])
    return st.builds(lambda row_id, values: ",".join([row_id, *values]), names, st.lists(VALUES, max_size=30))


def read(data: bytes, claim_type: ClaimType) -> Parsed:
    reader = UkeReader(data, claim_type)
    documents = tuple(reader.documents())
    return Parsed(
        claim_type.format, reader.encoding, reader.lines, documents, reader.findings, reader.source_rows
    )


@pytest.mark.parametrize("claim_type", [DPC, SHIKA, CHOZAI], ids=lambda one: one.table)
def test_any_rows_are_read(claim_type: ClaimType):
    @settings(max_examples=100, deadline=None)
    @given(st.lists(rows_of(claim_type), max_size=25))
    def check(rows: list[str]) -> None:
        data = data_of(*WHOLE[claim_type.format][:2], *rows)
        keeps_its_promises(data, read(data, claim_type))

    check()


@pytest.mark.parametrize("claim_type", [IKA, DPC, SHIKA, CHOZAI], ids=lambda one: one.table)
def test_sound_rows_in_any_order_are_read_and_serialise_back(claim_type: ClaimType):
    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.sampled_from(WHOLE[claim_type.format]), max_size=30), st.sampled_from([b"\r\n", b"\n"])
    )
    def check(rows: list[str], end: bytes) -> None:
        data = data_of(*rows, end=end)
        keeps_its_promises(data, read(data, claim_type))
        assert serialise(read_source(data)) == data

    check()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([data_of(*rows) for rows in WHOLE.values()] + [b"", b"x"]), max_size=4))
def test_any_files_may_be_joined(files: list[bytes]):
    joined = join_volumes(files)
    assert sorted(joined.order) == list(range(len(files)))
    assert not joined.complete or len(files) == 1


def test_every_claim_type_has_a_table_of_its_own():
    assert {one.table for one in CLAIM_TYPES.values()} == {"ika", "dpc", "shika", "chozai"}
    assert all(one.format is known for known, one in CLAIM_TYPES.items())
