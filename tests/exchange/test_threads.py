"""The threads that carry requests."""

from __future__ import annotations

import threading

import pytest

from appliance.exchange.threads import RequestThreads


def test_a_result_and_a_failure_come_back_to_whoever_asked() -> None:
    threads = RequestThreads(1, "test")
    good = threads.submit(lambda: 42)

    def fail() -> int:
        raise ValueError("no")

    bad = threads.submit(fail)
    threads.stop()
    assert good.result(5) == 42
    with pytest.raises(ValueError, match="no"):
        bad.result(5)


def test_as_many_run_at_once_as_there_are_threads() -> None:
    threads = RequestThreads(3, "test")
    meet = threading.Barrier(3, timeout=5)
    futures = [threads.submit(meet.wait) for _ in range(3)]
    assert sorted(future.result(5) for future in futures) == [0, 1, 2]
    threads.stop()


def test_threads_end_when_told_and_never_hold_the_process() -> None:
    before = threading.active_count()
    threads = RequestThreads(2, "test-end")
    mine = [one for one in threading.enumerate() if one.name.startswith("test-end")]
    assert all(one.daemon for one in mine)
    threads.stop()
    for one in mine:
        one.join(5)
    assert threading.active_count() <= before
