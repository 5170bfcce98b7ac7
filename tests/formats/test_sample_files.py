"""Every sample file by its name: what it is, what it holds, and why it is refused; a file without its line here fails.

What the files say in detail is held against their own text in the tests of each format; here nothing may be forgotten.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from appliance.formats.parse import parse
from appliance.records.document import Format, Parsed
from appliance.records.finding import Severity


class Held(NamedTuple):
    """Format, encoding, rows, documents, their records, whether nothing is missing at the end, warnings and errors."""

    format: Format
    encoding: str
    rows: int
    documents: int
    records: int
    complete: bool
    told: str


SAMPLES = {
    "SOURCES.md": Held(Format.UNKNOWN, "", 27, 0, 0, False, "FORMAT-001"),
    "astm/MinimalOrder.txt": Held(Format.ASTM, "utf-8", 6, 0, 0, True, ""),
    "astm/RepeatFields.txt": Held(Format.ASTM, "utf-8", 1, 0, 0, False, "ASTM-F001"),
    "astm/Vision.txt": Held(Format.ASTM, "utf-8", 12, 1, 3, True, ""),
    "hl7/RingholmSampleMessage.hl7.txt": Held(Format.HL7_LAB, "utf-8", 7, 1, 1, True, ""),
    "hl7/folio3SampleMessage.hl7.txt": Held(Format.HL7_LAB, "utf-8", 8, 0, 0, True, ""),
    "jahis/rx/01_basic_1rp_1drug.cp932.txt": Held(Format.JAHIS_RX, "cp932", 15, 1, 3, True, ""),
    "jahis/rx/02_kana_only.cp932.txt": Held(Format.JAHIS_RX, "cp932", 12, 1, 3, True, ""),
    "jahis/rx/03_external_remarks.cp932.txt": Held(Format.JAHIS_RX, "cp932", 14, 1, 4, True, ""),
    "jahis/rx/04_split_dispensing_1of3.cp932.txt": Held(Format.JAHIS_RX, "cp932", 15, 1, 5, True, ""),
    "jahis/rx/05_refill.cp932.txt": Held(Format.JAHIS_RX, "cp932", 14, 1, 4, True, ""),
    "jahis/rx/invalid-header.txt": Held(Format.UNKNOWN, "", 2, 0, 0, False, "FORMAT-001"),
    "jahis/rx/minimal-valid.txt": Held(Format.JAHIS_RX, "utf-8", 2, 0, 0, False, "JAHISRX-D001 JAHISRX-D002 JAHISRX-D003 JAHISRX-D004 JAHISRX-D005 JAHISRX-D008 JAHISRX-D015"),
    "jahis/rx/normalization-full.txt": Held(Format.JAHIS_RX, "utf-8", 37, 0, 0, False, "JAHISRX-D001 JAHISRX-D004 JAHISRX-D007 JAHISRX-D008"),
    "jahis/tc/appendix_1.cp932.csv": Held(Format.JAHIS_TC, "cp932", 12, 1, 6, True, ""),
    "jahis/tc/appendix_1.expected.json": Held(Format.UNKNOWN, "", 117, 0, 0, False, "FORMAT-001"),
    "jahis/tc/appendix_2.cp932.csv": Held(Format.JAHIS_TC, "cp932", 20, 1, 10, True, ""),
    "jahis/tc/appendix_2.expected.json": Held(Format.UNKNOWN, "", 204, 0, 0, False, "FORMAT-001"),
    "jahis/tc/appendix_3.cp932.csv": Held(Format.JAHIS_TC, "cp932", 26, 1, 13, True, ""),
    "jahis/tc/appendix_3.expected.json": Held(Format.UNKNOWN, "", 239, 0, 0, False, "FORMAT-001"),
    "jahis/tc/appendix_4.cp932.csv": Held(Format.JAHIS_TC, "cp932", 27, 1, 18, True, ""),
    "jahis/tc/appendix_4.expected.json": Held(Format.UNKNOWN, "", 258, 0, 0, False, "FORMAT-001"),
    "jahis/tc/appendix_5.cp932.csv": Held(Format.JAHIS_TC, "cp932", 11, 1, 5, True, ""),
    "jahis/tc/appendix_5.expected.json": Held(Format.UNKNOWN, "", 110, 0, 0, False, "FORMAT-001"),
    "jahis/tc/appendix_6.cp932.csv": Held(Format.JAHIS_TC, "cp932", 11, 1, 5, True, ""),
    "jahis/tc/appendix_6.expected.json": Held(Format.UNKNOWN, "", 110, 0, 0, False, "FORMAT-001"),
    "jahis/tc/tc-invalid-missing-drug-code.txt": Held(Format.JAHIS_TC, "utf-8", 5, 0, 0, False, "JAHISTC-D002"),
    "jahis/tc/tc-minimal-valid.txt": Held(Format.JAHIS_TC, "utf-8", 18, 1, 10, True, ""),
    "jahis/tc/tc-supported-records-full.txt": Held(Format.JAHIS_TC, "utf-8", 24, 1, 16, False, "JAHISTC-F003"),
    "jahis/tc/tc08_example-01.utf8.txt": Held(Format.JAHIS_TC, "utf-8", 12, 1, 6, True, ""),
    "jahis/tc/tc08_example-03.utf8.txt": Held(Format.JAHIS_TC, "utf-8", 26, 1, 13, True, ""),
    "jahis/tc/tc08_example-04.utf8.txt": Held(Format.JAHIS_TC, "utf-8", 27, 1, 18, True, ""),
    "jahis/tc/tc08_split-part-1.utf8.txt": Held(Format.JAHIS_TC, "utf-8", 14, 0, 0, False, "JAHISTC-D004 JAHISTC-F003"),
    "jahis/tc/tc08_split-part-2.utf8.txt": Held(Format.JAHIS_TC, "utf-8", 15, 0, 0, False, "JAHISTC-F001 JAHISTC-F003 JAHISTC-F004"),
    "nsips/rx_001.txt": Held(Format.NSIPS, "utf-8", 5, 1, 1, True, "NSIPS-P002"),
    "nsips/rx_002.mojibake.txt": Held(Format.NSIPS, "utf-8", 3, 0, 0, False, "TEXT-003"),
    "nsips/sample_010603.cp932.crlf.txt": Held(Format.NSIPS, "cp932", 7, 1, 3, True, ""),
    "nsips/sample_010603.utf8.txt": Held(Format.NSIPS, "utf-8", 7, 1, 3, True, ""),
    "orca/acceptlstv2_21_empty.xml": Held(Format.ORCA, "utf-8", 20, 0, 0, True, ""),
    "orca/acceptlstv2_error13_no_physician.xml": Held(Format.ORCA, "utf-8", 16, 0, 0, True, "ORCA-A002"),
    "orca/api01rv2_acceptlstv2_03.json": Held(Format.ORCA, "utf-8", 38, 0, 0, True, ""),
    "orca/api01rv2_contraindicationcheckv2.json": Held(Format.ORCA, "utf-8", 325, 0, 0, True, ""),
    "orca/api01rv2_diseasegetv2.json": Held(Format.ORCA, "utf-8", 777, 1, 7, True, ""),
    "orca/api01rv2_diseasegetv2_10.json": Held(Format.ORCA, "utf-8", 12, 0, 0, True, "ORCA-A002"),
    "orca/api01rv2_formdatagetv2.json": Held(Format.ORCA, "utf-8", 283, 0, 0, True, ""),
    "orca/api01rv2_formdatagetv2_0001.json": Held(Format.ORCA, "utf-8", 6, 0, 0, True, ""),
    "orca/api01rv2_insuranceinf1v2_01.json": Held(Format.ORCA, "utf-8", 2290, 0, 0, True, ""),
    "orca/api01rv2_medicinenotebookv2.json": Held(Format.ORCA, "utf-8", 263, 0, 0, True, ""),
    "orca/api01rv2_medicinenotebookv2_0105.json": Held(Format.ORCA, "utf-8", 6, 0, 0, True, ""),
    "orca/api01rv2_patientgetv2.json": Held(Format.ORCA, "utf-8", 176, 1, 2, True, ""),
    "orca/api01rv2_patientlst1v2.json": Held(Format.ORCA, "utf-8", 2044, 0, 0, True, ""),
    "orca/api01rv2_prescriptionv2.json": Held(Format.ORCA, "utf-8", 295, 0, 0, True, ""),
    "orca/api01rv2_prescriptionv2_0105.json": Held(Format.ORCA, "utf-8", 6, 0, 0, True, ""),
    "orca/api01rv2_system01lstv2_01.json": Held(Format.ORCA, "utf-8", 260, 0, 0, True, ""),
    "orca/api01rv2_system01lstv2_02.json": Held(Format.ORCA, "utf-8", 217, 0, 0, True, ""),
    "orca/doc_medicalget01res.xml": Held(Format.ORCA, "utf-8", 2, 1, 3, True, ""),
    "orca/doc_medicalget02res.xml": Held(Format.ORCA, "utf-8", 2, 1, 2, True, ""),
    "orca/doc_push_events.jsonl": Held(Format.ORCA, "utf-8", 6, 0, 0, True, ""),
    "orca/patientgetv2_00001_trial.xml": Held(Format.ORCA, "utf-8", 73, 1, 1, True, ""),
    "orca/system01lstv2_11_empty.xml": Held(Format.ORCA, "utf-8", 11, 0, 0, True, ""),
    "uke/constructed/RECEIPTC.HEN": Held(Format.UKE_HENREI, "cp932", 25, 0, 0, False, "UKE-F019"),
    "uke/constructed/RECEIPTC_gaiji.UKE": Held(Format.UKE_IKA, "cp932", 12, 1, 11, True, "UKE-C008"),
    "uke/constructed/RECEIPTC_utf8_lf_noeof.UKE": Held(Format.UKE_IKA, "utf-8", 12, 1, 11, True, "UKE-C008"),
    "uke/constructed/RECEIPTC_vol1.UKE": Held(Format.UKE_IKA, "cp932", 22, 2, 22, True, "UKE-C008"),
    "uke/constructed/RECEIPTC_vol2.UKE": Held(Format.UKE_IKA, "cp932", 12, 1, 11, True, "UKE-C008"),
    "uke/constructed/RECEIPTS.UKE": Held(Format.UKE_SHIKA, "cp932", 11, 1, 6, True, ""),
    "uke/constructed/RECEIPTY.CYO": Held(Format.UKE_CHOZAI, "cp932", 17, 1, 10, True, "UKE-C010"),
    "uke/dental_guide_lines.txt": Held(Format.UKE_SHIKA, "utf-8", 12, 1, 5, True, "UKE-C008 UKE-F004 UKE-F005 UKE-F018"),
    "uke/dispensing_official_lines.txt": Held(Format.UKE_CHOZAI, "utf-8", 11, 0, 0, True, "UKE-F001 UKE-F004 UKE-F005 UKE-F018"),
    "uke/nonconformant_utf8_RECEIPTC.UKE": Held(Format.UKE_IKA, "utf-8", 14, 0, 0, False, "UKE-C001 UKE-F002"),
    "uke/short_rows_202405_RECEIPTC.UKE": Held(Format.UKE_IKA, "cp932", 8, 1, 6, True, "UKE-C010"),
    "uke/short_rows_202606_RECEIPTC.UKE": Held(Format.UKE_IKA, "cp932", 9, 1, 7, True, "UKE-C010"),
    "uke/ssk_dpc_wareki_RECEIPTD.UKE": Held(Format.UKE_DPC, "cp932", 3382, 14, 3382, False, ""),
    "uke/ssk_ika_202004_RECEIPTC.UKE": Held(Format.UKE_IKA, "cp932", 1001, 18, 1405, False, ""),
    "uke/ssk_ika_202004_bad_header_RECEIPTC.UKE": Held(Format.UKE_IKA, "cp932", 1001, 18, 1405, False, "UKE-C020 UKE-R001"),
}  # fmt: skip


def told(found: Parsed) -> str:
    return " ".join(sorted({f.code for f in found.all_findings if f.severity is not Severity.INFO}))


def test_every_sample_file_has_its_line_here(shared: Path):
    folder = shared / "samples"
    lying = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert lying == SAMPLES.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_file_holds_what_it_holds(name: str, shared: Path):
    found = parse((shared / "samples" / name).read_bytes())
    records = sum(len(document.records) for document in found.documents)
    assert SAMPLES[name] == Held(
        found.format,
        found.encoding,
        found.lines,
        len(found.documents),
        records,
        found.complete,
        told(found),
    )


@pytest.mark.parametrize("name", [name for name, held in SAMPLES.items() if held.told])
def test_what_is_refused_or_doubted_says_why_and_what_to_do_in_japanese(name: str, shared: Path):
    found = parse((shared / "samples" / name).read_bytes())
    for finding in found.all_findings:
        if finding.severity is Severity.ERROR:
            assert re.search("[ぁ-ん]", finding.text), finding.code
            assert re.search("[ぁ-ん]", finding.hint), finding.code
            assert finding.text_en.isascii(), finding.code
