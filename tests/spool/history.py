"""Runs a history of appends, faults and cuts against a spool and checks after each opening that nothing was lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge.base.errors import Refused, StorageFault
from edge.seal.manifest import Range
from edge.seal.record import Record, parse_header
from tests.spool.records import KEY
from tests.spool.simulated_disk import PowerCut, SimulatedDisk
from tests.spool.site import REEL_BYTES, Site


@dataclass(frozen=True)
class Step:
    """One thing that happens; ``value`` is a size, a seed or a reel's number."""

    what: Literal["record", "cut", "restart", "refuse-write", "refuse-sync", "heal", "receipt", "torn"]
    value: int = 0


class History:
    """Keeps the books that the spool is held against.

    Attributes:
        recorded: every record that ``append`` returned for.
        seen: (chain, sequence) to hash, of all that was recorded or whose header ever reached the card.
        gone: ranges that signed notices announce.
        dead: losses could not be written down, because no reel took a record or two faults came at once.
    """

    def __init__(self, folder: Path, disk: SimulatedDisk) -> None:
        self.site = Site(folder, disk=disk)
        self.recorded: list[Record] = []
        self.seen: dict[tuple[str, int], str] = {}
        self.gone: list[Range] = []
        self.dead = False
        self._append(self.site.node.boot())

    def take(self, step: Step) -> None:
        site, reel = self.site, f"reel-{step.value % self.site.reels:05d}"
        if step.what == "record":
            self._record(step.value)
        elif step.what == "cut":
            self._reopen(step.value)
        elif step.what == "restart":
            site.restart()
            self._opened()
        elif step.what == "torn":
            self._torn(step.value)
        elif step.what == "heal":
            site.disk.fail.clear()
        elif step.what == "receipt":
            site.receipts.take(*self.recorded[: step.value % (len(self.recorded) + 1)])
        else:
            site.disk.fail.add(("write" if step.what == "refuse-write" else "sync", reel))

    def _record(self, size: int) -> None:
        self._try(lambda: self._announce_and_record(size))

    def _announce(self, size: int) -> None:
        for loss in self.site.spool.prepare(size):
            self._append(self.site.node.notice(loss.kind, loss.detail))

    def _announce_and_record(self, size: int) -> None:
        self._announce(size)
        self._append(self.site.node.segment(size))

    def _try(self, writing: Callable[[], None]) -> None:
        try:
            writing()
        except StorageFault:
            # No reel took it: only a full one may be left. What the tries destroyed could not be said anywhere.
            assert len(self.site.spool.abandoned) >= self.site.reels - 1
            self.dead = True

    def _torn(self, seed: int) -> None:
        """Cuts the power while a record is written: the write was handed over, no sync came back."""
        self._try(lambda: self._announce(40_000))
        self.site.disk.cut_at_sync = True
        before = self.site.spool.abandoned
        try:
            self.site.spool.append(self.site.node.segment(40_000))
        except (PowerCut, StorageFault):
            # A reel refused and the power went within one append: a limit that LAYOUT.md, section 5, states.
            self.dead = self.dead or self.site.spool.abandoned != before
            self._reopen(seed)
        else:
            raise AssertionError("recorded without a sync")

    def _append(self, record: Record) -> None:
        self._sign(record)
        self.site.append(record)
        self.recorded.append(record)
        self._see(record.header.manifest.chain, record.header.sequence, record.header.sha256)
        if isinstance(record.header.manifest.detail, Range):
            self.gone.append(record.header.manifest.detail)

    def _sign(self, record: Record) -> None:
        known = self.seen.get((record.header.manifest.chain, record.header.sequence))
        assert known in (None, record.header.sha256), f"sequence {record.header.sequence} is used twice"

    def _see(self, chain: str, sequence: int, sha256: str) -> None:
        known = self.seen.setdefault((chain, sequence), sha256)
        assert known == sha256, f"sequence {sequence} is used twice"

    def _reopen(self, seed: int) -> None:
        self.site.cut(seed)
        self._opened()

    def _opened(self) -> None:
        self._look_at_the_medium()
        on_card = self.site.on_card()
        recorded = list(self.recorded)
        self._try(self._begin_run)
        for record in recorded:
            key = (record.header.manifest.chain, record.header.sequence)
            if key not in on_card and not self.dead:
                assert self._accounted(*key), f"record {key[1]} is lost and nothing says so"

    def _begin_run(self) -> None:
        """Writes BOOT first, for it declares which sequences were never synced, then what earlier runs owe."""
        assert self.site.spool.prepare() == ()
        self._append(self.site.node.boot(self.site.spool.recovery.predecessor))
        self._announce(1)

    def _accounted(self, chain: str, sequence: int) -> bool:
        announced = any(lost.chain == chain and lost.first <= sequence <= lost.last for lost in self.gone)
        return announced or (chain, sequence) in self.site.receipts.known

    def _look_at_the_medium(self) -> None:
        """Notes every header that a thief's reader would find, whatever the reel headers say."""
        for contents in self.site.disk.files.values():
            for offset in range(4096, REEL_BYTES, 4096):
                if contents.durable[offset : offset + 8] != b"MIMAMORI":
                    continue
                try:
                    header = parse_header(bytes(contents.durable[offset : offset + 8192]))
                    header.require_signature(KEY.public_key)
                except Refused:
                    continue
                self._see(header.manifest.chain, header.sequence, header.sha256)


def run(folder: Path, steps: list[Step], disk: SimulatedDisk) -> History:
    """Runs the steps and one last cut; raises AssertionError where a promise is broken."""
    history = History(folder, disk)
    for step in (*steps, Step("cut", 1)):
        history.take(step)
    history.site.spool.close()
    return history
