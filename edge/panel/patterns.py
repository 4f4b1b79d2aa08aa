"""What the LED shows: rhythms that a person can count, and tell apart without seeing colours.

The installer's guides have them in a table (``docs/installer.*.md``), which a test holds to this one.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.panel.condition import Condition
from edge.panel.port import Light
from edge.panel.states import State

SHORT_MS, LONG_MS = 150, 600
PAUSE_MS = 1500
_BETWEEN_MS = 300


@dataclass(frozen=True, slots=True)
class Pattern:
    """A colour and the beats that repeat: each so long on, then so long off, milliseconds."""

    light: Light
    beats: tuple[tuple[int, int], ...]

    def at(self, elapsed_ms: int) -> Light:
        """Returns what the LED shows so long after the pattern began."""
        left = elapsed_ms % sum(on + off for on, off in self.beats)
        for on, off in self.beats:
            if left < on:
                return self.light
            left -= on
            if left < off:
                break
            left -= off
        return Light.DARK

    @property
    def rhythm(self) -> str:
        """How a person counts it: ``·`` short, ``–`` long, ``—`` longer, ``|`` a pause, ``…`` without any."""
        flashes = "".join("·" if on <= SHORT_MS else "–" if on <= LONG_MS else "—" for on, _ in self.beats if on)
        last_off = self.beats[-1][1]
        return (flashes + ("|" if last_off >= PAUSE_MS else "…" if last_off else "")) if flashes else ""


def _flashes(light: Light, count: int, on_ms: int = SHORT_MS, pause_ms: int = 2 * PAUSE_MS) -> Pattern:
    """So many flashes, then a pause."""
    return Pattern(light, ((on_ms, _BETWEEN_MS),) * (count - 1) + ((on_ms, pause_ms),))


CONDITIONS = {
    Condition.STARTING: Pattern(Light.GREEN, ((LONG_MS, LONG_MS),)),
    Condition.RECORDING: _flashes(Light.GREEN, 1),
    Condition.LINE_DOWN: _flashes(Light.AMBER, 2),
    Condition.MOVED: _flashes(Light.RED, 3),
    Condition.FAULT: _flashes(Light.RED, 4),
    Condition.TAMPERED: Pattern(Light.RED, ((100, 100),)),
    Condition.VISIT: Pattern(Light.AMBER, ((1800, 200),)),
}
LINK_UP = _flashes(Light.GREEN, 2, LONG_MS, PAUSE_MS)
LINK_DOWN = _flashes(Light.RED, 4, LONG_MS, PAUSE_MS)
_DARK = Pattern(Light.DARK, ((0, 1000),))
HELD = {
    State.PRESSED: _DARK,
    State.VISIT_READY: Pattern(Light.AMBER, ((1000, 0),)),
    State.DECOMMISSION_READY: Pattern(Light.RED, ((LONG_MS, 200), (SHORT_MS, 200))),
    State.TOO_LONG: _DARK,
}


def shown(state: State, condition: Condition, *, line_up: bool) -> Pattern:
    """Returns what the LED shows."""
    if state is State.LINK_TEST:
        return LINK_UP if line_up else LINK_DOWN
    return HELD.get(state, CONDITIONS[condition])
