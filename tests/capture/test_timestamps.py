"""Which timestamp to believe."""

from __future__ import annotations

import pytest

from edge.capture.timestamps import BestEffort


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([(0, 0), (3, 1), (6, 2)], [0, 3, 6]),
        ([(0, 2), (3, 3), (2, 4), (4, 5), (1, 6)], [0, 3, 4, 5, 6]),
        ([(0, None), (5, None), (4, None)], [0, 5, 4]),
        ([(None, 1), (None, 2)], [1, 2]),
        ([(None, None), (4, 4)], [None, 4]),
        ([(0, 5), (1, 4), (2, 3)], [0, 1, 2]),
    ],
)
def test_the_series_with_fewer_steps_back_wins(
    stamps: list[tuple[int | None, int | None]], expected: list[int | None]
) -> None:
    best = BestEffort()
    assert [best.choose(pts, dts) for pts, dts in stamps] == expected
