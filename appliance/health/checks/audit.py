"""Does the audit leave the box, and is it anchored? Not here: whether the chain is whole (`renkei audit verify`)."""

from __future__ import annotations

from appliance.clock import Clock, from_iso
from appliance.config import SiteConfig
from appliance.health.check import Result
from appliance.limits import AUDIT_UNANCHORED_MAX_S, AUDIT_UNSENT_WARNING_S
from appliance.service import read_figures
from appliance.store import audit, audit_positions
from appliance.store.audit_positions import Destination
from appliance.store.db import Store, open_store
from appliance.store.key_ring import store_key

_NAMES_JA = {Destination.HUB: "ネットワークのサーバー", Destination.SYSLOG: "監査の受信サーバー"}


def check(site: SiteConfig, clock: Clock) -> list[Result]:
    """One line for each destination, and one for the anchor."""
    with open_store(site.store.path, store_key(site), clock) as store:
        lines = [_sent(site, store, one) for one in audit_positions.wanted(site)]
        return [*lines, _anchored(store, clock)]


def _sent(site: SiteConfig, store: Store, destination: Destination) -> Result:
    owed, name = audit_positions.owed(store, destination), f"audit {destination.value}"
    if owed.oldest_s < AUDIT_UNSENT_WARNING_S and not owed.refused:
        return Result(
            name,
            "ok",
            f"監査記録は送られています（残り{owed.rows}件）。",
            f"The audit is sent ({owed.rows} to go).",
        )
    trouble = str(read_figures(site.run_folder, f"audit-{destination.value}").get("trouble", ""))
    because = f" ({trouble})" if trouble else ""
    return Result(
        name,
        "warning",
        f"{_NAMES_JA[destination]}に届いていない監査記録が{owed.rows}件あります（拒否{owed.refused}件）{because}。",
        f"{owed.rows} audit row(s) are not at the {destination.value} yet, {owed.refused} of them refused{because}.",
        "記録は機器に残り、つながれば自動で送られます。続くときは運用者に連絡してください。",
        "They stay in the box and are sent once it answers. If it goes on, call the operator.",
    )


def _anchored(store: Store, clock: Clock) -> Result:
    last = audit.last_anchored(store)
    if last is not None and (clock.now() - from_iso(last.at)).total_seconds() <= AUDIT_UNANCHORED_MAX_S:
        return Result("audit anchor", "ok", "監査記録に署名しています。", "The audit is signed daily.")
    return Result(
        "audit anchor",
        "warning",
        "監査記録の署名付きの控えが、二日以上作られていません。",
        "The audit has had no signed anchor for two days.",
        "送信サービスが動いているか、site.toml の hub.key を読めるかを確かめてください。",
        "See that the exchange service runs and can read hub.key.",
    )
