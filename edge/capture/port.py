"""What every camera is to the rest: frames in I420, one after another, until it ends.

Rules that every adapter keeps (``tests/contracts/test_camera_contract.py`` checks them):
  1. ``geometry`` never changes while the camera is open; a source that changes size stops with BadInput,
     since masks would lie in the wrong places.
  2. ``number`` rises with every frame; a jump is what was missed. Times rise too.
  3. The picture is the reader's to write into until the next ``read``; what was written never shows up again.
     An adapter may hand out the same buffer each time. Picture rows are ``geometry.stride`` bytes apart;
     the bytes between width and stride are padding and may hold anything.
  4. After the end ``read`` returns None for ever. ``close`` may be called twice and gives everything back.
"""

from __future__ import annotations

from fractions import Fraction
from types import TracebackType
from typing import Protocol, Self

from edge.base.frame import Frame, Geometry


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
