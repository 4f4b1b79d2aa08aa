"""What a demonstration shows while it runs, read from the files that the processes publish."""

from __future__ import annotations

import sys
from collections import deque
from dataclasses import dataclass
from typing import TextIO

from edge.base.errors import MimamoriError
from edge.demo.places import Places
from edge.demo.turns import visit_needs_camera
from edge.seal.reel import Position, read_position
from edge.wire.receipts import ReceiptTail
from edge.wire.status import RecorderStatus, read_status

_RATE_OVER_NS = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """One look: the recorder's status, its synced position, records with receipts, whether a visit has the camera."""

    status: RecorderStatus | None
    position: Position | None
    receipted: int
    visited: bool = False

    @property
    def state(self) -> str:
        """What goes on, in a word."""
        if self.visited:
            return "visit"
        return self.status.state.value if self.status else "starting"

    @property
    def records(self) -> int:
        """Synced records of the chain."""
        return 0 if self.position is None else self.position.sequence + 1

    @property
    def segments(self) -> int:
        """Segments of the run that are on the card."""
        return 0 if self.status is None else self.status.segments

    @property
    def all_receipted(self) -> bool:
        """Whether the center has receipted every synced record."""
        return self.position is not None and self.receipted >= self.records


class Watch:
    """Looks at a demonstration's node."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._tail: ReceiptTail | None = None
        self._sequences: set[int] = set()

    def look(self) -> Progress:
        """Reads what is published now."""
        run = self._places.node / "run"
        position = read_position(run / "position")
        if position is not None:
            self._follow(position.chain)
        try:
            status = read_status(run / "recorder.json")
        except MimamoriError:
            status = None
        return Progress(status, position, len(self._sequences), visit_needs_camera(run / "visit.json"))

    def _follow(self, chain: str) -> None:
        if self._tail is None:
            self._tail = ReceiptTail(self._places.node / "uplink" / "receipts", chain, 0)
        for receipt in self._tail.new():
            self._sequences.update(range(receipt.payload.first, receipt.payload.last + 1))


class ProgressLine:
    """One line in the terminal that is written over; where there is no terminal, a line every ten seconds."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._looks: deque[tuple[int, int]] = deque()
        self._printed_ns: int | None = None

    def show(self, progress: Progress, now_ns: int) -> None:
        """Writes the state of now."""
        text = self._text(progress, now_ns)
        if self._stream.isatty():
            self._stream.write(f"\r\x1b[K{text}")
            self._stream.flush()
        elif self._printed_ns is None or now_ns - self._printed_ns >= 10_000_000_000:
            self._printed_ns = now_ns
            self._stream.write(text + "\n")

    def end(self) -> None:
        """Leaves the line standing."""
        if self._stream.isatty():
            self._stream.write("\n")

    def _text(self, progress: Progress, now_ns: int) -> str:
        status = progress.status
        frames = status.frames_encoded if status else 0
        rate = self._rate(frames, now_ns)
        waiting = progress.records - progress.receipted
        return (
            f"{progress.state:9} {rate:5.1f} frames/s  {frames} frames  {progress.segments} segments  "
            f"{progress.receipted} receipted  {waiting} waiting"
        )

    def _rate(self, frames: int, now_ns: int) -> float:
        """Returns frames a second over the last looks: the recorder publishes its count with every segment only."""
        self._looks.append((now_ns, frames))
        while now_ns - self._looks[0][0] > _RATE_OVER_NS:
            self._looks.popleft()
        then_ns, before = self._looks[0]
        return (frames - before) / ((now_ns - then_ns) / 1e9) if now_ns > then_ns else 0.0
