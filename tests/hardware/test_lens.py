"""What a lens sees, held to geometry that can be done by hand."""

from __future__ import annotations

import math

import pytest

from hardware.assumptions import read_assumptions
from hardware.bom import Figure, Lens, read_bom
from hardware.lens import Optics, Station, fitted, main, station

STRAIGHT = Optics(focal_px=640.0, k=1.0, width_px=1280, height_px=960)


def lens(horizontal: float, vertical: float, sensor: tuple[float, float] = (4.0, 3.0)) -> Lens:
    angles = {"horizontal": horizontal, "vertical": vertical}
    field = {name: Figure.model_validate({"is": angle, "of": "estimate"}) for name, angle in angles.items()}
    return Lens.model_validate({"name": "a lens", "sensor_mm": sensor, "field_deg": field})


def test_a_straight_drawing_lens_is_a_pinhole() -> None:
    at = Station(STRAIGHT, height_m=3.0, tilt_deg=0.0)
    assert STRAIGHT.field_deg[0] == pytest.approx(90.0)
    assert at.pixel(10.0, 5.0, 3.0) == pytest.approx((320.0, 0.0))
    assert at.across_px(10.0, 0.0, 3.0, 1.0) == pytest.approx(64.0)
    assert at.blind_m == pytest.approx(3.0 * 640 / 480)
    assert at.above_horizon_deg == pytest.approx(math.degrees(math.atan(480 / 640)))


def test_what_is_behind_or_beside_the_picture_is_not_in_it() -> None:
    at = Station(STRAIGHT, height_m=3.0, tilt_deg=0.0)
    assert at.pixel(-1.0, 0.0, 3.0) is None
    assert at.pixel(1.0, 1.1, 3.0) is None
    assert at.across_px(1.0, 0.95, 3.0, 0.5) == 0.0
    assert at.reach_m(3.0, 0.16, 5000.0) is None


@pytest.mark.parametrize("angles", [(104.0, 85.0), (66.0, 52.0), (62.2, 48.8)])
def test_a_fitted_lens_has_the_stated_angles(angles: tuple[float, float]) -> None:
    optics = fitted(lens(*angles), 1280, 960)
    assert optics.field_deg[:2] == pytest.approx(angles, abs=0.6)
    assert optics.angle(optics.radius_px(0.5)) == pytest.approx(0.5)


def test_angles_that_no_such_lens_has_are_refused() -> None:
    with pytest.raises(ValueError, match="do not go with a sensor"):
        fitted(lens(104.0, 60.0), 1280, 960)


def test_a_wider_sensor_is_cut_to_the_pictures_shape() -> None:
    optics = fitted(lens(102.0, 67.0, (6.45, 3.63)), 1280, 960)
    assert optics.field_deg[1] == pytest.approx(67.0, abs=1.0)
    assert optics.field_deg[0] < 90


def test_the_eaves_lens_meets_matsudos_angles() -> None:  # R-MATSUDO-09
    at = station(read_bom(), read_assumptions(), "eaves")
    assert at.optics.field_deg[:2] == pytest.approx((104.0, 85.0), abs=0.5)


def test_reach_ends_where_the_pixels_do() -> None:
    at, assumed = station(read_bom(), read_assumptions(), "eaves"), read_assumptions()
    near, far = at.reach_m(1.6, 0.16, 20.0) or (0.0, 0.0)
    assert near < far
    assert at.across_px(far, 0.0, 1.6, 0.16) >= 20.0 > at.across_px(far + 0.06, 0.0, 1.6, 0.16)
    strict = at.reach_m(1.6, 0.16, assumed.lens.face_px["identify"].value)
    assert strict is not None
    assert strict[1] < far


def test_the_command_prints_what_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--build", "eaves", "--height", "3", "--tilt", "40"]) == 0
    shown = capsys.readouterr().out
    assert "3.0 m, 40.0 degrees" in shown
    assert "recognise_m" in shown
