"""Workers: named, stopped by their event, joined within bounds, and their failures raised."""

from __future__ import annotations

import threading

import pytest

from edge.base.errors import Refused, Stop
from edge.base.workers import Worker


def test_worker_runs_under_its_name_until_stopped() -> None:
    names: list[str] = []

    def work(stop: threading.Event) -> None:
        names.append(threading.current_thread().name)
        stop.wait()

    worker = Worker("sealing", work)
    assert not worker.alive
    worker.start()
    assert worker.alive
    worker.stop()
    worker.join(10)
    assert (names, worker.alive, worker.failure) == (["sealing"], False, None)


def test_failure_is_told_at_once_and_raised_by_join() -> None:
    told = threading.Event()
    failure = Refused("bad-crc", "preamble is damaged")

    def work(stop: threading.Event) -> None:
        raise failure

    worker = Worker("uplink", work, on_failure=told.set)
    worker.start()
    assert told.wait(10)
    for _ in range(2):
        with pytest.raises(Refused) as raised:
            worker.join(10)
        assert raised.value is failure


def test_failure_without_anybody_to_tell_is_kept() -> None:
    def work(stop: threading.Event) -> None:
        raise ValueError("odd")

    worker = Worker("panel", work)
    worker.start()
    with pytest.raises(ValueError, match="odd"):
        worker.join(10)


def test_end_by_itself_is_no_failure_and_nobody_is_told() -> None:
    told = threading.Event()
    worker = Worker("once", lambda stop: None, on_failure=told.set)
    worker.start()
    worker.join(10)
    assert not told.is_set()


def test_join_is_bounded_and_says_who_did_not_end() -> None:
    release = threading.Event()

    def work(stop: threading.Event) -> None:
        release.wait(10)

    worker = Worker("deaf", work)
    worker.start()
    worker.stop()
    with pytest.raises(Stop, match="thread deaf did not end within 0 s"):
        worker.join(0)
    release.set()
    worker.join(10)
