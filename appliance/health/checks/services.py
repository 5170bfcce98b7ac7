"""Does every service answer at its socket?"""

from __future__ import annotations

import socket

from appliance.clock import Clock
from appliance.config import SiteConfig
from appliance.health.check import Result

_WITH_SOCKET = ("desk", "exchange")
_PATIENCE_S = 2.0


def check(site: SiteConfig, _: Clock) -> Result:
    """A connection that is accepted is an answer."""
    silent = [name for name in _WITH_SOCKET if not _accepts(str(site.socket(name)))]
    if not silent:
        return Result("services", "ok", "すべてのサービスが動いています。", "Every service answers.")
    return Result(
        "services",
        "error",
        f"応答しないサービスがあります：{'、'.join(silent)}",
        f"These services do not answer: {', '.join(silent)}",
        "機器を再起動し、続くときは運用者に連絡してください。",
        "Restart the box; if it goes on, call the operator.",
    )


def _accepts(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_PATIENCE_S)
        return connection.connect_ex(path) == 0
