"""The operator's desk signs what all boxes go by: the policy and the participant list.

    python -m provisioning.signing policy policy.json --network NAME --days 90 --certificate signer.pem --key signer.key

The document (JSON, with its own whole number as `version`) gets its envelope, is brought into its canonical form and signed;
beside it comes the signature, `policy.json.p7s`. Boxes take it as the next version: nothing older is ever taken again.
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7

from appliance.clock import SystemClock
from appliance.records.signed import SignedKind, canonical
from appliance.store.rules import SIGNATURE_SUFFIX

_OPTIONS = [
    pkcs7.PKCS7Options.DetachedSignature,
    pkcs7.PKCS7Options.Binary,
    pkcs7.PKCS7Options.NoCapabilities,
]


def sign(
    document: Mapping[str, Any],
    kind: SignedKind,
    network: str,
    valid: tuple[datetime, datetime],
    certificate: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
) -> tuple[bytes, bytes]:
    """A document with its envelope in canonical form, and its detached CMS signature (DER)."""
    start, end = (one.isoformat(timespec="seconds") for one in valid)
    envelope = {"kind": kind, "network": network, "not_before": start, "expires": end}
    content = canonical({**document, **envelope})
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    return content, builder.sign(serialization.Encoding.DER, _OPTIONS)


def sign_file(
    path: Path,
    kind: SignedKind,
    network: str,
    valid: tuple[datetime, datetime],
    certificate: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
) -> None:
    """Sign a JSON file in place; its signature comes to lie beside it."""
    content, signature = sign(json.loads(path.read_bytes()), kind, network, valid, certificate, key)
    _write(path.with_name(path.name + SIGNATURE_SUFFIX), signature)
    _write(path, content)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m provisioning.signing", description="署名 / sign a policy or a participant list"
    )
    parser.add_argument("kind", type=SignedKind, choices=list(SignedKind))
    parser.add_argument(
        "file", type=Path, help="JSON; 署名した形に置き換えます / replaced by its signed form"
    )
    parser.add_argument(
        "--network", required=True, help="site.toml の network.name / as boxes name the network"
    )
    parser.add_argument("--days", type=int, default=90, help="有効日数 / days until it has to be replaced")
    parser.add_argument("--certificate", type=Path, required=True, help="PEM; documentSigning (RFC 9336)")
    parser.add_argument("--key", type=Path, required=True, help="PEM, ECDSA P-256 / P-384")
    args = parser.parse_args()
    now = SystemClock().now()
    key = _private_key(args.key)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        parser.error("--key: ECDSA P-256 / P-384 の鍵が必要です (an ECDSA key is needed)")
    certificate = x509.load_pem_x509_certificate(args.certificate.read_bytes())
    sign_file(args.file, args.kind, args.network, (now, now + timedelta(days=args.days)), certificate, key)
    print(f"{args.file}{SIGNATURE_SUFFIX}: 署名しました / signed, {args.days} days")
    return 0


def _private_key(path: Path) -> object:
    """The key of a PEM file; its passphrase is asked for where it has one."""
    try:
        return serialization.load_pem_private_key(path.read_bytes(), password=None)
    except TypeError:
        passphrase = getpass.getpass("passphrase: ")
        return serialization.load_pem_private_key(path.read_bytes(), password=passphrase.encode())


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(content)
    fresh.replace(path)


if __name__ == "__main__":
    sys.exit(main())
