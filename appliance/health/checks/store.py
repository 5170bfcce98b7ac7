"""Does the store open with its key, and is every page whole?"""

from __future__ import annotations

from appliance.clock import Clock
from appliance.config import SiteConfig
from appliance.health.check import Result
from appliance.store.db import open_store
from appliance.store.key_ring import store_key


def check(site: SiteConfig, clock: Clock) -> Result:
    """Reads every page; what cannot be opened raises the store's own error."""
    with open_store(site.store.path, store_key(site), clock) as store:
        findings = store.integrity_findings()
    if not findings:
        return Result("store", "ok", "保存庫は開き、誤りはありません。", "The store opens and is whole.")
    return Result(
        "store",
        "error",
        f"保存庫に{len(findings)}件の誤りがあります。",
        f"The store has {len(findings)} findings.",
        "電源を切らずに運用者に連絡してください。",
        "Keep the box on and call the operator.",
    )
