"""Certificates for practice and tests: a CA, the hub's, the kiosk's, and one client certificate a facility's device.

Made afresh by code wherever they are needed, ECDSA P-256, files of mode 0600; nothing of them is ever in the repository.
Names that carry meaning are URIs in the subject alternative name: urn:renkei:facility:<10 digits>, urn:renkei:device:<id>,
urn:renkei:role:operator, urn:renkei:role:signer.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.clock import Clock, SystemClock
from appliance.records.cms import DOCUMENT_SIGNING

_CA_VALID: Final = timedelta(days=3650)
_LEAF_VALID: Final = timedelta(days=397)
_BACKDATED: Final = timedelta(minutes=5)
"""Certificates begin a little in the past: two clocks are never quite the same."""

_LOOPBACK: Final = (x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1")))
_OPERATOR: Final = "urn:renkei:role:operator"
_SIGNER: Final = "urn:renkei:role:signer"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Where a certificate and its private key lie (PEM)."""

    cert: Path
    key: Path


@dataclass(slots=True)
class _Authority:
    """The lab's CA: signs, and knows nothing of what for."""

    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    clock: Clock

    def issue(
        self, common_name: str, names: Sequence[x509.GeneralName], usage: x509.ObjectIdentifier
    ) -> tuple[bytes, bytes]:
        """A leaf certificate and its key, PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        start = self.clock.now() - _BACKDATED
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(common_name))
            .issuer_name(self.cert.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + _LEAF_VALID)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(key_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        return _pem(builder.sign(self.key, hashes.SHA256())), _key_pem(key)


@dataclass(slots=True)
class LabPki:
    """The certificates of one practice network, in one folder."""

    folder: Path
    ca_path: Path
    server: KeyPair
    kiosk: KeyPair
    operator: KeyPair
    signer: KeyPair
    """Whoever signs the policy and the participant list at the operator's desk."""
    _authority: _Authority = field(repr=False)

    def client(self, facility: str, device: str = "box-1") -> KeyPair:
        """The client certificate of a facility's device; made at the first asking."""
        uris = (f"urn:renkei:facility:{facility}", f"urn:renkei:device:{device}")
        return self._pair(f"client-{facility}-{device}", _uris(*uris), ExtendedKeyUsageOID.CLIENT_AUTH)

    def nameless_client(self) -> KeyPair:
        """A certificate of this CA that names neither facility nor role: the hub must refuse it."""
        names = _uris("urn:renkei:device:nobody")
        return self._pair("client-nameless", names, ExtendedKeyUsageOID.CLIENT_AUTH)

    def _pair(self, stem: str, names: Sequence[x509.GeneralName], usage: x509.ObjectIdentifier) -> KeyPair:
        return _pair(self.folder, self._authority, stem, names, usage)


def make_lab_pki(folder: Path, facilities: Iterable[str], *, clock: Clock | None = None) -> LabPki:
    """The practice network's certificates in `folder`; what is there already is kept and used again."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ca = KeyPair(folder / "ca.pem", folder / "ca.key")
    authority = _load_or_make_ca(ca, clock or SystemClock())
    server_auth, client_auth = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
    pki = LabPki(
        folder=folder,
        ca_path=ca.cert,
        server=_pair(folder, authority, "hub", _LOOPBACK, server_auth),
        kiosk=_pair(folder, authority, "kiosk", _LOOPBACK, server_auth),
        operator=_pair(folder, authority, "operator", _uris(_OPERATOR), client_auth),
        signer=_pair(folder, authority, "signer", _uris(_SIGNER), DOCUMENT_SIGNING),
        _authority=authority,
    )
    for facility in facilities:
        pki.client(facility)
    return pki


def loaded(pair: KeyPair) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A certificate and its key, read from their files."""
    key = serialization.load_pem_private_key(pair.key.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{pair.key.name} holds no elliptic curve key")
    return x509.load_pem_x509_certificate(pair.cert.read_bytes()), key


def _pair(
    folder: Path,
    authority: _Authority,
    stem: str,
    names: Sequence[x509.GeneralName],
    usage: x509.ObjectIdentifier,
) -> KeyPair:
    pair = KeyPair(folder / f"{stem}.pem", folder / f"{stem}.key")
    if not (pair.cert.exists() and pair.key.exists()):
        cert, key = authority.issue(stem, names, usage)
        _write(pair.key, key)
        _write(pair.cert, cert)
    return pair


def _load_or_make_ca(files: KeyPair, clock: Clock) -> _Authority:
    if files.cert.exists() and files.key.exists():
        return _Authority(*loaded(files), clock)
    authority = _make_ca(clock)
    _write(files.key, _key_pem(authority.key))
    _write(files.cert, _pem(authority.cert))
    return authority


def _make_ca(clock: Clock) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Renkei practice network CA")
    start = clock.now() - _BACKDATED
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _CA_VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _Authority(cert, key, clock)


def key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """Of an authority, or of whoever only signs."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _uris(*uris: str) -> list[x509.UniformResourceIdentifier]:
    return [x509.UniformResourceIdentifier(uri) for uri in uris]


def _pem(cert: x509.Certificate) -> bytes:
    return cert.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by its owner only from the first byte on."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    fresh.replace(path)
