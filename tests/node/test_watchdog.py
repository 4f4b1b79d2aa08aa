"""What systemd hears: ready once, and progress only when work was done."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.node.watchdog import Watchdog


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The service manager's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(tmp_path / "notify"))
        bound.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield bound


def test_systemd_hears_ready_and_progress(heard: socket.socket) -> None:
    watchdog = Watchdog()
    watchdog.ready("recording street")
    watchdog.progress()
    assert [heard.recv(1024), heard.recv(1024)] == [b"READY=1\nSTATUS=recording street", b"WATCHDOG=1"]
    watchdog.close()


def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    watchdog = Watchdog()
    watchdog.ready("recording street")
    watchdog.progress()
    watchdog.close()


def test_service_manager_that_hangs_is_not_waited_for(heard: socket.socket) -> None:
    """Its queue holds a few hundred messages at most; who feeds it must still see that the recorder stands still."""
    watchdog = Watchdog()
    for _ in range(2000):
        watchdog.progress()
    assert heard.recv(1024) == b"WATCHDOG=1"
    watchdog.close()
