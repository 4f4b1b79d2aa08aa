"""Named threads with a stop event and a bounded join."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from edge.base.errors import Stop

_log = logging.getLogger(__name__)


class Worker:
    """A thread that runs ``work(stop)`` until it returns; a failure is kept and raised by ``join``.

    Args:
        name: the thread's name.
        work: gets the stop event and returns soon after it is set.
        on_failure: called from the thread once ``work`` has raised.
    """

    def __init__(
        self, name: str, work: Callable[[threading.Event], None], on_failure: Callable[[], None] | None = None
    ) -> None:
        self.stop_event = threading.Event()
        self.failure: Exception | None = None
        self._work = work
        self._on_failure = on_failure
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Asks it to end."""
        self.stop_event.set()

    def join(self, timeout_s: float) -> None:
        """Waits for the end.

        Raises:
            Stop: it did not end in time.
            Exception: whatever ended it.
        """
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            raise Stop(f"thread {self._thread.name} did not end within {timeout_s} s")
        if self.failure is not None:
            raise self.failure

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._work(self.stop_event)
        except Exception as error:  # noqa: BLE001 - a worker's outermost loop
            _log.debug("thread %s ended with an error", self._thread.name, exc_info=True)
            self.failure = error
            if self._on_failure is not None:
                self._on_failure()
