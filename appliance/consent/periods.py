"""Half-open intervals of time, `[since, until)`: the only kind consent knows (consent.md, section 8)."""

from __future__ import annotations

from datetime import datetime


def covers(since: datetime, until: datetime | None, now: datetime) -> bool:
    """Whether `now` lies in `[since, until)`; without `until` the interval has no end."""
    return since <= now and (until is None or now < until)


def covers_bounded(since: datetime | None, until: datetime | None, now: datetime) -> bool:
    """Whether `now` lies in `[since, until)` where both ends must be stated, as for grants and disasters.

    What was opened in need without saying until when was not opened.
    """
    return since is not None and until is not None and since <= now < until
