"""Mask sets, frames and segments that the mask tests share."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import av
import numpy as np

from edge.base.frame import Frame, Geometry, PaintedFrame, Picture
from edge.mask import maskset
from edge.mask.polygon import MICRO, Polygon

NODE = "demo"
TRIANGLE = [[0.25, 0.30], [0.50, 0.25], [0.45, 0.75]]
WALL_US = 1_767_574_800_000_000
"""2026-01-05 10:00:00 in Tokyo."""


def mask(**changes: Any) -> dict[str, Any]:
    return {"id": "door-1", "kind": "door", "consent": "K-0001", "margin_px": 4, "polygon": TRIANGLE} | changes


def document(*masks: dict[str, Any], **changes: Any) -> dict[str, Any]:
    signed_off = {"by": "installer", "at": "2026-01-05T10:00:00+09:00"}
    tree = {"version": 1, "node": NODE, "masks": list(masks) or [mask()], "signed_off": signed_off}
    return {key: value for key, value in (tree | changes).items() if value is not ...}


def written(tree: object) -> bytes:
    return json.dumps(tree).encode()


def parsed(tree: object) -> maskset.MaskSet:
    return maskset.parse(written(tree), NODE, source="masks.json")


def rectangle(left: float, top: float, right: float, bottom: float) -> list[list[float]]:
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def micro(points: list[list[float]]) -> Polygon:
    return tuple((round(x * MICRO), round(y * MICRO)) for x, y in points)


def put(path: Path, tree: object) -> None:
    """Writes a new version as a careful writer does: whole, under its name at once."""
    temporary = path.with_name("new")
    temporary.write_bytes(tree if isinstance(tree, bytes) else written(tree))
    temporary.replace(path)


def noise(geometry: Geometry, seed: int = 1) -> Picture:
    """Random samples of 32..127 everywhere, padding too: none of them is a mask's colour by accident."""
    return np.random.default_rng(seed).integers(32, 128, geometry.shape, dtype=np.uint8)


def frame(geometry: Geometry, *, seed: int = 1, number: int = 0) -> Frame:
    return Frame(noise(geometry, seed), geometry, WALL_US + number * 100_000, number * 100_000_000, number)


def soft(geometry: Geometry, seed: int = 1) -> Frame:
    """A frame that an encoder can follow: bright blotches of 32 pixels."""
    height, width = geometry.shape
    rng = np.random.default_rng(seed)
    blotches = rng.integers(90, 224, (height // 32 + 1, width // 32 + 1), dtype=np.uint8)
    picture = np.kron(blotches, np.ones((32, 32), np.uint8))[:height, :width]
    return Frame(np.ascontiguousarray(picture), geometry, WALL_US, 0, 0)


def segment(pictures: list[PaintedFrame], crf: int = 30) -> bytes:
    """Encodes painted frames with libx264 into a fragmented MP4."""
    sink = io.BytesIO()
    geometry = pictures[0].frame.geometry
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(sink, "w", format="mp4", options=options) as container:
        stream = container.add_stream("libx264", rate=10, options={"crf": str(crf), "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = geometry.width, geometry.height, "yuv420p"
        for painted in pictures:
            planes = painted.frame.planes()
            flat = np.concatenate([plane.reshape(-1) for plane in (planes.y, planes.u, planes.v)])
            picture = flat.reshape(geometry.height * 3 // 2, geometry.width)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p")))
        container.mux(stream.encode())
    return sink.getvalue()
