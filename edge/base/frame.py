"""The picture that passes from stage to stage: I420 with a stride, its times and its number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Geometry:
    """Size of an I420 picture; width and height are even.

    Attributes:
        stride: bytes from one luma row to the next, at least ``width`` and even; chroma rows take ``stride // 2``.
            What lies between ``width`` and ``stride`` is padding and belongs to nobody.
    """

    width: int
    height: int
    stride: int

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0 or self.width % 2 or self.height % 2:
            raise ValueError(f"picture {self.width}x{self.height}: both sides must be even and positive")
        if self.stride < self.width or self.stride % 2:
            raise ValueError(f"stride {self.stride} must be even and at least the width {self.width}")

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the one array that holds the three planes: ``(height * 3 // 2, stride)``."""
        return self.height * 3 // 2, self.stride


@dataclass(frozen=True, slots=True)
class Planes:
    """Views of an I420 array, without padding: ``y`` (height, width), ``u`` and ``v`` (height/2, width/2), uint8."""

    y: Picture
    u: Picture
    v: Picture


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture from a camera.

    Attributes:
        picture: uint8 ``geometry.shape``, C-contiguous, planes Y, U, V one after another. A chroma plane's rows are
            ``stride // 2`` bytes: U starts at byte ``height * stride``, V at ``height * stride * 5 // 4``.
            The camera hands it over: whoever holds the frame may write into it, until the next frame is asked for.
        wall_us: UTC of exposure, microseconds since 1970.
        mono_ns: monotonic time of exposure, nanoseconds.
        number: counts from 0 and counts missed frames too, so a jump is what the camera missed.
        small: the same moment in a smaller picture, where the camera gives one; painted together with this one.
    """

    picture: Picture
    geometry: Geometry
    wall_us: int
    mono_ns: int
    number: int
    small: Frame | None = None

    def planes(self) -> Planes:
        """Returns views of the three planes."""
        return split(self.picture, self.geometry)


@dataclass(frozen=True, slots=True)
class PaintedFrame:
    """A frame whose masks and timestamp are burnt in; the only kind of frame that encoder, health and preview take.

    ``edge.mask.paint`` alone constructs it, after it has painted (promise 1: no pixel behind a mask is ever encoded,
    stored or sent); ``tests/mask/test_paint.py`` looks through every module of ``edge`` for another place that does.

    Attributes:
        frame: the frame, its picture painted in place.
        mask_digest: hex SHA-256 of the mask set that was last valid (``edge.mask.maskset.digest``).
        floor_digest: hex SHA-256 of the mask floor's raster.
        blanked: the whole picture is painted over, because the mask set in force cannot be trusted.
    """

    frame: Frame
    mask_digest: str
    floor_digest: str
    blanked: bool


def split(picture: Picture, geometry: Geometry) -> Planes:
    """Returns views of the planes of an I420 array; writing to them writes to ``picture``.

    Raises:
        ValueError: the array has another shape, type or order.
    """
    if picture.shape != geometry.shape or picture.dtype != np.uint8 or not picture.flags.c_contiguous:
        raise ValueError(f"array {picture.shape} {picture.dtype} is not a contiguous I420 picture of {geometry.shape}")
    flat = picture.reshape(-1)
    height, width, stride = geometry.height, geometry.width, geometry.stride
    luma, chroma = height * stride, height * stride // 4
    u = flat[luma : luma + chroma].reshape(height // 2, stride // 2)
    v = flat[luma + chroma : luma + 2 * chroma].reshape(height // 2, stride // 2)
    return Planes(picture[:height, :width], u[:, : width // 2], v[:, : width // 2])
