"""The LED's rhythms and what a press asks for, in words: from the panel's own tables (``edge.panel.patterns``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from edge.panel.condition import Condition
from edge.panel.patterns import CONDITIONS, HELD, LINK_DOWN, LINK_UP, Pattern
from edge.panel.port import Light
from edge.panel.states import State

STRIP_MS = 5000
"""Of a rhythm that is drawn: two of the slowest flashes."""
_HIGH = 400
_COLOURS = {Light.GREEN: "緑 green", Light.AMBER: "橙 amber", Light.RED: "赤 red"}
_CONDITIONS = {
    Condition.STARTING: ("起動中", "starting"),
    Condition.RECORDING: ("録画中", "recording"),
    Condition.LINE_DOWN: ("録画中・回線なし", "recording, line down"),
    Condition.VISIT: ("作業訪問中", "a visit"),
    Condition.MOVED: ("向きがずれた", "the camera has moved"),
    Condition.FAULT: ("故障", "fault"),
    Condition.TAMPERED: ("ケースが開いている・開けられた", "the case is, or was, open"),
}
_HELD = {
    State.VISIT_READY: ("離すと作業訪問", "let go: a visit"),
    State.DECOMMISSION_READY: ("離すと撤去を要求", "let go: decommissioning"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        rhythm: as it is counted (``Pattern.rhythm``).
        strip: ``STRIP_MS`` of it as a picture, a ``data:`` address.
    """

    colour: str
    rhythm: str
    strip: str
    japanese: str
    english: str


def light_rows() -> list[Row]:
    """Returns the table, what the LED shows by itself first."""
    rows = [_row(CONDITIONS[condition], words) for condition, words in _CONDITIONS.items()]
    rows += [_row(LINK_UP, ("回線試験：応答あり", "link test: answered"))]
    rows += [_row(LINK_DOWN, ("回線試験：応答なし", "link test: no answer"))]
    return rows + [_row(HELD[state], words) for state, words in _HELD.items()]


def lit(pattern: Pattern) -> Iterator[tuple[int, int]]:
    """Yields when it is lit within ``STRIP_MS``: beginning and length, milliseconds."""
    at = 0
    while at < STRIP_MS:
        for on, off in pattern.beats:
            if at < STRIP_MS:
                yield at, min(on, STRIP_MS - at)
            at += on + off


def _row(pattern: Pattern, words: tuple[str, str]) -> Row:
    return Row(_COLOURS[pattern.light], pattern.rhythm, _strip(pattern), *words)


def _strip(pattern: Pattern) -> str:
    bars = "".join(f'<rect x="{at}" width="{length}" height="{_HIGH}"/>' for at, length in lit(pattern))
    frame = f'<rect width="{STRIP_MS}" height="{_HIGH}" fill="none" stroke="#999" stroke-width="20"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {STRIP_MS} {_HIGH}" preserveAspectRatio="none">'
    return "data:image/svg+xml," + quote(head + frame + bars + "</svg>")
