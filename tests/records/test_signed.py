"""Signed documents: what is taken, and every way in which one is not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from appliance.clock import JST
from appliance.limits import SIGNATURE_MAX_BYTES, SIGNED_DOCUMENT_MAX_BYTES
from appliance.records.signed import (
    Fault,
    SignedDocument,
    SignedKind,
    UntrustedDocumentError,
    canonical,
    read_signed,
    verified_before,
)
from appliance.run import run
from provisioning.signing import sign
from tests.signing import ALWAYS, Pair, authority, desk, pem, signer

NOW = datetime(2026, 10, 1, 10, 0, tzinfo=JST)
VALID = (NOW - timedelta(days=1), NOW + timedelta(days=30))
NETWORK = "練習ネット"
BODY = {"version": 3, "texts": {"ja": "同意書", "a": [1, None, True]}}


def signed(body: Any = BODY, *, by: Pair | None = None, **changes: Any) -> tuple[bytes, bytes]:
    given_as: dict[str, Any] = {"kind": SignedKind.POLICY, "network": NETWORK, "valid": VALID, **changes}
    return sign(body, given_as["kind"], given_as["network"], given_as["valid"], *(by or desk()[1]))


def taken(content: bytes, signature: bytes, **changes: Any) -> SignedDocument:
    asked: dict[str, Any] = {"kind": SignedKind.POLICY, "network": NETWORK, "now": NOW, **changes}
    return read_signed(content, signature, asked.pop("anchors", [desk()[0]]), **asked)


def fault(content: bytes, signature: bytes, **changes: Any) -> Fault:
    with pytest.raises(UntrustedDocumentError) as raised:
        taken(content, signature, **changes)
    assert raised.value.hint_ja
    assert raised.value.hint_en
    return raised.value.fault


def test_a_document_of_the_operator_is_taken():
    document = taken(*signed())
    assert (document.version, document.network, document.content["texts"]) == (3, NETWORK, BODY["texts"])
    assert (document.not_before, document.expires) == VALID


def test_a_changed_byte_anywhere_is_noticed():
    content, signature = signed()
    for place in range(len(content)):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        assert fault(changed, signature) is Fault.SIGNATURE


def test_a_changed_byte_of_the_signature_is_never_taken_for_another_document():
    """Some bytes (a signing time's encoding, an algorithm's name) only make it unreadable; none makes it good."""
    _, signature = signed()
    other, _ = signed({**BODY, "version": 4})
    for place in range(len(signature)):
        changed = signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :]
        assert fault(other, changed) in (Fault.SIGNATURE, Fault.SIGNER)


@given(st.binary(max_size=200))
def test_no_bytes_are_a_signature(data: bytes):
    content, signature = signed()
    assert fault(content, data) is Fault.SIGNATURE
    assert fault(content, signature[:-20] + data) in (Fault.SIGNATURE, Fault.SIGNER)


def test_a_stranger_signs_in_vain():
    stranger = authority()
    assert fault(*signed(by=signer(stranger))) is Fault.SIGNER
    assert fault(*signed(), anchors=[stranger[0]]) is Fault.SIGNER


def test_two_anchors_are_known_while_one_takes_over_from_the_other():
    assert taken(*signed(), anchors=[authority()[0], desk()[0]]).version == BODY["version"]


def test_a_certificate_for_something_else_signs_no_document():
    ca = authority()
    device = signer(ca, ExtendedKeyUsageOID.CLIENT_AUTH)
    assert fault(*signed(by=device), anchors=[ca[0]]) is Fault.SIGNER


def test_an_authority_signs_no_document_itself():
    ca = authority()
    assert fault(*signed(by=ca), anchors=[ca[0]]) is Fault.SIGNER


def test_a_signer_whose_certificate_has_run_out_is_not_trusted():
    ca = authority()
    late = signer(ca, valid=(ALWAYS[0], NOW))
    assert fault(*signed(by=late), anchors=[ca[0]]) is Fault.SIGNER
    early = NOW - timedelta(hours=2)
    assert taken(*signed(by=late), anchors=[ca[0]], now=early).version == BODY["version"]


def test_the_signature_of_one_document_is_not_that_of_another():
    assert fault(signed()[0], signed({**BODY, "version": 4})[1]) is Fault.SIGNATURE


def test_another_networks_or_another_kind_is_foreign():
    assert fault(*signed(network="よその網")) is Fault.FOREIGN
    assert fault(*signed(kind=SignedKind.PARTICIPANTS)) is Fault.FOREIGN


def test_nothing_older_is_taken_and_no_other_one_of_the_same_version():
    newest = taken(*signed())
    assert fault(*signed({**BODY, "version": 2}), newest=newest) is Fault.OLDER
    assert fault(*signed({**BODY, "texts": {}}), newest=newest) is Fault.OLDER
    assert taken(*signed(), newest=newest) == newest
    assert taken(*signed({**BODY, "version": 4}), newest=newest).version == 4


def test_its_days_begin_and_end():
    document = signed()
    assert fault(*document, now=VALID[0] - timedelta(seconds=1)) is Fault.NOT_YET
    assert fault(*document, now=VALID[1]) is Fault.EXPIRED
    assert taken(*document, now=VALID[0]) == taken(*document, now=VALID[1] - timedelta(seconds=1))


@pytest.mark.parametrize(
    "change",
    [
        {"version": "3"},
        {"version": 0},
        {"version": True},
        {"version": 2**53},
        {"not_before": "2026-10-01T00:00:00"},
        {"expires": "soon"},
        {"network": ""},
        {"kind": "letter"},
    ],
)
def test_an_envelope_that_is_not_of_the_form_is_refused(change: dict[str, Any]):
    value = json.loads(signed()[0]) | change
    if change != {"version": 2**53}:
        content = canonical(value)
    else:
        content = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert fault(content, resigned(content)) is Fault.FORM


def test_only_the_canonical_form_is_taken():
    content, _ = signed()
    assert content.startswith(b'{"expires":')
    for odd in (
        b" " + content,
        content.replace(b'"version":3', b'"version":3.0'),
        content.replace(b'"version":3', b'"version":2,"version":3'),
        content.decode().encode("utf-16"),
        b"[]",
        b"[" * 100_000,
    ):
        assert fault(odd, resigned(odd)) is Fault.FORM


def test_what_is_too_long_is_not_looked_at():
    content, signature = signed()
    assert fault(b" " * (SIGNED_DOCUMENT_MAX_BYTES + 1), signature) is Fault.FORM
    assert fault(content, signature + bytes(SIGNATURE_MAX_BYTES)) is Fault.SIGNATURE


def test_a_document_kept_safe_is_read_again_without_its_signature():
    content, signature = signed()
    assert verified_before(content, SignedKind.POLICY) == taken(content, signature)
    with pytest.raises(UntrustedDocumentError):
        verified_before(content, SignedKind.PARTICIPANTS)


def test_names_are_sorted_by_utf_16_and_values_have_one_form():
    """RFC 8785, 3.2.3: the example's order; U+1F600 is written with surrogates, which come before U+FB33."""
    names = ["€", "\r", "\ufb33", "1", "😀", "\x80", "ö"]
    ordered = ["\r", "1", "\x80", "ö", "€", "😀", "\ufb33"]
    assert list(json.loads(canonical(dict.fromkeys(names)))) == ordered
    assert canonical({"a": '€$\x0f\nA\'B"\\\\"/'}) == '{"a":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()
    for value in (1.0, 2**53, "\ud800", {1: 2}, b""):
        with pytest.raises(ValueError):  # noqa: PT011 - any value without a form
            canonical({"a": value})


# --- openssl as the judge, both ways -------------------------------------------------------------------


def test_openssl_finds_our_signature_good(tmp_path: Path):
    files = written(tmp_path, *signed())
    told = ["-CAfile", str(files["ca"]), "-purpose", "any"]
    arguments = ["-verify", "-binary", "-inform", "DER", "-in", str(files["signature"]), "-content"]
    assert openssl("cms", *arguments, str(files["content"]), *told) == 0
    files["content"].write_bytes(b"{}")
    assert openssl("cms", *arguments, str(files["content"]), *told) != 0


def test_openssls_signature_is_good_and_its_other_forms_are_not_taken(tmp_path: Path):
    content, _ = signed()
    by = files_of_signer(tmp_path)
    assert taken(content, made_by_openssl(tmp_path, content, *by)).version == BODY["version"]
    assert taken(content, made_by_openssl(tmp_path, content, *by, "-md", "sha384")).version == BODY["version"]
    for form in (["-nodetach"], ["-md", "sha1"], ["-noattr"], ["-nocerts"], ["-keyid"]):
        assert fault(content, made_by_openssl(tmp_path, content, *by, *form)) is Fault.SIGNATURE


def resigned(content: bytes) -> bytes:
    """The operator's own signature over any bytes."""
    certificate, key = desk()[1]
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    return builder.sign(serialization.Encoding.DER, options)


def written(folder: Path, content: bytes, signature: bytes) -> dict[str, Path]:
    files = {"content": content, "signature": signature, "ca": pem(desk()[0])}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in files}


def files_of_signer(folder: Path) -> tuple[str, ...]:
    certificate, key = desk()[1]
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "signer.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "signer.key").write_bytes(secret)
    return "-signer", str(folder / "signer.pem"), "-inkey", str(folder / "signer.key")


def made_by_openssl(folder: Path, content: bytes, *arguments: str) -> bytes:
    (folder / "content").write_bytes(content)
    out = folder / "out.p7s"
    out.unlink(missing_ok=True)
    asked = ["-sign", "-binary", "-in", str(folder / "content"), "-outform", "DER", "-nosmimecap", "-out"]
    assert openssl("cms", *asked, str(out), *arguments) == 0
    return out.read_bytes()


def openssl(*arguments: str) -> int:
    return run(["openssl", *arguments], timeout_s=20, check=False).status
