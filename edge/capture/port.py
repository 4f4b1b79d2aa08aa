"""What every camera is to the rest: frames in I420, one after another, until it ends.

Rules that every adapter keeps (``tests/contracts/test_camera_contract.py`` checks them):
  1. ``geometry`` never changes while the camera is open; a source that changes size stops with BadInput,
     since masks would lie in the wrong places.
  2. ``number`` rises with every frame; a jump is what was missed. Times rise too.
  3. The picture is the reader's to write into until the next ``read``; what was written never shows up again.
     An adapter may hand out the same buffer each time. Picture rows are ``geometry.stride`` bytes apart;
     the bytes between width and stride are padding and may hold anything.
  4. Where there is a second, smaller picture, it comes as the frame's ``small`` and is painted with it.
  5. After the end ``read`` returns None for ever. ``close`` may be called twice and gives everything back.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from edge.base.frame import Frame, Geometry, PaintedFrame


@dataclass(frozen=True, slots=True)
class Coded:
    """One coded picture as a camera's encoder gave it: H.264, Annex B; ``mono_ns`` is that of the frame it shows."""

    mono_ns: int
    data: bytes


class Coder(Protocol):
    """An encoder that reads a camera's own buffers, where no copy of a picture is made."""

    def code(self, painted: PaintedFrame, *, keyframe: bool) -> list[Coded]:
        """Codes the frame that was read last, and returns what is ready, in order; gaps are what it left out.

        Raises:
            Stop: it failed, stands still, or the frame is not the one in the camera's hand.
        """

    def stop(self) -> list[Coded]:
        """Ends it and returns what was still inside; called again, nothing.

        Raises:
            Stop: it failed.
        """


class Camera(Protocol):
    """A source of frames; also a context manager that closes itself.

    Attributes:
        geometry: size and stride of every picture.
        fps: nominal frames a second; single frames may come earlier or later.
    """

    geometry: Geometry
    fps: Fraction

    def read(self) -> Frame | None:
        """Returns the next frame, waiting until it is due, or None once the source has ended.

        Raises:
            BadInput: the source cannot be used, or no longer.
            TryAgain: a device gives no frames at present.
        """

    def close(self) -> None:
        """Gives the source back; further calls do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@runtime_checkable
class BoardCamera(Camera, Protocol):
    """A board's own camera: it has an encoder that reads its buffers, and its exposure is led by us.

    Attributes:
        small: size and stride of each frame's second picture, where there is one.
        night: whether it has changed to night.
    """

    small: Geometry | None
    night: bool

    def meter(self, level: float) -> None:
        """Tells how bright the last frame's street was: the mean of its unpainted luma."""

    def coder(self, bitrate_bps: int, preset: str, longest_gop: int) -> Coder:
        """Starts its encoder.

        Args:
            preset: x264's, where it is x264.
            longest_gop: frames after which there may be an IDR that nobody asked for.

        Raises:
            Stop: it cannot be started.
        """
