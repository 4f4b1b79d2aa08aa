"""Tells systemd that a process is ready, and feeds its watchdog from real progress; harmless without systemd."""

from __future__ import annotations

import os

import sdnotify

_START_S = 30


class Watchdog:
    """Speaks sd_notify(3); the caller feeds it only when work was done, so that a stall is noticed from outside."""

    def __init__(self) -> None:
        # Without systemd the library would leave a socket behind.
        self._notifier = sdnotify.SystemdNotifier() if "NOTIFY_SOCKET" in os.environ else None
        if self._notifier is not None and self._notifier.socket is not None:
            self._notifier.socket.setblocking(False)  # who watches must not wait for a service manager that hangs

    def ready(self, status: str) -> None:
        """The process works."""
        self._tell(f"READY=1\nSTATUS={status}")

    def starting(self) -> None:
        """The start goes on; it may take ``_START_S`` more."""
        self._tell(f"EXTEND_TIMEOUT_USEC={_START_S * 1_000_000}")

    def progress(self) -> None:
        """Work was done."""
        self._tell("WATCHDOG=1")

    def _tell(self, state: str) -> None:
        if self._notifier is not None:
            self._notifier.notify(state)

    def close(self) -> None:
        """Gives the socket back."""
        if self._notifier is not None and self._notifier.socket is not None:
            self._notifier.socket.close()
