"""The node: one clock, one card, two processes, and the power that all of them need."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from random import Random

from edge import __version__
from edge.base.config import load
from edge.base.errors import MimamoriError
from edge.center.batch import local_day
from edge.node import record
from edge.node.config import NodeConfig
from edge.node.dayrule import in_use_us
from edge.node.knowntime import HOLD_US
from edge.node.matters import Ended, Instant, MasksChanged, Matter
from edge.node.sealer import Sealer
from edge.node.tally import Names, Tally
from edge.seal.chain import InForce
from edge.seal.manifest import Kind
from edge.seal.record import DOMAIN, parse_header
from edge.spool.expiry import LOOK_EVERY_US
from edge.spool.spool import Spool
from edge.wire.keys import SigningKey
from tests.simulation.books import Books, Violation, is_footage
from tests.simulation.camera import Camera, solid
from tests.simulation.card import Card, Killed, PowerCut
from tests.simulation.city import AUTHORITY, DAY_US, NODE, SECOND_US, SIGNER, ZONE, last_day, plain_seal
from tests.simulation.clocks import NodeClock, Time
from tests.simulation.decisions import Setting

REEL_BYTES = 1 << 20
_RESTART_US = 2 * SECOND_US
_IDLE_US = 600 * SECOND_US


class NotingSigner:
    """The node's key; tells of every record that it signs."""

    def __init__(self, key: SigningKey, board: Board) -> None:
        self._key, self._board = key, board

    @property
    def public_key(self) -> bytes:
        return self._key.public_key

    def sign(self, message: bytes) -> bytes:
        signature = self._key.sign(message)
        self._board.signed(message.removeprefix(DOMAIN) + signature)
        return signature


class Board:
    """Runs the recorder's part: from a segment on, everything is the product's own code.

    Attributes:
        recorder_due_us: when the recorder is started next, the city's UTC; None while it runs or the power is off.
    """

    def __init__(self, folder: Path, setting: Setting, time: Time, note: Callable[[str], None]) -> None:
        self.folder, self.time, self._note, self._setting = folder, time, note, setting
        self.config = load(_write_config(folder, setting), NodeConfig)
        self.card = Card(folder / "spool", setting.seed)
        retention_us, slack_us = setting.retention_days * DAY_US, 2 * setting.pace_s * SECOND_US
        self.books = Books(self.card, lambda: time.now_us, retention_us, slack_us)
        self.card.watcher = self.books
        self.camera = Camera(setting.pace_s, setting.body_bytes, setting.seed)
        self.clock = NodeClock(time, self.pass_time)
        self.signer = NotingSigner(SIGNER, self)
        self.spool: Spool | None = None
        self.sealer: Sealer | None = None
        self.powered = True
        self.recorder_due_us: int | None = time.now_us
        self._boots = self._chains = 0
        self._told, self._told_us, self._first = False, 0, 0
        self._known_us = self._started_us = self._idle_us = self._doubted_us = 0

    @property
    def boot(self) -> str:
        return hashlib.sha256(f"boot {self._setting.seed} {self._boots}".encode()).hexdigest()[:32]

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

    def power_off(self) -> None:
        """Off after an orderly end: everything is synced."""
        self.cut(Random(0))

    def power_on(self, wall_us: int) -> None:
        """The kernel starts, with the clock at ``wall_us``."""
        self._boots += 1
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
            self._take(MasksChanged(self.camera.change_masks(), self._instant()))

    def signed(self, data: bytes) -> None:
        """The recorder signed a record, and may not have written it yet."""
        header = parse_header(data)
        self.books.make(header)
        if header.kind is Kind.SEGMENT:
            self.books.check_key(header, self._known_day())
        self.books.footage += is_footage(header)
        manifest = header.manifest
        times = f"{manifest.start_us}-{manifest.end_us} {manifest.clock}"
        self._note(f"{header.kind.name} {manifest.chain[:8]} {header.sequence} {header.sha256[:16]} {times}")

    def receipted(self, chain: str, last: int) -> None:
        """A receipt is on the disk; one for the present run tells the recorder what time it is.

        It is looked at soon, as with segments of 2 s: half an hour later it would contradict the best of clocks.
        """
        if self.spool is not None and chain == self.spool.recovery.chain and last >= self._first:
            self._told_us = self._told_us if self._told else self.time.now_us
            self._told = True
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
        node = record._Node(self.config, self.clock, AUTHORITY, self.signer, self.boot)
        self.spool = record._open_spool(node, self.card, self._new_chain)
        if self.spool.volatile:
            raise Violation("card-left", f"the spool is not opened: {self.spool.volatile}")
        recovery = self.spool.recovery
        self._started_us = self.time.now_us
        self._told, self._first = False, recovery.tip.sequence + 1 if recovery.tip else 0
        self._note(f"recorder starts, tip {recovery.tip and recovery.tip.sequence}, damaged {recovery.damaged}")
        tally = Tally(Names(self.config.node, self.boot, __version__), self.config.status, self.spool.capacity_bytes)
        masks, floor = self.camera.digests()
        try:
            digests = InForce(masks=masks, floor=floor)
            self.sealer = record._make_sealer(
                node, self.spool, tally, digests, SimpleQueue(), look=solid, sealing=plain_seal
            )
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
        if self.camera.since is not None and at.mono_us > self.camera.since.mono_us and not self._silent():
            accounted = self.books.footage
            self._take(self.camera.finish(at, self.time.now_us))
            if self.sealer is not None and self.books.footage == accounted:
                raise Violation("footage-unaccounted", f"the segment until {at.wall_us} became no record")

    def _silent(self) -> bool:
        return self.camera.silent_until_us > self.time.now_us

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
        """Looks whether anything outlived the retention, once the node could know the time for long enough.

        A kept clock alone is believed after it has held for so long, and within the key list's days; with a receipt of
        this run at once.
        """
        if not self.time.kept or self.sealer is None or self.spool is None:
            return
        listed = self.sealer._key_lists.current
        if listed is not None and not self._told and self.time.now_us > in_use_us(listed.payload)[1]:
            self._doubted_us = self.time.now_us
        slack_us = 3 * self.camera.pace_us
        since_us = max(self.time.kept_since_us, self._started_us, self._doubted_us)
        known_us = max(since_us, self._told_us) if self._told else since_us + HOLD_US
        if self.time.now_us > known_us + 2 * LOOK_EVERY_US + slack_us:
            self.books.check_age(slack_us, {f"reel-{index:05d}" for index in self.spool.abandoned})

    def _known_day(self) -> str:
        """Returns a day that the node could know to have come, when it seals a segment."""
        if self.time.kept or self._told:
            self._known_us = self.time.now_us
        assert self.sealer is not None
        listed = self.sealer._key_lists.current
        assert listed is not None
        end = max(last_day(pair.period) for pair in (*listed.payload.days, *listed.payload.spares))
        return min(local_day(self._known_us, ZONE), end.isoformat())

    def _instant(self) -> Instant:
        return Instant(self.clock.now_us(), self.clock.monotonic_ns() // 1000)

    def _new_chain(self) -> str:
        self._chains += 1
        return hashlib.sha256(f"chain {self._setting.seed} {self._chains}".encode()).hexdigest()[:32]

    def _close(self) -> None:
        if self.spool is not None:
            self.spool.close()
        self.spool = self.sealer = None
        self.camera.since = None


def _write_config(folder: Path, setting: Setting) -> Path:
    tree = f"""
node = "{NODE}"
camera = "1"
root = "root.pub"
authority = "authority.json"
masks = "masks.json"
state = "recorder"
run = "run"
retention_days = {setting.retention_days}
[source]
kind = "street"
[encoder]
bitrate_bps = 300000
[spool]
folder = "spool"
capacity_bytes = {setting.reels * REEL_BYTES}
reel_bytes = {REEL_BYTES}
[uplink]
center_url = "https://localhost:1"
mqtt_host = "localhost"
ca = "ca.pem"
state = "uplink"
upload = "{setting.mode}"
"""
    path = folder / "node.toml"
    path.write_text(tree, encoding="ascii")
    return path
