"""The lab's certificates say who one is, and are readable by their owner only."""

from __future__ import annotations

import stat
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from provisioning.lab.pki import KeyPair, LabPki, make_lab_pki
from tests.provisioning.network import CLINIC


def certificate(pair: KeyPair) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pair.cert.read_bytes())


def uris(pair: KeyPair) -> list[str]:
    names = certificate(pair).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return names.get_values_for_type(x509.UniformResourceIdentifier)


def usage(pair: KeyPair) -> list[x509.ObjectIdentifier]:
    return list(certificate(pair).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_every_file_is_for_its_owner_only(pki: LabPki) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in pki.folder.iterdir()}
    assert set(modes.values()) == {0o600}


def test_a_client_names_its_facility_and_device(pki: LabPki) -> None:
    pair = pki.client(CLINIC, "box-7")
    assert uris(pair) == [f"urn:renkei:facility:{CLINIC}", "urn:renkei:device:box-7"]
    assert usage(pair) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert isinstance(certificate(pair).public_key(), ec.EllipticCurvePublicKey)


def test_servers_are_for_loopback_and_no_clients(pki: LabPki) -> None:
    for pair in (pki.server, pki.kiosk):
        names = certificate(pair).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == ["localhost"]
        assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
        assert usage(pair) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_the_operator_is_a_role(pki: LabPki) -> None:
    assert uris(pki.operator) == ["urn:renkei:role:operator"]


def test_all_are_signed_by_the_one_authority(pki: LabPki) -> None:
    authority = x509.load_pem_x509_certificate(pki.ca_path.read_bytes())
    for pair in (pki.server, pki.kiosk, pki.operator, pki.client(CLINIC)):
        certificate(pair).verify_directly_issued_by(authority)


def test_a_folder_used_again_keeps_its_certificates(tmp_path: Path) -> None:
    first = make_lab_pki(tmp_path / "pki", [CLINIC])
    before = {path.name: path.read_bytes() for path in first.folder.iterdir()}
    again = make_lab_pki(tmp_path / "pki", [CLINIC])
    assert {path.name: path.read_bytes() for path in again.folder.iterdir()} == before
    certificate(again.client(CLINIC, "new")).verify_directly_issued_by(
        x509.load_pem_x509_certificate(first.ca_path.read_bytes())
    )
