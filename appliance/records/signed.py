"""Signed documents: what the operator lays down for all boxes (architecture.md, identity, versions, supersession).

A document is JSON in its one canonical form (RFC 8785; numbers are whole) with a detached CMS signature over exactly those
bytes. Around its own keys every document has an envelope:

    kind        what it is (policy, participants, …)
    network     whose it is
    version     a whole number; a later version has a greater one
    not_before  from when it may be put in force; RFC 3339 with a zone
    expires     when it has to be replaced

Pure: the bytes, the anchors and the moment come in, a `SignedDocument` or one typed error comes out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from cryptography import x509

from appliance.errors import Audience, RenkeiError
from appliance.limits import SIGNED_DOCUMENT_MAX_BYTES, SIGNED_VERSION_MAX
from appliance.records.cms import SignatureFormError, UnknownSignerError, WrongSignatureError, signed_by

_WHOLE_NUMBER_MAX: Final = 2**53 - 1
"""Beyond this, readers of JSON no longer agree on what a number is (RFC 8785, 3.2.2.3; RFC 7493, 2.2)."""


class SignedKind(StrEnum):
    """The kinds of document that are taken only with the operator's signature."""

    POLICY = "policy"
    PARTICIPANTS = "participants"


class Fault(StrEnum):
    """Why a document is not taken."""

    FORM = "form"
    SIGNATURE = "signature"
    SIGNER = "signer"
    FOREIGN = "foreign"
    OLDER = "older"
    NOT_YET = "not-yet"
    EXPIRED = "expired"


_SAID: Final[Mapping[Fault, tuple[str, str]]] = {
    Fault.FORM: ("決められた形ではありません", "it is not of the agreed form"),
    Fault.SIGNATURE: ("署名が内容と合いません", "the signature does not fit the content"),
    Fault.SIGNER: ("署名した人の証明書を信頼できません", "the signer's certificate is not trusted"),
    Fault.FOREIGN: (
        "別のネットワークの、または別の種類の文書です",
        "it is another network's, or of another kind",
    ),
    Fault.OLDER: ("使用中の版より古い文書です", "it is older than the one in force"),
    Fault.NOT_YET: ("まだ有効期間の前です", "it is not valid yet"),
    Fault.EXPIRED: ("有効期限が切れています", "it has expired"),
}


class UntrustedDocumentError(RenkeiError):
    """A signed document is not taken; the last good one stays in force."""

    code = "SIGNED-0001"
    audience = Audience.OPERATOR

    def __init__(self, kind: SignedKind, fault: Fault) -> None:
        ja, en = _SAID[fault]
        super().__init__(
            f"運用者の文書（{kind}）を使えません：{ja}。",
            f"The operator's document ({kind}) is not taken: {en}.",
            hint_ja="運用者に連絡してください。それまでは、最後に受け取った正しい文書が使われます。",
            hint_en="Call the operator. Until then the last good document stays in force.",
        )
        self.kind = kind
        self.fault = fault


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A document whose signature, network and dates held when it was looked at. `content` has the envelope's keys too."""

    kind: SignedKind
    network: str
    version: int
    not_before: datetime
    expires: datetime
    sha256: str
    content: Mapping[str, Any]


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one form of a JSON object (RFC 8785). Raises ValueError for what has none: fractions, lone surrogates."""
    _agreed_upon(value)
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def read_signed(
    content: bytes,
    signature: bytes,
    anchors: Collection[x509.Certificate],
    *,
    kind: SignedKind,
    network: str,
    now: datetime,
    newest: SignedDocument | None = None,
) -> SignedDocument:
    """The document, if it may be put in force now. `newest` is the newest one ever taken: nothing older is.

    Raises UntrustedDocumentError.
    """
    _signed(content, signature, anchors, kind, now)
    document = verified_before(content, kind)
    if document.network != network:
        raise UntrustedDocumentError(kind, Fault.FOREIGN)
    if newest is not None and _older(document, newest):
        raise UntrustedDocumentError(kind, Fault.OLDER)
    if now < document.not_before:
        raise UntrustedDocumentError(kind, Fault.NOT_YET)
    if now >= document.expires:
        raise UntrustedDocumentError(kind, Fault.EXPIRED)
    return document


def _signed(
    content: bytes, signature: bytes, anchors: Collection[x509.Certificate], kind: SignedKind, now: datetime
) -> None:
    if len(content) > SIGNED_DOCUMENT_MAX_BYTES:
        raise UntrustedDocumentError(kind, Fault.FORM)
    try:
        signed_by(content, signature, anchors, now)
    except UnknownSignerError as error:
        raise UntrustedDocumentError(kind, Fault.SIGNER) from error
    except (SignatureFormError, WrongSignatureError) as error:
        raise UntrustedDocumentError(kind, Fault.SIGNATURE) from error


def _older(document: SignedDocument, newest: SignedDocument) -> bool:
    """An earlier version, or another document under the same one."""
    if document.version == newest.version:
        return document.sha256 != newest.sha256
    return document.version < newest.version


def verified_before(content: bytes, kind: SignedKind) -> SignedDocument:
    """The document of bytes that `read_signed` has taken once and that have been kept safe since."""
    try:
        document = _document(content)
    except (ValueError, KeyError, RecursionError) as error:
        raise UntrustedDocumentError(kind, Fault.FORM) from error
    if document.kind is not kind:
        raise UntrustedDocumentError(kind, Fault.FOREIGN)
    return document


def _document(content: bytes) -> SignedDocument:
    value = json.loads(content)
    if not isinstance(value, dict) or canonical(value) != content:
        raise ValueError("not in canonical form")
    return SignedDocument(
        kind=SignedKind(value["kind"]),
        network=_text(value["network"]),
        version=_version(value["version"]),
        not_before=_moment(value["not_before"]),
        expires=_moment(value["expires"]),
        sha256=hashlib.sha256(content).hexdigest(),
        content=value,
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a text is needed")
    return value


def _version(value: object) -> int:
    if type(value) is not int or not 1 <= value <= SIGNED_VERSION_MAX:
        raise ValueError("a whole number is needed")
    return value


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def _agreed_upon(value: object) -> None:
    match value:
        case bool() | None | str():
            pass
        case int() if abs(value) <= _WHOLE_NUMBER_MAX:
            pass
        case Mapping() if all(isinstance(name, str) for name in value):
            for inner in value.values():
                _agreed_upon(inner)
        case list() | tuple():
            for inner in value:
                _agreed_upon(inner)
        case _:
            raise ValueError("a value that has no one form")


def _sorted(value: object) -> object:
    """Names in the order of their UTF-16 code units (RFC 8785, 3.2.3)."""
    if isinstance(value, Mapping):
        return {
            name: _sorted(value[name]) for name in sorted(value, key=lambda name: name.encode("utf-16-be"))
        }
    if isinstance(value, list | tuple):
        return [_sorted(inner) for inner in value]
    return value
