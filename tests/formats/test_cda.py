"""CDA documents made by the test: header, coded entries, versions, and what is odd about them."""

import hashlib
from datetime import date
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.formats.cda.reader import read_cda
from appliance.formats.facility import placed
from appliance.formats.parse import parse
from appliance.records.administrative import Coverage, Practitioner, Sex
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    DocumentReference,
    Encounter,
    EncounterClass,
    MedicationRequest,
    Observation,
)
from appliance.records.coding import CodeSystem
from appliance.records.document import Document, DocumentKind, Format, Parsed
from tests.fuzz.promises import keeps_its_promises

T = TypeVar("T")
LOINC = "2.16.840.1.113883.6.1"
HEADER = {
    "type": f'<code code="57133-1" codeSystem="{LOINC}" displayName="紹介状"/>',
    "id": '<id root="1.2.3" extension="D-1"/>',
    "version": '<setId root="1.2.3" extension="S-1"/><versionNumber value="1"/>',
    "time": '<effectiveTime value="20250610"/>',
    "patient_id": '<id root="1.2.392.100495.20.3.51.11319999913" extension="00042"/>',
    "person": '<name use="IDE"><family>架空</family><given>花子</given></name>'
    '<name use="SYL"><family>カクウ</family><given>ハナコ</given></name>'
    '<administrativeGenderCode code="F"/><birthTime value="19600229"/>',
    "author": "<author><time value='20250610'/><assignedAuthor><id nullFlavor='NI'/><assignedPerson>"
    "<name><family>紹介</family><given>一郎</given></name></assignedPerson></assignedAuthor></author>",
    "custodian": "<custodian><assignedCustodian><representedCustodianOrganization>"
    '<id root="1.2.392.200119.6.102" extension="1319999913"/><name>架空医院</name>'
    '<telecom value="tel:03-0000-0000"/></representedCustodianOrganization></assignedCustodian></custodian>',
}


def letter(*sections: str, encoding: str = "utf-8", **changes: str) -> bytes:
    part = HEADER | changes
    body = f"<structuredBody>{''.join(f'<component>{one}</component>' for one in sections)}</structuredBody>"
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n'
        '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
        f"{part['id']}{part['type']}<title>診療情報提供書</title>{part['time']}{part['version']}\n"
        f"<recordTarget><patientRole>{part['patient_id']}<patient>{part['person']}</patient></patientRole>"
        f"</recordTarget>{part['author']}{part['custodian']}{part.get('stay', '')}\n"
        f"<component>{part.get('body', body)}</component>\n</ClinicalDocument>\n"
    )
    return text.encode(encoding)


def section(code: str, *entries: str) -> str:
    found = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<section><code code="{code}" codeSystem="{LOINC}"/><text>本文</text>{found}</section>'


def diagnosis(code: str = "I10", more: str = "", attributes: str = "") -> str:
    return (
        f"<observation {attributes}><code code='29308-4' codeSystem='{LOINC}'/>"
        f"<effectiveTime><low value='20250105'/></effectiveTime><value xsi:type='CD' code='{code}' "
        f"codeSystem='2.16.840.1.113883.6.3' displayName='高血圧症'>"
        f"<translation code='B0EF' codeSystem='1.2.392.200119.4.101.6'/></value>{more}</observation>"
    )


DRUG = (
    "<substanceAdministration><text>1日2回朝夕食後</text><doseQuantity value='2' unit='錠'/><consumable>"
    "<manufacturedProduct><manufacturedLabeledDrug><code code='103831601' "
    "codeSystem='1.2.392.200119.4.403.1' displayName='架空錠'/></manufacturedLabeledDrug>"
    "</manufacturedProduct></consumable></substanceAdministration>"
)
ALLERGY = (
    "<act><entryRelationship><observation><code code='X' codeSystem='1.2'/><participant><participantRole>"
    "<playingEntity><code code='1' codeSystem='9.9' displayName='そば'/></playingEntity></participantRole>"
    "</participant></observation></entryRelationship></act>"
)
RESULT = (
    "<observation><code code='3D046000001906202' codeSystem='1.2.392.200119.4.504' displayName='HbA1c'/>"
    "<effectiveTime value='20250601'/><value xsi:type='PQ' value='6.5' unit='%'/>"
    "<interpretationCode code='H'/><referenceRange><observationRange><value><low value='4.6'/>"
    "<high value='6.2'/></value></observationRange></referenceRange></observation>"
)


def codes(parsed: Parsed) -> list[str]:
    return [finding.code for finding in parsed.all_findings]


def only(parsed: Parsed) -> Document:
    (document,) = parsed.documents
    return document


def of_type(kind: type[T], document: Document) -> list[T]:
    return [record for record in document.records if isinstance(record, kind)]


@pytest.mark.parametrize("encoding", ["utf-8", "Shift_JIS", "EUC-JP"])
def test_the_header_of_a_letter(encoding: str):
    data = letter(encoding=encoding)
    found = parse(data)
    assert (found.format, codes(found), found.complete) == (Format.CDA, [], True)
    document = only(found)
    assert (document.kind, document.facility) == (DocumentKind.LETTER, "1319999913")
    patient = document.patient
    assert (patient.local_id, patient.facility) == ("00042", "1319999913")
    assert (patient.name.text, patient.name.kana) == ("架空　花子", "カクウ　ハナコ")
    assert (patient.sex, patient.birth_date) == (Sex.FEMALE, date(1960, 2, 29))
    assert document.organization is not None
    assert (document.organization.name, document.organization.phone) == ("架空医院", "03-0000-0000")
    assert of_type(Practitioner, document)[0].name == "紹介　一郎"
    (whole,) = of_type(DocumentReference, document)
    assert (whole.kind.text, whole.title, whole.author) == ("診療情報提供書", "診療情報提供書", "紹介　一郎")
    assert (whole.sha256, whole.size_bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert whole.created == date(2025, 6, 10)


SUMMARY = f'<code code="18842-5" codeSystem="{LOINC}"/>'


def stay(times: str, code: str = "") -> str:
    return f"<componentOf><encompassingEncounter>{code}<effectiveTime>{times}</effectiveTime></encompassingEncounter></componentOf>"


@pytest.mark.parametrize(
    ("times", "end"),
    [
        ("<low value='20250601'/><high value='20250609'/>", date(2025, 6, 9)),
        ("<low value='20250601'/>", None),
        ("<low value='20250601'/><high value='20250509'/>", None),
    ],
)
def test_a_discharge_summary_tells_its_stay(times: str, end: date | None):
    document = only(parse(letter(type=SUMMARY, stay=stay(times))))
    begun = date(2025, 6, 1)
    assert of_type(Encounter, document) == [Encounter(EncounterClass.INPATIENT, begun, end, begun)]


def test_a_letter_tells_a_stay_only_where_it_says_so():
    times = "<low value='20250601'/><high value='20250609'/>"
    assert of_type(Encounter, only(parse(letter(stay=stay(times))))) == []
    (told,) = of_type(Encounter, only(parse(letter(stay=stay(times, "<code code='IMP'/>")))))
    assert (told.start, told.end) == (date(2025, 6, 1), date(2025, 6, 9))
    assert of_type(Encounter, only(parse(letter(type=SUMMARY, stay=stay(""))))) == []


def test_where_the_patient_lives_in_parts_and_the_telephone_among_other_ways():
    home = (
        "<addr><state>架空県</state><city>架空市</city><streetAddressLine>１－２</streetAddressLine>"
        "<postalCode>100-0001</postalCode></addr><telecom value='mailto:hanako@example.jp'/>"
        "<telecom value='tel:03-0000-0001'/>"
    )
    who = only(parse(letter(patient_id=HEADER["patient_id"] + home))).patient
    assert (who.address, who.postal_code, who.phone) == ("架空県 架空市 １－２", "100-0001", "03-0000-0001")


def test_what_is_coded_in_the_sections():
    data = letter(
        section("11450-4", diagnosis(), diagnosis("J45", "<uncertaintyCode code='UN'/>")),
        section("48765-2", ALLERGY),
        section("10160-0", DRUG),
        section("30954-2", RESULT),
    )
    found = parse(data)
    assert codes(found) == []
    assert found.source_rows == {"section": 4, "entry": 5}
    document = only(found)
    sure, unsure = of_type(Condition, document)
    assert [(c.system, c.code) for c in sure.concept.codings] == [
        (CodeSystem.ICD10, "I10"),
        (CodeSystem.MEDIS_DISEASE_EXCHANGE, "B0EF"),
    ]
    assert (sure.concept.text, sure.onset, sure.suspected) == ("高血圧症", date(2025, 1, 5), False)
    assert unsure.suspected
    (allergy,) = of_type(AllergyIntolerance, document)
    assert (allergy.concept.text, allergy.concept.codings[0].system) == ("そば", "urn:oid:9.9")
    (drug,) = of_type(MedicationRequest, document)
    assert (drug.concept.codings[0].system, drug.quantity, drug.unit) == (CodeSystem.HOT9, "2", "錠")
    assert drug.dosage is not None
    assert drug.dosage.text == "1日2回朝夕食後"
    (result,) = of_type(Observation, document)
    assert (result.value, result.unit, result.range_low, result.range_high) == ("6.5", "%", "4.6", "6.2")
    assert (result.interpretation, result.effective) == ("H", date(2025, 6, 1))


def test_what_is_not_so_or_long_past_is_no_diagnosis():
    data = letter(
        section("11450-4", diagnosis(attributes="negationInd='true'")), section("11348-0", diagnosis())
    )
    found = parse(data)
    assert of_type(Condition, only(found)) == []
    assert codes(found) == ["CDA-R001"]


def test_a_section_inside_an_entry_is_read_once():
    inner = section("11450-4", diagnosis())
    assert len(of_type(Condition, only(parse(letter(section("1", inner)))))) == 1


@pytest.mark.parametrize(
    ("code", "system", "kind", "title"),
    [
        ("18842-5", LOINC, DocumentKind.LETTER, "退院時サマリー"),
        ("57833-6", LOINC, DocumentKind.PRESCRIPTION, "処方箋"),
        ("01", "1.2.392.100495.20.2.11", DocumentKind.PRESCRIPTION, "処方箋"),
    ],
)
def test_types_of_documents(code: str, system: str, kind: DocumentKind, title: str):
    document = only(parse(letter(type=f'<code code="{code}" codeSystem="{system}"/>')))
    assert document.kind is kind
    assert of_type(DocumentReference, document)[0].kind.text == title


def test_a_new_version_has_the_same_key_and_a_later_sequence():
    first = only(parse(letter()))
    second = only(
        parse(
            letter(
                id='<id root="1.2.3" extension="D-2"/>',
                version='<setId root="1.2.3" extension="S-1"/><versionNumber value="2"/>',
                time='<effectiveTime value="20250609"/>',
            )
        )
    )
    assert first.key == second.key
    assert first.sequence < second.sequence
    replacing = (
        "<relatedDocument typeCode='RPLC'><parentDocument><id root='1.2.3' extension='D-0'/>{}"
        "</parentDocument></relatedDocument>"
    )
    named = replacing.format("<setId root='1.2.3' extension='S-1'/>")
    assert only(parse(letter(version=named))).key == first.key
    unnamed = parse(letter(version=replacing.format("")))
    assert codes(unnamed) == ["CDA-D007"]
    assert only(unnamed).key != first.key


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"patient_id": ""}, "CDA-D002"),
        ({"person": "<name>架空　花子</name>"}, "CDA-D003"),
        ({"time": ""}, "CDA-D004"),
        ({"type": '<code code="X" codeSystem="9.9" displayName="何か"/>'}, "CDA-D005"),
        ({"type": ""}, "CDA-D005"),
        (
            {
                "body": "<nonXMLBody><text mediaType='application/pdf' representation='B64'>JVBE</text></nonXMLBody>"
            },
            "CDA-D006",
        ),
        ({"custodian": "", "patient_id": '<id root="9.9" extension="7"/>'}, "CDA-D008"),
    ],
)
def test_what_is_odd_is_told_and_the_whole_is_kept(changes: dict[str, str], code: str):
    found = parse(letter(**changes))
    assert codes(found) == [code]
    assert len(of_type(DocumentReference, only(found))) == 1


def test_a_letter_without_facility_takes_that_of_its_source():
    data = letter(custodian="", patient_id='<id root="9.9" extension="7"/>')
    document = placed(only(parse(data)), "1319999913")
    assert (document.facility, document.patient.facility) == ("1319999913", "1319999913")
    assert of_type(Practitioner, document)[0].facility == "1319999913"


def test_an_insured_number_among_the_patients_ids_is_a_coverage_and_no_chart_number():
    ids = (
        '<id root="1.2.392.100495.20.3.61" extension="06132013"/>'
        '<id root="1.2.392.100495.20.3.62" extension="１２"/><id root="1.2.392.100495.20.3.63" extension="３４"/>'
    )
    found = parse(letter(patient_id=ids))
    (coverage,) = of_type(Coverage, only(found))
    assert (coverage.payer_number, coverage.symbol, coverage.number) == ("06132013", "１２", "３４")
    assert only(found).patient.local_id == ""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE x []><ClinicalDocument/>', "DATA-002"),
        (letter()[:-10], "DATA-001"),
        (b"<ClinicalDocument>" + b"<component>" * 200, "DATA-003"),
        (b"<x><ClinicalDocument/></x>", "CDA-D001"),
    ],
)
def test_documents_that_cannot_be_read_are_kept_and_explained(data: bytes, code: str):
    found = parse(data)
    assert (found.format, found.documents, codes(found)) == (Format.CDA, (), [code])


def test_a_letter_in_utf_16_is_recognised():
    assert only(parse(letter(encoding="utf-16"))).patient.local_id == "00042"


def test_an_empty_document_is_survived():
    data = b"<ClinicalDocument/>"
    keeps_its_promises(data, read_cda(data, Format.CDA))


def test_every_truncation_of_a_letter_is_survived():
    data = letter(section("11450-4", diagnosis()))
    for end in range(0, len(data) - 2, 3):
        assert read_cda(data[:end], Format.CDA).documents == ()


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="<>&'\""), max_size=10)
TAGS = st.sampled_from(
    [
        "section",
        "entry",
        "observation",
        "value",
        "code",
        "id",
        "name",
        "low",
        "effectiveTime",
        "consumable",
        "substanceAdministration",
        "participant",
        "translation",
        "component",
        "structuredBody",
        "author",
    ]
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["code", "codeSystem", "value", "root", "extension", "unit", "displayName", "use"]),
    st.one_of(st.sampled_from(["1.2.392.200119.4.403.1", "2.16.840.1.113883.6.3", LOINC, "20250601"]), WORDS),
    max_size=4,
)
ELEMENTS = st.recursive(
    WORDS,
    lambda inner: st.builds(
        lambda tag, attributes, children: (
            f"<{tag}"
            + "".join(f' {key}="{value}"' for key, value in attributes.items())
            + f">{''.join(children)}</{tag}>"
        ),
        TAGS,
        ATTRIBUTES,
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)


@given(st.lists(ELEMENTS, max_size=4), ELEMENTS, ELEMENTS)
def test_no_letter_whatever_its_shape_crashes_the_reader(sections: list[str], person: str, author: str):
    data = letter(*sections, person=person, author=author)
    keeps_its_promises(data, read_cda(data, Format.CDA))
