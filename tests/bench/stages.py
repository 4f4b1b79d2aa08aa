"""Stopwatches around the recorder's stages; ``tests.bench.child`` puts them in.

Stages are timed with the CPU clock of the thread that calls them; libavcodec decodes and encodes on the calling thread
alone (one thread each). What the clock calls themselves take, a few microseconds a frame, is counted against the
recorder.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from edge.capture.decoding import Recording
from edge.capture.file import FileCamera
from edge.encode import h264
from edge.encode.segments import SegmentEncoder
from edge.mask import selfcheck
from edge.mask.guard import Guard
from edge.mask.live import LiveMasks
from edge.mask.paint import Painter
from edge.mask.text import Stamp
from edge.node.recording import sealer
from edge.node.recording.recorder import Limits, Recorder
from edge.spool.spool import Spool

_taken_ns: dict[str, int] = defaultdict(int)
_calls: dict[str, int] = defaultdict(int)


class TimedContext:
    """An encoder's context whose ``encode`` is timed."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self.encode = timed("encoding", context.encode)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


def timed(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """Returns ``call``, adding what each call takes."""

    def run(*arguments: Any, **options: Any) -> Any:
        start = time.thread_time_ns()
        try:
            return call(*arguments, **options)
        finally:
            _taken_ns[name] += time.thread_time_ns() - start
            _calls[name] += 1

    return run


def timed_items(name: str, items: Iterator[Any]) -> Iterator[Any]:
    """Yields ``items``, adding what each takes to come."""
    following = timed(name, lambda: next(items, None))
    while (item := following()) is not None:
        yield item


def exchange() -> None:
    """Puts stopwatches around the stages."""
    decoded, context, run = Recording._decoded, h264._context, Recorder.run

    def run_from_zero(self: Recorder, limits: Limits) -> None:
        _taken_ns.clear()  # the first picture was decoded before
        _calls.clear()
        start = time.process_time_ns()
        try:
            run(self, limits)
        finally:
            _taken_ns["process"] = time.process_time_ns() - start

    Recording._decoded = lambda self: timed_items("decoding", decoded(self))  # type: ignore[method-assign]
    h264._context = lambda *arguments: TimedContext(context(*arguments))  # type: ignore[assignment]
    Recorder.run = run_from_zero  # type: ignore[method-assign]
    sealer.Sealer.__init__ = _timing_its_sealing(sealer.Sealer.__init__)  # type: ignore[method-assign]
    owners: tuple[tuple[Any, str, str], ...] = (
        (FileCamera, "read", "camera"),
        (LiveMasks, "paint", "painting"),
        (Painter, "paint", "masks"),
        (Stamp, "burn", "text"),
        (Guard, "look", "guard"),
        (selfcheck, "check", "self-check"),
        (SegmentEncoder, "push", "segments"),
        (Recorder, "_loop", "frame loop"),
        (Spool, "append", "spool"),
        (sealer.Sealer, "take", "sealing thread"),
    )
    for owner, method, name in owners:
        setattr(owner, method, timed(name, getattr(owner, method)))


def _timing_its_sealing(begin: Callable[..., None]) -> Callable[..., None]:
    def begun(self: Any, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options)
        self._sealing = timed("sealing", self._sealing)

    return begun


def report() -> None:
    """Prints one JSON object: microseconds a frame, by stage."""
    frames = _calls["painting"]
    each = {name: round(ns / 1000 / frames, 1) for name, ns in _taken_ns.items()}
    print(json.dumps({"frames": frames, "us_a_frame": each}))
