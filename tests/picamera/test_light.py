"""Exposure is led by unpainted pixels alone, colours are fixed, and nothing of the tuning looks around or back."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from edge.base.clock import SystemClock
from edge.base.errors import BadConfiguration
from edge.capture import exposure
from edge.capture.picamera.tuning import calm, gains
from edge.mask.text import TextBox
from edge.mask.unpainted import UnpaintedPixels
from edge.node.aim import Aim
from tests.picamera import board
from tests.picamera.footage import painter, raster, read

pytestmark = pytest.mark.usefixtures("scenario")


def test_the_sensor_gets_the_calm_tuning() -> None:
    with board.camera():
        tuning = board.sensor().tuning
    told = {name: entry for algorithm in tuning["algorithms"] for name, entry in algorithm.items()}
    assert told["rpi.alsc"] == {"n_iter": 0, "omega": 1.3}
    assert told["rpi.contrast"] == {"ce_enable": 0}
    assert told["rpi.denoise"] == {"normal": {"sdn": {"deviation": 1.6}}}
    assert told["rpi.hdr"]["SingleExposure"] == {"tonemap_enable": 0, "stitch_enable": 0}
    assert board.TUNING["algorithms"][1]["rpi.alsc"]["n_iter"] == 100  # the library's own stays as it is


def test_exposure_colours_and_focus_are_ours() -> None:
    board.begin("pisp")
    with board.camera(focus_dioptres=0.25) as camera:
        read(camera)
        settings = board.sensor().settings
    assert (settings["AeEnable"], settings["AwbEnable"], settings["HdrMode"], settings["AfMode"]) == (
        False,
        False,
        0,
        0,
    )
    assert (settings["LensPosition"], settings["FrameDurationLimits"]) == (0.25, (25_000, 25_000))
    assert settings["ColourGains"] == pytest.approx((1.951, 1.818), abs=0.001)  # on the curve at 5,500 K


def test_a_camera_without_a_lens_that_moves_or_hdr_is_not_asked_for_them() -> None:
    board.begin(lens=False)
    with board.camera() as camera:
        read(camera)
        assert not {"AfMode", "LensPosition", "HdrMode"} & board.sensor().settings.keys()


def exposures(behind: str, light: float, *, blind: bool) -> list[tuple[int, float]]:
    """Returns what the sensor was set to, led by unpainted pixels, or (the control) by all of the frame's."""
    board.begin(behind=behind, light=light, stepped=False)
    found = []
    with board.camera() as camera:
        paint, masked = painter(camera), raster(camera)
        seen = ~masked.y
        for _ in range(12):
            frame = read(camera)
            level = float(frame.planes().y.mean())
            painted = paint.paint(frame)
            if blind:
                level = float(painted.frame.planes().y[seen].mean())
            camera._metering._next_ns = 0
            camera.meter(level)
            found.append((camera._metering.exposure.time_us, camera._metering.exposure.gain))
            camera._held.synced.close()  # type: ignore[union-attr]
    return found


def settled(behind: str, *, blind: bool) -> float:
    time_us, gain = exposures(behind, 1.0, blind=blind)[-1]
    return time_us * gain


def test_light_behind_a_mask_does_not_change_the_exposure() -> None:
    assert settled("a", blind=True) == pytest.approx(settled("b", blind=True), rel=0.02)
    assert settled("a", blind=False) != pytest.approx(settled("b", blind=False), rel=0.1)  # the control: whole frames


def test_a_dark_street_is_exposed_longer_and_a_bright_one_shorter() -> None:
    dark, bright = exposures("a", 0.3, blind=True)[-1], exposures("a", 3.0, blind=True)[-1]
    assert dark[0] * dark[1] > 10 * bright[0] * bright[1] * 0.5
    assert bright[1] == pytest.approx(1.123, abs=0.001)  # the sensor's least


def test_night_changes_gains_colour_and_what_the_panel_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with board.camera() as camera:
        read(camera)
        days = camera._metering._days
        monkeypatch.setattr(days, "night", True)
        monkeypatch.setattr(exposure, "DAY_TOTAL_US", 0.0)
        camera.meter(17.0)
        for _ in range(10):
            read(camera)
        settings = board.sensor().settings
        assert camera.night is True
    assert settings["Saturation"] == 0.0
    assert settings["ColourGains"] == pytest.approx((1.6, 2.5), abs=0.001)  # on the curve at 4,000 K


def test_an_aiming_camera_follows_the_light_of_all_that_it_sees() -> None:
    board.begin(light=3.0)
    with board.camera() as camera:
        nobody = cast(Any, None)
        aim = Aim(camera, nobody, nobody, nobody, SystemClock())
        before = camera._metering.exposure
        aim._meter(read(camera))
        assert camera._metering.exposure.total_us < before.total_us


def test_sensors_without_a_curve_want_gains_and_those_without_colours_none() -> None:
    bare = {"version": 2.0, "algorithms": [{"rpi.awb": {"bayes": 0}}]}
    with pytest.raises(BadConfiguration, match="give day_gains and night_gains"):
        gains(bare, None, (1.0, 1.0))
    assert gains(bare, (1.5, 1.6), (1.0, 1.0)) == ((1.5, 1.6), (1.0, 1.0))
    assert gains({"algorithms": []}, None, None) is None
    with pytest.raises(BadConfiguration, match="version 1"):
        calm({"rpi.awb": {}})


def test_rotation_and_mirror_are_asked_of_the_sensor() -> None:
    for rotation, mirror, flips in ((0, False, (0, 0)), (0, True, (1, 0)), (180, False, (1, 1)), (180, True, (0, 1))):
        with board.camera(rotation=rotation, mirror=mirror) as camera:
            turned = camera._session._camera.camera_configuration()["transform"]
            assert (turned.hflip, turned.vflip, turned.transpose) == (*flips, False)


def test_sensors_of_one_colour_have_their_own_tuning_file(tmp_path: Path) -> None:
    board.begin(model="imx296")
    board.tuning_at(tmp_path, "vc4", "imx296_mono", {"version": 2.0, "algorithms": []})
    with board.camera() as camera:
        read(camera)
        assert "ColourGains" not in board.sensor().settings


def test_the_sample_for_the_exposure_has_no_masked_pixel() -> None:
    with board.camera() as camera:
        masked = raster(camera)
        grid = UnpaintedPixels(masked, TextBox(0, 0, 0, 0))
        frame = read(camera)
        frame.planes().y[masked.y] = 250
        painted = painter(camera)
        frame.planes().y[~masked.y] = 100
        sample = grid.sample(painted.paint(frame))
    assert np.unique(sample).tolist() == [100]
