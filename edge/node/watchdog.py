"""Tells systemd that the recorder is ready, and feeds its watchdog from real progress; harmless without systemd."""

from __future__ import annotations

import sdnotify


class Watchdog:
    """Speaks sd_notify(3); the caller feeds it only when work was done, so that a stall is noticed from outside."""

    def __init__(self) -> None:
        self._notifier = sdnotify.SystemdNotifier()

    def ready(self, status: str) -> None:
        """The process works."""
        self._notifier.notify(f"READY=1\nSTATUS={status}")

    def progress(self) -> None:
        """A segment's worth of work was done."""
        self._notifier.notify("WATCHDOG=1")
