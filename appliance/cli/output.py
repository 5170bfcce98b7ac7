"""What several commands share: the opened store, and JSON on standard output."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

from appliance.config import SiteConfig


def opened(site: SiteConfig) -> Any:
    from appliance.clock import SystemClock
    from appliance.store.db import open_store
    from appliance.store.key_ring import store_key

    return closing(open_store(site.store.path, store_key(site), SystemClock()))


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))
