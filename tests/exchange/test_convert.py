"""`renkei convert --to fhir`: files to bundles, without a store."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from appliance.clock import ManualClock
from appliance.codes.command import build_masters
from appliance.codes.errors import MastersFileError
from appliance.exchange.convert import ConvertError, ConvertSummary, bundles_of, convert_files
from appliance.records.administrative import Patient
from tests.codes.made import folder_of, masters
from tests.exchange.fhir import made
from tests.formats import test_cda as letters
from tests.judges.judge import Verdict, judge

IR = "IR,1,13,1,9999012,00,練習用内科,202609,00,03-0000-0000"
GO = "GO,{count},{points},99"


def claim_rows(number: int, chart: str, number_of_insured: str = "４５") -> list[str]:
    head = [
        "RE",
        str(number),
        "1112",
        "202608",
        "練習　太郎",
        "1",
        "19500101",
        *[""] * 6,
        chart,
        *[""] * 22,
        "レンシュウ　タロウ",
    ]
    return [
        ",".join(head),
        f"HO,06132013,１２,{number_of_insured},1,73,,,,,,,,,",
        "SY,8833421,20260501,1,,,01,",
        "SI,12,1,112007410,,73,1" + "," * 7 + "1" + "," * 28,
    ]


def uke(*claims: list[str]) -> bytes:
    rows = [
        IR,
        *(row for one in claims for row in one),
        GO.format(count=len(claims), points=73 * len(claims)),
    ]
    return ("\r\n".join(rows) + "\r\n").encode("cp932") + b"\x1a"


def convert(tmp_path: Path, data: bytes, facility: str | None = None) -> tuple[ConvertSummary, Path]:
    file, out = tmp_path / "RECEIPTC.UKE", tmp_path / "out"
    file.write_bytes(data)
    return convert_files([file], out, facility, clock=ManualClock()), out


def bundles(out: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(out.iterdir())]


def kinds(bundle: dict[str, Any]) -> set[str]:
    return {one["resource"]["resourceType"] for one in bundle["entry"]}


def test_each_claim_becomes_an_identity_and_a_document_in_the_order_of_sending(tmp_path: Path) -> None:
    summary, out = convert(tmp_path, uke(claim_rows(1, "0001"), claim_rows(2, "0002")))
    assert (summary.files, summary.documents, summary.bundles) == (1, 2, 4)
    identity, document, *_ = bundles(out)
    assert kinds(identity) == {"Organization", "Patient", "Provenance"}
    assert kinds(document) >= {"Coverage", "Condition", "Procedure", "Encounter", "Provenance"}


def test_two_claims_of_one_patient_share_one_identity(tmp_path: Path) -> None:
    data = uke(claim_rows(1, "0001"), claim_rows(2, "0001", "９９"))
    summary, _ = convert(tmp_path, data)
    assert summary.bundles == 3


def test_file_names_say_nothing_of_anybody(tmp_path: Path) -> None:
    data = uke(claim_rows(1, "0001"))
    _, out = convert(tmp_path, data)
    start = hashlib.sha256(data).hexdigest()[:8]
    assert [path.name for path in sorted(out.iterdir())] == [f"{start}-0001.json", f"{start}-0002.json"]


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    data = uke(claim_rows(1, "0001"))
    _, first = convert(tmp_path, data)
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    _, again = convert(tmp_path, data)
    assert {path.name: path.read_bytes() for path in again.iterdir()} == before


def test_claims_of_another_facility_are_left_out_and_said_so(tmp_path: Path) -> None:
    summary, out = convert(tmp_path, uke(claim_rows(1, "0001")), "1399999999")
    assert summary.bundles == 0
    assert list(out.iterdir()) == []
    assert "CONVERT-0101" in summary.text()


def test_a_claim_of_nobody_in_particular_is_left_out_and_said_so(tmp_path: Path) -> None:
    summary, _ = convert(tmp_path, uke(claim_rows(1, "", "")))
    assert summary.bundles == 0
    assert [one.code for one in summary.findings if one.code.startswith("CONVERT")] == ["CONVERT-0102"]


ASTM = (
    "H|\\^&|||LAB^1|||||||P|1394-97|20260803093000\r"
    "P|1|0012|||RENSHU^TARO||19500101|M\r"
    "O|1|S-1||^^^K|R|20260803090000|||||||||S\r"
    "R|1|^^^K|3.5|mEq/L|3.6-5.0|L||F||||20260803093000\r"
    "L|1|N\r"
)


def test_a_document_that_names_no_facility_is_of_the_one_that_is_given(tmp_path: Path) -> None:
    summary, out = convert(tmp_path, ASTM.encode(), made.FACILITY)
    assert summary.bundles == 2
    sources = {one["resource"]["meta"]["source"] for bundle in bundles(out) for one in bundle["entry"]}
    assert sources == {f"urn:renkei:facility:{made.FACILITY}"}


def test_a_document_of_nowhere_is_left_out_and_said_so(tmp_path: Path) -> None:
    summary, _ = convert(tmp_path, ASTM.encode())
    assert summary.bundles == 0
    assert "CONVERT-0104" in summary.text()


@pytest.fixture(scope="module")
def masters_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made-up masters, compiled; 1000001 is a disease of them."""
    folder = tmp_path_factory.mktemp("masters")
    return build_masters(folder_of(folder / "published", masters()), folder / "masters.db").out


def with_masters(tmp_path: Path, file: Path) -> tuple[ConvertSummary, Path]:
    rows = [row.replace("SY,8833421", "SY,1000001") for row in claim_rows(1, "0001")]
    source, out = tmp_path / "RECEIPTC.UKE", tmp_path / "out"
    source.write_bytes(uke(rows))
    return convert_files([source], out, None, file, clock=ManualClock()), out


def test_with_masters_a_diagnosis_gets_its_national_codes_and_claims_the_ecs_profile(
    tmp_path: Path, masters_file: Path
) -> None:
    summary, out = with_masters(tmp_path, masters_file)
    found = [one["resource"] for bundle in bundles(out) for one in bundle["entry"]]
    (disease,) = [one for one in found if one["resourceType"] == "Condition"]
    assert "20000001" in {coding["code"] for coding in disease["code"]["coding"]}
    assert disease["code"]["text"] == "架空高血圧症"
    assert disease["meta"]["profile"] == ["http://jpfhir.jp/fhir/eCS/StructureDefinition/JP_Condition_eCS"]
    assert summary.mapped is not None
    assert "標準コードのないもの" in summary.text()


def test_with_masters_too_the_same_file_gives_the_same_bytes_and_the_same_ids(
    tmp_path: Path, masters_file: Path
) -> None:
    _, out = with_masters(tmp_path, masters_file)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with_masters(tmp_path, masters_file)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    mapped_ids = [one["resource"]["id"] for bundle in bundles(out) for one in bundle["entry"]]
    rows = (tmp_path / "RECEIPTC.UKE").read_bytes()
    _, plain = convert(tmp_path, rows)
    assert [one["resource"]["id"] for bundle in bundles(plain) for one in bundle["entry"]] == mapped_ids


def test_masters_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "masters.db").write_bytes(b"no database")
    with pytest.raises(MastersFileError):
        with_masters(tmp_path, tmp_path / "masters.db")


def test_a_file_that_is_none_of_ours_gives_a_finding_and_no_bundle(tmp_path: Path) -> None:
    summary, _ = convert(tmp_path, b"hello")
    assert (summary.documents, summary.bundles) == (0, 0)
    assert summary.findings


def test_the_bytes_of_a_letter_go_along_as_far_as_they_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = letters.letter(letters.section("11450-4", letters.diagnosis()))
    _, out = convert(tmp_path, data)
    _, document = bundles(out)
    assert kinds(document) >= {"Binary", "DocumentReference", "Condition"}
    (file,) = (one["resource"] for one in document["entry"] if one["resource"]["resourceType"] == "Binary")
    assert base64.b64decode(file["data"]) == data
    monkeypatch.setattr("appliance.exchange.convert.DOCUMENT_SENT_MAX_BYTES", len(data) - 1)
    _, document = bundles(convert(tmp_path, data)[1])
    assert "Binary" not in kinds(document)


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConvertError, match="nowhere"):
        convert_files([tmp_path / "nowhere.UKE"], tmp_path / "out", None)


def test_a_documents_bundles_come_with_their_patient() -> None:
    (patient, _), (same, _) = bundles_of(made.document(), b"ab", made.RECORDED)
    assert patient == same == made.person().resource_id


def test_an_unlinked_document_has_no_bundles() -> None:
    nobody = Patient(made.FACILITY, made.PATIENT.name, made.PATIENT.sex, None)
    document = made.document(made.DISEASE)
    assert (
        bundles_of(type(document)(document.kind, "k", made.FACILITY, nobody, (made.DISEASE,), "2026-08"))
        == []
    )


# --- the judges ------------------------------------------------------------------------------------------

_PACKAGES = ("jp-core-1.1.2.tgz", "jp-clins-1.5.2.tgz")


def judged(shared: Path, folder: Path) -> list[Verdict]:
    """By base R4 and JP Core 1.1.2; JP-CLINS only for the two extensions of it that are used (decision 0003)."""
    return judge(sorted(folder.rglob("*.json")), [shared / "profiles" / name for name in _PACKAGES])


def test_what_golden_bundles_hold_is_sound_by_every_judge(shared: Path) -> None:
    verdicts = judged(shared, Path(__file__).parent / "fhir" / "golden")
    assert [str(one) for one in verdicts if one.faults] == []
    assert len(verdicts) > 20


def test_what_files_become_in_a_folder_is_sound_by_every_judge(shared: Path, tmp_path: Path) -> None:
    """A few files by the command's own way; tests/judges has every sample of every format."""
    for file in sorted((shared / "samples" / "uke" / "constructed").glob("*.UKE")):
        convert_files([file], tmp_path / file.stem, None, clock=ManualClock())
    verdicts = judged(shared, tmp_path)
    assert [str(one) for one in verdicts if one.errors][:20] == []
    judged_types = {one.type for one in verdicts}
    assert judged_types >= {"Patient", "Coverage", "Condition", "Procedure"}
    assert [one for one in verdicts if one.profiles]


def test_the_eighteen_claims_of_the_sample_are_eighteen_documents(shared: Path, tmp_path: Path) -> None:
    file = shared / "samples" / "uke" / "ssk_ika_202004_RECEIPTC.UKE"
    summary = convert_files([file], tmp_path, None, clock=ManualClock())
    assert (summary.documents, summary.bundles) == (18, 36)


def test_parts_of_a_split_notebook_are_converted_as_the_box_reads_them(shared: Path, tmp_path: Path) -> None:
    folder = shared / "samples" / "jahis" / "tc"
    parts = [folder / f"tc08_split-part-{number}.utf8.txt" for number in (2, 1)]
    assert convert_files(parts[:1], tmp_path / "one", None, clock=ManualClock()).documents == 0
    assert convert_files(parts, tmp_path / "both", None, clock=ManualClock()).documents == 1
