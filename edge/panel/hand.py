"""From the switches' levels to what was asked for: debounces, measures how long, and follows the table of states.

Pure but for what it remembers; the caller hands in the time of each look.
"""

from __future__ import annotations

from edge.panel.port import Levels
from edge.panel.states import DECOMMISSION_S, STUCK_S, TEST_SHOWN_S, VISIT_S, Ask, Event, State, step

BUTTON_SETTLES_S = 0.02
"""Contacts bounce for some milliseconds; a quick press lasts 50 at least, so that two looks see it."""
CASE_SETTLES_S = 0.2
_NS = 1e9


class Debounced:
    """A switch's level, once it has stayed the same for so long; shorter changes are bounces.

    Attributes:
        level: what counts.
    """

    def __init__(self, level: bool, settles_s: float) -> None:
        self.level, self._settles_ns = level, round(settles_s * _NS)
        self._since_ns: int | None = None

    def take(self, level: bool, now_ns: int) -> bool:
        """Takes what the switch says now; returns whether the level that counts has changed."""
        if level is self.level:
            self._since_ns = None
            return False
        self._since_ns = now_ns if self._since_ns is None else self._since_ns
        if now_ns - self._since_ns < self._settles_ns:
            return False
        self.level, self._since_ns = level, None
        return True


class Hand:
    """What a hand does at the panel.

    A button that is down when the panel starts asks nothing until it was let go once: nobody saw how long it was held.
    A case that is open then counts as opened.

    Attributes:
        state: the panel's.
        asked: how often each was asked for.
        case_opened: how often the case was opened.
    """

    def __init__(self, levels: Levels, now_ns: int) -> None:
        self._button = Debounced(levels.pressed, BUTTON_SETTLES_S)
        self._case = Debounced(levels.case_open, CASE_SETTLES_S)
        self._since_ns = now_ns
        self.state = State.TOO_LONG if levels.pressed else State.SHOWING
        self.asked = dict.fromkeys(Ask, 0)
        self.case_opened = int(levels.case_open)

    @property
    def case_open(self) -> bool:
        """Whether the case is open."""
        return self._case.level

    def take(self, levels: Levels, now_ns: int) -> None:
        """Takes one look at the switches."""
        if self._case.take(levels.case_open, now_ns):
            self.case_opened += self.case_open
        if self._button.take(levels.pressed, now_ns):
            self._happens(Event.PRESS if self._button.level else Event.RELEASE)
            self._since_ns = now_ns
        if not self.case_open:
            self._happens(Event.CASE_SHUT)
        for event in self._due((now_ns - self._since_ns) / _NS):
            self._happens(event)

    def _due(self, passed_s: float) -> list[Event]:
        """Returns what has fallen due since the last press or release; the table ignores what it has had already."""
        if not self._button.level:
            return [Event.SHOWN] if passed_s >= TEST_SHOWN_S else []
        held_15 = Event.HELD_15_OPEN if self.case_open else Event.HELD_15_SHUT
        due = ((VISIT_S, Event.HELD_5), (DECOMMISSION_S, held_15), (STUCK_S, Event.HELD_60))
        return [event for after_s, event in due if passed_s >= after_s]

    def _happens(self, event: Event) -> None:
        to = step(self.state, event)
        self.state = to.state
        if to.ask is not None:
            self.asked[to.ask] += 1
