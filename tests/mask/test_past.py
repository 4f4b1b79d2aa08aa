"""Which footage may be kept, by what the guard saw."""

from __future__ import annotations

import pytest

from edge.mask.past import Keep, Past
from edge.mask.sight import Sight

SECOND = 1_000_000_000
SIGHTS = {"i": Sight.IN_PLACE, "m": Sight.MOVED, "l": Sight.LOST, "?": Sight.UNVERIFIABLE}


def seen(letters: str) -> Past:
    """Two looks a second, from 0 on."""
    past = Past()
    for index, letter in enumerate(letters):
        past.add(index * SECOND // 2, SIGHTS[letter])
    return past


@pytest.mark.parametrize(
    ("letters", "keep"),
    [
        ("iiiiiiii", Keep.YES),
        ("iiii????", Keep.YES),
        ("iiiiimii", Keep.NO),
        ("iiimiiii", Keep.NO),  # moved at the last look before it
        ("iimiiiii", Keep.YES),
        ("iiiiilii", Keep.YES),  # found again half a second later
        ("iiiiilll", Keep.WAIT),
        ("iiiiillli", Keep.YES),
        ("iiiiillllli", Keep.NO),  # lost for 2 s
        ("iiiiilllll", Keep.NO),
        ("iiiiillm", Keep.NO),
        ("lllllliiii", Keep.NO),
        ("", Keep.YES),
    ],
)
def test_footage_of_seconds_two_to_four_is_kept_only_where_the_camera_was_in_place(letters: str, keep: Keep) -> None:
    assert seen(letters).keep(2 * SECOND, 4 * SECOND) is keep


def test_waiting_always_ends() -> None:
    past = seen("iiiii")
    at = 5
    while past.keep(2 * SECOND, 4 * SECOND) is Keep.WAIT or at == 5:
        past.add(at * SECOND // 2, Sight.LOST)
        at += 1
        assert at < 12
    assert past.keep(2 * SECOND, 4 * SECOND) is Keep.NO
