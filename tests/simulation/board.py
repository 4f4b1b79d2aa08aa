"""The node: one clock, one card, two processes, and the power that all of them need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from edge.base.config import load
from edge.base.errors import MimamoriError
from edge.node import record
from edge.node.config import NodeConfig
from edge.node.matters import Ended, Instant, MasksChanged, Matter
from edge.node.recording.sealer import Sealer
from edge.seal.manifest import Kind
from edge.seal.record import parse_header
from edge.spool.expiry import LOOK_EVERY_US
from edge.spool.spool import Spool
from tests.simulation.books import Books, Violation
from tests.simulation.camera import Camera
from tests.simulation.card import Card, Killed, PowerCut
from tests.simulation.city import AUTHORITY, DAY_US, SECOND_US, SIGNER
from tests.simulation.clocks import NodeClock, Time
from tests.simulation.decisions import Setting
from tests.simulation.entries import in_words
from tests.simulation.knowledge import Knowledge
from tests.simulation.outfit import Ids, NotingSigner, make_sealer, write_config

_RESTART_US = 2 * SECOND_US
_IDLE_US = 600 * SECOND_US


class Board:
    """Runs the recorder's part: from a segment on, everything is the product's own code.

    Attributes:
        recorder_due_us: when the recorder is started next, the city's UTC; None while it runs or the power is off.
    """

    def __init__(self, folder: Path, setting: Setting, time: Time, note: Callable[[str], None]) -> None:
        self.folder, self.time, self._note = folder, time, note
        self.config = load(write_config(folder, setting), NodeConfig)
        self.card = Card(folder / "spool", setting.seed)
        retention_us, slack_us = setting.retention_days * DAY_US, 2 * setting.pace_s * SECOND_US
        self.books = Books(self.card, lambda: time.now_us, retention_us, slack_us)
        self.card.watcher = self.books
        self.camera = Camera(setting.pace_s, setting.body_bytes, setting.seed)
        self.knowledge = Knowledge(time)
        self.clock = NodeClock(time, self.pass_time)
        self.signer = NotingSigner(SIGNER, self.signed)
        self.spool: Spool | None = None
        self.sealer: Sealer | None = None
        self.powered = True
        self.recorder_due_us: int | None = time.now_us
        self._boots, self._chains = Ids("boot", setting.seed), Ids("chain", setting.seed)
        self._first = self._idle_us = 0

    def pass_time(self, seconds: float) -> None:
        """Lets time go by; the recorder starts and records meanwhile.

        Raises:
            PowerCut: the power went.
        """
        until_us = self.time.now_us + int(seconds * SECOND_US)
        while (due_us := self.next_due_us()) is not None and due_us <= until_us:
            self.time.now_us = max(self.time.now_us, due_us)
            if self.sealer is None:
                self._start()
            elif self.time.now_us >= self._idle_us:
                self._idle()
            else:
                self._frame()
        self.time.now_us = max(self.time.now_us, until_us)

    def kill_recorder(self) -> None:
        """SIGKILL, now; systemd starts it again soon."""
        if self.spool is not None:
            self._close()
            self._note("recorder killed")
        if self.powered:
            self.recorder_due_us = self.time.now_us + _RESTART_US

    def shut_down(self) -> None:
        """Ends the recorder in order."""
        if self.sealer is not None:
            self._finish_segment()
        if self.sealer is not None:
            self._take(Ended("stopped", None))
        self._close()

    def cut(self, random: Random) -> None:
        """The power is gone."""
        excused = self.card.fired > 0
        self._close()
        self.card.cut(random)
        for path in (self.folder / "run").iterdir():
            path.unlink()
        if excused:
            self.books.excused |= self.books.owed
        self.powered, self.recorder_due_us, self.time.kept = False, None, False
        self.books.after_cut()
        self._note("power cut")

    def power_on(self, wall_us: int) -> None:
        """The kernel starts, with the clock at ``wall_us``."""
        self._boots.next()
        self.powered, self.recorder_due_us = True, self.time.now_us + 20 * SECOND_US
        self.time.booted_us, self.time.offset_us = self.time.now_us, wall_us - self.time.now_us
        self._note(f"power on, clock at {wall_us}")

    def set_clock(self, offset_us: int) -> None:
        """Sets the node's clock; the encoder cuts where it is set."""
        if self.sealer is not None:
            self._finish_segment()
        self.time.offset_us = offset_us
        if self.sealer is not None:
            self.camera.begin(self._instant(), self.time.now_us)

    def change_masks(self) -> None:
        """The city pushes another mask set."""
        if self.sealer is not None:
            self._finish_segment()
        if self.sealer is not None:
            self._take(MasksChanged(self.camera.change_masks(), self._instant()))

    def signed(self, data: bytes) -> None:
        """The recorder signed a record, and may not have written it yet."""
        header = parse_header(data)
        self.books.make(header)
        listed = self.sealer._key_lists.current if self.sealer is not None else None
        if header.kind is Kind.SEGMENT and listed is not None:
            self.books.check_key(header, self.knowledge.day(listed.payload))
        self._note(f"{header.kind.name} {in_words(header)}")

    def receipted(self, chain: str, last: int) -> None:
        """A receipt is on the disk; one for the present run tells the recorder what time it is.

        It is looked at soon, as with segments of 2 s: half an hour later it would contradict the best of clocks.
        """
        if self.spool is not None and chain == self.spool.recovery.chain and last >= self._first:
            self.knowledge.receipted()
        self._idle()

    def next_due_us(self) -> int | None:
        """When the recorder does something by itself next."""
        if self.sealer is None:
            return self.recorder_due_us
        return min(self._idle_us, max(self.camera.due_us, self.camera.silent_until_us))

    def _start(self) -> None:
        self.recorder_due_us = None
        self.books.made.clear()
        # BOOT comes before any notice: where bad blocks send it to another reel, that one's notice comes after it.
        self.card.fired = sum(len(blocks) for blocks in self.card.bad.values())
        try:
            self._open()
        except Killed:
            self.kill_recorder()
        except MimamoriError as error:
            raise Violation("recorder-ended", f"it does not start: {error}") from error
        else:
            self.camera.begin(self._instant(), self.time.now_us)
            self._idle()

    def _open(self) -> None:
        node = record._Node(self.config, self.clock, AUTHORITY, self.signer, self._boots.id)
        self.spool = record._open_spool(node, self.card, self._chains.next)
        if self.spool.volatile:
            raise Violation("card-left", f"the spool is not opened: {self.spool.volatile}")
        recovery = self.spool.recovery
        self.knowledge.begin()
        self._first = recovery.tip.sequence + 1 if recovery.tip else 0
        self._note(f"recorder starts, tip {recovery.tip and recovery.tip.sequence}, damaged {recovery.damaged}")
        try:
            self.sealer = make_sealer(node, self.spool, self.camera)
        finally:
            self._promote()

    def _idle(self) -> None:
        """No matter came; as seldom as the promise allows, for time is long and idle looks are all the same."""
        self._idle_us = self.time.now_us + max(_IDLE_US, self.camera.pace_us + 1)
        if self.sealer is not None:
            self._do(self.sealer.look_around)

    def _frame(self) -> None:
        """A segment is due."""
        if self.camera.silent_until_us > self.camera.due_us:
            self.camera.begin(self._instant(), self.time.now_us)  # the first frame after a pause
            self.camera.silent_until_us = 0
            return
        self._finish_segment()

    def _finish_segment(self) -> None:
        at = self._instant()
        silent = self.camera.silent_until_us > self.time.now_us
        if self.camera.since is not None and at.mono_us > self.camera.since.mono_us and not silent:
            accounted = self.books.footage
            self._take(self.camera.finish(at, self.time.now_us))
            if self.sealer is not None and self.books.footage == accounted:
                raise Violation("footage-unaccounted", f"the segment until {at.wall_us} became no record")

    def _take(self, matter: Matter) -> None:
        assert self.sealer is not None
        sealer = self.sealer
        self._idle_us = self.time.now_us + max(_IDLE_US, self.camera.pace_us + 1)
        self._do(lambda: sealer.take(matter))

    def _do(self, work: Callable[[], None]) -> None:
        """Lets the sealing thread work."""
        self.card.fired = 0
        try:
            work()
        except Killed:
            self._promote()
            self.kill_recorder()
        except PowerCut:
            self._promote()
            raise
        except MimamoriError as error:
            raise Violation("recorder-ended", f"{type(error).__name__}: {error}") from error
        else:
            self._promote()
            self.check_age()

    def _promote(self) -> None:
        if self.sealer is not None and self.sealer._journal._pen.spool is not self.spool:
            raise Violation("card-left", "records go to memory though a reel takes what is written")
        if self.spool is not None and self.spool.position is not None:
            position = self.spool.position
            self.books.promote(position.chain, position.sequence)

    def check_age(self) -> None:
        """Looks whether anything outlived the retention, once the node could know the time for long enough."""
        if self.sealer is None or self.spool is None:
            return
        listed = self.sealer._key_lists.current
        since_us = self.knowledge.certain_since_us(None if listed is None else listed.payload)
        slack_us = 3 * self.camera.pace_us
        if since_us is not None and self.time.now_us > since_us + 2 * LOOK_EVERY_US + slack_us:
            self.books.check_age(slack_us, {f"reel-{index:05d}" for index in self.spool.abandoned})

    def _instant(self) -> Instant:
        return Instant(self.clock.now_us(), self.clock.monotonic_ns() // 1000)

    def _close(self) -> None:
        if self.spool is not None:
            self.spool.close()
        self.spool = self.sealer = None
        self.camera.since = None
