"""The box's state in five lines: sources, queue, tunnel, hub, box; each with what to do. No personal data."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from appliance.clock import from_iso
from appliance.config import SiteConfig
from appliance.desk.desk import Desk
from appliance.limits import (
    MIB,
    STATUS_DISK_ERROR_BYTES,
    STATUS_DISK_WARNING_BYTES,
    STATUS_SERVICE_SILENT_S,
    STATUS_WAITING_ERROR_S,
    STATUS_WAITING_WARNING_S,
)
from appliance.records.messages import StatusLine, StatusRequest, StatusView
from appliance.service import read_figures
from appliance.store import access, deliveries, waiting
from appliance.store.db import Store
from appliance.store.deliveries import State
from appliance.store.waiting import Waiting

_Figures = Mapping[str, float | str]

_CALL_JA: Final = "続くときは運用者に連絡してください。"
_CALL_EN: Final = "If it goes on, call the operator."


def status(desk: Desk, asked: StatusRequest) -> StatusView:
    desk.session(asked.token)
    return StatusView(lines=status_lines(desk.site, desk.store))


def status_lines(site: SiteConfig, store: Store) -> tuple[StatusLine, ...]:
    """The five lines, in their order. Levels: `ok`, `info`, `warning`, `error`."""
    return (
        _sources(site, store),
        _queue(store),
        _tunnel(read_figures(site.run_folder, "tunnel")),
        _hub(store, read_figures(site.run_folder, "exchange")),
        _box(store),
    )


def _sources(site: SiteConfig, store: Store) -> StatusLine:
    figures, now = read_figures(site.run_folder, "intake"), store.clock.now()
    if not site.sources:
        return StatusLine(
            name="sources",
            level="info",
            ja="取り込み元は設定されていません。",
            en="No source is configured.",
        )
    silent = [one.name for one in site.sources if _is_silent(figures.get(f"{one.name}.last_look"), now)]
    if silent:
        return StatusLine(
            name="sources",
            level="error",
            ja=f"取り込みが動いていません（{'、'.join(silent)}）。",
            en=f"Nothing is being taken in ({', '.join(silent)}).",
            hint_ja=f"機器の電源を入れ直してください。{_CALL_JA}",
            hint_en=f"Switch the box off and on. {_CALL_EN}",
        )
    troubled = [one.name for one in site.sources if figures.get(f"{one.name}.trouble")]
    if troubled:
        return StatusLine(
            name="sources",
            level="warning",
            ja=f"取り込めないファイルか、つながらない取り込み元があります（{'、'.join(troubled)}）。",
            en=f"A source is away, or has files that cannot be taken ({', '.join(troubled)}).",
            hint_ja="レセコンの電源と共有フォルダーを確かめてください。",
            hint_en="Check that the receipt computer is on, and its shared folder.",
        )
    return _quarantine(site, store)


def _quarantine(site: SiteConfig, store: Store) -> StatusLine:
    numbers = [facility.number for facility in site.facilities]
    unread = sum(waiting.count(store, Waiting.FILE_QUARANTINED, number) for number in numbers)
    if unread:
        return StatusLine(
            name="sources",
            level="warning",
            ja=f"読めなかったファイルが{unread}件あります。",
            en=f"{unread} file(s) could not be understood.",
            hint_ja="「することの一覧」で、どのファイルかと直し方を見てください。",
            hint_en="See the work list for which, and what to do.",
        )
    return StatusLine(
        name="sources", level="ok", ja="取り込みは正常です。", en="Data are being taken in normally."
    )


def _queue(store: Store) -> StatusLine:
    counts = deliveries.counts(store)
    queued = sum(counts.get(state, 0) for state in (State.READY, State.CLAIMED, State.DOUBTFUL))
    oldest_s = deliveries.oldest_waiting_s(store)
    held, refused = counts.get(State.HELD, 0), counts.get(State.REFUSED, 0)
    ja = f"送信待ち{queued}件、同意などを待って保留{held}件、受け付けられなかったもの{refused}件。"
    en = f"{queued} waiting to be sent, {held} held (no consent, mostly), {refused} refused."
    if oldest_s >= STATUS_WAITING_WARNING_S:
        return StatusLine(
            name="queue",
            level="error" if oldest_s >= STATUS_WAITING_ERROR_S else "warning",
            ja=f"{ja}最も古いものは{_long_ja(oldest_s)}待っています。",
            en=f"{en} The oldest has waited {_long_en(oldest_s)}.",
            hint_ja=f"データは失われません。「ネットワーク」の行を見てください。{_CALL_JA}",
            hint_en=f"Nothing is lost. See the network's line. {_CALL_EN}",
        )
    if refused:
        return StatusLine(
            name="queue",
            level="warning",
            ja=ja,
            en=en,
            hint_ja="「することの一覧」にある番号を運用者に伝えてください。",
            hint_en="Tell the operator the numbers in the work list.",
        )
    return StatusLine(name="queue", level="ok", ja=ja, en=en)


def _tunnel(figures: _Figures) -> StatusLine:
    state = figures.get("state")
    if state is None:
        return StatusLine(
            name="tunnel",
            level="info",
            ja="この機器はトンネルを使わずに直接つないでいます。",
            en="This box connects directly, without a tunnel.",
        )
    if state == "up":
        return StatusLine(
            name="tunnel", level="ok", ja="トンネルはつながっています。", en="The tunnel is up."
        )
    return StatusLine(
        name="tunnel",
        level="error",
        ja="トンネルがつながっていません。",
        en="The tunnel is down.",
        hint_ja=f"インターネット回線とルーターの電源を確かめてください。{_CALL_JA}",
        hint_en=f"Check the Internet line and the router. {_CALL_EN}",
    )


def _hub(store: Store, figures: _Figures) -> StatusLine:
    state = figures.get("hub")
    if state == "away" or (state == "ok" and _is_silent(figures.get("hub_seen_at"), store.clock.now())):
        return StatusLine(
            name="hub",
            level="error",
            ja="ネットワークのサーバーが応答しません。",
            en="The network's server does not answer.",
            hint_ja=f"つながり次第、自動で送ります。インターネット回線を確かめてください。{_CALL_JA}",
            hint_en=f"Sending goes on by itself once it answers. Check the Internet line. {_CALL_EN}",
        )
    if state != "ok":
        return StatusLine(
            name="hub",
            level="warning",
            ja="ネットワークのサーバーとは、まだつながっていません。",
            en="The network's server has not been reached yet.",
            hint_ja=f"数分待ってから、もう一度見てください。{_CALL_JA}",
            hint_en=f"Wait a few minutes and look again. {_CALL_EN}",
        )
    return StatusLine(
        name="hub", level="ok", ja="ネットワークとつながっています。", en="The network answers."
    )


def _box(store: Store) -> StatusLine:
    if not access.clock_is_trusted(store):
        return StatusLine(
            name="box",
            level="error",
            ja="時計が合っていません。合うまで、情報の送信と閲覧を止めています。",
            en="The clock cannot be trusted; nothing is sent or shown from the network until it is right.",
            hint_ja=f"インターネット回線を確かめてください。時計は自動で合います。{_CALL_JA}",
            hint_en=f"Check the Internet line; the clock then sets itself. {_CALL_EN}",
        )
    free_bytes = shutil.disk_usage(store.path.parent).free
    if free_bytes < STATUS_DISK_WARNING_BYTES:
        return StatusLine(
            name="box",
            level="error" if free_bytes < STATUS_DISK_ERROR_BYTES else "warning",
            ja=f"記憶装置の空きが少なくなっています（残り{free_bytes // MIB} MiB）。",
            en=f"The disk is getting full ({free_bytes // MIB} MiB left).",
            hint_ja="運用者に連絡してください。データは失われません。",
            hint_en="Call the operator. Nothing is lost.",
        )
    return StatusLine(name="box", level="ok", ja="機器は正常です。", en="The box is well.")


def _is_silent(seen_at: float | str | None, now: datetime) -> bool:
    if not isinstance(seen_at, str):
        return True
    try:
        seen = from_iso(seen_at if seen_at.endswith("Z") else f"{seen_at}Z")
    except ValueError:
        return True
    return (now - seen).total_seconds() > STATUS_SERVICE_SILENT_S


_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400


def _long_ja(seconds: float) -> str:
    return f"{seconds // _DAY_S:.0f}日" if seconds >= _DAY_S else f"{seconds // _HOUR_S:.0f}時間"


def _long_en(seconds: float) -> str:
    return f"{seconds // _DAY_S:.0f} day(s)" if seconds >= _DAY_S else f"{seconds // _HOUR_S:.0f} hour(s)"
