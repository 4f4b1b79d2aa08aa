"""The panel: looks at switches and files, lights the LED, and reports. One thread; board and clock are handed in."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from edge.base import strictjson
from edge.base.clock import Clock
from edge.base.errors import StorageFault
from edge.base.files import publish
from edge.panel.coil import Coil
from edge.panel.condition import YOUNG_S, Condition, Facts, judge
from edge.panel.hand import Hand
from edge.panel.patterns import Pattern, shown
from edge.panel.port import Board, Drive, Light
from edge.panel.seen import Seen
from edge.panel.states import Ask, State

LOOK_S = 0.025
"""Two looks see the quickest press (``edge.panel.hand``), and rhythms are even."""
_EVERY_NS = 1_000_000_000
REPORT = "panel.json"

_log = logging.getLogger(__name__)


class Panel:
    """One node's panel.

    Args:
        run: the run directory, where it reads the others' files and writes its own.
        run_id: random, of this start (``edge.wire.panel``).
        ir_filter: ``edge.panel.config``.

    Attributes:
        condition: what the LED says while nobody asks for anything, as of the last reading of files.
    """

    def __init__(
        self, board: Board, run: Path, node: str, clock: Clock, run_id: str, ir_filter: str | None = None
    ) -> None:
        self._board, self._path, self._node, self._clock, self._run_id = board, run / REPORT, node, clock, run_id
        self._seen = Seen(run, node, clock)
        self._begun_ns = self._began_ns = clock.monotonic_ns()
        self._hand = Hand(board.look(), self._begun_ns)
        self._due_ns = self._begun_ns
        self._pattern: Pattern | None = None
        self._lit: Light | None = None
        self._ir_filter, self._coil, self._driven, self._shines = ir_filter, Coil(), Drive.REST, False
        self._said: tuple[object, ...] = ()
        self._refused = False
        self.condition = Condition.STARTING

    def run(self, stop: threading.Event, worked: Callable[[], None]) -> None:
        """Works until ``stop`` is set; says so each second."""
        while not stop.is_set():
            if self.step():
                worked()
            self._clock.sleep(LOOK_S, stop)

    def step(self) -> bool:
        """Looks once; returns whether files were read and written, too: each second and when a hand did something."""
        now_ns = self._clock.monotonic_ns()
        self._infrared(now_ns)
        self._hand.take(self._board.look(), now_ns)
        due = now_ns >= self._due_ns or self._says() != self._said
        if due:
            self._due_ns = now_ns + _EVERY_NS
            self._seen.look()
            self.condition = judge(self._facts(now_ns))
            self._report()
        self._light(now_ns)
        return due

    def _facts(self, now_ns: int) -> Facts:
        return Facts(
            recorder=self._seen.recorder,
            line_up=self._seen.line_up,
            visiting=self._seen.visiting,
            case_open=self._hand.case_open,
            stuck=self._stuck,
            young=now_ns - self._begun_ns < YOUNG_S * 1e9,
        )

    def _light(self, now_ns: int) -> None:
        pattern = shown(self._hand.state, self.condition, line_up=self._seen.line_up)
        if pattern is not self._pattern:
            self._pattern, self._began_ns = pattern, now_ns
        light = pattern.at((now_ns - self._began_ns) // 1_000_000)
        if light is not self._lit:
            self._board.light(light)
            self._lit = light

    def _infrared(self, now_ns: int) -> None:
        """Moves filter, switches light; a recorder that says nothing leaves the filter and darkens the light."""
        night = self._seen.recorder.night if self._seen.recorder is not None else None
        wish = None if night is None else Drive.OUT if night else Drive.IN
        if self._ir_filter != "auto":
            night, wish = None, None if self._ir_filter is None else Drive(self._ir_filter)
        drive, shines = self._coil.take(wish, now_ns), night is True
        if drive is not self._driven:
            self._board.drive(drive)
        if shines is not self._shines:
            self._board.shine(shines)
        self._driven, self._shines = drive, shines

    @property
    def _stuck(self) -> bool:
        return self._hand.state is State.STUCK

    def _says(self) -> tuple[object, ...]:
        return self._hand.case_open, self._hand.case_opened, self._stuck, *self._hand.asked.values()

    def _report(self) -> None:
        """Publishes what hands did; where the run directory takes nothing that is told once, and the LED goes on."""
        self._said = self._says()
        tree = {
            "v": 1,
            "node": self._node,
            "updated": self._clock.now_us(),
            "run": self._run_id,
            "case_open": self._hand.case_open,
            "case_opened": self._hand.case_opened,
            "stuck": self._stuck,
            "button_visit": self._hand.asked[Ask.VISIT],
            "button_decommission": self._hand.asked[Ask.DECOMMISSION],
            "link_test": self._hand.asked[Ask.LINK_TEST],
        }
        try:
            publish(self._path, strictjson.dump(tree))
            self._refused = False
        except StorageFault as error:
            if not self._refused:
                _log.error("%s", error)
            self._refused = True
