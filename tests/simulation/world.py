"""A city with one node, its line and its center, and the time that passes for all of them."""

from __future__ import annotations

from pathlib import Path
from random import Random

from edge.base.errors import MimamoriError
from edge.node.uplink import places_of
from edge.uplink.uplink import Uplink
from edge.wire.keylist import KeyList
from edge.wire.signed import Signed
from tests.simulation.board import Board
from tests.simulation.books import Violation
from tests.simulation.center import SimulatedCenter
from tests.simulation.city import AUTHORITY, SECOND_US, ZONE, make_key_list, provision
from tests.simulation.clocks import CityClock, Time
from tests.simulation.decisions import HOUR_S, Setting
from tests.simulation.line import Hung, Line

_STEPS_LIMIT = 20_000
"""Steps of the uplink in which no time passes: beyond that it spins."""


class World:
    """Everything of one history."""

    def __init__(self, folder: Path, template: Path, setting: Setting) -> None:
        provision(folder)
        self.setting, self.log = setting, list[str]()
        self.time = Time()
        self.board = Board(folder, setting, self.time, self.note)
        self.center = SimulatedCenter(folder / "center", template, CityClock(self.time), setting.retention_days)
        self.line = Line(self.center, self.board.pass_time, lambda: self.time.now_us, self.note, self._took)
        self.ntp = setting.timed
        self._config = self.board.config.uplink
        self._uplink: Uplink | None = None
        self._uplink_due_us = self.time.now_us
        self._starts = self._commands = 0
        self._key_list: Signed[KeyList] | None = None
        self.key_lists = list[bytes]()
        if setting.delivered:
            self.publish(7)

    def note(self, line: str) -> None:
        self.log.append(f"{self.time.now_us} {line}")

    def calm_down(self, random: Random) -> None:
        """All is well from here on, for long enough that everything can be made good.

        The recorder begins anew, for only then a reel that failed is tried again. The uplink does so only where its
        settings change: it must come to itself.
        """
        card, board, line = self.board.card, self.board, self.line
        card.disarm()
        card.refused.clear()
        line.troubles.clear()
        line.rate_bps, line.hangs_up, self.ntp = 20_000_000, 0, True
        board.camera.silent_until_us = 0
        self.publish(20)
        self.center.settle(self.time.now_us)
        board.kill_recorder()
        self.configure(upload="all", quiet_hours=(), monthly_budget_bytes=None)
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
        self.kill_uplink()
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
            self.kill_uplink()
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
                places_of(self.board.config),
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

    def kill_uplink(self) -> None:
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

    def publish(self, days_ahead: int) -> None:
        self._key_list = make_key_list(self._key_list, self.time.now_us, days_ahead)
        self.line.key_list = self._key_list.data
        self.key_lists.append(self._key_list.data)

    def lose_power(self, random: Random) -> None:
        self.kill_uplink()
        self.board.cut(random)

    def wait_off(self, seconds: int) -> None:
        self.time.now_us += seconds * SECOND_US
        self.line.deliver_late()

    def configure(self, **settings: object) -> None:
        """Starts the uplink anew, where its settings change."""
        before, self._config = self._config, self._config.model_copy(update=settings)
        if self._config != before:
            self.kill_uplink()
