"""The daily anchor: the end of the audit chain, signed with the box's own key, as a row of the chain itself.

The row leaves the box like every other, so that the operator holds it; and a copy lies beside the store. Whoever has
the store's key can write the chain anew, but not sign an anchor: the device key is another one, and its certificate,
which the anchor carries, is checked up to the network's CA.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.verification import PolicyBuilder, VerificationError
from cryptography.x509.verification import Store as Roots

from appliance.clock import from_iso
from appliance.errors import Audience, RenkeiError
from appliance.limits import AUDIT_ANCHOR_MAX_BYTES, AUDIT_ANCHOR_S
from appliance.store import audit
from appliance.store.audit import Anchor, Break, Entry, Event
from appliance.store.db import Store

_DEVICE: Final = "urn:renkei:device:"


class AnchorError(RenkeiError):
    """The audit's anchors cannot be signed, or read."""

    code = "AUDIT-0002"
    audience = Audience.OPERATOR


@dataclass(frozen=True, slots=True)
class SignedAnchor:
    """The end of the chain of `device` at `at`: `hash` in hexadecimal, certificate (DER) and signature in base64."""

    device: str
    seq: int
    hash: str
    at: str
    certificate: str
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """What the signature is over: everything else, as canonical JSON."""
        content = {name: value for name, value in asdict(self).items() if name != "signature"}
        return audit.canonical(content).encode()

    def text(self) -> str:
        """The form in which an anchor leaves the box and lies beside the store."""
        return audit.canonical(asdict(self))

    @property
    def anchor(self) -> Anchor:
        return Anchor(self.seq, bytes.fromhex(self.hash))


def parsed(content: dict[str, Any]) -> SignedAnchor:
    """An anchor from its JSON object. Raises AnchorError."""
    kinds = {one.name: int if one.name == "seq" else str for one in fields(SignedAnchor)}
    if content.keys() != kinds.keys() or any(type(content[name]) is not kind for name, kind in kinds.items()):
        raise _not_an_anchor()
    found = SignedAnchor(**content)
    try:
        bytes.fromhex(found.hash)
    except ValueError as error:
        raise _not_an_anchor() from error
    return found


def read(path: Path) -> list[SignedAnchor]:
    """The anchors of a file, one JSON object a line, as the operator kept them. Raises AnchorError."""
    try:
        with path.open("rb") as file:
            lines = file.read(AUDIT_ANCHOR_MAX_BYTES).decode().splitlines()
        objects = [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise _not_an_anchor() from error
    if not objects or not all(isinstance(one, dict) for one in objects):
        raise _not_an_anchor()
    return [parsed(one) for one in objects]


class DeviceKey:
    """The key the box shows the network (`hub.key`), and its certificate."""

    def __init__(self, certificate: Path, key: Path) -> None:
        try:
            self._certificate = x509.load_pem_x509_certificate(certificate.read_bytes())
            loaded = serialization.load_pem_private_key(key.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise AnchorError(
                "機器の証明書か鍵を読めず、監査記録に署名できません。",
                "The device certificate or its key cannot be read: the audit cannot be signed.",
                hint_ja="site.toml の hub.certificate と hub.key を確かめてください。",
                hint_en="Check hub.certificate and hub.key in site.toml.",
            ) from error
        if not isinstance(loaded, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise AnchorError("この種類の鍵では署名できません。", "A key of this kind cannot sign.")
        self._key = loaded

    def signed(self, device: str, end: Anchor, at: str) -> SignedAnchor:
        der = self._certificate.public_bytes(serialization.Encoding.DER)
        plain = SignedAnchor(device, end.seq, end.hash.hex(), at, base64.b64encode(der).decode())
        signature = self._sign(plain.signed_bytes())
        return SignedAnchor(**{**asdict(plain), "signature": base64.b64encode(signature).decode()})

    def _sign(self, content: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(content, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(content, ec.ECDSA(hashes.SHA256()))


def is_due(store: Store) -> bool:
    """Whether a day has passed since the last anchor, by a clock that may also have been set back."""
    last = audit.last_anchored(store)
    if last is None:
        return True
    return abs((store.clock.now() - from_iso(last.at)).total_seconds()) >= AUDIT_ANCHOR_S


def anchor_now(store: Store, key: DeviceKey, device: str) -> SignedAnchor:
    """Sign the end of the chain and write it down as a row, in a transaction of its own; a copy lies beside the store."""
    with store.transaction():
        made = key.signed(device, audit.anchor(store), store.now())
        audit.append(store, Event.AUDIT_ANCHORED, **asdict(made))
    _keep_beside(copy_path(store), made)
    return made


def copy_path(store: Store) -> Path:
    """Where the last anchor lies outside the database."""
    return store.path.with_name(store.path.name + ".anchor")


def kept_copy(store: Store) -> list[SignedAnchor]:
    """The copy beside the store, if there is one. Raises AnchorError when it cannot be read."""
    path = copy_path(store)
    return read(path) if path.exists() else []


def _keep_beside(path: Path, made: SignedAnchor) -> None:
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(made.text() + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


class AnchorJudge:
    """Says whether an anchor was signed by this box: its certificate from one of these CAs, for one of these devices.

    There are several where a store has moved to another board.
    """

    def __init__(self, roots: Collection[x509.Certificate], devices: Collection[str]) -> None:
        self._roots = Roots(list(roots))
        self._devices = frozenset(devices)

    @classmethod
    def of(cls, ca: Path, *devices: str) -> AnchorJudge:
        """Raises AnchorError when the CA's file cannot be read."""
        try:
            return cls(x509.load_pem_x509_certificates(ca.read_bytes()), devices)
        except (OSError, ValueError) as error:
            raise AnchorError(
                f"CA の証明書 {ca} を読めません。",
                f"The CA certificate {ca} cannot be read.",
                hint_ja="--ca で場所を指定してください。",
                hint_en="Name it with --ca.",
            ) from error

    def fault(self, one: SignedAnchor) -> tuple[str, str] | None:
        """What is wrong with it, in Japanese and English; None: nothing."""
        if one.device not in self._devices:
            return "控えは別の機器のものです。", "The anchor is another box's."
        try:
            leaf = x509.load_der_x509_certificate(base64.b64decode(one.certificate, validate=True))
            signature = base64.b64decode(one.signature, validate=True)
            self._check_issued(leaf)
            _check_signature(leaf, signature, one.signed_bytes())
        except (ValueError, VerificationError, InvalidSignature, x509.ExtensionNotFound):
            return "控えの署名が正しくありません。", "The anchor's signature is not right."
        return (
            None
            if _is_of(leaf, one.device)
            else ("控えは別の機器のものです。", "The anchor is another box's.")
        )

    def vouch(self, row: Entry, end: Anchor) -> Break | None:
        """What is wrong with an anchor row that stands after `end` in the chain."""
        try:
            one = parsed(row.body)
        except AnchorError:
            return Break(row.seq, "控えの形が正しくありません。", "This is not an anchor.")
        if one.anchor != end:
            return Break(
                row.seq, "控えと合いません。記録が書き直されています。", "The chain was rewritten up to here."
            )
        wrong = self.fault(one)
        return Break(row.seq, *wrong) if wrong else None

    def _check_issued(self, leaf: x509.Certificate) -> None:
        """By the day it was issued: an anchor stays good when the certificate of its time has run out."""
        issued = leaf.not_valid_before_utc.astimezone(UTC) + timedelta(seconds=1)
        verifier = (
            PolicyBuilder().store(self._roots).time(issued.replace(tzinfo=None)).build_client_verifier()
        )
        verifier.verify(leaf, [])


def judged(judge: AnchorJudge, kept: Sequence[SignedAnchor]) -> list[Anchor]:
    """Anchors from elsewhere, once they have been found to be this box's. Raises AnchorError for one that is not."""
    for one in kept:
        wrong = judge.fault(one)
        if wrong:
            raise AnchorError(*wrong)
    return [one.anchor for one in kept]


def _check_signature(leaf: x509.Certificate, signature: bytes, content: bytes) -> None:
    key = leaf.public_key()
    match key:
        case ec.EllipticCurvePublicKey():
            key.verify(signature, content, ec.ECDSA(hashes.SHA256()))
        case rsa.RSAPublicKey():
            key.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
        case _:
            raise ValueError("a key of another kind")


def _is_of(leaf: x509.Certificate, device: str) -> bool:
    """Whether the certificate names this device; one that names none speaks for any."""
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    devices = {uri.removeprefix(_DEVICE) for uri in uris if uri.startswith(_DEVICE)}
    return not devices or device in devices


def _not_an_anchor() -> AnchorError:
    return AnchorError(
        "監査記録の控えとして読めません。",
        "This cannot be read as an anchor of the audit.",
        hint_ja="運用者が受け取った控え（1行に1件のJSON）のファイルを指定してください。",
        hint_en="Name a file of anchors as the operator received them, one JSON object a line.",
    )
