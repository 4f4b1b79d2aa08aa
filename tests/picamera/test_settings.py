"""Controls in their types, and the camera's clocks on ours: pure."""

from __future__ import annotations

import pytest

from edge.base.errors import BadConfiguration
from edge.capture.picamera.settings import Value, typed
from edge.capture.picamera.times import on_our_clock, wall_us

OFFERED = {"AnalogueGain": "Float", "ExposureTime": "Integer32", "AeEnable": "Bool", "ColourGains": "Float"}
NOW_US = 1_780_000_000_000_000


def test_values_get_their_controls_type_and_what_is_not_offered_is_left_out() -> None:
    told = typed({"AnalogueGain": 2, "ExposureTime": 10.0, "ColourGains": (1, 2.5), "LensPosition": 0.5}, OFFERED)
    assert told == {"AnalogueGain": 2.0, "ExposureTime": 10, "ColourGains": (1.0, 2.5)}
    assert [type(told[name]) for name in ("AnalogueGain", "ExposureTime")] == [float, int]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ExposureTime", 0.5),
        ("AeEnable", 1),
        ("AnalogueGain", True),
        ("ExposureTime", False),
        ("ColourGains", (1, True)),
    ],
)
def test_values_that_would_be_lost_are_refused(name: str, value: Value) -> None:
    with pytest.raises(BadConfiguration, match=name):
        typed({name: value}, OFFERED)
    with pytest.raises(BadConfiguration, match="Rectangle"):
        typed({"ScalerCrop": (0, 0, 1, 1)}, {"ScalerCrop": "Rectangle"})


def test_wall_times_in_either_unit_count_where_they_agree_with_ours() -> None:
    assert wall_us((NOW_US + 900) * 1000, NOW_US) == NOW_US + 900
    assert wall_us(NOW_US + 900, NOW_US) == NOW_US + 900
    assert wall_us((NOW_US + 2_001) * 1000, NOW_US) == NOW_US
    assert wall_us(0, NOW_US) == NOW_US


def test_a_timestamp_of_another_clock_gives_way_to_now() -> None:
    assert on_our_clock(99, 100) == 99
    assert on_our_clock(101, 100) == 100
    assert on_our_clock(1, 6_000_000_000) == 6_000_000_000
