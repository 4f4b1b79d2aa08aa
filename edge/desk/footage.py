"""Footage to watch: opened segments put together by stream copy; no picture is decoded or encoded again.

Rules:
  1. One file a run of segments with the same parameter sets and size.
  2. Each picture's time is its segment's signed start plus its time in the segment, so a gap stays a gap: the picture
     before it stands still for as long.
  3. A run also ends where time runs back by more than ``SLEWED_US``, and at a gap longer than ``GAP_LIMIT_US``, which
     an MP4's 32 bits for the length of one picture could not hold in microseconds (ISO/IEC 14496-12, 8.6.1.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from edge.base.clock import SECOND_US
from edge.base.errors import Refused, StorageFault
from edge.desk.opening import OpenedSegment

GAP_LIMIT_US = 1800 * SECOND_US
SLEWED_US = 2_000
"""A segment's start is read from the wall clock, the end before it counted on the monotonic one: a clock that is slewed
loses up to 500 us a second (adjtimex(2)) of a segment's 2 s, rounding 1 us. It is less than any picture lasts."""
_TICK = Fraction(1, SECOND_US)
_OPTIONS = {"fflags": "+bitexact", "video_track_timescale": str(SECOND_US), "movflags": "+faststart"}


@dataclass(frozen=True, slots=True)
class Footage:
    """One file of a run.

    Attributes:
        start_us: UTC of its first picture, microseconds.
    """

    path: Path
    start_us: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Shape:
    """What segments in one file share: parameter sets (avcC) and size."""

    parameters: bytes
    width: int
    height: int


def write_footage(segments: list[OpenedSegment], out: Path) -> list[Footage]:
    """Writes ``footage.mp4``, or ``footage-001.mp4`` and so on where there are several runs.

    Raises:
        Refused: ``bad-video``; the opened segments stay.
    """
    runs = list(_runs(segments))
    written = []
    for number, run in enumerate(runs, 1):
        path = out / ("footage.mp4" if len(runs) == 1 else f"footage-{number:03d}.mp4")
        _write(run, path)
        written.append(Footage(path, run[0].start_us, run[0].sequence, run[-1].sequence))
    return written


def _runs(segments: list[OpenedSegment]) -> Iterator[list[OpenedSegment]]:
    run: list[OpenedSegment] = []
    shape: _Shape | None = None
    for segment in segments:
        found = _shape_of(segment)
        if run and (found != shape or not -SLEWED_US <= segment.start_us - run[-1].end_us <= GAP_LIMIT_US):
            yield run
            run = []
        run.append(segment)
        shape = found
    if run:
        yield run


def _shape_of(segment: OpenedSegment) -> _Shape:
    with _reading(segment) as (_, stream):
        return _Shape(stream.codec_context.extradata or b"", stream.codec_context.width, stream.codec_context.height)


def _write(run: list[OpenedSegment], path: Path) -> None:
    part = path.with_name(f".{path.name}.new")
    try:
        part.touch(mode=0o600)
        _copy(run, part)
        part.replace(path)
    except OSError as error:
        raise StorageFault(f"{path}: cannot be written ({error.strerror}); free or mend the disk") from error
    except (av.FFmpegError, ValueError) as error:
        raise Refused("bad-video", f"{path.name}: segments cannot be put together: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def _copy(run: list[OpenedSegment], path: Path) -> None:
    with av.open(str(path), "w", format="mp4", options=_OPTIONS) as container:
        copied: VideoStream | None = None
        for segment in run:
            with _reading(segment) as (source, stream):
                if copied is None:
                    copied = container.add_stream_from_template(stream)
                    copied.time_base = _TICK
                for packet in _packets(source, stream, segment.start_us - run[0].start_us):
                    packet.stream = copied
                    container.mux(packet)


def _packets(source: InputContainer, stream: VideoStream, offset_us: int) -> Iterator[Packet[VideoStream]]:
    """Yields the segment's pictures as they are, their times moved by ``offset_us``."""
    for packet in source.demux(stream):
        if packet.dts is None or packet.pts is None:
            continue  # the demuxer's last packet is empty
        base = packet.time_base * SECOND_US
        packet.pts, packet.dts = round(packet.pts * base) + offset_us, round(packet.dts * base) + offset_us
        packet.duration = round((packet.duration or 0) * base)
        packet.time_base = _TICK
        yield packet


@contextmanager
def _reading(segment: OpenedSegment) -> Iterator[tuple[InputContainer, VideoStream]]:
    name = segment.path.name
    try:
        source = av.open(str(segment.path), format="mp4")
    except av.FFmpegError as error:
        raise Refused("bad-video", f"{name}: is no MP4 that can be read: {error}") from error
    with source:
        if len(source.streams) != 1 or len(source.streams.video) != 1:
            raise Refused("bad-video", f"{name}: holds {len(source.streams)} streams; one of video is expected")
        yield source, source.streams.video[0]
