"""Moving pictures, and a decoder and a box reader that are not ours, which the encode tests share."""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from edge.base.clock import from_iso
from edge.base.frame import Frame, Geometry, PaintedFrame, Picture, split
from edge.encode.access_unit import FrameStamp
from edge.encode.cut import CutRules
from edge.encode.h264 import Encoder, PyavEncoder
from edge.encode.segments import Segment, SegmentEncoder
from edge.encode.settings import EncoderSettings

TOKYO = ZoneInfo("Asia/Tokyo")
START_US = from_iso("2026-01-05T10:00:00+09:00")
SETTINGS = EncoderSettings(fps=Fraction(10))
RULES = CutRules.of(SETTINGS, TOKYO)
FRAME_US = SETTINGS.frame_us
SMALL = Geometry(64, 48, 64)
STAMP = FrameStamp(0, START_US, 5_000_000_000, 64, 48, "a" * 64, "b" * 64, False)


def picture(geometry: Geometry, step: int) -> Picture:
    """Waves that move by two pixels a step, a square that moves the other way, noise in the padding."""
    noise = np.random.default_rng(step)
    array = noise.integers(0, 256, geometry.shape, dtype=np.uint8)
    planes = split(array, geometry)
    for plane, speed in ((planes.y, 2), (planes.u, 1), (planes.v, 1)):
        rows, columns = np.indices(plane.shape)
        plane[:] = 126 + 50 * np.sin((columns + speed * step) / 9) + 40 * np.cos(rows / 7)
        side, left = plane.shape[0] // 4, (plane.shape[1] - 3 * step) % (plane.shape[1] // 2)
        plane[side : 2 * side, left : left + side] = 210
    return array


def moment(wall_us: int) -> dict[str, int]:
    """Returns both times of a frame of that wall time, by a clock that nobody sets."""
    return {"wall_us": wall_us, "mono_ns": 5_000_000_000 + (wall_us - START_US) * 1000}


def painted(index: int, geometry: Geometry = SMALL, /, **changes: Any) -> PaintedFrame:
    """Frame ``index`` of a picture that moves at 10 frames a second; ``changes`` go to it or to its paint."""
    of_paint = {key: changes.pop(key) for key in ("mask_digest", "floor_digest", "blanked") if key in changes}
    frame = Frame(
        picture=picture(geometry, index),
        geometry=geometry,
        wall_us=START_US + index * FRAME_US,
        mono_ns=5_000_000_000 + index * FRAME_US * 1000,
        number=index,
    )
    paint: dict[str, Any] = {"mask_digest": "a" * 64, "floor_digest": "b" * 64, "blanked": False} | of_paint
    return PaintedFrame(frame=replace(frame, **changes), **paint)


def stamp(index: int, /, **changes: Any) -> FrameStamp:
    """The stamp of ``painted(index)``."""
    moment: dict[str, Any] = {
        "number": index,
        "wall_us": START_US + index * FRAME_US,
        "mono_ns": 5_000_000_000 + index * FRAME_US * 1000,
    }
    return replace(STAMP, **(moment | changes))


def software(width: int, height: int) -> Encoder:
    return PyavEncoder(SETTINGS, width, height)


def encode(
    frames: Iterable[PaintedFrame], make_encoder: Callable[[int, int], Encoder] = software, rules: CutRules = RULES
) -> list[Segment]:
    encoder = SegmentEncoder(make_encoder, rules)
    segments = [segment for frame in frames for segment in encoder.push(frame)]
    return segments + encoder.finish()


@dataclass(frozen=True)
class Box:
    """A box of an MP4 file: its four-letter kind and its payload."""

    kind: str
    payload: bytes

    def __getitem__(self, path: str) -> Box:
        box = self
        for kind in path.split("/"):
            (box,) = (inner for inner in boxes(box.payload) if inner.kind == kind)
        return box


def boxes(data: bytes) -> Iterator[Box]:
    """Walks the boxes of ISO/IEC 14496-12; every byte must belong to one."""
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        assert 8 <= size <= len(data) - at, f"box {kind!r} at {at} claims {size} bytes"
        yield Box(kind.decode(), data[at + 8 : at + size])
        at += size


def durations(mp4: bytes) -> list[int]:
    """Duration of each picture as the fragment's run has it (ISO/IEC 14496-12, 8.8.8).

    ffprobe up to 5.1 goes by the nominal frame rate in the SPS instead.
    """
    header, run = Box("", mp4)["moof/traf/tfhd"].payload, Box("", mp4)["moof/traf/trun"].payload
    flags, count = struct.unpack_from(">II", run)
    if not flags & 0x100:  # all alike: the header has the default (8.8.7)
        assert header[3] & 0x8 and not header[3] & 0x3
        return [struct.unpack_from(">I", header, 8)[0]] * int(count)
    start, step = 8 + 4 * (flags & 1) + 4 * (flags >> 2 & 1), 4 * (flags & 0xF00).bit_count()
    return [struct.unpack_from(">I", run, start + i * step)[0] for i in range(count)]


def decode(mp4: bytes, geometry: Geometry) -> Picture:
    """Every picture of a file, by the ffmpeg command: (frames, height * 3 // 2, width)."""
    raw = _run(mp4, "ffmpeg", "-v", "error", "-xerror", "-i", "-", "-fps_mode", "passthrough", "-f", "rawvideo", "-")
    return np.frombuffer(raw, np.uint8).reshape(-1, geometry.height * 3 // 2, geometry.width)


def probe(mp4: bytes, *entries: str) -> dict[str, Any]:
    """What the ffprobe command says of a file."""
    show = ("-show_entries", ":".join(entries), "-of", "json")
    tree: dict[str, Any] = json.loads(_run(mp4, "ffprobe", "-v", "error", *show, "-"))
    return tree


def _run(data: bytes, *command: str) -> bytes:
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()
    return done.stdout
