"""Can every source folder be read and written?"""

from __future__ import annotations

import os

from appliance.clock import Clock
from appliance.config import SiteConfig
from appliance.health.check import Result
from appliance.sources import FolderSource


def check(site: SiteConfig, _: Clock) -> Result:
    """Reading takes files in, writing moves them to done/ and quarantine/."""
    away = [
        source.name
        for source in site.sources
        if isinstance(source, FolderSource) and not os.access(source.folder, os.R_OK | os.W_OK | os.X_OK)
    ]
    if not away:
        return Result(
            "sources",
            "ok",
            f"{len(site.sources)}か所のフォルダーを読み書きできます。",
            "Every source folder can be used.",
        )
    return Result(
        "sources",
        "error",
        f"使えないフォルダーがあります：{'、'.join(away)}",
        f"These source folders cannot be used: {', '.join(away)}",
        "フォルダーがあるか、読み書きの権限があるかを確かめてください。",
        "Check that they exist and may be read and written.",
    )
