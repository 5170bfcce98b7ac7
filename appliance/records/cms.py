"""A detached CMS signature (RFC 5652, SignedData) over some bytes, checked against trust anchors. Pure.

One way of signing is taken and no other, so that there is nothing to talk a verifier into: one signer, named by issuer
and serial number, his certificate enclosed; signed attributes; SHA-256 or SHA-384; ECDSA on P-256 or P-384; DER. His
certificate is for the signing of documents (RFC 9336) and was issued by an anchor, or by one authority below it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    VerificationError,
)
from cryptography.x509.verification import Store as Anchors

from appliance.limits import SIGNATURE_CHAIN_MAX, SIGNATURE_MAX_BYTES

DOCUMENT_SIGNING: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning, RFC 9336."""
_SIGNED_DATA: Final = x509.ObjectIdentifier("1.2.840.113549.1.7.2")
_DATA: Final = x509.ObjectIdentifier("1.2.840.113549.1.7.1")
_CONTENT_TYPE: Final = x509.ObjectIdentifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST: Final = x509.ObjectIdentifier("1.2.840.113549.1.9.4")
_DIGESTS: Final[Mapping[x509.ObjectIdentifier, hashes.HashAlgorithm]] = {
    x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1"): hashes.SHA256(),
    x509.ObjectIdentifier("2.16.840.1.101.3.4.2.2"): hashes.SHA384(),
}
_SIGNATURES: Final[Mapping[x509.ObjectIdentifier, hashes.HashAlgorithm]] = {
    x509.SignatureAlgorithmOID.ECDSA_WITH_SHA256: hashes.SHA256(),
    x509.SignatureAlgorithmOID.ECDSA_WITH_SHA384: hashes.SHA384(),
}
_UNREADABLE: Final = (ValueError, x509.InvalidVersion, UnsupportedAlgorithm)
"""What the library raises of bytes that are no signature or no certificate, or of a kind it does not know."""
_CURVES: Final = (ec.SECP256R1, ec.SECP384R1)


class SignatureFormError(Exception):
    """These bytes are not a signature of the one form that is taken."""


class UnknownSignerError(Exception):
    """The signer's certificate does not lead to an anchor, is for something else, or was not valid then."""


class WrongSignatureError(Exception):
    """The signature was made over other bytes, or by another key."""


@asn1.sequence
class _Algorithm:
    oid: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class _Encapsulated:
    """Without eContent: the signature is detached."""

    content_type: x509.ObjectIdentifier


@asn1.sequence
class _IssuerAndSerial:
    issuer: asn1.TLV
    serial: int


@asn1.sequence
class _Attribute:
    type: x509.ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _Attributes:
    """What is signed is their SET OF as such, not as the tagged field of SignerInfo (RFC 5652, 5.4)."""

    those: asn1.SetOf[_Attribute]


@asn1.sequence
class _SignerInfo:
    version: int
    signer: _IssuerAndSerial
    digest: _Algorithm
    attributes: Annotated[asn1.SetOf[_Attribute] | None, asn1.Implicit(0)]
    algorithm: _Algorithm
    signature: bytes


@asn1.sequence
class _SignedData:
    version: int
    digests: asn1.SetOf[_Algorithm]
    encapsulated: _Encapsulated
    certificates: Annotated[asn1.SetOf[x509.Certificate] | None, asn1.Implicit(0)]
    signers: asn1.SetOf[_SignerInfo]


@asn1.sequence
class _ContentInfo:
    content_type: x509.ObjectIdentifier
    content: Annotated[_SignedData, asn1.Explicit(0)]


def signed_by(
    content: bytes, signature: bytes, anchors: Collection[x509.Certificate], at: datetime
) -> x509.Certificate:
    """The certificate of whoever signed `content`, as it stood at `at`.

    Raises SignatureFormError, UnknownSignerError, WrongSignatureError.
    """
    if len(signature) > SIGNATURE_MAX_BYTES:
        raise SignatureFormError("too long")
    try:
        return _signed_by(content, signature, anchors, at)
    except _UNREADABLE as error:
        raise SignatureFormError("not a detached CMS signature in DER") from error


def _signed_by(
    content: bytes, signature: bytes, anchors: Collection[x509.Certificate], at: datetime
) -> x509.Certificate:
    info, enclosed = _read(signature)
    certificate = _certificate_of(info, enclosed)
    _trusted(certificate, [one for one in enclosed if one is not certificate], anchors, at)
    digest, algorithm = _DIGESTS.get(info.digest.oid), _SIGNATURES.get(info.algorithm.oid)
    if digest is None or algorithm is None or info.attributes is None:
        raise SignatureFormError("another algorithm, or no signed attributes")
    attributes = _single_values(info.attributes.as_list())
    if attributes.get(_CONTENT_TYPE) != asn1.encode_der(_DATA):
        raise SignatureFormError("the signature is not of plain data")
    found = attributes.get(_MESSAGE_DIGEST, b"")
    if not hmac.compare_digest(found, asn1.encode_der(hashlib.new(digest.name, content).digest())):
        raise WrongSignatureError("the content is another")
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, _CURVES):
        raise SignatureFormError("the signer's key is of another kind")
    try:
        key.verify(info.signature, _as_signed(info.attributes), ec.ECDSA(algorithm))
    except InvalidSignature as error:
        raise WrongSignatureError("the signature does not fit") from error
    return certificate


def _read(signature: bytes) -> tuple[_SignerInfo, list[x509.Certificate]]:
    whole = asn1.decode_der(_ContentInfo, signature)
    signed = whole.content
    signers = signed.signers.as_list()
    enclosed = signed.certificates.as_list() if signed.certificates is not None else []
    if whole.content_type != _SIGNED_DATA or signed.encapsulated.content_type != _DATA or len(signers) != 1:
        raise SignatureFormError("not one signature over data")
    return signers[0], enclosed


def _certificate_of(info: _SignerInfo, enclosed: Collection[x509.Certificate]) -> x509.Certificate:
    for one in enclosed:
        issuer = one.issuer.public_bytes(serialization.Encoding.DER)
        if (one.serial_number, issuer) == (info.signer.serial, asn1.encode_der(info.signer.issuer)):
            return one
    raise SignatureFormError("the signer's certificate is not enclosed")


def _trusted(
    certificate: x509.Certificate,
    between: list[x509.Certificate],
    anchors: Collection[x509.Certificate],
    at: datetime,
) -> None:
    signer = ExtensionPolicy.permit_all().require_present(
        x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _for_documents
    )
    builder = (
        PolicyBuilder()
        .store(Anchors(list(anchors)))
        .time(at)
        .max_chain_depth(SIGNATURE_CHAIN_MAX)
        .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=signer)
    )
    try:
        builder.build_client_verifier().verify(certificate, between)
    except (VerificationError, *_UNREADABLE) as error:
        raise UnknownSignerError("the signer is not trusted") from error


def _for_documents(_: Policy, __: x509.Certificate, usage: x509.ExtendedKeyUsage) -> None:
    if list(usage) != [DOCUMENT_SIGNING]:
        raise ValueError("the certificate is not for signing documents")


def _single_values(attributes: Collection[_Attribute]) -> dict[x509.ObjectIdentifier, bytes]:
    """The attributes with one value each, as DER; a repeated one has none (RFC 5652, 11)."""
    found: dict[x509.ObjectIdentifier, bytes] = {}
    for one in attributes:
        values = one.values.as_list()
        if one.type in found or len(values) != 1:
            raise SignatureFormError("an attribute is there twice")
        found[one.type] = asn1.encode_der(values[0])
    return found


def _as_signed(attributes: asn1.SetOf[_Attribute]) -> bytes:
    """The attributes as a SET OF: the only field of a sequence, without the sequence's own tag and length."""
    wrapped = asn1.encode_der(_Attributes(those=attributes))
    long_form = 0x80
    return wrapped[2:] if wrapped[1] < long_form else wrapped[2 + (wrapped[1] & ~long_form) :]
