"""Which warnings of the store and its backups hold now (warnings.STORE), for staff; that there is no backup at all is the installer's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from appliance.config import BackupConfig, SiteConfig
from appliance.store import backup_running, damage, restoring
from appliance.store.db import Store

_DAY_S: Final = 86_400.0


def warnings(site: SiteConfig, store: Store) -> Iterator[str]:
    """The codes, gravest first."""
    if damage.recovery(store) is not None:
        yield "recovered"
    if store.meta(restoring.DISTRUSTED) is not None:
        yield "distrusted"
    if late(site, store):
        yield "backup-late"


def late(site: SiteConfig, store: Store) -> list[BackupConfig]:
    """The ways in which there has been no good backup for longer than they allow."""
    return [one for one in site.backups if _is_late(one, store)]


def _is_late(one: BackupConfig, store: Store) -> bool:
    age_s = backup_running.age_s(store, one.name)
    return age_s is None or age_s > one.warn_after_d * _DAY_S
