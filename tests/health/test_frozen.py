"""A frozen picture is told from a still street at night, and from one that shows nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edge.base.frame import Picture
from edge.health.frozen import CONTRAST, FROZEN_AFTER_S, FrozenPicture

SECOND_NS = 1_000_000_000
SCENE = np.random.default_rng(1).integers(20, 200, 2000, np.uint8)


def seconds_frozen(picture: Callable[[int], Picture | None], seconds: int) -> list[int]:
    """Looks once a second; returns what was said each time."""
    frozen = FrozenPicture()
    return [frozen.look(picture(second), second * SECOND_NS) for second in range(seconds)]


def test_same_picture_is_frozen_from_the_tenth_second_on() -> None:
    assert seconds_frozen(lambda _: SCENE.copy(), 13) == [0] * FROZEN_AFTER_S + [10, 11, 12]


def test_one_sample_that_differs_ends_it() -> None:
    def picture(second: int) -> Picture:
        changed = SCENE.copy()
        changed[1234] += second >= 12
        return changed

    assert seconds_frozen(picture, 15) == [0] * 10 + [10, 11, 0, 0, 0]


def test_still_street_at_night_with_a_sensors_noise_is_not_frozen() -> None:
    """Black but for a lamp; a level of noise in one of a thousand pixels."""
    noise = np.random.default_rng(2)
    night = np.full(2000, 16, np.uint8)
    night[:50] = 90

    def picture(_: int) -> Picture:
        seen = night.copy()
        seen[noise.integers(0, 2000, 2)] += 1
        return seen

    assert not any(seconds_frozen(picture, 600))


NOTHING: dict[str, Callable[[int], Picture | None]] = {
    "dark": lambda _: np.full(2000, 16, np.uint8),
    "fog": lambda _: np.arange(2000, dtype=np.uint8) % CONTRAST + 100,
    "masked all over": lambda _: np.empty(0, np.uint8),
    "painted over": lambda _: None,
}


@pytest.mark.parametrize("picture", NOTHING.values(), ids=NOTHING)
def test_picture_that_shows_nothing_is_not_called_frozen(picture: Callable[[int], Picture | None]) -> None:
    assert not any(seconds_frozen(picture, 60))


def test_other_masks_begin_anew() -> None:
    """They leave other pixels to look at."""
    assert not any(seconds_frozen(lambda second: SCENE[: 2000 if second < 8 else 1500], 17))


def test_one_frame_a_second_is_looked_at() -> None:
    frozen = FrozenPicture()
    looked = 0
    for frame in range(150):
        if frozen.due(frame * SECOND_NS // 15):
            frozen.look(SCENE, frame * SECOND_NS // 15)
            looked += 1
    assert looked == 10
