"""Does the network's hub answer, with the certificate it should have?"""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

from appliance.clock import Clock
from appliance.config import SiteConfig
from appliance.health.check import Result
from appliance.limits import HUB_CONNECT_TIMEOUT_S


def check(site: SiteConfig, _: Clock) -> Result:
    """A TLS 1.3 handshake with the box's client certificate; no request is sent."""
    address = urlsplit(site.hub.url)
    context = ssl.create_default_context(cafile=site.hub.ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(site.hub.certificate, site.hub.key)
        place = (address.hostname or "", address.port or 443)
        with (
            socket.create_connection(place, HUB_CONNECT_TIMEOUT_S) as raw,
            context.wrap_socket(raw, server_hostname=address.hostname) as secured,
        ):
            version = secured.version()
    except ssl.SSLError as error:
        return _unreachable(
            "相手の証明書か、この機器の証明書が認められません。", f"TLS refused ({error.reason})."
        )
    except OSError as error:
        return _unreachable(
            "ネットワークのサーバーにつながりません。", f"No connection ({error.strerror or error})."
        )
    return Result(
        "hub", "ok", f"ネットワークのサーバーが応答しました（{version}）。", f"The hub answers ({version})."
    )


def _unreachable(ja: str, en: str) -> Result:
    return Result(
        "hub",
        "error",
        ja,
        en,
        "回線とVPNを確かめてください。データは失われず、つながれば自動で送られます。",
        "Check the line and the tunnel. Nothing is lost; it is sent once the hub answers.",
    )
