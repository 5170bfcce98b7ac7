"""XML and JSON made to hurt: refused or read within the limits, never a crash, never a fetch, never much memory."""

import json
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import limits
from appliance.formats.elements import Element, plain
from appliance.formats.findings import Findings
from appliance.formats.hardened import KINDS, line_count, read_json, read_xml
from appliance.records.finding import Finding

LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%s;" % (b"%d" % (n - 1) if n else b"") * 10) for n in range(9))
    + b"]><l>&a8;</l>"
)


def xml(data: bytes) -> tuple[Element | None, str, tuple[Finding, ...]]:
    findings = Findings(KINDS)
    root, encoding = read_xml(data, findings)
    return root, encoding, findings.all()


def codes_of(data: bytes, read: Callable[[bytes, Findings], tuple[Element | None, str]]) -> list[str]:
    findings = Findings(KINDS)
    root, _ = read(data, findings)
    assert root is None
    return [finding.code for finding in findings.all()]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (LAUGHS, "DATA-002"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x"><a/>', "DATA-002"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>', "DATA-002"),
        (b"<a>" * (limits.XML_MAX_DEPTH + 1), "DATA-003"),
        (b"<a>" + b"<b/>" * limits.XML_MAX_ELEMENTS + b"</a>", "DATA-003"),
        (b"<a>" + b" " * limits.XML_MAX_BYTES + b"</a>", "DATA-003"),
        (b"<a><b></a>", "DATA-001"),
        (b"<a>&nothing;</a>", "DATA-001"),
        (b"", "DATA-001"),
        (b"<a/><b/>", "DATA-001"),
        (b"<a b='1' b='2'/>", "DATA-001"),
    ],
)
def test_hostile_xml_is_refused_with_its_reason(data: bytes, code: str):
    assert codes_of(data, read_xml) == [code]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":' * (limits.JSON_MAX_DEPTH + 2) + b"1" + b"}" * (limits.JSON_MAX_DEPTH + 2), "DATA-003"),
        (b'{"a":' + b"[" * 20_000, "DATA-001"),
        (b'{"a":' + b"[" * 150_000 + b"]" * 150_000 + b"}", "DATA-003"),
        (b'{"a":[' + b"1," * limits.JSON_MAX_MARKS + b"1]}", "DATA-003"),
        (b'{"a":"' + b"x" * limits.JSON_MAX_BYTES + b'"}', "DATA-003"),
        (b'{"a":', "DATA-001"),
        (b"", "DATA-001"),
    ],
)
def test_hostile_json_is_refused_with_its_reason(data: bytes, code: str):
    assert codes_of(data, read_json)[-1] in (code, "DATA-003")


@pytest.mark.parametrize(
    "data",
    [
        LAUGHS,
        b"<a>" + b"<b/>" * (limits.XML_MAX_ELEMENTS - 1) + b"</a>",
        b"<a>" + b"<b c='d'>e</b>" * (limits.XML_MAX_ELEMENTS - 1) + b"</a>",
        b"<a>" + b"".join(b"<b%d/>" % n for n in range(limits.XML_MAX_ELEMENTS - 1)) + b"</a>",
        b"<a b='" + b"x" * 8 * limits.MIB + b"'/>",
        b"<a>" + "漢".encode() * 4 * limits.MIB + b"</a>",
        b"<a " + b" ".join(b"b%d=''" % n for n in range(limits.XML_MAX_ATTRIBUTES)) + b"/>",
    ],
)
def test_xml_takes_no_more_memory_than_promised(data: bytes):
    tracemalloc.start()
    xml(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * len(data) + 50 * limits.MIB


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":[' + b'{"b":"c"},' * (limits.JSON_MAX_MARKS // 3 - 2) + b"{}]}",
        b'{"a":[' + b'"bcd",' * (limits.JSON_MAX_MARKS - 9) + b"1]}",
        b'{"a":[' + b"[1]," * (limits.JSON_MAX_MARKS // 2 - 9) + b"1]}",
        json.dumps({f"key {n}": "v" for n in range(limits.JSON_MAX_MARKS // 2 - 9)}).encode(),
    ],
)
def test_json_takes_no_more_memory_than_promised(data: bytes):
    findings = Findings(KINDS)
    tracemalloc.start()
    root, _ = read_json(data, findings)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert root is not None
    assert peak < 3 * len(data) + 50 * limits.MIB


@pytest.mark.parametrize(
    ("declared", "codec", "read_as", "code"),
    [
        ("UTF-8", "utf-8", "utf-8", None),
        ("Shift_JIS", "cp932", "cp932", None),
        ("EUC-JP", "euc_jp", "euc_jp", None),
        ("ISO-2022-JP", "iso2022_jp", "iso2022_jp", None),
        ("UTF-16", "utf-16", "utf-16", None),
        ("UTF-8", "utf-8-sig", "utf-8", None),
        ("UTF-8", "cp932", "cp932", "DATA-004"),
        ("Shift_JIS", "utf-8", "utf-8", "DATA-004"),
        ("x-unheard-of", "utf-8", "utf-8", "DATA-004"),
    ],
)
def test_encodings_declared_and_real(declared: str, codec: str, read_as: str, code: str | None):
    text = f'<?xml version="1.0" encoding="{declared}"?>\r\n<文書 名="値"><子>髙橋①です</子></文書>\r\n'
    plain_text = text if codec not in ("euc_jp", "iso2022_jp") else text.replace("髙橋①", "高橋１")
    root, encoding, found = xml(plain_text.encode(codec))
    assert root is not None
    assert (root.name, root.attribute("名")) == ("文書", "値")
    assert root.value("子").endswith("です")
    assert (encoding, [one.code for one in found]) == (read_as, [code] if code else [])


def test_blanks_around_a_document_and_namespaces_do_not_matter():
    root, _, found = xml(b"\r\n <x:a xmlns:x='urn:x' x:b='1'><x:c/><d>e</d></x:a>\r\n\x1a")
    assert root is not None
    assert (root.name, root.attribute("b"), root.value("d"), found) == ("a", "1", "e", ())
    assert [one.line for one in root.children] == [2, 2]


def test_a_text_too_long_is_shortened_and_told():
    long = b"x" * (limits.XML_TEXT_MAX_CHARS + 5)
    root, _, found = xml(b"<a b='" + long + b"'>" + long + b"</a>")
    assert root is not None
    assert len(root.text) == len(root.attributes["b"]) == limits.XML_TEXT_MAX_CHARS
    assert {one.code for one in found} == {"DATA-006"}


def test_texts_are_bounded_all_together(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "XML_TEXTS_MAX_CHARS", 5)
    root, _, found = xml(b"<a b='xy'><c>xy</c><d>xy</d><e f='xy'>xy</e></a>")
    assert root is not None
    texts = (root.attribute("b"), *(root.value(name) for name in "cde"), root.attribute("f", "e"))
    assert texts == ("xy", "xy", "x", "", "")
    assert {one.code for one in found} == {"DATA-006"}


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (b"<a>", 1),
        (b"<a>\r\n<b>\r<c>\n", 3),
        (b"\n\r\n<a>\r\r<", 5),
        (b"\n", 1),
        ("\ufeff<a>\r\n\u0a0d\u0d0a<b>".encode("utf-16-le"), 2),
    ],
)
def test_lines_are_counted_as_xml_ends_them_and_an_error_stands_on_one(data: bytes, count: int):
    assert line_count(data) == count
    _, _, found = xml(data)
    assert found[-1].code == "DATA-001"
    assert found[-1].line is not None
    assert 1 <= found[-1].line <= count


def test_an_error_in_json_stands_on_a_line_of_the_file():
    for data, line in ((b"\n\n{", 3), (b"\n", 1), (b"{\r\n1", 2), (b"\r\n{}}", 2)):
        findings = Findings(KINDS)
        read_json(data, findings)
        assert [one.line for one in findings.all()] == [line]


def test_bytes_of_no_encoding_are_replaced_and_told():
    root, _, found = xml(b"<a>\x81</a>")
    assert root is not None
    assert [one.code for one in found] == ["DATA-005"]


def test_json_keeps_numbers_as_written_and_drops_what_is_empty():
    findings = Findings(KINDS)
    root, encoding = read_json(b'{"a":[{"b":"0010"},{},{"b":1.50}],"c":{"d":null},"e":true}', findings)
    assert root is not None
    assert encoding == "utf-8"
    assert [one.value("b") for one in root.records("a")] == ["0010", "1.50"]
    assert (root.value("c", "d"), root.value("e")) == ("", "True")


def test_text_is_freed_of_what_no_store_can_hold():
    assert plain("a\x00b\ud800c\x1fd\n") == "abcd\n"
    findings = Findings(KINDS)
    root, _ = read_json(b'{"a":"\\ud800\\u0000x"}', findings)
    assert root is not None
    assert root.value("a") == "x"


@given(st.binary(max_size=500))
def test_no_bytes_crash_the_readers(data: bytes):
    for read in (read_xml, read_json):
        findings = Findings(KINDS)
        root, _ = read(b"<a>" + data if read is read_xml else b'{"a":' + data, findings)
        assert root is not None or findings.all()


@given(
    st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30)
)
def test_every_json_object_is_read(value: object):
    root, _ = read_json(json.dumps({"a": value}).encode(), Findings(KINDS))
    assert root is not None
