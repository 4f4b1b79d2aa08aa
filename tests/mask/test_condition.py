"""What is measured of a view, and when: only what decides, and focus only now and then."""

from __future__ import annotations

import numpy as np
import pytest

from edge.mask.condition import FOCUS_EVERY_S, Condition, Focus, condition_of, focus_of
from tests.guard.disturb import defocus
from tests.guard.scenes import street


def unmeasured() -> float:
    raise AssertionError("this decides nothing and costs as much as a look")


@pytest.mark.parametrize(
    ("seen", "light", "focus", "condition"),
    [
        (0.29, 29.0, None, Condition.DARK),
        (0.29, 30.0, None, Condition.COVERED),
        (0.3, None, 0.49, Condition.DEFOCUSED),
        (0.3, None, 0.5, Condition.CLEAR),
    ],
)
def test_only_what_decides_is_measured(
    seen: float, light: float | None, focus: float | None, condition: Condition
) -> None:
    measures = [unmeasured if value is None else (lambda value=value: value) for value in (light, focus)]
    assert condition_of(seen, measures[0], measures[1], 1.0) is condition


def test_focus_is_measured_anew_after_a_while_and_not_before() -> None:
    sharp = street(10, seconds=1, width=640)[0]
    soft = defocus(4)(sharp, 0)
    assert focus_of(soft) < 0.5 * focus_of(sharp)  # control: they can be told apart
    focus, step_ns = Focus(), int(FOCUS_EVERY_S * 1e9)
    values = [
        focus.of(luma, at) for luma, at in ((sharp, 0), (soft, step_ns - 1), (soft, step_ns), (sharp, step_ns + 1))
    ]
    assert np.allclose(values, [focus_of(sharp), focus_of(sharp), focus_of(soft), focus_of(soft)])
