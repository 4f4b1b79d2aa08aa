"""The simulated board in this process: its scenario, its camera, what hardware saw. Imported, it is there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

STAND_INS = Path(__file__).parent / "stand_ins"
if str(STAND_INS) not in sys.path:
    sys.path.insert(0, str(STAND_INS))

import libcamera  # noqa: E402
import picamera2.platform  # noqa: E402
from libcamera import codec, dma  # noqa: E402
from libcamera import scenario as scenarios  # noqa: E402

from edge.base.clock import SystemClock  # noqa: E402
from edge.capture.pace import Pace  # noqa: E402
from edge.capture.picamera.camera import PicameraCamera  # noqa: E402
from edge.capture.picamera.settings import Settings  # noqa: E402

SIZE, SMALL, FPS = (320, 240), (96, 72), Fraction(40)

TUNING: dict[str, Any] = {
    "version": 2.0,
    "algorithms": [
        {"rpi.awb": {"ct_curve": [2500.0, 0.9, 0.25, 4000.0, 0.625, 0.4, 7000.0, 0.4, 0.7]}},
        {"rpi.alsc": {"n_iter": 100, "omega": 1.3}},
        {"rpi.contrast": {"ce_enable": 1}},
        {"rpi.denoise": {"normal": {"sdn": {"deviation": 1.6}, "tdn": {"deviation": 1.0}}}},
        {"rpi.hdr": {"Off": {"cadence": [0]}, "SingleExposure": {"tonemap_enable": 1, "stitch_enable": 1}}},
    ],
}
"""What of a tuning file we touch, in the form that libcamera 0.5 to 0.7 ship."""


def tuning_at(home: Path, board: str, model: str = "imx708", tuning: dict[str, Any] | None = None) -> None:
    """Puts a sensor's tuning file where picamera2 looks first."""
    folder = home / "libcamera" / "src" / "ipa" / "rpi" / board / "data"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{model}.json").write_text(json.dumps(TUNING if tuning is None else tuning))


def begin(board: str = "vc4", **changes: Any) -> Any:
    """Begins a scenario: on a Pi up to the 4 (``vc4``), or a Pi 5 (``pisp``)."""
    picamera2.platform._platform = picamera2.Picamera2.platform = picamera2.platform.Platform[board.upper()]
    codec.made.clear()
    libcamera.CameraManager._one = picamera2.Picamera2._cm._cms = None
    return scenarios.reset(board=board, **changes)


def sensor() -> Any:
    """The simulated camera behind picamera2."""
    return libcamera.CameraManager.singleton().cameras[0]


def seen(fd_of: Any) -> Any:
    """What hardware sees of a buffer."""
    return dma.buffers[fd_of].seen


@contextmanager
def camera(clock: SystemClock | None = None, **settings: Any) -> Iterator[PicameraCamera]:
    """Our camera, closed at the end."""
    clock, asked = clock or SystemClock(), {"size": SIZE, "fps": FPS} | settings
    with PicameraCamera(Settings(**cast(Any, asked)), Pace(clock), clock) as it:
        yield it
