"""The LED's rhythms: told apart by counting, as the installer's guide has them."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from edge.panel.condition import Condition
from edge.panel.patterns import CONDITIONS, HELD, LINK_DOWN, LINK_UP, Pattern, shown
from edge.panel.port import Light
from edge.panel.states import TEST_SHOWN_S, State

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDES = {"installer.en.md": {}, "installer.ja.md": {"緑": "green", "橙": "amber", "赤": "red"}}
"""Each with its words for the colours where they are not the light's own."""
ALL: dict[str, Pattern] = {
    **{condition.value: pattern for condition, pattern in CONDITIONS.items()},
    "link-up": LINK_UP,
    "link-down": LINK_DOWN,
    **{state.value: pattern for state, pattern in HELD.items() if pattern.light is not Light.DARK},
}


def alike() -> list[tuple[str, str]]:
    """Pairs that a person who sees no colours takes for one another."""
    names = sorted(ALL)
    return [(one, other) for one in names for other in names if one < other and ALL[one].rhythm == ALL[other].rhythm]


def test_no_two_rhythms_count_alike() -> None:
    assert alike() == []


def test_rhythms_that_differ_in_colour_alone_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the test above."""
    monkeypatch.setitem(ALL, "fault", Pattern(Light.AMBER, ALL["moved"].beats))
    assert alike() == [("fault", "moved")]


def test_each_condition_has_a_rhythm_and_the_usual_one_is_the_quietest() -> None:
    assert set(CONDITIONS) == set(Condition)
    lit = {name: sum(on for on, _ in pattern.beats) / sum(map(sum, pattern.beats)) for name, pattern in ALL.items()}
    assert min(lit, key=lambda name: lit[name]) == "recording"


def seen(pattern: Pattern, length_ms: int) -> list[tuple[Light, int]]:
    """What an eye sees, look by look of 50 ms."""
    looks = [pattern.at(at) for at in range(0, length_ms, 50)]
    return [(light, 50 * len(list(same))) for light, same in groupby(looks)]


def test_flashes_are_lit_as_long_as_they_say() -> None:
    assert seen(CONDITIONS[Condition.LINE_DOWN], 3600) == [
        (Light.AMBER, 150), (Light.DARK, 300), (Light.AMBER, 150), (Light.DARK, 3000),
    ]  # fmt: skip
    assert seen(HELD[State.VISIT_READY], 10_000) == [(Light.AMBER, 10_000)]
    assert seen(HELD[State.PRESSED], 10_000) == [(Light.DARK, 10_000)]


def test_pattern_begins_again_after_its_pause() -> None:
    for pattern in ALL.values():
        length_ms = sum(map(sum, pattern.beats))
        assert seen(pattern, length_ms) == seen(Pattern(pattern.light, pattern.beats * 2), length_ms)
        assert [pattern.at(at) for at in range(length_ms)] == [pattern.at(length_ms + at) for at in range(length_ms)]


@pytest.mark.parametrize("line_up", [False, True])
def test_link_test_shows_the_line_whatever_the_condition(line_up: bool) -> None:
    for condition in Condition:
        assert shown(State.LINK_TEST, condition, line_up=line_up) is (LINK_UP if line_up else LINK_DOWN)


@pytest.mark.parametrize("state", [State.SHOWING, State.STUCK])
def test_condition_is_shown_while_nobody_asks(state: State) -> None:
    for condition in Condition:
        assert shown(state, condition, line_up=True) is CONDITIONS[condition]


def rows(guide: str) -> dict[str, tuple[str, str]]:
    """Colour and rhythm of each row of a guide's table, by its last column."""
    found = {}
    for line in (DOCS / guide).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").replace("\\|", "\0").split("|")]
        if len(cells) == 4 and cells[3] in ALL:
            found[cells[3]] = (GUIDES[guide].get(cells[0], cells[0]), cells[1].replace("\0", "|"))
    return found


@pytest.mark.parametrize("guide", GUIDES)
def test_guide_has_every_rhythm_as_it_is(guide: str) -> None:
    assert rows(guide) == {name: (pattern.light.value, pattern.rhythm) for name, pattern in ALL.items()}


def test_test_is_shown_for_as_long_as_it_takes_to_count() -> None:
    for pattern in (LINK_UP, LINK_DOWN):
        flashes_ms = sum(map(sum, pattern.beats)) - pattern.beats[-1][1]
        assert flashes_ms < 1000 * TEST_SHOWN_S
