"""Whatever the bytes, reading ends, raises nothing and keeps its promises."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.formats.parse import parse
from appliance.formats.report import inspect_report, report_text
from appliance.formats.uke import rows as rows_module
from appliance.formats.uke.layout import layouts
from appliance.formats.uke.reader import UkeReader
from appliance.records.document import DocumentKind, Parsed
from appliance.records.identity import identify
from tests.formats.uke.made_up import IR, act, claim, comment, data_of, receipt, row, trailer

ROW_IDS = [*layouts("ika"), *layouts("envelope"), "ZZ", "", "8", "架空"]
VALUES = st.one_of(
    st.sampled_from(
        [
            "",
            "1",
            "12",
            "1112",
            "202506",
            "19500101",
            "3250101",
            "06132013",
            "8002",
            "x",
            "-1",
            " ",
            "９",
            "1.5",
            "99",
        ]
    ),
    st.text("0123456789abcDEF .-\"'山ｱ？\x07", max_size=12),
)
ROWS = st.builds(
    lambda row_id, values: ",".join([row_id, *values]),
    st.sampled_from(ROW_IDS),
    st.lists(VALUES, max_size=50),
)


def keeps_its_promises(data: bytes, found: Parsed) -> None:
    for document in found.documents:
        if document.kind is not DocumentKind.CLAIM:
            continue
        assert document.facility
        assert document.key
        assert 1 <= document.first_line <= document.last_line <= found.lines
        identified = identify(document, "patient")
        own = [record.resource_id for record in identified if not record.shared]
        assert len(own) == len(set(own))
    for finding in found.all_findings:
        assert finding.line is None or 1 <= finding.line <= found.lines
        assert "{" not in finding.text
    report_text(inspect_report("x", data))


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_parsed(data: bytes):
    keeps_its_promises(data, parse(data))


@settings(max_examples=200, deadline=None)
@given(st.lists(ROWS, max_size=25))
def test_any_rows_are_read_as_claims(rows: list[str]):
    data = data_of(IR, *rows)
    reader = UkeReader(data)
    documents = tuple(reader.documents())
    keeps_its_promises(
        data,
        Parsed(
            parse(data).format, reader.encoding, reader.lines, documents, reader.findings, reader.source_rows
        ),
    )


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from([*claim(), IR, trailer(), comment("注", category="70"), act("TO"), row("TI")]),
        max_size=30,
    )
)
def test_sound_rows_in_any_order_are_read(rows: list[str]):
    data = data_of(IR, *rows)
    found = parse(data)
    keeps_its_promises(data, found)
    assert sum(found.source_rows.values()) == len(rows) + 1


@settings(deadline=None)
@given(st.integers(0, 2**16), st.binary(min_size=1, max_size=4))
def test_a_claim_survives_damage_anywhere_without_raising(place: int, noise: bytes):
    data = data_of(IR, *claim(), *claim(), trailer(2, 150))
    place %= len(data)
    keeps_its_promises(data, parse(data[:place] + noise + data[place + len(noise) :]))


def test_a_small_sample_cut_at_every_byte_is_read(shared: Path):
    whole = (shared / "samples" / "uke" / "short_rows_202405_RECEIPTC.UKE").read_bytes()
    for length in range(len(whole)):
        found = parse(whole[:length])
        assert len(found.documents) <= 1
        assert found.has_errors or found.documents or not whole[:length].strip()


@pytest.mark.parametrize("name", ["RECEIPTC_gaiji.UKE", "RECEIPTC_utf8_lf_noeof.UKE"])
def test_a_constructed_sample_cut_at_every_byte_is_read(name: str, shared: Path):
    whole = (shared / "samples" / "uke" / "constructed" / name).read_bytes()
    for length in range(len(whole)):
        keeps_its_promises(whole[:length], parse(whole[:length]))


def test_memory_does_not_grow_with_the_number_of_claims(monkeypatch: pytest.MonkeyPatch):
    def peak_bytes(claims: int) -> int:
        rows = [row_text for number in range(claims) for row_text in (receipt(chart_no=number), *claim()[1:])]
        reader = UkeReader(data_of(IR, *rows, trailer(claims, 75 * claims)))
        tracemalloc.start()
        assert sum(1 for _ in reader.documents()) == claims
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    monkeypatch.setattr(rows_module, "ROW_CHUNK_BYTES", 4096)
    peak_bytes(20)
    assert peak_bytes(400) < 3 * peak_bytes(40)
