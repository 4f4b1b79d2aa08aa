"""Records from the simulated board with the product's own painter, encoder and segments, and looks at the result."""

from __future__ import annotations

import io
from functools import partial
from zoneinfo import ZoneInfo

import av
import numpy as np
from numpy.typing import NDArray

from edge.base.frame import Frame, Geometry, split
from edge.capture.port import BoardCamera
from edge.encode.cut import CutRules
from edge.encode.h264 import MakeEncoder
from edge.encode.segments import Segment, SegmentEncoder
from edge.encode.settings import EncoderSettings
from edge.mask import selfcheck
from edge.mask.paint import Painter
from edge.mask.raster import Raster, rasterise
from edge.node.recording.cameraencoder import CameraEncoder
from tests.mask.samples import document, mask, parsed, rectangle
from tests.picamera import board

WINDOW = 0.53, 0.07, 0.92, 0.48
"""Around the private window of the simulated scene."""
RULES = CutRules.of(EncoderSettings(fps=board.FPS, segment_s=1), ZoneInfo("Asia/Tokyo"))


def raster(camera: BoardCamera) -> Raster:
    """The masked pixels."""
    return rasterise(parsed(document(mask(polygon=rectangle(*WINDOW)))), camera.geometry)


def painter(camera: BoardCamera) -> Painter:
    """Paints the private window over."""
    return Painter(raster(camera), "m" * 64, "f" * 64)


def encoder(camera: BoardCamera, bitrate_bps: int = 1_000_000) -> SegmentEncoder:
    """The camera's encoder as the recorder has it, in segments of a second."""
    return SegmentEncoder(encoders(camera, bitrate_bps), RULES)


def encoders(camera: BoardCamera, bitrate_bps: int) -> MakeEncoder:
    """Makes the camera's encoder at a bitrate."""
    return lambda _width, _height: CameraEncoder(partial(camera.coder, bitrate_bps, "superfast", 600))


def read(camera: BoardCamera) -> Frame:
    """The next frame; there is one."""
    frame = camera.read()
    assert frame is not None
    return frame


def record(camera: BoardCamera, frames: int) -> list[Segment]:
    """Records so many frames."""
    paint, segments = painter(camera), encoder(camera)
    done: list[Segment] = []
    for _ in range(frames):
        done += segments.push(paint.paint(read(camera)))
    return done + segments.finish()


def pictures(segment: Segment) -> list[NDArray[np.uint8]]:
    """Luma of every decoded picture."""
    with av.open(io.BytesIO(segment.mp4), mode="r") as container:
        return [np.asarray(frame.to_ndarray(format="gray"), np.uint8) for frame in container.decode(video=0)]


def solid(segment: Segment, masked: Raster) -> bool:
    """Whether every masked pixel of every picture is what paint may become in an encoder."""
    with av.open(io.BytesIO(segment.mp4), mode="r") as container:
        for frame in container.decode(video=0):
            packed = np.ascontiguousarray(frame.to_ndarray(format="yuv420p"), np.uint8)
            planes = split(packed, Geometry(frame.width, frame.height, frame.width))
            if not selfcheck.check_planes(planes, masked, None).ok:
                return False
    return True
