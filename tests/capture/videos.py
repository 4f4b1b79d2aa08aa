"""Small videos made for tests: a number of pictures, each of one brightness that tells which it is."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream

STEP = 8
FIRST = 24


def brightness(index: int) -> int:
    """Returns the luma of picture ``index``."""
    return FIRST + STEP * index


def index_of(luma: float) -> int:
    """Returns which picture a mean luma belongs to."""
    return round((luma - FIRST) / STEP)


def write(
    path: Path,
    *,
    pictures: int = 12,
    size: tuple[int, int] = (64, 48),
    pix_fmt: str = "yuv420p",
    codec: str = "libx264",
    at_ms: Sequence[int] | None = None,
    container: str | None = None,
) -> Path:
    """Writes a video of 10 pictures a second, or with pictures at the given milliseconds; MP4 with its index first."""
    options = {"movflags": "faststart"} if path.suffix == ".mp4" else {}
    with av.open(str(path), "w", format=container, options=options) as output:
        stream = output.add_stream(codec, rate=10)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = Fraction(1, 1000)
        if codec == "libx264":
            stream.options = {"crf": "1", "preset": "ultrafast", "g": "4", "bf": "0"}
        output.start_encoding()
        for index in range(pictures):
            image = picture(index, size, pix_fmt)
            image.pts, image.time_base = (at_ms[index] if at_ms else index * 100), Fraction(1, 1000)
            output.mux(stream.encode(image))
        output.mux(stream.encode(None))
    return path


def picture(index: int, size: tuple[int, int], pix_fmt: str) -> av.VideoFrame:
    """Returns a grey picture in a pixel format."""
    luma = np.full((size[1] + size[1] % 2, size[0] + size[0] % 2), brightness(index), np.uint8)
    grey = np.concatenate((luma.ravel(), np.full(luma.size // 2, 128, np.uint8)))
    whole = av.VideoFrame.from_ndarray(grey.reshape(luma.shape[0] * 3 // 2, luma.shape[1]), "yuv420p")
    return whole.reformat(width=size[0], height=size[1], format=pix_fmt)


def write_sound(path: Path) -> Path:
    """Writes a file that holds sound alone."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=44100)
        sound = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        for plane in sound.planes:
            plane.update(bytes(plane.buffer_size))
        sound.rate = 44100
        output.mux(stream.encode(sound))
        output.mux(stream.encode(None))
    return path


def write_with_sound(path: Path, *, pictures: int, sound_s: int) -> Path:
    """Writes a video of 10 pictures a second with sound that lasts longer; its streams are not tagged with a length."""
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as output:
        video = output.add_stream("mjpeg", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuvj420p"
        sound = output.add_stream("pcm_s16le", rate=8000, layout="mono")
        for index in range(pictures):
            output.mux(video.encode(picture(index, (64, 48), "yuvj420p")))
        for second in range(sound_s):
            samples = av.AudioFrame(format="s16", layout="mono", samples=8000)
            samples.planes[0].update(bytes(samples.planes[0].buffer_size))
            samples.rate, samples.pts = 8000, second * 8000
            output.mux(sound.encode(samples))
        for stream in (video, sound):
            output.mux(stream.encode(None))
    path.write_bytes(path.read_bytes().replace(b"DURATION", b"DURATIOM"))
    return path


def write_two_sizes(path: Path, folder: Path) -> Path:
    """Writes a stream whose picture grows half way."""
    parts = [
        write(folder / f"part{width}.h264", pictures=4, size=(width, 48), container="h264").read_bytes()
        for width in (64, 96)
    ]
    path.write_bytes(b"".join(parts))
    return path
