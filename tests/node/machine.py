"""A node whose clocks tests turn: the real cut, sealer, journal and spool, on a true time that only tests know."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from zoneinfo import ZoneInfo

from edge.base.clock import SECOND_US, STEP_US, ClockQuality
from edge.base.frame import Frame, PaintedFrame
from edge.desk.periods import has_expired
from edge.encode.cut import CutRules
from edge.encode.h264 import PyavEncoder
from edge.encode.segments import SegmentEncoder
from edge.mask.live import LiveMasks
from edge.mask.selfcheck import Verdict
from edge.node import record as process
from edge.node.credentials import load_authority, load_signing_key
from edge.node.matters import Ended, Finished
from edge.node.records.tally import Names, Tally
from edge.node.statefiles import FLOOR, GUARD
from edge.node.time.dayrule import local_day
from edge.seal import bundle
from edge.seal.answers import Outcome, Report, Trust
from edge.seal.chain import InForce
from edge.seal.correction import Span, correct
from edge.seal.manifest import Cause, ClockChange, Gap, Kind, Range
from edge.seal.record import Header, Record
from edge.seal.verify import verify
from edge.spool.spool import Spool
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.registration import Registration
from tests.mask.samples import soft
from tests.node.rig import GEOMETRY
from tests.node.town import NODE, ROLES, ROOT, SIGNER, START_US, Town, make_key_list

FPS = 5
FRAME_US = SECOND_US // FPS
MONO_US = 20 * SECOND_US
"""The monotonic clock when the recorder starts after a boot."""
RETENTION_DAYS = 7
SYNC, FREE = ClockQuality.SYNCHRONISED, ClockQuality.UNTRUSTED


@dataclass
class Clocks:
    """True time, and what the machine's clocks make of it."""

    true_us: int = START_US
    mono_us: int = MONO_US
    offset_us: int = START_US - MONO_US
    kernel: ClockQuality = SYNC

    def now_us(self) -> int:
        return self.mono_us + self.offset_us

    def monotonic_ns(self) -> int:
        return self.mono_us * 1000

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        """Nobody has to wait here."""

    def quality(self) -> ClockQuality:
        return self.kernel

    def run_on(self, length_us: int) -> None:
        self.true_us += length_us
        self.mono_us += length_us


@dataclass
class Booted:
    """What is true of one boot: UTC less monotonic time, and the wall clock's settings as (monotonic, offset)."""

    truth_us: int
    settings: list[tuple[int, int]] = field(default_factory=list)

    def offset_at(self, mono_us: int) -> int:
        return [offset for since, offset in self.settings if since <= mono_us][-1]


class Machine:
    """One node through boots, settings of its clock and receipts; call its methods in the order of the story.

    Args:
        days, weeks: of the key list.
    """

    def __init__(
        self,
        folder: Path,
        days: tuple[str, ...],
        weeks: tuple[str, ...],
        zone: str = "Asia/Tokyo",
        begin_us: int = START_US,
    ) -> None:
        self.town = Town(folder, source={"fast": False}, timezone=zone, spool={"capacity_bytes": 8 * 2**20})
        listed = make_key_list(days=days, weeks=weeks, issued=begin_us - 3600 * SECOND_US)
        (self.town.state / "key-list.json").write_bytes(listed.data)
        self.key_list, self.zone = listed, ZoneInfo(zone)
        self.town.run.mkdir()
        config = self.config = self.town.config
        self.masks = LiveMasks(
            config.masks,
            NODE,
            GEOMETRY,
            config.state / FLOOR,
            config.state / GUARD,
            camera=config.camera,
            zone=config.zone,
        ).in_force
        self.clocks = Clocks(true_us=begin_us)
        self.boots: dict[str, Booted] = {}
        self.written: list[tuple[Header, int]] = []
        self.receipts: list[bytes] = []
        self._number = 0
        self._picture = soft(GEOMETRY).picture
        self.spool: Spool | None = None

    # --- what happens to the node

    def boot(self, wall_us: int | None = None, *, kernel: ClockQuality = FREE, off_s: float = 60) -> None:
        """Switches on, after so many seconds without power; the clock then shows ``wall_us``, the truth by default."""
        clocks = self.clocks
        clocks.true_us += round(off_s * SECOND_US)
        clocks.mono_us, clocks.kernel = MONO_US, kernel
        clocks.offset_us = (clocks.true_us if wall_us is None else wall_us) - MONO_US
        for name in ("position", "recorder.json"):  # the run directory is a tmpfs
            (self.town.run / name).unlink(missing_ok=True)
        self._boot = f"{len(self.boots):032x}"
        self.boots[self._boot] = Booted(clocks.true_us - MONO_US, [(0, clocks.offset_us)])
        self.start()

    def start(self) -> None:
        """Starts the recorder."""
        config = self.config
        node = process._Node(config, self.clocks, load_authority(config), load_signing_key(config), self._boot)
        self.spool = process._open_spool(node)
        self._note_what_is_written(self.spool)
        tally = Tally(Names(NODE, self._boot, "0.1.0"), config.status, self.spool.capacity_bytes)
        digests = InForce(masks="aa" * 32, floor="bb" * 32)
        self.sealer = process._make_sealer(node, self.spool, tally, digests, SimpleQueue(), look=_looks_good)
        settings = config.encoder.settings(Fraction(FPS))
        self._encoder = SegmentEncoder(
            lambda width, height: PyavEncoder(settings, width, height), CutRules.of(settings, config.zone)
        )
        self._number = 0

    def film(self, seconds: float, *, wait: bool = False) -> list[Finished]:
        """Records, frames without a pause between; returns what waits for ``hand_over`` where the card is slow."""
        waiting = []
        for _ in range(round(seconds * FPS)):
            clocks = self.clocks
            frame = Frame(self._picture, GEOMETRY, clocks.now_us(), clocks.monotonic_ns(), self._number)
            painted = PaintedFrame(frame, "aa" * 32, "bb" * 32, blanked=False)
            waiting += [Finished(segment, self.masks) for segment in self._encoder.push(painted)]
            if not wait:
                self.hand_over(waiting)
            self._number += 1
            clocks.run_on(FRAME_US)
        return waiting

    def hand_over(self, waiting: list[Finished]) -> None:
        """Seals what waits."""
        while waiting:
            self.sealer.take(waiting.pop(0))

    def idle(self, hours: float) -> None:
        """Time passes without frames; the camera counts them as missed."""
        self.clocks.run_on(round(hours * 3600 * SECOND_US))
        self._number += round(hours * 3600 * FPS)

    def set(self, by_us: int, kernel: ClockQuality | None = None) -> None:
        """Somebody sets the clock, new less old; the kernel may call it kept from then on."""
        clocks = self.clocks
        clocks.offset_us += by_us
        clocks.kernel = kernel or clocks.kernel
        self.boots[self._boot].settings.append((clocks.mono_us, clocks.offset_us))

    def set_right(self, kernel: ClockQuality = SYNC) -> None:
        """A time server is reached."""
        self.set(self.clocks.true_us - self.clocks.now_us(), kernel)

    def receipt(self, *, ahead_us: int = 0) -> None:
        """The center receipts the newest record that is on the card; ``ahead_us``: its clock is wrong."""
        newest = self.town.records()[-1:]
        self.receipts.append(self.town.receipt(newest, self.clocks.true_us + ahead_us).data)

    def stop(self) -> None:
        """Ends the recorder in order."""
        for segment in self._encoder.finish():
            self.sealer.take(Finished(segment, self.masks))
        self.sealer.take(Ended("told to", None))
        self._close()

    def cut(self) -> None:
        """The power goes, or the process is killed: what is not on the card is lost."""
        self._close()

    def _close(self) -> None:
        assert self.spool is not None
        self.spool.close()

    def _note_what_is_written(self, spool: Spool) -> None:
        append: Callable[[Record], Any] = spool.append

        def note(record: Record) -> Any:
            self.written.append((record.header, self.clocks.true_us))
            return append(record)

        spool.append = note  # type: ignore[method-assign]

    # --- what is seen afterwards

    def headers(self) -> list[Header]:
        return [header for header, _ in self.written]

    def segments(self) -> list[Header]:
        return [header for header in self.headers() if header.kind is Kind.SEGMENT]

    def periods(self) -> list[str]:
        """Periods of the segments' keys, repetitions left out."""
        found = [header.manifest.segment.period for header in self.segments() if header.manifest.segment]
        return [period for place, period in enumerate(found) if place == 0 or found[place - 1] != period]

    def clock_changes(self) -> list[ClockChange]:
        return [h.manifest.detail for h in self.headers() if isinstance(h.manifest.detail, ClockChange)]

    def expired(self) -> list[int]:
        """Sequences that EXPIRED announces."""
        ranges = [h.manifest.detail for h in self.headers() if h.kind is Kind.EXPIRED]
        return [n for found in ranges if isinstance(found, Range) for n in range(found.first, found.last + 1)]

    def report(self) -> Report:
        """Verifies what is on the card, with every header ever written."""
        folder = self.town.folder / f"bundle-{len(self.written)}"
        folder.mkdir()
        registration = Registration(node=NODE, signing_key=SIGNER.public_key.hex(), tls_key="ab" * 32, registered=0)
        content = {
            bundle.RECORDS: b"".join(record.dump() for record in self.town.records()),
            bundle.HEADERS: b"".join(header.data for header in self.headers()),
            bundle.RECEIPTS: b"".join(receipt + b"\n" for receipt in self.receipts),
            bundle.KEY_LISTS: self.key_list.data + b"\n",
            bundle.REGISTRATION: signed.sign("registration", registration, ROLES[Role.REGISTRATION]).data,
            bundle.AUTHORITY: (self.town.folder / "authority.json").read_bytes(),
        }
        for name, data in content.items():
            (folder / name).write_bytes(data)
        return verify(folder, Trust(ROOT.public_key, demo=True))


def _looks_good(*_: object) -> Verdict:
    """The self-check has tests of its own."""
    return Verdict(ok=True, worst=None, reason="")


# --- what holds whatever the clocks did


def audit(machine: Machine, *, wrong_us: int = 0, lied: bool = False) -> list[Span]:
    """Checks all that is promised, and returns the corrected times of what was written.

    Args:
        wrong_us: by how much a clock that was believed may have been wrong.
        lied: such a time contradicts a receipt.
    """
    headers = machine.headers()
    _order(machine, headers, lied)
    _lengths(machine)
    _offsets(machine, headers)
    _keys(machine, wrong_us)
    _nothing_erased_early(machine)
    return _mapping(machine, headers, wrong_us)


def _order(machine: Machine, headers: list[Header], lied: bool) -> None:
    assert [header.sequence for header in headers] == list(range(len(headers)))
    report = machine.report()
    assert report.authenticity.outcome is Outcome.OK, report.authenticity
    assert report.provenance.outcome is Outcome.OK, report.provenance
    if not machine.expired():
        assert report.completeness.outcome is Outcome.OK, report.completeness
    assert (report.time.outcome is Outcome.ALTERED) == lied, report.time


def _lengths(machine: Machine) -> None:
    for header in machine.headers():
        found = header.manifest
        if header.kind is Kind.SEGMENT:
            assert found.end_us - found.start_us == found.mono_end_us - found.mono_start_us <= 3 * SECOND_US
    frames = sum(header.manifest.segment.frames for header in machine.segments() if header.manifest.segment)
    assert frames > 0 and not [
        header for header in machine.headers() if isinstance(d := header.manifest.detail, Gap) and d.cause is Cause.KEYS
    ]


def _offsets(machine: Machine, headers: list[Header]) -> None:
    """CLOCK records say how the offset changed, nothing else changes it, and it is the machine's."""
    for before, after in pairwise(headers):
        if before.manifest.boot == after.manifest.boot:
            detail = after.manifest.detail
            announced = detail.offset_us if isinstance(detail, ClockChange) else 0
            assert abs(_offset(after) - _offset(before) - announced) <= STEP_US, after.sequence
    for header in machine.segments():
        booted = machine.boots[header.manifest.boot]
        assert abs(_offset(header) - booted.offset_at(header.manifest.mono_start_us)) <= STEP_US


def _keys(machine: Machine, wrong_us: int) -> None:
    newest = ""
    for header in machine.segments():
        manifest, segment = header.manifest, header.manifest.segment
        assert segment is not None
        truth_us = machine.boots[manifest.boot].truth_us + manifest.mono_start_us
        today = date.fromisoformat(local_day(truth_us, machine.zone))
        assert not has_expired(segment.period, today, RETENTION_DAYS), (header.sequence, segment.period, today)
        trusted = manifest.clock is not FREE
        assert not (trusted and segment.day < newest)
        newest = segment.day if trusted else newest
        if trusted and not wrong_us:
            assert segment.period == segment.day == today.isoformat()


def _nothing_erased_early(machine: Machine) -> None:
    ended = {h.sequence: machine.boots[h.manifest.boot].truth_us + h.manifest.mono_end_us for h in machine.headers()}
    for header, true_us in machine.written:
        if header.kind is Kind.EXPIRED and isinstance(gone := header.manifest.detail, Range):
            youngest = max(ended[sequence] for sequence in range(gone.first, gone.last + 1))
            assert true_us - youngest >= RETENTION_DAYS * 86_400 * SECOND_US


def _mapping(machine: Machine, headers: list[Header], wrong_us: int) -> list[Span]:
    spans = correct(headers)
    for header, span in zip(headers, spans, strict=True):
        if span.believed and header.kind is not Kind.GAP:
            truth_us = machine.boots[header.manifest.boot].truth_us + header.manifest.mono_start_us
            assert abs(span.start_us - truth_us) <= 2 * STEP_US + wrong_us, header.sequence
    return spans


def _offset(header: Header) -> int:
    return header.manifest.end_us - header.manifest.mono_end_us
