"""What watching over the masks costs: the moved-camera guard's looks and the self-check, at 1280x960.

Both are counted as CPU of one core while the recorder runs at its usual pace: two looks a second, one self-check in ten
seconds. The picture is the drawn street, so that landmarks are there to be found.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from edge.base.frame import Frame, Geometry
from edge.encode.cut import CutRules
from edge.encode.h264 import PyavEncoder
from edge.encode.segments import Segment, SegmentEncoder
from edge.encode.settings import EncoderSettings
from edge.mask import selfcheck
from edge.mask.guard import LOOKS_A_SECOND
from edge.mask.paint import Painter
from edge.mask.stand import Stand
from tests.guard.scenes import ZONE, Pictures, no_text, street, street_raster
from tests.guard.trials import LEARN_LOOKS, new_guard, watch

CORE_PERCENT_MAX = 3.0
_CHECKS_A_SECOND = 0.1
_ROUNDS = 40


def measure() -> dict[str, float]:
    """Returns CPU milliseconds of a look and of a self-check, and both in percent of one core."""
    pictures, raster = street(10, seconds=8), street_raster()
    guard = new_guard(raster)
    watch(guard, pictures[:LEARN_LOOKS])
    assert guard.stand is Stand.WATCHING
    luma = pictures[-1].copy()
    luma[raster.y] = 16
    moments = iter(range(10**12, 10**15, 10**9 // LOOKS_A_SECOND))
    segment = _segment(pictures)
    look_ms = _cpu_ms(lambda: guard.look(luma, next(moments)))
    check_ms = _cpu_ms(lambda: selfcheck.check(segment.mp4, raster, no_text()))
    return {
        "look_ms": round(look_ms, 2),
        "check_ms": round(check_ms, 2),
        "core_percent": round((look_ms * LOOKS_A_SECOND + check_ms * _CHECKS_A_SECOND) / 10, 2),
    }


def _segment(pictures: Pictures) -> Segment:
    """Returns two seconds of the painted street."""
    height, width = pictures.shape[1:]
    geometry, settings = Geometry(width, height, width), EncoderSettings()
    painter = Painter(street_raster(width), "", "")
    encoder = SegmentEncoder(lambda width, height: PyavEncoder(settings, width, height), CutRules.of(settings, ZONE))
    for number, luma in enumerate(pictures):
        picture = np.full(geometry.shape, 128, np.uint8)
        picture[:height] = luma
        encoder.push(painter.paint(Frame(picture, geometry, number * 66_667, number * 66_666_667, number)))
    return encoder.finish()[0]


def _cpu_ms(action: Callable[[], object]) -> float:
    """Returns the mean CPU of one call."""
    action()
    start = time.process_time_ns()
    for _ in range(_ROUNDS):
        action()
    return (time.process_time_ns() - start) / _ROUNDS / 1e6
