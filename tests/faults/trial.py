"""One fault: a run with it, a start while it lasts, a start without it, a start after a power cut; and what must hold.

Rules, by the promises of ``docs/reliability.md``:
  1. The run goes on to its end. Only what a recorder cannot be without may stop it, before its first picture, with
     status 78: its signing key, its mask floor.
  2. Every record that was reported is there, whole and signed, on the card or in memory; after a power cut, every
     record that was reported on the card.
  3. Every picture is in a SEGMENT: where one disk refuses, another one takes it.
  4. No (chain, sequence) ever stands for two contents.
  5. A reel whose write or sync failed is not written again in that run.
  6. While a reel is not written, or records go to memory, the status names it.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from edge.base.errors import BadConfiguration
from edge.node.records.tally import Tally
from edge.seal.manifest import Range, Segment
from edge.seal.record import Record
from edge.seal.reel import Position
from edge.spool.spool import Spool
from tests.faults.failing_folder import NEVER, READING, SHORT, Order
from tests.faults.lab import Call, Folder
from tests.faults.scenario import FRAMES, Scenario, record, start
from tests.node.stored import stored
from tests.node.town import Town

NEEDED = ("/recorder/signing.pem", "/recorder/floor")
APART_US = 60_000_000
_WRITING = (errno.EIO, errno.ENOSPC, errno.EROFS)


@dataclass(frozen=True)
class Fault:
    """The call that fails, and how."""

    call: Call
    error: int
    lasting: bool

    def __str__(self) -> str:
        how = "half" if self.error == SHORT else errno.errorcode[self.error]
        return f"{self.call.name} {self.call.path} (call {self.call.number}) {how}{', lasting' * self.lasting}"


def faults_of(calls: list[Call]) -> list[Fault]:
    """Returns every fault that the calls of a run can meet."""
    found = [Fault(call, error, False) for call in calls for error in errors_of(call)]
    return found + [Fault(call, error, True) for call in calls for error in errors_of(call) if error != SHORT]


def errors_of(call: Call) -> tuple[int, ...]:
    """Returns the errors that a disk can give a call."""
    if call.name in READING:
        return (errno.EIO,)
    return (*_WRITING, SHORT) if call.name == "write" else _WRITING


@dataclass
class Reported:
    """What the recorder was told is recorded; its word, to be held against the disk."""

    records: list[tuple[Record, bool]] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Notes each record that the spool takes, and whether it stands in memory."""
        append = Spool.append

        def noted(spool: Spool, made: Record) -> Position:
            position = append(spool, made)
            self.records.append((made, bool(spool.volatile)))
            return position

        Spool.append = noted  # type: ignore[assignment,method-assign]
        try:
            yield
        finally:
            Spool.append = append  # type: ignore[method-assign]


@dataclass
class Trial:
    """Tries one fault after another in the failing folder.

    Args:
        nodes: a folder of its own for the node's other files.
    """

    folder: Folder
    nodes: Path

    def calls(self, scenario: Scenario) -> list[Call]:
        """Returns the calls of a run without a fault, and checks that it is well."""
        town = start(self.folder, scenario, self.nodes)
        reported = Reported()
        self.folder.begin(Order())
        tally = self._record(town, scenario.begin_us, reported)
        assert tally is not None and tally.status(0).faults == {}
        calls = self.folder.calls()
        self._require_stored(reported, power_cut=False)
        return calls

    def run(self, scenario: Scenario, fault: Fault) -> None:
        """Tries a fault.

        Raises:
            AssertionError: a rule does not hold.
        """
        town, reported = start(self.folder, scenario, self.nodes), Reported()
        scope = fault.call.path.split("/")[1].encode()
        order = Order(number=fault.call.number, error=fault.error, lasting=int(fault.lasting), scope=scope)
        self.folder.begin(order)
        begin_us = scenario.begin_us
        self._one(town, begin_us, reported)
        if fault.lasting:
            self.folder.begin(
                Order(number=0 if scope != b"recorder" else NEVER, error=fault.error, lasting=1, scope=scope)
            )
            self._one(town, begin_us + APART_US, reported)
        self.folder.well()
        tally = self._record(town, begin_us + 2 * APART_US, reported)
        assert tally is not None, "it starts without the fault"
        assert "memory" not in tally.status(0).faults, "it records to the card again"
        self._require_stored(reported, power_cut=False)
        shutil.rmtree(self.folder.backing / "run")
        (self.folder.backing / "run").mkdir()
        assert self._record(town, begin_us + 3 * APART_US, reported) is not None, "it starts after a power cut"
        self._require_stored(reported, power_cut=True)

    def _one(self, town: Town, begin_us: int, reported: Reported) -> None:
        """One run with the fault."""
        before = len(reported.records)
        tally = self._record(town, begin_us, reported)
        calls = self.folder.calls()
        failed = [call for call in calls if call.error]
        if tally is None:
            assert self._needed(failed), f"it stopped for what it need not stop for: {failed}"
            assert len(reported.records) == before
            return
        _require_no_second_try(calls)
        _require_told(tally, failed, [volatile for _, volatile in reported.records[before:]])
        _require_every_picture([made for made, _ in reported.records[before:]])
        self._require_stored(reported, power_cut=False)

    def _needed(self, failed: list[Call]) -> bool:
        """Whether it may not begin without one of the calls: a node's first start, before any floor, needs its card."""
        if any(call.path in NEEDED for call in failed):
            return True
        first = not (self.folder.backing / "recorder" / "floor").exists()
        return first and any(call.path == "/" or call.path.startswith("/spool") for call in failed)

    def _record(self, town: Town, begin_us: int, reported: Reported) -> Tally | None:
        """Records; None where it refused to begin for want of something that it needs."""
        with reported.listening():
            try:
                return record(town, begin_us)
            except BadConfiguration:
                return None

    def _require_stored(self, reported: Reported, *, power_cut: bool) -> None:
        folders = (self.folder.backing / "spool", self.folder.backing / "run" / "reels")
        there = {(made.header.manifest.chain, made.header.sequence): made for made in stored(*folders).records}
        gone = [made.header.manifest.detail for made, _ in reported.records]
        for made, volatile in reported.records:
            key = made.header.manifest.chain, made.header.sequence
            if key in there:
                assert there[key] == made, f"{key} stands for two contents"
            else:
                assert (power_cut and volatile) or _announced(key, gone), f"record {key} is lost"


def _announced(key: tuple[str, int], details: Sequence[object]) -> bool:
    ranges = [detail for detail in details if isinstance(detail, Range)]
    return any(found.chain == key[0] and found.first <= key[1] <= found.last for found in ranges)


def _require_no_second_try(calls: list[Call]) -> None:
    failed: set[str] = set()
    for call in calls:
        if call.name in ("write", "fsync") and call.path.startswith("/spool/reel-"):
            assert call.path not in failed, f"{call.path} was written again after it had failed"
            if call.error:
                failed.add(call.path)


def _require_told(tally: Tally, failed: list[Call], volatile: list[bool]) -> None:
    faults = tally.status(0).faults
    if any(call.name in ("write", "fsync") and call.path.startswith("/spool/reel-") for call in failed):
        assert "card" in faults or "memory" in faults, "a reel failed and nobody is told"
    assert ("memory" in faults) == any(volatile), "records in memory, or not, and the status says otherwise"


def _require_every_picture(records: list[Record]) -> None:
    unique = {(made.header.manifest.chain, made.header.sequence): made for made in records}.values()
    details = [made.header.manifest.detail for made in unique]
    seen = sum(detail.frames for detail in details if isinstance(detail, Segment))
    assert seen == FRAMES, f"{seen} of {FRAMES} pictures are recorded"
