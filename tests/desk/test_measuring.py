"""The metrics: read back by Prometheus' own parser, each from the list, none with anybody's name in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from appliance.clock import iso
from appliance.codes.counts import Miss, Reason
from appliance.config import AuditConfig
from appliance.desk.measuring import OTHER_CODE, metrics_text
from appliance.metrics import METRICS
from appliance.service import Figures
from appliance.sources import FolderSource
from appliance.store import audit, audit_positions, unmapped
from appliance.store.audit_positions import Destination
from tests.desk.counter import Counter
from tests.store.made import FACILITY, arrival

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(counter: Counter) -> Samples:
    families = text_string_to_metric_families(metrics_text(counter.site, counter.store))
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def with_trouble(counter: Counter) -> None:
    source = FolderSource(name="recept", facility=FACILITY, folder=Path("in"))
    counter.site = replace(counter.site, sources=(source,))
    figures = Figures(counter.site.run_folder, "intake")
    figures.set("recept.last_look", iso(counter.clock.now()))
    figures.set("recept.trouble", "stuck,too-large")
    figures.set("room", "store-full")
    figures.write()
    counter.clock.advance(90)


def test_every_metric_is_of_the_list_and_has_its_help(counter: Counter):
    text = metrics_text(counter.site, counter.store)
    names = {metric.name for metric in METRICS}
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# HELP")} == names
    assert {name for name, _ in samples(counter)} <= names


def test_sources_tell_when_they_were_reached_and_what_is_wrong(counter: Counter):
    with_trouble(counter)
    found = samples(counter)
    assert found["renkei_source_last_look_seconds", (("source", "recept"),)] == 90
    assert found["renkei_source_trouble", (("source", "recept"), ("trouble", "stuck"))] == 1
    assert found["renkei_source_trouble", (("source", "recept"), ("trouble", "too-large"))] == 1
    assert found["renkei_store_takes_data", ()] == 0


def test_unmapped_codings_are_counted_per_code_and_a_name_in_their_place_is_not_shown(counter: Counter):
    reason = Reason.UNKNOWN
    misses = {Miss("urn:x", "620000001", reason): 3, Miss("urn:x", "架空 花子", reason): 2}
    with counter.store.transaction():
        unmapped.add(counter.store, misses)
    found = samples(counter)

    def labels(code: str) -> tuple[tuple[str, str], ...]:
        return (("code", code), ("reason", reason.value), ("system", "urn:x"))

    assert found["renkei_unmapped_codings", labels("620000001")] == 3
    assert found["renkei_unmapped_codings", labels(OTHER_CODE)] == 2
    assert "架空" not in metrics_text(counter.site, counter.store)


def test_arrivals_are_counted_by_state(counter: Counter):
    arrival(counter.store, b"x")
    assert samples(counter)["renkei_arrivals", (("state", "received"),)] == 1


def test_the_audit_is_counted_for_each_destination_that_the_site_names(counter: Counter):
    rows = audit.anchor(counter.store).seq
    counter.clock.advance(60)
    counter.site = replace(counter.site, audit=AuditConfig(fhir=True, syslog="soc.example:6514"))
    audit_positions.refuse(counter.store, Destination.SYSLOG, 1, "no")
    found = samples(counter)
    assert found["renkei_audit_unsent_rows", (("destination", "hub"),)] == rows > 0
    assert found["renkei_audit_unsent_rows", (("destination", "syslog"),)] == rows + 1
    assert found["renkei_audit_refused_rows", (("destination", "syslog"),)] == 1
    assert found["renkei_audit_oldest_seconds", (("destination", "hub"),)] == 60
    counter.site = replace(counter.site, audit=AuditConfig(fhir=False))
    assert not [name for name, _ in samples(counter) if name.startswith("renkei_audit")]
