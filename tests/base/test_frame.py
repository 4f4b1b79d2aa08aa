"""I420 pictures: which geometries and arrays are taken, and where each plane's samples lie."""

from __future__ import annotations

import numpy as np
import pytest

from edge.base.frame import Frame, Geometry, Picture, split


@pytest.mark.parametrize(("width", "height", "stride"), [(2, 2, 2), (640, 480, 640), (1280, 960, 1344), (6, 4, 8)])
def test_planes_lie_one_after_another(width: int, height: int, stride: int) -> None:
    geometry = Geometry(width, height, stride)
    picture = np.zeros(geometry.shape, np.uint8)
    planes = Frame(picture, geometry, 0, 0, 0).planes()
    planes.y[-1, -1], planes.u[-1, -1], planes.v[-1, -1] = 1, 2, 3
    flat = picture.reshape(-1)
    half = stride // 2
    assert flat[(height - 1) * stride + width - 1] == 1
    assert flat[height * stride + (height // 2 - 1) * half + width // 2 - 1] == 2
    assert flat[height * stride * 5 // 4 + (height // 2 - 1) * half + width // 2 - 1] == 3
    assert (planes.y.shape, planes.u.shape, planes.v.shape) == (
        (height, width),
        (height // 2, width // 2),
        (height // 2, width // 2),
    )


@pytest.mark.parametrize(
    ("width", "height", "stride"),
    [(0, 2, 2), (2, 0, 2), (-2, 2, 2), (3, 2, 4), (2, 3, 2), (4, 2, 2), (4, 2, 5)],
)
def test_odd_or_empty_geometry_is_refused(width: int, height: int, stride: int) -> None:
    with pytest.raises(ValueError, match=r"picture|stride"):
        Geometry(width, height, stride)


GEOMETRY = Geometry(4, 4, 8)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((6, 4), np.uint8),
        np.zeros((4, 8), np.uint8),
        np.zeros((6, 8), np.uint16),
        np.zeros((6, 16), np.uint8)[:, ::2],
        np.zeros((8, 6), np.uint8).T,
    ],
    ids=["stride", "height", "type", "steps", "order"],
)
def test_other_array_is_refused(picture: Picture) -> None:
    with pytest.raises(ValueError, match="not a contiguous I420"):
        split(picture, GEOMETRY)
