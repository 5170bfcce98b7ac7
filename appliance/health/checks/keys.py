"""What protects the store key, and could the operator recover it if this board died?"""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from appliance.clock import Clock
from appliance.config import SiteConfig
from appliance.health.check import Result
from appliance.store import key_mark
from appliance.store.key_ring import KeyRing
from appliance.warnings import OF_KEYS, BoxWarning, of_root


def check(site: SiteConfig, clock: Clock) -> list[Result]:  # noqa: ARG001 - every check is asked alike
    """One line for the root of trust, one for the escrow, which a bare key file of development does without. Reads no key."""
    ring = KeyRing.of_site(site)
    key = _result("key", of_root(ring.root()))
    if ring.trust is None and ring.recovery_certificate is None and not ring.following.exists():
        return [key]
    return [key, _result("key escrow", OF_KEYS[_escrow(ring)])]


def _escrow(ring: KeyRing) -> str:
    if ring.following.exists():
        return "unfinished"
    label = ring.escrow_label()
    if label is None:
        return "no-escrow"
    if label.key not in key_mark.read(ring.store):
        return "old-escrow"
    if ring.recovery_certificate is not None and label.recipient != _fingerprint(ring.recovery_certificate):
        return "other-recipient"
    return "escrowed"


def _fingerprint(certificate: Path) -> str | None:
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(SHA256()).hex()
    except (OSError, ValueError):
        return None


def _result(name: str, told: BoxWarning) -> Result:
    level = "ok" if told.level == "info" and not told.hint_ja else told.level
    return Result(name, level, told.ja, told.en, told.hint_ja, told.hint_en)
