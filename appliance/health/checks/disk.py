"""Has the store's disk room, can it be written, and does a damaged store lie there that somebody should look at?"""

from __future__ import annotations

import os
from collections.abc import Sequence

from appliance.clock import Clock
from appliance.config import SiteConfig
from appliance.health.check import Result
from appliance.limits import MIB, STATUS_DISK_ERROR_BYTES, STATUS_DISK_WARNING_BYTES
from appliance.store import damage, swapping
from appliance.store.db import open_store
from appliance.store.key_ring import store_key
from appliance.warnings import STORE


def check(site: SiteConfig, clock: Clock) -> Sequence[Result]:
    """Free space and set-aside stores."""
    return [_room(site), *_set_aside(site, clock)]


def _room(site: SiteConfig) -> Result:
    about = os.statvfs(site.store.path.parent)
    if about.f_flag & os.ST_RDONLY:
        return Result(
            "disk",
            "error",
            "記憶装置に書き込めません。",
            "The disk cannot be written.",
            "機器を再起動し、続くときは運用者に連絡してください。",
            "Restart the box; if it goes on, call the operator.",
        )
    free_bytes = about.f_bavail * about.f_frsize
    ja, en = (
        f"記憶装置の空きは{free_bytes // MIB} MiB です。",
        f"{free_bytes // MIB} MiB of the disk are free.",
    )
    if free_bytes >= STATUS_DISK_WARNING_BYTES:
        return Result("disk", "ok", ja, en)
    level = "error" if free_bytes < STATUS_DISK_ERROR_BYTES else "warning"
    return Result(
        "disk",
        level,
        ja,
        en,
        "運用者に連絡してください。データは失われません。",
        "Call the operator. Nothing is lost.",
    )


def _set_aside(site: SiteConfig, clock: Clock) -> list[Result]:
    """A recovered store is told as long as the damaged one lies there; a restored one's forerunner is merely named."""
    names = "、".join(one.name for one in swapping.set_aside(site.store.path))
    if not names:
        return []
    with open_store(site.store.path, store_key(site), clock) as store:
        found = damage.recovery(store)
    if found is None:
        return [
            Result(
                "set-aside",
                "info",
                f"以前の保存庫があります：{names}",
                f"A former store lies there: {names}",
                "要らないと運用者が確かめてから消してください（手引「バックアップ」）。",
                "Remove it when the operator knows that it is not needed (handbook, backup).",
            )
        ]
    told = STORE["recovered"]
    return [
        Result(
            "set-aside",
            told.level,
            f"{told.ja}移した行は{found.rows}、読めなかったページは{found.unreadable_pages}、行は{found.unreadable_rows}、"
            f"一部を失ったファイルは{found.quarantined}件です（{found.aside}）。",
            f"{told.en} {found.rows} rows came over; {found.unreadable_pages} pages and {found.unreadable_rows} rows could"
            f" not be read; {found.quarantined} arrivals have lost a part ({found.aside}).",
            told.hint_ja,
            told.hint_en,
        )
    ]
