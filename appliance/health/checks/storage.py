"""Can the network's SS-MIX2 storage be written: the pinned key, the sign-in, the folder, the room?"""

from __future__ import annotations

from collections.abc import Sequence

from appliance.channels import ChannelKind
from appliance.clock import Clock
from appliance.config import SiteConfig
from appliance.exchange.sftp_channels import sftp_at
from appliance.health.check import Result
from appliance.limits import MIB


def check(site: SiteConfig, _: Clock) -> Sequence[Result]:
    """As a delivery would: a few bytes are written into the folder, and taken away. Raises SftpError, which says what to do."""
    if site.sftp is None or ChannelKind.SSMIX2 not in site.network.channels:
        return []
    with sftp_at(site.sftp) as sftp:
        sftp.try_writing()
        free_bytes = sftp.free_bytes()
    room_ja = "" if free_bytes is None else f"（空き {free_bytes // MIB} MB）"
    room_en = "" if free_bytes is None else f" ({free_bytes // MIB} MB free)"
    return [
        Result(
            "storage",
            "ok",
            f"SS-MIX2ストレージのサーバーに書き込めます{room_ja}。",
            f"The SS-MIX2 storage can be written{room_en}.",
        )
    ]
