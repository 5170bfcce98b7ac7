"""The kiosk as a service: https only, TLS 1.3 only, a watchdog fed by real answers, a clean stop on SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import ssl
from types import FrameType

import uvicorn
from systemd import daemon

from appliance.clock import SystemClock
from appliance.config import KioskConfig, SiteConfig
from appliance.errors import RenkeiError
from appliance.kiosk.application import make_application, make_kiosk
from appliance.kiosk.connections import BoundedConnection
from appliance.kiosk.visit import Kiosk
from appliance.limits import (
    KIOSK_CONNECTIONS_MAX,
    KIOSK_CYCLE_S,
    KIOSK_HEADERS_MAX_BYTES,
    KIOSK_KEEP_ALIVE_S,
    STOP_WITHIN_S,
)
from appliance.records.messages import FacilityList, ListFacilities
from appliance.service import Figures

_ANSWER_WITHIN_S = KIOSK_CYCLE_S
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to


def run_kiosk(site: SiteConfig) -> None:
    """Serve the pages until SIGTERM or SIGINT."""
    for name in (signal.SIGTERM, signal.SIGINT):
        # The server catches these itself while it runs, and raises them again when it has stopped.
        signal.signal(name, _ignore)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    asyncio.run(_serve(site))


def make_server(site: SiteConfig, kiosk: Kiosk) -> uvicorn.Server:
    """The https server of a kiosk, bounded in everything a browser may do to it."""
    config = uvicorn.Config(
        make_application(kiosk),
        host=site.kiosk.address,
        port=site.kiosk.port,
        loop="asyncio",
        http=BoundedConnection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=KIOSK_CONNECTIONS_MAX,
        timeout_keep_alive=KIOSK_KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(STOP_WITHIN_S) - 2,
        h11_max_incomplete_event_size=KIOSK_HEADERS_MAX_BYTES,
        ssl_context_factory=lambda _config, _default: tls_context(site.kiosk),
    )
    return uvicorn.Server(config)


def tls_context(config: KioskConfig) -> ssl.SSLContext:
    """TLS 1.3 or nothing, with the box's own certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(config.certificate, config.key)
    return context


async def _serve(site: SiteConfig) -> None:
    kiosk = make_kiosk(site, SystemClock())
    server = make_server(site, kiosk)
    watch = asyncio.create_task(_watch(site, kiosk, server))
    try:
        await server.serve()
    finally:
        daemon.notify("STOPPING=1")
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch


async def _watch(site: SiteConfig, kiosk: Kiosk, server: uvicorn.Server) -> None:
    """Tell systemd that the page answers, as long as it really does; wipe what has been left behind."""
    figures = Figures(site.run_folder, "kiosk")
    ready = False
    while True:
        if server.started and await answers(site.kiosk):
            kiosk.sessions.sweep()
            figures.set("sessions", len(kiosk.sessions))
            figures.set("desk_answers", float(await _desk_answers(kiosk)))
            figures.write()
            daemon.notify("WATCHDOG=1" if ready else "READY=1\nSTATUS=kiosk")
            ready = True
        await asyncio.sleep(KIOSK_CYCLE_S if ready else KIOSK_CYCLE_S / 50)


async def answers(config: KioskConfig) -> bool:
    """Whether the page answers a browser: asked through its own port, TLS and routes."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = (
        ssl.CERT_NONE
    )  # it is ourselves; an expired certificate must not restart us for ever
    address = _ANYWHERE.get(config.address, config.address)
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            reader, writer = await asyncio.open_connection(address, config.port, ssl=context)
            writer.write(b"GET /alive HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            line = await reader.readline()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
    except (OSError, TimeoutError):
        return False
    return b" 204 " in line


async def _desk_answers(kiosk: Kiosk) -> bool:
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            await kiosk.asking.desk(ListFacilities(), FacilityList)
    except (RenkeiError, TimeoutError):
        return False
    return True


def _ignore(_signal: int, _frame: FrameType | None) -> None:
    """Nothing: the server has seen the signal already."""
