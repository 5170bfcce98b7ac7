"""Can every source be reached, and its data be taken? One line a source, with what to set on the receipt computer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from appliance.clock import Clock, from_iso
from appliance.config import SiteConfig
from appliance.health.check import Result
from appliance.intake.probing import probe
from appliance.limits import STATUS_SERVICE_SILENT_S
from appliance.service import read_figures
from appliance.sources import PRESETS, AnySource
from appliance.store import source_memory
from appliance.store.db import open_store
from appliance.store.key_ring import store_key
from appliance.warnings import of_source


def check(site: SiteConfig, clock: Clock) -> Sequence[Result]:
    """What the running intake says of each source; without one, what a look of our own finds. Nothing is taken."""
    if not site.sources:
        return [
            Result(
                "sources",
                "warning",
                "取り込み元がありません。",
                "There is no source.",
                "site.toml の [[sources]] に書いてください（手引「取り込み元の設定」）。",
                "Name them under [[sources]] in site.toml (handbook, sources).",
            )
        ]
    running = _running(site, clock)
    secrets = {} if running is not None else _secrets(site, clock)
    return [
        _result(one, running[one.name] if running is not None else probe(one, secrets[one.name]))
        for one in site.sources
    ]


def _running(site: SiteConfig, clock: Clock) -> dict[str, tuple[str, ...]] | None:
    """The troubles of each source as the running service tells them; None when it does not run."""
    figures = read_figures(site.run_folder, "intake")
    told = figures.get("cycle_at")
    if not isinstance(told, str) or (clock.now() - from_iso(told)).total_seconds() > STATUS_SERVICE_SILENT_S:
        return None
    written = {one.name: str(figures.get(f"{one.name}.trouble", "")) for one in site.sources}
    return {name: tuple(filter(None, text.split(","))) for name, text in written.items()}


def _secrets(site: SiteConfig, clock: Clock) -> dict[str, str]:
    with open_store(site.store.path, store_key(site), clock) as store:
        return {one.name: source_memory.password(store, one.name) for one in site.sources}


def _result(source: AnySource, troubles: tuple[str, ...]) -> Result:
    name = f"source {source.name}"
    told = of_source(source.kind, troubles)
    if not told or told[0].level == "info":
        return Result(name, "ok", "つながり、読み取れます。", "It is reached and can be read.")
    advice = "".join(_advice(source))
    ja = "".join(one.ja for one in told)
    en = " ".join(one.en for one in told)
    return Result(name, told[0].level, ja, en, f"{told[0].hint_ja}{advice}", told[0].hint_en)


def _advice(source: AnySource) -> Iterator[str]:
    """What the preset asks of the other side: it is what is mostly wrong at an installation."""
    preset = PRESETS.get(source.preset)
    if preset is not None and preset.advice_ja:
        yield preset.advice_ja
