"""Every figure the box shows its operator, by name: one list, with its help and labels (Prometheus naming).

No label holds personal data: sources go by their names in the site file, codes only if they look like codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Metric:
    """A gauge: what it counts, in which unit its name says, told apart by `labels`."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


QUEUE_OLDEST: Final = Metric(
    "renkei_queue_oldest_seconds", "Age of the oldest delivery that waits to be sent; 0 when none does."
)
CHANNEL_OLDEST: Final = Metric(
    "renkei_channel_oldest_seconds", "Age of the oldest delivery that waits for this channel.", ("channel",)
)
DELIVERIES: Final = Metric("renkei_deliveries", "Deliveries by channel and state.", ("channel", "state"))
ARRIVALS: Final = Metric("renkei_arrivals", "Arrivals by state.", ("state",))
SOURCE_REACHED: Final = Metric(
    "renkei_source_last_look_seconds", "Time since a look last reached the source.", ("source",)
)
SOURCE_TROUBLE: Final = Metric(
    "renkei_source_trouble", "1 while a source has this trouble.", ("source", "trouble")
)
STORE_TAKES: Final = Metric("renkei_store_takes_data", "1 while the store takes new data, else 0.")
UNMAPPED: Final = Metric(
    "renkei_unmapped_codings",
    "Codings that no master maps and that travel as they are.",
    ("system", "code", "reason"),
)
BACKUP_AGE: Final = Metric(
    "renkei_backup_age_seconds", "Age of the newest good backup of each way; none yet: no value.", ("backup",)
)
STORE_RECOVERED: Final = Metric(
    "renkei_store_recovered",
    "1 while a damaged store lies beside the one that was recovered from it, else 0.",
)
AUDIT_UNSENT: Final = Metric(
    "renkei_audit_unsent_rows",
    "Audit rows that a destination has not got, refused ones included.",
    ("destination",),
)
AUDIT_REFUSED: Final = Metric(
    "renkei_audit_refused_rows", "Audit rows that a destination would not take.", ("destination",)
)
AUDIT_OLDEST: Final = Metric(
    "renkei_audit_oldest_seconds",
    "Age of the oldest audit row that a destination has not got.",
    ("destination",),
)
METRICS: Final = (
    QUEUE_OLDEST,
    CHANNEL_OLDEST,
    DELIVERIES,
    ARRIVALS,
    SOURCE_REACHED,
    SOURCE_TROUBLE,
    STORE_TAKES,
    UNMAPPED,
    BACKUP_AGE,
    STORE_RECOVERED,
    AUDIT_UNSENT,
    AUDIT_REFUSED,
    AUDIT_OLDEST,
)
