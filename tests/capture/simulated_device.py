"""A device behind the V4L2 camera: pictures when the test hands them over."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from edge.base.clock import SystemClock
from tests.capture import videos


class SimulatedDevice:
    """Gives out the pictures that were put in; ``unplug`` ends it, ``fail`` breaks it."""

    def __init__(self, rate: Fraction | None = Fraction(10), pix_fmt: str = "yuyv422") -> None:
        self.rate = rate
        self.closed = 0
        self._pix_fmt = pix_fmt
        self._pictures: queue.Queue[av.VideoFrame | Exception | None] = queue.Queue()

    def open(self, path: Path, size: tuple[int, int], fps: Fraction) -> SimulatedDevice:
        """Stands in for ``edge.capture.v4l2.Device``."""
        return self

    def give(self, index: int, *, exposed_ns: int | None = None) -> None:
        """Exposes a picture, by default now."""
        image = videos.picture(index, (64, 48), self._pix_fmt)
        image.pts = (SystemClock().monotonic_ns() if exposed_ns is None else exposed_ns) // 1000
        image.time_base = Fraction(1, 1_000_000)
        self._pictures.put(image)

    def unplug(self) -> None:
        self._pictures.put(None)

    def fail(self, error: Exception) -> None:
        self._pictures.put(error)

    def images(self) -> Iterator[av.VideoFrame]:
        while (item := self._pictures.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item

    def close(self) -> None:
        self.closed += 1
        self.unplug()


class EndlessDevice(SimulatedDevice):
    """Exposes one picture after another, each when the last was taken up, and ends after some."""

    def __init__(self, pictures: int) -> None:
        super().__init__()
        self._count = pictures

    def images(self) -> Iterator[av.VideoFrame]:
        for index in range(self._count):
            self.give(index)
            item = self._pictures.get()
            assert isinstance(item, av.VideoFrame)
            yield item
