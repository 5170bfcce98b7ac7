"""The worst that each parser can be given takes no more memory than 3 × the input and 50 MB: the kernel's peak of a child.

The child is a fresh process for each input, so that nothing that was freed before hides what is used; the input itself
counts. Sizes are those at which a parser holds most: its own bound, or enough of a file without one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest

from appliance.limits import (
    CLAIM_ROWS_MAX,
    JSON_MAX_BYTES,
    JSON_MAX_MARKS,
    MESSAGE_FILE_MAX_BYTES,
    MESSAGE_ROW_MAX_BYTES,
    MIB,
    PHARMACY_FILE_MAX_BYTES,
    XML_MAX_BYTES,
    XML_MAX_ELEMENTS,
    XML_TEXT_MAX_CHARS,
)
from tests.formats.uke.made_up import IR, act, claim
from tests.fuzz.peak import allowed_bytes, peak_of
from tests.fuzz.seeds import seeds_of
from tests.fuzz.targets import TARGETS

CLAIM_FILE_BYTES = 2 * MIB
"""Rows of a few bytes are what costs most; a claim of them is bounded, so more bytes only take longer."""
ASTRAL = "\U0001f600"
"""One such character makes every character of its text take four bytes."""


def filled(head: bytes, filler: bytes, size: int) -> bytes:
    """The head, and as many fillers as fit."""
    return head + filler * ((size - len(head)) // len(filler))


# --- claims

RECEIPT = b"RE,1,1112,202506,x,1,19500101,,,,,,,1\r\n"
CLAIM_HEADS = {
    "uke-ika": "\r\n".join((IR, *claim(), "")).encode("cp932"),
    "uke-dpc": IR.encode("cp932") + b"\r\n" + RECEIPT + b"BU,1,2,20250601,,,1,,\r\n",
    "uke-shika": b"UK,1,13,3,1234567,,x,202507,00\r\n" + RECEIPT,
    "uke-chozai": b"YK,1,13,4,1234567,,x,202507,00\r\n" + RECEIPT + b"SH,1,1\r\n",
    "uke-survey": b"HI,1,13,1,1234567,,202506,00\r\n",
}
EVERY_DAY = act(days=dict.fromkeys(range(1, 31), 1)).encode() + b"\r\n"
CLAIM_FILLERS = {
    "uke-ika": {
        "acts": b"SI\n",
        "acts of every day": EVERY_DAY,
        "claims of every day": RECEIPT + EVERY_DAY * (CLAIM_ROWS_MAX // 4),
        "diagnoses": b"SY,8833421\n",
        "comments": b"CO,,,8,x\n",
        "receipts": b"RE\n",
        "heads": b"IR\n",
        "sound heads": b"IR,1,13,1,1234567,,,202507,00\n",
        "trailers": b"GO\n",
        "strangers": b"ZZ\n",
        "blanks": b"\n",
        "controls": b"\x07\n",
        "undecodable": b"\x81\n",
        "prefixed": b"1,2,0,SI\n",
        "payer's": b"JY\n",
        "insurers": b"HO\n",
        "public payers": b"KO\n",
        "symptoms": b"SJ,1,x\n",
        "visits": b"JD\n",
        "commas": b",",
        "letters": b"a",
        "half-width": b"\xb1",
    },
    "uke-dpc": {
        "coding data": b"CD,20250601,21,1,,,620000001,1,1,1,1\n",
        "diagnoses": b"SB,1,8833421\n",
        "stays": b"BU\n",
        "external": b"GA\n",
        "counts": b"KK\n",
    },
    "uke-shika": {
        "acts": b"SS,12,1,1,,1\n",
        "teeth": b"HS,,,," + b"101100" * 64 + b",8833421\n",
    },
    "uke-chozai": {
        "prescriptions": b"SH,1,1\n",
        "drugs": b"IY,1,620000001,1,1\n",
        "dispensings": b"IY,1,620000001,1\n" * 400 + b"CZ,20250601,20250602,7,1\n" * 62 + b"SH,1,1,x\n",
        "fees": b"KI\n",
    },
    "uke-survey": {"returned": b"HR,1,1,1,x,y,z\n", "receipts": b"RE\n", "requests": b"MD\n", "commas": b","},
}


def claim_files() -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    for target, fillers in CLAIM_FILLERS.items():
        for what, filler in fillers.items():
            yield target, what, lambda t=target, f=filler: filled(CLAIM_HEADS[t], f, CLAIM_FILE_BYTES)
    wide = f"CO,,,8,{ASTRAL}".encode()
    yield "uke-ika", "wide characters", lambda: filled(wide, b"a", CLAIM_FILE_BYTES)
    yield (
        "uke-ika",
        "patients",
        lambda: b"".join(
            [
                CLAIM_HEADS["uke-ika"],
                *(b"RE,1,1112,202506,x,1,19500101,,,,,,,%d\n" % number for number in range(60_000)),
            ]
        ),
    )


# --- laboratory messages

HL7 = b"MSH|^~\\&|L|L|||20250601||ORU^R01|1|P|2.5\rPID|1||1||x\rOBR|1|2|3|4\r"
ASTM = b"H|\\^&|||L|||||||P|1|20250601\rP|1|1|||x\rO|1|2||^^^A\r"
WIDE = MESSAGE_ROW_MAX_BYTES - 200
MESSAGES = {
    "hl7-lab": {
        "results": b"OBX|1|NM|a||1\r",
        "fields": b"OBX|1|NM|a||1" + b"|ab" * 60 + b"\r",
        "reports": HL7 + b"OBX|1|NM|a||1\r",
        "requests": b"OBR|1|||\rOBX|1|NM|a||1\r",
        "bars": b"OBX|1|NM|a||1" + b"|" * WIDE + b"\r",
        "repetitions": b"OBX|1|ST|a||" + b"~" * WIDE + b"\r",
        "components": b"OBX|1|ST|a||" + b"^" * WIDE + b"\r",
        "comments": b"NTE|||" + b"a~" * (WIDE // 2) + b"\r",
        "escapes": b"OBX|1|ST|a||" + b"\\X41\\" * (WIDE // 5) + b"\r",
        "wide characters": b"OBX|1|ST|a||" + ASTRAL.encode() + b"x" * WIDE + b"\r",
    },
    "astm": {
        "results": b"R|1|^^^A|1\r",
        "fields": b"R|1|^^^A|1" + b"|ab" * 60 + b"\r",
        "orders": b"O|1|2||^^^A\rR|1|^^^A|1\r",
        "bars": b"R|1|^^^A|1" + b"|" * WIDE + b"\r",
        "components": b"R|1|^^^A|" + b"^" * WIDE + b"\r",
        "wide characters": b"C|1|I|" + ASTRAL.encode() + b"x" * WIDE + b"\r",
    },
}


def messages() -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    for target, head in (("hl7-lab", HL7), ("astm", ASTM)):
        for what, filler in MESSAGES[target].items():
            size = MESSAGE_FILE_MAX_BYTES if len(filler) > WIDE // 2 else 6 * MIB
            yield target, what, lambda h=head, f=filler, s=size: filled(h, f, s)


# --- documents


def with_entries(target: str) -> bytes:
    """A document whose first entry stands in it as often as elements are read."""
    whole = seeds_of(TARGETS[target])[-1]
    entries = re.findall(rb"<entry.*?</entry>", whole, re.DOTALL)
    each = entries[0].count(b"<") - entries[0].count(b"</")
    place = whole.index(entries[0])
    count = (XML_MAX_ELEMENTS - whole.count(b"<")) // each
    return whole[:place] + entries[0] * count + whole[place:]


def with_text(target: str, text: bytes) -> bytes:
    whole = seeds_of(TARGETS[target])[-1]
    place = whole.index(b"<component")
    return whole[:place] + text + whole[place:]


def documents() -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    room = XML_MAX_BYTES - 64 * 1024
    wide = f"<t>{ASTRAL}{'x' * (XML_TEXT_MAX_CHARS - 1)}</t>".encode()
    for target in ("cda", "kenshin"):
        yield target, "entries", lambda t=target: with_entries(t)
        yield target, "blanks", lambda t=target: with_text(t, b" " * room)
        yield target, "wide texts", lambda t=target: with_text(t, wide * (room // len(wide)))
        yield (
            target,
            "one text",
            lambda t=target: with_text(t, b"<t>" + ASTRAL.encode() * (room // 4) + b"</t>"),
        )
    yield "orca-xml", "UTF-16", lambda: f"\ufeff<xmlio2>{' ' * (room // 2)}</xmlio2>".encode("utf-16-le")


def answer(text: bytes) -> bytes:
    whole = b'{"patientinfores":{"a":"%s"}}'
    return whole % (text * ((JSON_MAX_BYTES - len(whole)) // len(text)))


def repeated(value: object) -> object:
    """The same answer with its lists as long as their first entry can be repeated within the bound of marks."""
    if isinstance(value, dict):
        return {key: repeated(one) for key, one in value.items()}
    if isinstance(value, list) and value:
        marks = sum(map(json.dumps(value[0]).count, ",:[{")) + 1
        return value[:1] * max(1, JSON_MAX_MARKS * 9 // 10 // marks)
    return value


def answers() -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    for what, text in (
        ("wide characters", b"x"),
        ("kanji", "漢".encode()),
        ("Shift_JIS", "漢".encode("cp932")),
        ("escapes", b"\\u6f22"),
        ("wide escapes", b"\\ud83d\\ude00\\n\\n"),
    ):
        wide = ASTRAL.encode() if what == "wide characters" else b""
        yield "orca-json", what, lambda t=text, w=wide: answer(t).replace(t, w or t, 1)
    for number, seed in enumerate(seeds_of(TARGETS["orca-json"])[-3:]):
        yield (
            "orca-json",
            f"lists {number}",
            lambda s=seed: json.dumps(repeated(json.loads(s)), ensure_ascii=False).encode(),
        )
    yield "orca-json", "events", lambda: b'{"id":1,"uuid":"x"}\n' * (8 * MIB // 20)


# --- everything else


def others() -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    heads = {
        "nsips": b"VER010603,20250722153322,P,PC,14,4,0842302,x\r\n",
        "jahis-tc": b"JAHISTC08,1\r\n1,a,1,19500101\r\n5,20260101\r\n",
        "jahis-rx": b"JAHIS11\r\n",
    }
    for target, head in heads.items():
        for filler in (b"201,1,1,1,1,,a,1,1,a\r\n", b"4,1,1,1,,,,,a\r\n", b",", b"\r\n"):
            yield target, repr(filler), lambda h=head, f=filler: filled(h, f, PHARMACY_FILE_MAX_BYTES)
        yield target, "a claim file's size", lambda h=head: filled(h, b"x", 64 * MIB)
    part = b"JAHISTC08,1\r\n" + b"201,1,x,1,y,1,1,1\r\n" * 800
    yield "jahis-join", "parts", lambda: b"\x1d".join(part + b"911,1,60,%d\r\n" % n for n in range(1, 60))
    yield "attachment", "PDF", lambda: b"00042_20260601_result.pdf\n%PDF-" + b"x" * (64 * MIB)
    for beginning in (
        b"x",
        b"1,",
        b"\n",
        b"<a ",
        b"%PDF-1.4",
        b"MSH|",
        b"H|\\^&|",
        b"JAHIS11,",
        b"VER010603,",
    ):
        yield "parse", repr(beginning), lambda b=beginning: filled(b, b[-1:], 64 * MIB)


CASES = [*claim_files(), *messages(), *documents(), *answers(), *others()]


@pytest.mark.parametrize(("target", "made"), [pytest.param(t, m, id=f"{t}-{w}") for t, w, m in CASES])
def test_the_worst_input_keeps_within_its_memory(target: str, made: Callable[[], bytes]):
    data = made()
    assert len(data) > MIB // 4
    assert peak_of(target, data) <= allowed_bytes(len(data))
