"""What a player finds in the files that a killed recorder left behind: decoded pictures, and seconds of them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer

from edge.base.frame import Geometry, Picture, Planes, split

Film = Path | bytes
"""A file, or its bytes."""
_FORMATS = ("yuv420p", "yuvj420p")
_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Played:
    """One picture of a film.

    Attributes:
        at_s: its time in the film.
    """

    at_s: float
    planes: Planes


def played(film: Film | str) -> Iterator[Played]:
    """Yields every picture that can be decoded, up to the first damage; none where the file cannot be opened.

    Args:
        film: or an address of a stream of JPEG pictures.
    """
    try:
        with _open(film) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            for frame in container.decode(stream):
                yield Played(frame.time or 0.0, planes_of(frame))
    except (av.FFmpegError, IndexError):
        return


def _open(film: Film | str) -> InputContainer:
    if isinstance(film, str):
        return av.open(film, mode="r", format="mpjpeg", timeout=_TIMEOUT_S)
    return av.open(io.BytesIO(film) if isinstance(film, bytes) else str(film), mode="r")


def planes_of(frame: av.VideoFrame) -> Planes:
    """Returns a decoded picture's planes; every program records 4:2:0."""
    assert frame.format.name in _FORMATS, frame.format.name
    picture: Picture = np.ascontiguousarray(frame.to_ndarray(format=frame.format.name), dtype=np.uint8)
    return split(picture, Geometry(frame.width, frame.height, frame.width))


def seconds(times_s: list[float], fps: Fraction) -> float:
    """Returns how long one film plays, from the times of its pictures; the last is shown as long as any."""
    return max(times_s) - min(times_s) + float(1 / fps) if times_s else 0.0
