"""The figures of `appliance/metrics.py` as they are now, in Prometheus' text format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from appliance import metrics
from appliance.clock import from_iso
from appliance.config import SiteConfig
from appliance.limits import METRICS_CODES_MAX
from appliance.metrics import Metric
from appliance.service import read_figures
from appliance.store import arrivals, audit_positions, backup_running, damage, deliveries, unmapped
from appliance.store.db import Store

OTHER_CODE = "other"
_CODE = re.compile(r"[0-9A-Za-z._^-]{1,24}", re.ASCII)
"""What is shown as a code; a local code may be any text, a name even, and is then counted as OTHER_CODE."""


def metrics_text(site: SiteConfig, store: Store) -> str:
    """Every metric of the list, one line a value."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(site, store))
    return generate_latest(registry).decode()


class _Collected(Collector):
    def __init__(self, site: SiteConfig, store: Store) -> None:
        self._site = site
        self._store = store

    def collect(self) -> Iterator[GaugeMetricFamily]:
        store = self._store
        yield _gauge(metrics.QUEUE_OLDEST, {(): deliveries.oldest_waiting_s(store)})
        oldest = deliveries.oldest_by_channel_s(store)
        channels = self._site.network.channels
        yield _gauge(metrics.CHANNEL_OLDEST, {(one,): oldest.get(one, 0.0) for one in channels})
        yield _gauge(metrics.DELIVERIES, deliveries.counts_by_channel(store))
        yield _gauge(metrics.ARRIVALS, {(state,): n for state, n in arrivals.counts(store).items()})
        figures = read_figures(self._site.run_folder, "intake")
        names = [source.name for source in self._site.sources]
        now = store.clock.now()
        seen = {name: figures.get(f"{name}.last_look") for name in names}
        yield _gauge(
            metrics.SOURCE_REACHED,
            {(n,): (now - from_iso(at)).total_seconds() for n, at in seen.items() if isinstance(at, str)},
        )
        troubles = {name: str(figures.get(f"{name}.trouble", "")) for name in names}
        yield _gauge(
            metrics.SOURCE_TROUBLE,
            {(name, one): 1.0 for name, told in troubles.items() for one in told.split(",") if one},
        )
        yield _gauge(metrics.STORE_TAKES, {(): float(not figures.get("room"))})
        yield _gauge(metrics.UNMAPPED, _unmapped(store))
        ages = {(one.name,): backup_running.age_s(store, one.name) for one in self._site.backups}
        yield _gauge(metrics.BACKUP_AGE, {to: age for to, age in ages.items() if age is not None})
        yield _gauge(metrics.STORE_RECOVERED, {(): float(damage.recovery(store) is not None)})
        owed = {(one.value,): audit_positions.owed(store, one) for one in audit_positions.wanted(self._site)}
        yield _gauge(metrics.AUDIT_UNSENT, {to: float(one.rows) for to, one in owed.items()})
        yield _gauge(metrics.AUDIT_REFUSED, {to: float(one.refused) for to, one in owed.items()})
        yield _gauge(metrics.AUDIT_OLDEST, {to: one.oldest_s for to, one in owed.items()})


def _gauge(metric: Metric, values: Mapping[Any, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _unmapped(store: Store) -> dict[tuple[str, ...], float]:
    counts: dict[tuple[str, ...], float] = {}
    for one in unmapped.listed(store, METRICS_CODES_MAX):
        code = one.code if _CODE.fullmatch(one.code) else OTHER_CODE
        labels = (one.system, code, one.reason)
        counts[labels] = counts.get(labels, 0.0) + one.count
    return counts
