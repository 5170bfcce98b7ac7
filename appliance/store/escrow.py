"""The escrow: a copy of the store key wrapped to the operator's recovery certificate, so that he reads a dead board's disk.

It is CMS (RFC 5083 AuthEnvelopedData, AES-256-GCM; the content key by RSAES-OAEP with SHA-256, or by ECDH with SHA-256
and AES-256 key wrap), as PEM below lines that say whose it is. Any CMS program opens it, a security module's too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from appliance.clock import iso
from appliance.errors import Audience, RenkeiError
from appliance.limits import ESCROW_FILE_MAX_BYTES, RECOVERY_RSA_MIN_BITS
from appliance.run import run
from appliance.store.keys import fingerprint

_CMS: Final = ("openssl", "cms", "-binary")
_SHA256: Final = ("-keyopt", "rsa_oaep_md:sha256", "-keyopt", "rsa_mgf1_md:sha256")
_BEGIN: Final = b"-----BEGIN CMS-----"


class EscrowError(RenkeiError):
    """The key could not be wrapped for the operator, or not be unwrapped by him."""

    code = "STORE-0103"
    audience = Audience.OPERATOR


@dataclass(frozen=True, slots=True)
class Label:
    """What stands in the clear above an escrow: `key` and `recipient` are fingerprints, of the key and of the certificate."""

    device: str
    key: str
    recipient: str
    made: str


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrapped."""

    device: str
    fingerprint: str
    key: bytes


def escrowed(key: bytes, certificate_pem: bytes, device_id: str, made: datetime) -> bytes:
    """The escrow of a store key. Raises EscrowError."""
    content = _Content(device_id, fingerprint(key), key)
    wrapped = wrap(msgspec.json.encode(content), certificate_pem)
    recipient = _certificate(certificate_pem).fingerprint(SHA256()).hex()
    label = Label(device_id, content.fingerprint, recipient, iso(made))
    lines = [f"{name}: {getattr(label, name)}\n" for name in Label.__slots__]
    return "".join(["Renkei Gateway, escrowed store key\n", *lines]).encode() + wrapped


def label_of(escrow: bytes) -> Label:
    """Whose escrow this is, as it says of itself. Raises EscrowError."""
    said = {}
    for line in escrow[:ESCROW_FILE_MAX_BYTES].partition(_BEGIN)[0].decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition(": ")
        if colon:
            said[name] = value
    if not set(Label.__slots__) <= set(said):
        raise _not_an_escrow()
    return Label(**{name: said[name] for name in Label.__slots__})


def recovered(escrow: bytes, private_key_pem: bytes) -> bytes:
    """The store key that an escrow holds, for who has the operator's private key. Raises EscrowError."""
    label = label_of(escrow)
    try:
        content = msgspec.json.decode(unwrap(escrow, private_key_pem), type=_Content)
    except msgspec.DecodeError as error:
        raise _not_an_escrow() from error
    said = (label.device, label.key)
    if said != (content.device, content.fingerprint) or fingerprint(content.key) != content.fingerprint:
        raise _not_an_escrow()
    return content.key


def wrap(secret: bytes, certificate_pem: bytes) -> bytes:
    """Any secret as CMS in PEM, for the certificate's holder alone. Raises EscrowError."""
    options = _options(_certificate(certificate_pem))
    with _lying(certificate_pem) as recipient:
        done = run(
            [*_CMS, "-encrypt", "-aes-256-gcm", "-outform", "PEM", "-recip", recipient, *options],
            stdin=secret,
            check=False,
        )
    if done.status != 0:
        raise EscrowError(
            "鍵の控えを作れません。",
            "The escrow cannot be made: openssl refused.",
            hint_ja="復旧用の証明書を確かめてください。",
            hint_en="Check the recovery certificate.",
        )
    return done.out


def unwrap(wrapped: bytes, private_key_pem: bytes, certificate_pem: bytes | None = None) -> bytes:
    """What `wrap` wrapped, for this certificate or for any. openssl asks at the terminal for a passphrase. Raises EscrowError."""
    with _lying(wrapped) as message, _lying(certificate_pem or b"") as recipient:
        done = run(  # the private key goes by the pipe: it never lies in a file of ours
            [*_CMS, "-decrypt", "-inform", "PEM", "-in", message, "-inkey", "/dev/stdin"]
            + (["-recip", recipient] if certificate_pem else []),
            stdin=private_key_pem,
            check=False,
        )
    if done.status != 0:
        raise EscrowError(
            "この秘密鍵では控えを開けられません。",
            "This private key does not open the escrow.",
            hint_ja="控えの recipient と同じ証明書の秘密鍵を使ってください。",
            hint_en="Use the private key of the certificate whose fingerprint stands at recipient.",
        )
    return done.out


@contextmanager
def _lying(content: bytes) -> Iterator[str]:
    """The name of a file with this content, which is no secret: openssl reads but one thing from a pipe."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        yield file.name


def _certificate(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise _bad_certificate("PEMの証明書ではありません", "it is no certificate in PEM") from error


def _options(certificate: x509.Certificate) -> list[str]:
    """How the content key is wrapped: by what kind of key the recipient has."""
    public = certificate.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        if public.key_size < RECOVERY_RSA_MIN_BITS:
            raise _bad_certificate(
                f"RSA鍵が{RECOVERY_RSA_MIN_BITS}ビット未満です",
                f"its RSA key has less than {RECOVERY_RSA_MIN_BITS} bits",
            )
        return ["-keyopt", "rsa_padding_mode:oaep", *_SHA256]
    if isinstance(public, ec.EllipticCurvePublicKey):
        return ["-aes256-wrap", "-keyopt", "ecdh_kdf_md:sha256"]
    raise _bad_certificate("RSAでも楕円曲線（ECDH）でもありません", "its key is neither RSA nor for ECDH")


def _bad_certificate(ja: str, en: str) -> EscrowError:
    return EscrowError(
        f"復旧用の証明書を使えません：{ja}。",
        f"The recovery certificate cannot be used: {en}.",
        hint_ja="運用者から正しい証明書を受け取ってください（site.toml の store.recovery_certificate）。",
        hint_en="Get the right one from the operator (store.recovery_certificate in site.toml).",
    )


def _not_an_escrow() -> EscrowError:
    return EscrowError(
        "これは鍵の控えではないか、壊れています。", "This is no escrow of a store key, or it is damaged."
    )
