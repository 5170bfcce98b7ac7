"""特定健診 made by the test: who, where, when, and each kind of item."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.formats.kenshin.items import ITEMS
from appliance.formats.kenshin.reader import read_kenshin
from appliance.formats.parse import parse
from appliance.records.administrative import Coverage, Sex
from appliance.records.clinical import Observation, ObservationCategory
from appliance.records.coding import CodeSystem
from appliance.records.document import Document, DocumentKind, Format, Parsed
from tests.fuzz.promises import keeps_its_promises

OID = "1.2.392.200119.6"
IDS = "".join(
    f'<id root="{OID}.{part}" extension="{value}"/>'
    for part, value in (("101", "06132013"), ("204", "１２"), ("205", "３４５"), ("211", "01"))
)
HEIGHT = ("9N001000000000001", '<value xsi:type="PQ" value="158.4" unit="cm"/>')
PRESSURE = (
    "9A751000000000001",
    (
        '<value xsi:type="PQ" value="149" unit="mm[Hg]"/><interpretationCode code="H"/>'
        '<methodCode code="9A751000000000001"/><referenceRange><observationRange><classCode code="OBS"/>'
        '<value xsi:type="IVL_PQ"><low value="80" unit="mm[Hg]"/><high value="130" unit="mm[Hg]"/></value>'
        "</observationRange></referenceRange>"
    ),
)
JUDGED = ("9N501000000000011", f'<value xsi:type="CD" code="2" codeSystem="{OID}.2304"/>')
WORDS = ("9N511000000000049", '<value xsi:type="ST">経過観察が必要です</value>')


def item(code: str, value: str, attributes: str = "") -> str:
    return (
        f"<entry><observation classCode='OBS' moodCode='EVN' {attributes}><code code='{code}' "
        f"codeSystem='{OID}.1005' displayName='名称'/>{value}</observation></entry>"
    )


def checkup(*entries: str, ids: str = IDS, day: str = "20250520", made: str = "20250610") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<id nullFlavor="NI"/><code code="10" codeSystem="{OID}.1001"/><effectiveTime value="{made}"/>'
        f"<recordTarget><patientRole>{ids}<addr><postalCode>113-0021</postalCode>架空市</addr><patient>"
        '<name>ケンシン　ハナコ</name><administrativeGenderCode code="2" codeSystem="1.2"/>'
        '<birthTime value="19600229"/></patient></patientRole></recordTarget>'
        f'<author><time value="{made}"/><assignedAuthor><representedOrganization>'
        f'<id root="{OID}.102" extension="1319999913"/><name>架空医院</name></representedOrganization>'
        '</assignedAuthor></author><documentationOf><serviceEvent><code code="010"/>'
        f'<effectiveTime value="{day}"/></serviceEvent></documentationOf><component><structuredBody><component>'
        f'<section><code code="01010"/><text/>{"".join(entries)}</section>'
        "</component></structuredBody></component></ClinicalDocument>"
    ).encode()


def codes(parsed: Parsed) -> list[str]:
    return [finding.code for finding in parsed.all_findings]


def only(parsed: Parsed) -> Document:
    (document,) = parsed.documents
    return document


def items(document: Document) -> list[Observation]:
    return [record for record in document.records if isinstance(record, Observation)]


def test_who_where_and_when():
    found = parse(checkup(item(*HEIGHT)))
    assert (found.format, codes(found), found.complete) == (Format.KENSHIN, [], True)
    document = only(found)
    assert (document.kind, document.facility, document.period) == (
        DocumentKind.CHECKUP,
        "1319999913",
        "2025-05-20",
    )
    patient = document.patient
    assert (patient.local_id, patient.sex, patient.birth_date) == ("", Sex.FEMALE, date(1960, 2, 29))
    assert patient.name.kana == "ケンシンハナコ"
    assert (patient.address, patient.postal_code, patient.phone) == ("架空市", "113-0021", "")
    assert document.organization is not None
    assert document.organization.name == "架空医院"
    coverage = document.records[0]
    assert isinstance(coverage, Coverage)
    assert (coverage.payer_number, coverage.symbol, coverage.number, coverage.branch) == (
        "06132013",
        "１２",
        "３４５",
        "01",
    )


def test_items_of_every_type():
    found = parse(checkup(*(item(*one) for one in (HEIGHT, PRESSURE, JUDGED, WORDS))))
    height, pressure, judged, words = items(only(found))
    assert {one.category for one in (height, pressure)} == {ObservationCategory.CHECKUP}
    assert [(c.system, c.code, c.display) for c in height.concept.codings] == [
        (CodeSystem.CHECKUP_ITEM, HEIGHT[0], "身長"),
        (CodeSystem.JLAC10, HEIGHT[0], "身長"),
    ]
    assert (height.value, height.unit, height.effective) == ("158.4", "cm", date(2025, 5, 20))
    assert (pressure.value, pressure.unit, pressure.interpretation) == ("149", "mm[Hg]", "H")
    assert (pressure.range_low, pressure.range_high) == ("80", "130")
    assert (judged.value, judged.notes[0].code) == ("予備群該当", "2")
    assert (words.value, words.unit) == ("経過観察が必要です", "")


@pytest.mark.parametrize("code", [code for code, known in ITEMS.items() if known.unit])
def test_every_measured_item_has_its_name_and_a_unit(code: str):
    (found,) = items(only(parse(checkup(item(code, '<value xsi:type="PQ" value="1.5"/>')))))
    assert (found.concept.codings[0].display, found.unit) == (ITEMS[code].ja, ITEMS[code].unit)


@pytest.mark.parametrize("code", [code for code, known in ITEMS.items() if known.answers])
def test_every_answer_of_the_table_has_its_words(code: str):
    for answer, words in (ITEMS[code].answers or {}).items():
        (found,) = items(only(parse(checkup(item(code, f'<value xsi:type="CD" code="{answer}"/>')))))
        assert (found.value, found.notes[0].code) == (words, answer)


def test_the_physician_is_named_beside_the_judgement():
    author = (
        "<author><time nullFlavor='NI'/><assignedAuthor><assignedPerson><name>架空　一郎</name>"
        "</assignedPerson></assignedAuthor></author>"
    )
    (found,) = items(only(parse(checkup(item("9N516000000000049", author)))))
    assert found.value == "架空　一郎"


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (item("9N001000000000001", '<value xsi:type="PQ" nullFlavor="NI"/>'), "CDA-R002"),
        (item("9N001000000000001", "", "negationInd='true'"), "CDA-R002"),
        (item("9Z999000000000001", '<value xsi:type="ST">何か</value>'), "CDA-R004"),
    ],
)
def test_items_without_value_and_unknown_ones_are_counted(entry: str, code: str):
    found = parse(checkup(entry, item(*HEIGHT)))
    assert codes(found) == [code]
    assert len(items(only(found))) == (2 if code == "CDA-R004" else 1)


def test_an_unknown_item_keeps_the_name_of_the_document():
    (found,) = items(only(parse(checkup(item("X1", '<value xsi:type="ST">何か</value>')))))
    assert (found.concept.text, [c.code for c in found.concept.codings]) == ("名称", ["X1"])


def test_a_corrected_result_is_a_newer_version_of_the_same_checkup():
    first, second = (only(parse(checkup(item(*HEIGHT), made=made))) for made in ("20250610", "20250701"))
    assert first.key == second.key
    assert first.sequence < second.sequence
    assert only(parse(checkup(item(*HEIGHT), day="20260520"))).key != first.key
    assert "３４５" not in first.key


def test_a_checkup_of_nobody_or_of_nothing_says_so():
    assert codes(parse(checkup(item(*HEIGHT), ids=""))) == ["CDA-D002"]
    assert codes(parse(checkup())) == ["CDA-R003"]


def test_every_truncation_of_a_checkup_is_survived():
    data = checkup(item(*HEIGHT))
    for end in range(0, len(data), 3):
        assert read_kenshin(data[:end], Format.KENSHIN).documents == ()


@given(st.binary(max_size=200))
def test_no_bytes_inside_a_checkup_crash_the_reader(inside: bytes):
    data = checkup(item(*HEIGHT)).replace(b"<text/>", inside)
    keeps_its_promises(data, read_kenshin(data, Format.KENSHIN))
