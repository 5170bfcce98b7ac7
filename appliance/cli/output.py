"""What several commands share: the opened store, and JSON on standard output."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

from appliance.config import SiteConfig


def opened(site: SiteConfig) -> Any:
    from appliance.clock import SystemClock
    from appliance.store import keys
    from appliance.store.db import open_store

    return closing(open_store(site.store.path, keys.load_key(site.store.key_file), SystemClock()))


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))
