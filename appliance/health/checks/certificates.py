"""Are the box's own certificates valid now, and for how long?"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from appliance.clock import Clock
from appliance.config import SiteConfig
from appliance.health.check import Result
from appliance.limits import CERTIFICATE_WARNING_D


def check(site: SiteConfig, clock: Clock) -> Result:
    """The one that ends first is named."""
    ends = {name: _valid_until(path) for name, path in _certificates(site).items()}
    unreadable = [name for name, end in ends.items() if end is None]
    if unreadable:
        return Result(
            "certificates",
            "error",
            f"証明書を読めません：{'、'.join(unreadable)}",
            f"These certificates cannot be read: {', '.join(unreadable)}",
            "運用者に連絡し、証明書を入れ直してください。",
            "Call the operator for new certificates.",
        )
    name, end = min(((name, end) for name, end in ends.items() if end), key=lambda pair: pair[1])
    left = end - clock.now()
    if left < timedelta(0):
        level, ja, en = (
            "error",
            f"証明書 {name} の期限が切れています。",
            f"The certificate {name} has expired.",
        )
    elif left < timedelta(days=CERTIFICATE_WARNING_D):
        level, ja, en = (
            "warning",
            f"証明書 {name} はあと{left.days}日です。",
            f"{name} ends in {left.days} days.",
        )
    else:
        return Result(
            "certificates", "ok", f"証明書はあと{left.days}日有効です。", f"Valid for {left.days} more days."
        )
    return Result("certificates", level, ja, en, "運用者に連絡してください。", "Call the operator.")


def _certificates(site: SiteConfig) -> dict[str, Path]:
    return {"hub": site.hub.certificate, "kiosk": site.kiosk.certificate, "ca": site.hub.ca}


def _valid_until(path: Path) -> datetime | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None
