"""An independent look at footage: decoded by the ffmpeg program, measured at every masked pixel of every frame."""

from __future__ import annotations

import subprocess

import cv2
import numpy as np

from edge.base.frame import Geometry, Picture
from edge.mask.raster import Bits, Raster
from edge.mask.text import TextBox

LUMA_TOLERANCE, CHROMA_TOLERANCE, RIM_PX, TEXT_RINGING_PX = 24, 12, 8, 8
"""What "solid" means in a decoded picture: ``edge/mask/MASKS.md``."""


def decoded(mp4: bytes, geometry: Geometry) -> Picture:
    """Decodes with the ffmpeg program, which is not ours; returns (frames, height * 3 / 2, width) uint8, I420."""
    raw = ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1"]
    command = ["ffmpeg", "-v", "error", "-i", "pipe:0", *raw]
    result = subprocess.run(command, input=mp4, capture_output=True, timeout=60, check=True)
    return np.frombuffer(result.stdout, np.uint8).reshape(-1, geometry.height * 3 // 2, geometry.width)


def worst(pictures: Picture, raster: Raster, text_box: TextBox) -> float:
    """Returns the largest distance from solid as a share of what MASKS.md allows, over every frame."""
    count, height, width = len(pictures), *raster.y.shape
    text = text_box.grown(TEXT_RINGING_PX)
    flat = pictures.reshape(count, -1).astype(np.int16)
    luma, quarter = height * width, height * width // 4
    half = (count, height // 2, width // 2)
    y = flat[:, :luma].reshape(count, height, width)
    u, v = flat[:, luma : luma + quarter].reshape(half), flat[:, luma + quarter :].reshape(half)
    found = [0.0]
    for plane, bits, colour, allowed, scale in (
        (y, raster.y, 16, LUMA_TOLERANCE, 1),
        (u, raster.chroma, 128, CHROMA_TOLERANCE, 2),
        (v, raster.chroma, 128, CHROMA_TOLERANCE, 2),
    ):
        apart = np.abs(plane - colour)
        for inset, factor in ((1, 2), (1 + RIM_PX // scale, 1)):
            area = _solid_area(bits, inset)
            area[tuple(slice(edge.start // scale, edge.stop // scale) for edge in text)] = False
            found += [float(apart[:, area].max()) / (factor * allowed)] if area.any() else []
    return max(found)


def _solid_area(bits: Bits, inset: int) -> Bits:
    """Returns ``bits`` eroded by so many samples; the picture's own edge is no edge of the painted area."""
    square = np.ones((2 * inset + 1, 2 * inset + 1), np.uint8)
    eroded = cv2.erode(bits.astype(np.uint8), square, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(eroded > 0, np.bool_)
