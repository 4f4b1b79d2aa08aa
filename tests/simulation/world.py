"""A city with one node, its line and its center; carries decisions out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from edge.base.errors import MimamoriError
from edge.node.uplink import _places
from edge.spool.writer import REELS_TRIED
from edge.uplink.uplink import Uplink
from edge.wire.keylist import KeyList
from edge.wire.signed import Signed
from tests.simulation.board import Board
from tests.simulation.books import Violation
from tests.simulation.card import Killed, PowerCut
from tests.simulation.center import SimulatedCenter
from tests.simulation.city import AUTHORITY, DAY_US, SECOND_US, ZONE, make_command, make_key_list, provision
from tests.simulation.clocks import CityClock, Time
from tests.simulation.decisions import HOUR_S, MODES, QUIET, TROUBLES, Decision, Setting, clock_at_boot
from tests.simulation.line import Hung, Line

_STEPS_LIMIT = 20_000
"""Steps of the uplink in which no time passes: beyond that it spins."""
_YEARS_US = 10 * 365 * DAY_US
_BLOCKS = 255


class World:
    """Everything of one history."""

    def __init__(self, folder: Path, template: Path, setting: Setting) -> None:
        provision(folder)
        self.setting, self.log = setting, list[str]()
        self.time = Time()
        self.board = Board(folder, setting, self.time, self.note)
        self.center = SimulatedCenter(folder / "center", template, CityClock(self.time), setting.retention_days)
        self.line = Line(self.center, self.board.pass_time, lambda: self.time.now_us, self.note, self._took)
        self.ntp = True
        self._config = self.board.config.uplink
        self._uplink: Uplink | None = None
        self._uplink_due_us = self.time.now_us
        self._starts = self._commands = 0
        self._key_list: Signed[KeyList] | None = None
        self.key_lists = list[bytes]()
        if setting.delivered:
            self._publish(7)

    def note(self, line: str) -> None:
        self.log.append(f"{self.time.now_us} {line}")

    def carry_out(self, decision: Decision) -> None:
        """Lets one decision happen; a power cut that was armed may happen in it, too."""
        try:
            _ACTS[decision.what](self, decision)
        except PowerCut:
            self._lose_power(Random(decision.salt))
            self._wait_off(60)
            self._power_on(decision)

    def calm_down(self, random: Random) -> None:
        """All is well from here on, for long enough that everything can be made good."""
        card, board, line = self.board.card, self.board, self.line
        card.disarm()
        card.refused.clear()
        line.troubles.clear()
        line.rate_bps, line.hangs_up, self.ntp = 20_000_000, 0, True
        board.camera.silent_until_us = 0
        self._publish(20)
        settings = {"upload": "all", "quiet_hours": (), "monthly_budget_bytes": None}
        self._config = self._config.model_copy(update=settings)
        board.kill_recorder()
        self._kill_uplink()
        self.note("calm")
        self.run(6 * self.setting.pace_s + 120)
        for _ in range(9):
            board.camera.silent_until_us = self.time.now_us + HOUR_S * SECOND_US
            self.run(HOUR_S)
        board.camera.silent_until_us = 0
        self.run(6 * self.setting.pace_s + 120)
        board.shut_down()
        self.run(600)

    def run(self, seconds: int) -> None:
        """Lets both processes work for so long."""
        until_us = self.time.now_us + seconds * SECOND_US
        still = 0
        while self.time.now_us < until_us:
            before_us = self.time.now_us
            self._keep_time()
            if self._uplink is None and self.time.now_us >= self._uplink_due_us and self.board.powered:
                self._start_uplink()
            wait_s = self._step() if self._uplink is not None else 1.0
            if wait_s > 0:
                self.board.pass_time(self._nap_s(wait_s, until_us))
            still = still + 1 if self.time.now_us == before_us else 0
            if still > _STEPS_LIMIT:
                raise Violation("uplink-spins", "the uplink works and works, and no time passes")
        self.board.check_age()

    def close(self) -> None:
        self._kill_uplink()
        self.board._close()
        self.center.close()

    def backlog(self) -> int:
        """Records that the uplink says are left to send."""
        return -1 if self._uplink is None else self._uplink.progress().backlog_records

    def _step(self) -> float:
        assert self._uplink is not None
        try:
            wait_s = self._uplink.step()
        except Hung:
            self._kill_uplink()
            return 0.0
        except MimamoriError as error:
            raise Violation("uplink-ended", f"{type(error).__name__}: {error}") from error
        if self.line.answered is not None:
            address, self.line.answered = self.line.answered, None
            self.board.receipted(address.chain, address.last)
        return wait_s

    def _nap_s(self, wait_s: float, until_us: int) -> float:
        """How long the uplink sleeps: until it asked for, or later, when something may have changed for it."""
        due_us = self.board.next_due_us()
        later_us = until_us if due_us is None else min(until_us, due_us)
        return max(wait_s, (later_us - self.time.now_us) / SECOND_US)

    def _start_uplink(self) -> None:
        self._starts += 1
        try:
            self._uplink = Uplink(
                self._config,
                _places(self.board.config),
                AUTHORITY,
                self.line,
                self.board.clock,
                tls_clock=CityClock(self.time),
                zone=ZONE,
                footage=self.board.config.footage,
                random_source=Random(self.setting.seed * 1000 + self._starts),
            )
        except MimamoriError as error:
            raise Violation("uplink-ended", f"it does not start: {error}") from error

    def _kill_uplink(self) -> None:
        if self._uplink is not None:
            self._uplink._lock.release()
            self._uplink = None
            self.note("uplink killed")
        self._uplink_due_us = self.time.now_us + 5 * SECOND_US

    def _keep_time(self) -> None:
        up_us = self.time.now_us - self.time.booted_us
        if self.ntp and self.line.rate_bps and self.board.powered and up_us > 25 * SECOND_US and not self.time.kept:
            self.board.set_clock(0)
            self.time.keep()
            self.note("clock kept")

    def _took(self, chain: str, sequence: int, sha256: str) -> None:
        self.board.books.store(chain, sequence, sha256)

    def _publish(self, days_ahead: int) -> None:
        self._key_list = make_key_list(self._key_list, self.time.now_us, days_ahead)
        self.line.key_list = self._key_list.data
        self.key_lists.append(self._key_list.data)

    def _lose_power(self, random: Random) -> None:
        self._kill_uplink()
        self.board.cut(random)

    def _wait_off(self, seconds: int) -> None:
        self.time.now_us += seconds * SECOND_US
        self.line.deliver_late()

    def _power_on(self, decision: Decision) -> None:
        now_us, kind = self.time.now_us, clock_at_boot(decision)
        wall_us = {
            "right": now_us,
            "1970": 0,
            "a minute slow": now_us - 60 * SECOND_US,
            "years behind": now_us - _YEARS_US,
            "years ahead": now_us + _YEARS_US,
            "as of the last shutdown": now_us - decision.value * SECOND_US,
        }[kind]
        self.board.power_on(wall_us)

    # What each decision does.

    def _record(self, decision: Decision) -> None:
        self.line.deliver_late()
        self.run(decision.value * self.setting.pace_s)

    def _pause(self, decision: Decision) -> None:
        self.board.camera.silent_until_us = self.time.now_us + decision.value * SECOND_US
        self.run(decision.value)

    def _off(self, decision: Decision) -> None:
        self.board.shut_down()
        self._lose_power(Random(decision.salt))
        self._wait_off(decision.value)
        self._power_on(decision)

    def _cut(self, decision: Decision) -> None:
        self._lose_power(Random(decision.salt))
        self._wait_off(decision.value)
        self._power_on(decision)

    def _step_clock(self, decision: Decision) -> None:
        if not self.time.kept:
            self.board.set_clock(self.time.offset_us + decision.value * SECOND_US)

    def _ntp(self, decision: Decision) -> None:
        self.ntp = bool(decision.value % 2)
        if not self.ntp:
            self.time.kept = False

    def _trouble(self, decision: Decision) -> None:
        trouble = TROUBLES[decision.value % len(TROUBLES)]
        self.line.troubles.extend([trouble] * (1 + decision.salt % 6))

    def _ask(self, decision: Decision) -> None:
        self._commands += 1
        now_us = self.time.now_us
        if self._uplink is not None:
            self._uplink.command(make_command(self._commands, now_us, now_us - decision.value * SECOND_US))

    def _configure(self, **settings: object) -> None:
        self._config = self._config.model_copy(update=settings)
        self._kill_uplink()

    def _quiet(self, decision: Decision) -> None:
        hours = QUIET[decision.value % len(QUIET)]
        self._configure(quiet_hours=() if hours == "none" else (hours,))

    def _refuse(self, call: str, decision: Decision) -> None:
        """Two reels always take what is written, and of those tried for a record one: memory is not simulated."""
        names = {name for _, name in self.board.card.refused} | {self._reel(decision)}
        if len(names) <= min(self.setting.reels - 2, REELS_TRIED - 1):
            self.board.card.refused.add((call, self._reel(decision)))

    def _spoil(self, decision: Decision) -> None:
        random = Random(decision.salt)
        self.board.card.spoil(self._reel(decision), random.randint(1, _BLOCKS), random)

    def _nightly(self, decision: Decision) -> None:
        self.center.expire(self.time.now_us)

    def _reel(self, decision: Decision) -> str:
        return f"reel-{decision.value % self.setting.reels:05d}"


def _heal(world: World, decision: Decision) -> None:
    world.board.card.refused.clear()


def _set_rate(world: World, decision: Decision) -> None:
    world.line.rate_bps = decision.value
    if not decision.value:
        world.time.kept = world.time.kept and decision.salt % 2 == 0


def _hang_up(world: World, decision: Decision) -> None:
    world.line.hangs_up = decision.value


_ACTS: dict[str, Callable[[World, Decision], None]] = {
    "record": World._record,
    "pause": World._pause,
    "off": World._off,
    "cut": World._cut,
    "cut-at": lambda world, decision: world.board.card.arm(decision.value, PowerCut),
    "kill-at": lambda world, decision: world.board.card.arm(decision.value, Killed),
    "kill-recorder": lambda world, decision: world.board.kill_recorder(),
    "kill-uplink": lambda world, decision: world._kill_uplink(),
    "kill-in-request": _hang_up,
    "step": World._step_clock,
    "ntp": World._ntp,
    "line": _set_rate,
    "trouble": World._trouble,
    "keys": lambda world, decision: world._publish(decision.value),
    "ask": World._ask,
    "mode": lambda world, decision: world._configure(upload=MODES[decision.value % len(MODES)]),
    "quiet": World._quiet,
    "budget": lambda world, decision: world._configure(monthly_budget_bytes=decision.value),
    "refuse-write": lambda world, decision: world._refuse("write", decision),
    "refuse-sync": lambda world, decision: world._refuse("sync", decision),
    "bad-sector": World._spoil,
    "heal": _heal,
    "masks": lambda world, decision: world.board.change_masks(),
    "nightly": World._nightly,
}
