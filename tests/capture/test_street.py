"""The street: deterministic, of any even size, private where it says so, different by day and night."""

from __future__ import annotations

from fractions import Fraction
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest

from edge.base.clock import SystemClock, from_iso
from edge.base.frame import Geometry, Picture
from edge.capture.pace import Pace
from edge.capture.street import StreetCamera, private_places
from edge.capture.street.view import View
from tests.clocks import HandClock

SIZE = (320, 240)
NOON, DUSK, NIGHT = "2026-01-05T12:00:00+09:00", "2026-01-05T16:50:00+09:00", "2026-01-05T20:00:00+09:00"


def shot(count: int = 1, *, at: str = NOON, size: tuple[int, int] = SIZE, **options: object) -> Picture:
    """Returns the last of ``count`` frames."""
    pace = Pace(SystemClock(), fast=True, start_us=from_iso(at))
    with StreetCamera(pace, size=size, **options) as camera:  # type: ignore[arg-type]
        for _ in range(count):
            frame = camera.read()
        assert frame is not None
        return frame.picture.copy()


def luma(picture: Picture, size: tuple[int, int] = SIZE) -> Picture:
    return picture[: size[1], : size[0]]


def private_mask(size: tuple[int, int]) -> Picture:
    mask = np.zeros((size[1], size[0]), np.uint8)
    for _, _, polygon in private_places():
        cv2.fillPoly(mask, [np.rint(np.array(polygon) * size).astype(np.int32)], 1)
    return mask


def test_seeking_shows_the_same_picture_as_playing() -> None:
    geometry = Geometry(*SIZE, SIZE[0])
    view = View(geometry, seed=1, zone=ZoneInfo("Asia/Tokyo"), rain=0.0, behind="a")
    picture = np.zeros(geometry.shape, np.uint8)
    for number in (900, 3, 500, 29):
        view.draw(picture, number, Fraction(15), from_iso(NOON) + number * 66_667)
    assert np.array_equal(picture, shot(30))


def test_another_seed_shows_another_street_life() -> None:
    assert not np.array_equal(shot(30, seed=1), shot(30, seed=2))


def test_things_move() -> None:
    change = np.abs(luma(shot(1)).astype(int) - luma(shot(30)))
    assert 0.002 < (change > 30).mean() < 0.3


def test_night_is_dark_and_lamps_are_lit() -> None:
    day, dusk, night = (luma(shot(at=at)) for at in (NOON, DUSK, NIGHT))
    assert day.mean() > dusk.mean() > night.mean()
    assert night.mean() < 70
    assert np.percentile(night, 99.7) > 150


def test_the_zone_decides_between_day_and_night() -> None:
    assert luma(shot(at=NOON, zone="America/New_York")).mean() < luma(shot(at=NOON)).mean() - 30


def test_rain_shows() -> None:
    dry, wet = shot(), shot(rain=1.0)
    assert np.abs(luma(dry).astype(int) - luma(wet)).mean() > 8


@pytest.mark.parametrize("size", [(320, 180), (98, 62), (64, 128)])
def test_any_even_size(size: tuple[int, int]) -> None:
    assert shot(size=size).shape == (size[1] * 3 // 2, size[0])


@pytest.mark.parametrize(("size", "at"), [((320, 240), NOON), ((642, 362), NIGHT), ((1280, 960), NOON)])
def test_what_goes_on_behind_differs_strictly_inside_the_private_places(size: tuple[int, int], at: str) -> None:
    one, other = (shot(3, at=at, size=size, behind=behind, rain=0.5) for behind in ("a", "b"))
    height = size[1]
    differs = luma(one, size) != luma(other, size)
    inside = cv2.erode(private_mask(size), np.ones((3, 3), np.uint8)).astype(bool)
    assert differs.any()
    assert not (differs & ~inside).any()
    chroma = (one[height:] != other[height:]).reshape(2, height // 2, size[0] // 2)
    grown = chroma.any(0).repeat(2, axis=0).repeat(2, axis=1)
    assert not (grown & ~private_mask(size).astype(bool)).any()


def test_private_places_are_few_valid_and_about_a_twelfth_of_the_picture() -> None:
    places = private_places()
    assert 4 <= len(places) <= 12
    assert {kind for _, kind, _ in places} >= {"door", "window", "garden"}
    assert len({identity for identity, _, _ in places}) == len(places)
    for _, _, polygon in places:
        assert len(polygon) >= 3
        assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in polygon)
        assert cv2.isContourConvex(np.rint(np.array(polygon) * 100_000).astype(np.int32))
    assert 0.06 < private_mask((1280, 960)).mean() < 0.1


def test_late_street_skips_frames_and_counts_them() -> None:
    clock = HandClock()
    with StreetCamera(Pace(clock), size=(64, 48)) as camera:
        numbers = []
        for push in (0.0, 0.9, 3.0):
            clock.advance(push)
            frame = camera.read()
            assert frame is not None
            numbers.append(frame.number)
    assert numbers[:2] == [0, 1]
    assert 50 <= numbers[2] <= 60


def test_street_ends_after_the_frames_asked_for() -> None:
    with StreetCamera(Pace(HandClock()), size=(64, 48), frames=2) as camera:
        assert [frame is not None for frame in (camera.read(), camera.read(), camera.read())] == [True, True, False]
