"""The clips that recorder and ffmpeg both work on."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from edge.base.clock import SystemClock
from edge.capture.pace import Pace
from edge.capture.street.camera import StreetCamera
from edge.demo.scene import Scene

_REAL = Path(__file__).resolve().parents[3] / "shared" / "clips" / "campus-pedestrians.mp4"
_LARGE = (1280, 960)
_LARGE_FPS = 15
_DRAWN_FRAMES = 900


@dataclass(frozen=True, slots=True)
class Clip:
    """A video file.

    Attributes:
        seconds: how much of it is recorded, a little less than it holds.
    """

    name: str
    path: Path
    size: tuple[int, int]
    fps: Fraction
    seconds: int

    @property
    def frames(self) -> int:
        """Frames in ``seconds``."""
        return int(self.seconds * self.fps)

    @property
    def scene(self) -> Scene:
        """The clip as a demonstration's source, as fast as it goes."""
        return Scene(source=str(self.path), fast=True)


def native(folder: Path) -> Clip:
    """Returns the real footage where there is some, else the drawn street at the same size."""
    if _REAL.exists():
        return _clip("campus clip", _REAL)
    path = folder / "street.mp4"
    _draw(path, (480, 360))
    return _clip("drawn street", path)


def large(clip: Clip, folder: Path) -> Clip:
    """Returns the same clip at 1280x960 and 15 frames/s, which is what a node records: every frame, played faster."""
    return resized(clip, folder, _LARGE, _LARGE_FPS)


def resized(clip: Clip, folder: Path, size: tuple[int, int], fps: int, frames: int | None = None) -> Clip:
    """Returns every frame of the clip, or its first ``frames``, scaled once and played at another rate."""
    path = folder / f"{size[0]}x{size[1]}-{fps}.mp4"
    filters = f"scale={size[0]}:{size[1]},setpts=PTS*{float(Fraction(clip.fps) / fps)}"
    some = [] if frames is None else ["-frames:v", str(frames)]
    output = ["-r", str(fps), "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-an", *some, str(path)]
    _ffmpeg("-i", str(clip.path), "-vf", filters, *output)
    return _clip(clip.name, path)


def _clip(name: str, path: Path) -> Clip:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate is not None
        assert container.duration is not None
        size, seconds = (stream.width, stream.height), container.duration // av.time_base
        return Clip(f"{name} {size[0]}x{size[1]}", path, size, Fraction(stream.average_rate), int(seconds))


def _draw(path: Path, size: tuple[int, int]) -> None:
    camera = StreetCamera(
        Pace(SystemClock(), fast=True, start_us=1_767_574_800_000_000), size=size, frames=_DRAWN_FRAMES
    )
    raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{size[0]}x{size[1]}", "-r", "15", "-i", "-"]
    command = ["ffmpeg", "-v", "error", "-y", *raw, "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process, camera:
        assert process.stdin is not None
        while (frame := camera.read()) is not None:
            process.stdin.write(frame.picture.tobytes())
    if process.returncode:
        raise RuntimeError(f"ffmpeg ended with status {process.returncode}")


def _ffmpeg(*words: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *words], check=True)
