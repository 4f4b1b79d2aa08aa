"""The camera's process as the steps see it: its newest frame, and the draft that it burns in.

Rules:
  1. It is connected only while somebody looks: ``ASKED_S`` after the last question the connection is given up, and the
     newest frame forgotten.
  2. A connection that breaks is made again; the draft is said anew first.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import Refused, Unavailable
from edge.base.workers import Worker
from edge.commission.previewclient import PreviewClient
from edge.commission.steps_rooms import Shot

ASKED_S = 10.0
AGAIN_S = 0.5
_JOIN_TIMEOUT_S = 15.0
"""A camera that stands still is given up after 10 s."""

_log = logging.getLogger(__name__)


class LiveCamera:
    """One node's camera.

    Args:
        path: of the socket.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self._news = threading.Condition()
        self._asked_ns: int | None = None
        self._shot: Shot | None = None
        self._masks: bytes | None = None
        self._client: PreviewClient | None = None
        self._told = ""
        self._worker = Worker("preview", self._work)

    def start(self) -> None:
        """Begins to listen for questions."""
        self._worker.start()

    def close(self) -> None:
        """Gives the connection up."""
        self._worker.stop()
        with self._news:
            self._news.notify_all()
        self._worker.join(_JOIN_TIMEOUT_S)

    def paint(self, masks: bytes) -> None:
        """Has these masks burnt in, at once or as soon as the camera's process is there."""
        with self._news:
            self._masks = masks
            client = self._client
        if client is not None:
            self._say(client, masks)

    def newest(self, after: int, wait_s: float) -> Shot | None:
        """Returns the newest frame with another number than ``after``; waits for one, then gives None."""
        with self._news:
            self._asked_ns = self._clock.monotonic_ns()
            self._news.notify_all()
            self._news.wait_for(lambda: self._shot is not None and self._shot.number != after, wait_s)
            return None if self._shot is None or self._shot.number == after else self._shot

    def _work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            with self._news:
                self._news.wait_for(lambda: stop.is_set() or self._is_asked())
            if stop.is_set():
                return
            try:
                self._follow(stop)
            except (Unavailable, Refused) as error:
                self._tell(str(error))
            self._clock.sleep(AGAIN_S, stop)

    def _follow(self, stop: threading.Event) -> None:
        client = PreviewClient(self._path)
        try:
            with self._news:
                self._client, masks = client, self._masks
            self._told = ""
            if masks is not None:
                client.paint(masks)
            for shown in client.shown():
                with self._news:
                    head = shown.head
                    self._shot = Shot(head.number, shown.jpeg, head.sharpness_middle, head.at)
                    self._news.notify_all()
                if stop.is_set() or not self._is_asked():
                    return
        finally:
            with self._news:
                self._client = self._shot = None
            client.close()

    def _tell(self, text: str) -> None:
        if text != self._told:
            _log.info("%s", text)
        self._told = text

    def _is_asked(self) -> bool:
        return self._asked_ns is not None and self._clock.monotonic_ns() - self._asked_ns < ASKED_S * 1e9

    def _say(self, client: PreviewClient, masks: bytes) -> None:
        try:
            client.paint(masks)
        except Unavailable as error:
            _log.info("%s; said again with the next connection", error)
