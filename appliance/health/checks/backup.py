"""Is there a good backup in every way of the site file, and is none of them overdue? One line a way."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.clock import Clock
from appliance.config import BackupConfig, SiteConfig
from appliance.health.check import Result
from appliance.store import backup_running, store_state
from appliance.store.db import Store, open_store
from appliance.store.key_ring import store_key
from appliance.warnings import STORE


def check(site: SiteConfig, clock: Clock) -> Sequence[Result]:
    """What the last runs have written down; nothing is backed up."""
    if not site.backups:
        none = STORE["backup-none"]
        return [Result("backup", none.level, none.ja, none.en, none.hint_ja, none.hint_en)]
    with open_store(site.store.path, store_key(site), clock) as store:
        late = store_state.late(site, store)
        return [_result(one, store, is_late=one in late) for one in site.backups]


def _result(one: BackupConfig, store: Store, *, is_late: bool) -> Result:
    name, done = f"backup {one.name}", backup_running.last_done(store, one.name)
    trouble = backup_running.last_trouble(store, one.name)
    ja = f"最後のバックアップは {done} です。" if done else "まだ一度もバックアップがありません。"
    en = f"The newest backup is of {done}." if done else "There is no backup yet."
    if trouble:
        ja, en = f"{ja}前回は失敗しました（{trouble}）。", f"{en} The last try failed ({trouble})."
    if not is_late and not trouble:
        return Result(name, "ok", ja, en)
    warning = STORE["backup-late"]
    return Result(name, "warning" if is_late else "info", ja, en, warning.hint_ja, warning.hint_en)
