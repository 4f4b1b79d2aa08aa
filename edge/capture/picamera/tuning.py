"""The sensor's tuning file, made calm: nothing in it lets one place of the picture, or the last one, change another.

Pure functions over the file's JSON (version 2: ``{"algorithms": [{"rpi.agc": {...}}, ...]}``). What is changed:

- ``rpi.alsc``: ``n_iter`` 0, so that shading is corrected by the sensor's table and not by what is seen;
- ``rpi.contrast``: ``ce_enable`` 0, so that no histogram stretches the picture;
- ``rpi.denoise``, ``rpi.hdr``: no ``tdn`` (the frame before is not mixed in), no tone mapping or stitching.

Exposure and white balance are not left to the tuning at all (``settings.py``).
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from edge.base.errors import BadConfiguration
from edge.capture.picamera.settings import Gains

DAY_K, NIGHT_K = 5500.0, 4000.0
"""Colour temperatures of a street by day, and under its lamps."""
_AWB = "rpi.awb"

Tuning = dict[str, Any]


def calm(tuning: Tuning) -> Tuning:
    """Returns the tuning with everything off that looks around or back.

    Raises:
        BadConfiguration: not a file of version 2.
    """
    tuning = deepcopy(tuning)
    algorithms = tuning.get("algorithms")
    if not isinstance(algorithms, list):
        raise BadConfiguration("the sensor's tuning file is of version 1; install libcamera 0.1 or later")
    for entry in algorithms:
        if "rpi.alsc" in entry:
            entry["rpi.alsc"]["n_iter"] = 0
        if "rpi.contrast" in entry:
            entry["rpi.contrast"]["ce_enable"] = 0
        for modes in (entry.get("rpi.denoise", {}), entry.get("rpi.hdr", {})):
            for mode in (modes, *modes.values()):
                _quiet(mode)
    return tuning


def gains(tuning: Tuning, day: Gains | None, night: Gains | None) -> tuple[Gains, Gains] | None:
    """Returns the colour gains of day and night: those given, else the sensor's curve; None where it sees no colours.

    Raises:
        BadConfiguration: a sensor with colours, without a curve, and gains that are not given.
    """
    awb = next((entry[_AWB] for entry in tuning["algorithms"] if _AWB in entry), None)
    if awb is None:
        return None
    curve = awb.get("ct_curve")
    if not curve and (day is None or night is None):
        raise BadConfiguration(
            "the sensor's tuning has no curve of white (a camera without infrared filter): "
            "give day_gains and night_gains under [source], for example [1.6, 1.6]"
        )
    return day or _on_curve(curve, DAY_K), night or _on_curve(curve, NIGHT_K)


def _quiet(mode: object) -> None:
    if isinstance(mode, dict):
        mode.pop("tdn", None)
        for name in ("tonemap_enable", "stitch_enable"):
            if name in mode:
                mode[name] = 0


def _on_curve(curve: list[float], kelvin: float) -> Gains:
    """Returns the gains at a colour temperature: triples of temperature, red and blue against green, rising."""
    points = list(zip(curve[::3], curve[1::3], curve[2::3], strict=True))
    below = max((point for point in points if point[0] <= kelvin), default=points[0])
    above = min((point for point in points if point[0] >= kelvin), default=points[-1])
    span = above[0] - below[0]
    part = (kelvin - below[0]) / span if span > 0 else 0.0
    red, blue = (below[index] + part * (above[index] - below[index]) for index in (1, 2))
    return round(1 / red, 3), round(1 / blue, 3)
