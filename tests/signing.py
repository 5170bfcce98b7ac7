"""An operator's desk for tests: an authority and a signer of their own, made once a run, valid at any test's time."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from appliance.clock import JST
from appliance.records.cms import DOCUMENT_SIGNING
from appliance.records.signed import SignedKind
from provisioning.lab.pki import key_usage
from provisioning.signing import sign_file

SIGNER_FILE = "signer-ca.pem"
ALWAYS = (datetime(2020, 1, 1, tzinfo=JST), datetime(2049, 1, 1, tzinfo=JST))

Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def authority(name: str = "Operator's CA") -> Pair:
    return _issued(name, None, ca=True)


def signer(
    of: Pair, usage: x509.ObjectIdentifier = DOCUMENT_SIGNING, valid: tuple[Any, Any] = ALWAYS
) -> Pair:
    return _issued("Operator's desk", of, usage=usage, valid=valid)


@cache
def desk() -> tuple[x509.Certificate, Pair]:
    """The anchor of the tests' network, and whoever signs for it."""
    ca = authority()
    return ca[0], signer(ca)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def write_rules(
    folder: Path,
    network: str,
    valid: tuple[datetime, datetime] = ALWAYS,
    **documents: bytes,
) -> None:
    """Sign `policy` and `participants` (JSON bytes) into a site's folder, with the authority a site file names."""
    anchor, (certificate, key) = desk()
    (folder / SIGNER_FILE).write_bytes(pem(anchor))
    for name, document in documents.items():
        path = folder / f"{name}.json"
        path.write_bytes(document)
        sign_file(path, SignedKind(name), network, valid, certificate, key)


def _issued(
    name: str,
    issuer: Pair | None,
    *,
    ca: bool = False,
    usage: x509.ObjectIdentifier | None = None,
    valid: tuple[datetime, datetime] = ALWAYS,
) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer_name, issuer_key = (issuer[0].subject, issuer[1]) if issuer else (subject, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1] - timedelta(seconds=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256()), key
