"""The box's state in five lines: sources, queue, tunnel, hub, box; each with what to do. No personal data."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from appliance.clock import from_iso
from appliance.config import SiteConfig
from appliance.desk.desk import Desk
from appliance.limits import (
    AUDIT_UNSENT_WARNING_S,
    MIB,
    STATUS_DISK_ERROR_BYTES,
    STATUS_DISK_WARNING_BYTES,
    STATUS_SERVICE_SILENT_S,
    STATUS_WAITING_ERROR_S,
    STATUS_WAITING_WARNING_S,
)
from appliance.records.messages import StatusLine, StatusRequest, StatusView
from appliance.service import read_figures
from appliance.store import access, audit_positions, deliveries, store_state, waiting
from appliance.store.db import Store
from appliance.store.deliveries import State
from appliance.store.key_ring import KeyRing
from appliance.store.waiting import Waiting
from appliance.warnings import ANY_SOURCE, LEVELS, STORAGE, STORE, BoxWarning, of_root, of_source

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
        _hub(site, store, read_figures(site.run_folder, "exchange")),
        _store(site, store, _box(site, store)),
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
    if _is_silent(figures.get("cycle_at"), now):
        return StatusLine(
            name="sources",
            level="error",
            ja="取り込みが動いていません。",
            en="Nothing is being taken in.",
            hint_ja=f"機器の電源を入れ直してください。{_CALL_JA}",
            hint_en=f"Switch the box off and on. {_CALL_EN}",
        )
    if room := figures.get("room"):
        return _source_line(ANY_SOURCE[str(room)], "")
    troubled = [
        (warnings[0], source.name)
        for source in site.sources
        if (warnings := of_source(source.kind, _troubles(figures, source.name)))
        and warnings[0].level != "info"
    ]
    if troubled:
        gravest, name = min(troubled, key=lambda one: LEVELS.index(one[0].level))
        others = [other for _, other in troubled if other != name]
        return _source_line(gravest, name, others, _last_look(figures, name, now))
    return _quarantine(site, store)


def _troubles(figures: _Figures, source: str) -> list[str]:
    return [trouble for trouble in str(figures.get(f"{source}.trouble", "")).split(",") if trouble]


def _last_look(figures: _Figures, source: str, now: datetime) -> float:
    """Seconds since the source was last reached; 0 when that was a moment ago, or never."""
    seen = figures.get(f"{source}.last_look")
    return (now - from_iso(seen)).total_seconds() if isinstance(seen, str) else 0.0


def _source_line(
    warning: BoxWarning, name: str, others: Sequence[str] = (), unreached_s: float = 0.0
) -> StatusLine:
    long = unreached_s > STATUS_SERVICE_SILENT_S
    since_ja = f"最後につながったのは{_long_ja(unreached_s)}前です。" if long else ""
    since_en = f" It was last reached {_long_en(unreached_s)} ago." if long else ""
    more_ja = f"ほかに{'、'.join(others)}にも問題があります。" if others else ""
    more_en = f" Others: {', '.join(others)}." if others else ""
    return StatusLine(
        name="sources",
        level=warning.level,
        ja=f"{name}：{warning.ja}{since_ja}{more_ja}" if name else warning.ja,
        en=f"{name}: {warning.en}{since_en}{more_en}" if name else warning.en,
        hint_ja=warning.hint_ja,
        hint_en=warning.hint_en,
    )


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


def _hub(site: SiteConfig, store: Store, figures: _Figures) -> StatusLine:
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
    if trouble := STORAGE.get(str(figures.get("storage_trouble", ""))):
        return StatusLine(
            name="hub",
            level=trouble.level,
            ja=trouble.ja,
            en=trouble.en,
            hint_ja=trouble.hint_ja,
            hint_en=trouble.hint_en,
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
    if figures.get("rules"):
        return StatusLine(
            name="hub",
            level="warning",
            ja="運用者の規則が古いか、使えないため、前の規則で動いています。",
            en="The operator's rules are out of date or not usable; the last good ones are in force.",
            hint_ja="運用者に連絡してください。1日ほどで閲覧と送信が止まります。",
            hint_en="Call the operator: after about a day nothing is shown or sent.",
        )
    return _audit_unsent(site, store) or StatusLine(
        name="hub", level="ok", ja="ネットワークとつながっています。", en="The network answers."
    )


def _audit_unsent(site: SiteConfig, store: Store) -> StatusLine | None:
    """A warning where an audit row has waited too long for one of its destinations."""
    owed = [audit_positions.owed(store, one) for one in audit_positions.wanted(site)]
    oldest_s = max((one.oldest_s for one in owed), default=0.0)
    if oldest_s < AUDIT_UNSENT_WARNING_S:
        return None
    return StatusLine(
        name="hub",
        level="warning",
        ja=f"監査記録を送れていません。最も古いものは{_long_ja(oldest_s)}待っています。",
        en=f"Audit rows are not being sent; the oldest has waited {_long_en(oldest_s)}.",
        hint_ja=f"記録は失われず、つながり次第送ります。{_CALL_JA}",
        hint_en=f"Nothing is lost; they go out once it answers. {_CALL_EN}",
    )


def _box(site: SiteConfig, store: Store) -> StatusLine:
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
    key = of_root(KeyRing.of_site(site).root())
    return StatusLine(name="box", level="ok", ja=f"機器は正常です。{key.ja}", en=f"The box is well. {key.en}")


def _store(site: SiteConfig, store: Store, box: StatusLine) -> StatusLine:
    """The box's line, unless the gravest warning of its store is graver."""
    found = [STORE[code] for code in store_state.warnings(site, store)]
    graver = min(found, key=lambda one: _GRAVITY.index(one.level), default=None)
    if graver is None or _GRAVITY.index(graver.level) >= _GRAVITY.index(box.level):
        return box
    return StatusLine(
        name="box",
        level=graver.level,
        ja=graver.ja,
        en=graver.en,
        hint_ja=graver.hint_ja,
        hint_en=graver.hint_en,
    )


_GRAVITY: Final = (*LEVELS, "ok")


def _is_silent(seen_at: float | str | None, now: datetime) -> bool:
    if not isinstance(seen_at, str):
        return True
    try:
        seen = from_iso(seen_at if seen_at.endswith("Z") else f"{seen_at}Z")
    except ValueError:
        return True
    return (now - seen).total_seconds() > STATUS_SERVICE_SILENT_S


_MINUTE_S: Final = 60
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400


def _long_ja(seconds: float) -> str:
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S:.0f}分"
    return f"{seconds // _DAY_S:.0f}日" if seconds >= _DAY_S else f"{seconds // _HOUR_S:.0f}時間"


def _long_en(seconds: float) -> str:
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S:.0f} minute(s)"
    return f"{seconds // _DAY_S:.0f} day(s)" if seconds >= _DAY_S else f"{seconds // _HOUR_S:.0f} hour(s)"
