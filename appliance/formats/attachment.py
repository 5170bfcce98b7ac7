"""PDF and pictures: a whole file as DocumentReference, tied to a patient by the naming rule of its source.

A rule is a file name with fields in braces, as an installer writes it in the settings: `{patient}_{date}_{kind}.pdf`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

from appliance.errors import Audience, ExitStatus, RenkeiError
from appliance.formats.facility import document_key
from appliance.formats.findings import Findings, Kind
from appliance.limits import ATTACHMENT_NAME_MAX_CHARS, ATTACHMENT_RULE_MAX_CHARS
from appliance.records.administrative import Patient, PersonName, Sex
from appliance.records.clinical import DocumentReference
from appliance.records.coding import CodeSystem, Coding, Concept
from appliance.records.dates import read_date
from appliance.records.document import Document, DocumentKind, Format, Parsed
from appliance.records.finding import Severity
from appliance.records.readable import Readable, sha256_of

KINDS: Final[Mapping[str, Kind]] = {
    "ATTACH-001": Kind(
        Severity.WARNING,
        "ファイル名から患者を特定できません。保管だけして送信しません。",
        "The file name does not tell the patient: the file is kept and never sent.",
        "取込元のファイル名の規則（患者番号の入れ方）を確かめてください。",
    ),
    "ATTACH-002": Kind(
        Severity.WARNING,
        "ファイル名の日付が読み取れません。",
        "The date in the file name cannot be read.",
        "取込元のファイル名の規則を確かめてください。",
    ),
    "ATTACH-003": Kind(
        Severity.WARNING,
        "ファイルの終わりの印がありません。途中で切れている可能性があります。",
        "The file lacks its end mark: it may have been cut off.",
        "開けるかどうかを確かめ、開けなければもう一度出力してください。",
    ),
    "ATTACH-004": Kind(
        Severity.INFO,
        "ファイル名の種類が規則の表にありません。書かれている語のまま扱います。",
        "The kind in the file name is not in the rule's table; it goes by its own word.",
    ),
}
"""Every finding about an attachment."""


@dataclass(frozen=True, slots=True)
class ContentType:
    """A kind of file: how it begins, how it ends when it is whole (empty: it does not say)."""

    name: str
    beginning: re.Pattern[bytes]
    ending: bytes = b""


CONTENT_TYPES: Final = (
    ContentType("application/pdf", re.compile(rb"%PDF-"), b"%%EOF"),
    ContentType("image/jpeg", re.compile(rb"\xff\xd8\xff"), b"\xff\xd9"),
    ContentType("image/png", re.compile(rb"\x89PNG\r\n\x1a\n"), b"IEND\xaeB`\x82"),
    ContentType("image/tiff", re.compile(rb"II\*\x00|MM\x00\*")),
)
_END_BYTES = 2048
"""How far before the end the end mark may stand: writers of PDF put other things behind it."""
_BLANK = b"\r\n\t \x00\x1a\xef\xbb\xbf"


class RuleError(RenkeiError):
    """A naming rule cannot be understood."""

    code = "ATTACH-0001"
    audience = Audience.INSTALLER
    exit_status = ExitStatus.USAGE


@dataclass(frozen=True, slots=True)
class NamingRule:
    """A rule as the settings hold it, and what the words of its `{kind}` mean (word → title of the document)."""

    pattern: str
    kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tie:
    """What a file name says: the chart number as written, the day, the word of its kind and the title it stands for."""

    patient: str
    day: date | None = None
    kind: str = ""
    title: str = ""


_FIELDS: Final[Mapping[str, str]] = {
    "patient": r"[0-9A-Za-z]{1,20}?",
    "date": r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}",
    "kind": r"[^_\-./\\]{1,40}?",
    "number": r"[0-9]{1,10}",
    "any": r"[^/\\]{0,100}?",
}
"""What each field of a rule may hold. `number` and `any` only take up room."""
_FIELD = re.compile(r"\{(\w+)(?::([0-9]{1,2}))?\}", re.ASCII)
_PATIENT_WIDTH_MAX = 20


def check_rule(rule: NamingRule) -> None:
    """Raises RuleError unless the rule holds `{patient}` and knows each of its fields, none of them twice.

    `{patient:8}` asks for exactly eight characters. Capital and small letters are the same, as on the share.
    """
    _compiled(rule.pattern)


@lru_cache(maxsize=64)
def _compiled(written: str) -> re.Pattern[str]:
    pattern = unicodedata.normalize("NFC", written)
    pieces, place, seen = [], 0, []
    for match in _FIELD.finditer(pattern):
        pieces.append(re.escape(pattern[place : match.start()]))
        pieces.append(_field_pattern(match[1], match[2]))
        seen.append(match[1])
        place = match.end()
    pieces.append(re.escape(pattern[place:]))
    sound = "patient" in seen and len(seen) == len(set(seen))
    sound = sound and not set("{}/\\") & set(_FIELD.sub("", pattern))
    if not sound or len(pattern) > ATTACHMENT_RULE_MAX_CHARS:
        raise _rule_error()
    return re.compile("".join(pieces), re.IGNORECASE | re.DOTALL)


def _field_pattern(name: str, width: str | None) -> str:
    if name not in _FIELDS or (width is not None and name != "patient"):
        raise _rule_error()
    if width is not None:
        if not 1 <= int(width) <= _PATIENT_WIDTH_MAX:
            raise _rule_error()
        return rf"(?P<patient>[0-9A-Za-z]{{{int(width)}}})"
    pattern = _FIELDS[name]
    return f"(?:{pattern})" if name in ("any", "number") else f"(?P<{name}>{pattern})"


def _rule_error() -> RuleError:
    return RuleError(
        "ファイル名の規則を読み取れません。",
        "The naming rule cannot be understood.",
        hint_ja="{patient} を必ず入れ、{date} {kind} {number} {any} はそれぞれ 1 回まで使えます。",
        hint_en="{patient} must stand in it; {date}, {kind}, {number} and {any} may, once each.",
    )


def tie(name: str, rule: NamingRule) -> Tie | None:
    """What a file's name says under a rule; None when the rule does not fit it. Folders before the name do not count."""
    own = unicodedata.normalize("NFC", PurePosixPath(PureWindowsPath(name).name).name)
    if len(own) > ATTACHMENT_NAME_MAX_CHARS:
        return None
    match = _compiled(rule.pattern).fullmatch(own)
    if match is None:
        return None
    found = match.groupdict()
    day = read_date((found.get("date") or "").replace("-", "")).value
    kind = found.get("kind") or ""
    return Tie(found["patient"], day, kind, rule.kinds.get(kind, kind))


def content_type_of(data: Readable) -> str:
    """The media type of an attachment by its first bytes; empty when it is none that is taken."""
    beginning = data[:64].lstrip(_BLANK)
    return next((one.name for one in CONTENT_TYPES if one.beginning.match(beginning)), "")


def read_attachment(
    data: Readable, known: Format, name: str = "", rule: NamingRule | None = None, facility: str = ""
) -> Parsed:
    """The file as one document. Without a rule that fits its name it has no patient: kept, listed, never sent."""
    findings = Findings(KINDS)
    found = tie(name, rule) if rule is not None else None
    if found is None:
        findings.add("ATTACH-001")
    elif rule is not None:
        _tell(found, rule, findings)
    if not _whole(data):
        findings.add("ATTACH-003")
    document = _document(data, found or Tie(""), facility)
    return Parsed(known, "", 0, (document,), findings.all(), complete=True)


def _tell(found: Tie, rule: NamingRule, findings: Findings) -> None:
    if "{date}" in rule.pattern and found.day is None:
        findings.add("ATTACH-002")
    if found.kind and rule.kinds and found.kind not in rule.kinds:
        findings.add("ATTACH-004")


def _whole(data: Readable) -> bool:
    name = content_type_of(data)
    ending = next((one.ending for one in CONTENT_TYPES if one.name == name), b"")
    return not ending or ending in data[-_END_BYTES:]


def _document(data: Readable, found: Tie, facility: str) -> Document:
    """One file, one document: its bytes are its identity, so that a better scan stands beside the first one."""
    digest = sha256_of(data).hex()
    codings = (Coding(CodeSystem.ATTACHMENT_KIND, found.kind, found.title),) if found.kind else ()
    reference = DocumentReference(
        Concept(codings, found.title), found.day, found.title, content_type_of(data), digest, len(data)
    )
    return Document(
        DocumentKind.ATTACHMENT,
        document_key(DocumentKind.ATTACHMENT, facility, "file", found.patient, digest),
        facility,
        Patient(facility, PersonName(""), Sex.UNKNOWN, None, found.patient),
        (reference,),
        found.day.isoformat() if found.day else "",
        first_line=1,
        last_line=1,
    )
