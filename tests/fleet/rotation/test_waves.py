from __future__ import annotations

import pytest

from edge.fleet.rotation.waves import next_wave

ORDER = [f"n{number}" for number in range(200)]


def test_waves_are_one_then_5_percent_then_all() -> None:
    settled: set[str] = set()
    sizes = []
    while wave := next_wave(ORDER, settled, ()):
        sizes.append(len(wave))
        settled |= set(wave)
    assert sizes == [1, 9, 190]
    assert settled == set(ORDER)


def test_machine_that_is_away_counts_for_no_wave() -> None:
    assert next_wave(ORDER, (), {"n0", "n1"}) == ("n2",)
    assert next_wave(ORDER, {"n2"}, {"n0", "n1", "n3"}) == tuple(f"n{number}" for number in range(4, 13))


@pytest.mark.parametrize(
    ("size", "sizes"), [(1, [1]), (3, [1, 2]), (20, [1, 19]), (21, [1, 1, 19]), (500, [1, 24, 475])]
)
def test_small_fleets_have_a_canary_too(size: int, sizes: list[int]) -> None:
    settled: set[str] = set()
    found = []
    while wave := next_wave(ORDER[:size] if size <= 200 else [str(n) for n in range(size)], settled, ()):
        found.append(len(wave))
        settled |= set(wave)
    assert found == sizes


def test_run_that_goes_on_begins_in_the_wave_where_it_stopped() -> None:
    assert next_wave(ORDER, set(ORDER[:4]), ()) == tuple(ORDER[4:10])
