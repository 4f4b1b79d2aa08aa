"""A machine whose environments are folders with a version in them, and whose power can go at any step."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge.base.clock import ClockQuality
from edge.base.errors import Refused
from edge.node.update import updater
from edge.node.update.gate import Sight
from edge.node.update.record import UpdateRecord, write_record
from edge.node.update.slots import Slot, Slots
from edge.node.update.updater import Updater
from edge.wire import signed
from edge.wire.authority import Authority, Role
from edge.wire.release import RELEASE, WHEELS, Release, describe_file, require_whole
from edge.wire.status import RecorderState, RecorderStatus
from tests.clocks import HandClock
from tests.node.town import ROLES, START_US, make_authority

RECORDER, UPLINK = "mimamori-recorder.service", "mimamori-uplink.service"
OLD, NEW = "1.0", "1.1"
AUTHORITY: Authority = make_authority().payload
WELL = RecorderStatus(
    node="demo",
    updated=START_US,
    boot="b0" * 16,
    state=RecorderState.RECORDING,
    message="",
    faults={},
    frames_seen=60,
    frames_encoded=60,
    frames_missed=0,
    frames_waiting=0,
    segments=2,
    accounted_until=START_US,
    gaps_24h={},
    evicted_24h=0,
    slow_syncs_24h=0,
    slowest_sync_24h_ms=4,
    masks="aa" * 32,
    floor="bb" * 32,
    guard="in-place",
    view="clear",
    mask_order=0,
    mask_order_refused="",
    clock=ClockQuality.SYNCHRONISED,
    self_check=START_US,
    key_list_version=1,
    key_list_expires=2**50,
    spool_bytes=2**30,
    bitrate_bps=1_500_000,
    firmware=OLD,
)


class PowerCut(BaseException):
    """Nothing catches it: the machine is off."""


@dataclass
class Board:
    """What runs on the machine.

    Attributes:
        folder: of slots and record.
        well: what a version's recorder says once it runs; a version that is not there is ill.
        cut_at: the step before which the power goes; none to let it be.
        running: the version that the services were started with; none while the power is off.
        log: every step that was begun.
    """

    folder: Path
    well: dict[str, RecorderStatus] = field(default_factory=lambda: {OLD: WELL, NEW: WELL})
    cut_at: int | None = None
    running: str | None = OLD
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.slots = Slots(self.folder / "opt")
        self.record = self.folder / "update.json"
        self.clock = HandClock(START_US)
        self._fill(Slot.A, OLD)
        self.slots.root.joinpath("current").symlink_to("a")
        self.updater = Updater(self.slots, self.record, self, self.clock, lambda _: None)

    def step(self, what: str) -> None:
        if self.cut_at is not None and len(self.log) == self.cut_at:
            self.running = None
            raise PowerCut(what)
        self.log.append(what)

    def boot(self) -> None:
        """Power is back: the unit before the services leads a trial back, then they start."""
        self.cut_at, self.running = None, None
        self.updater.resume()
        self.running = self.version(self.slots.current())

    def version(self, slot: Slot) -> str | None:
        path = self.slots.folder(slot) / "version"
        return path.read_text() if path.exists() else None

    def build(self, slot: Slot, folder: Path, data: bytes, release: Release) -> None:
        self.step("empty the slot")
        self.slots.folder(slot).joinpath("version").unlink(missing_ok=True)
        require_whole(folder, release)
        self.step("fill the slot")
        self._fill(slot, release.version)

    def probe(self, slot: Slot, version: str) -> None:
        self.step("probe")
        if self.version(slot) != version:
            raise Refused("bad-release", f"says {self.version(slot)}")

    def settle(self, slot: Slot) -> None:
        self.step(f"settle packages of {slot}")

    def sight(self) -> Sight:
        self.step("look")
        status = self.well.get(self.running or "")
        active = frozenset({RECORDER, UPLINK} if self.running else ())
        return Sight(None if status is None else replace_firmware(status, self.running), active, 0)

    def restart(self, services: Iterable[str]) -> None:
        self.step("restart")
        if set(services):
            self.running = self.version(self.slots.current())

    @contextmanager
    def writable(self) -> Iterator[None]:
        yield

    def _fill(self, slot: Slot, version: str) -> None:
        self.slots.folder(slot).mkdir(parents=True, exist_ok=True)
        (self.slots.folder(slot) / "version").write_text(version)


def replace_firmware(status: RecorderStatus, version: str | None) -> RecorderStatus:
    return status.model_copy(update={"firmware": version or ""})


Write = Callable[[Path, UpdateRecord], None]


def cut_between_writes(patch: pytest.MonkeyPatch, board: Board, write: Write = write_record) -> None:
    """Lets the power go before each durable write, which ``write`` does, and each switch, too."""
    switch = Slots.switch

    def counted_write(path: Path, record: UpdateRecord) -> None:
        board.step("keep the record")
        write(path, record)

    def counted_switch(slots: Slots, slot: Slot) -> None:
        board.step(f"switch to {slot}")
        switch(slots, slot)

    patch.setattr(updater, "write_record", counted_write)
    patch.setattr(Slots, "switch", counted_switch)


_number = itertools.count()


def release_folder(
    folder: Path, number: int = 1, version: str = NEW, *, may_replace: int = 0, role: Role = Role.RELEASE
) -> Path:
    """Makes a release's folder with one wheel in it."""
    folder = folder / f"release-{next(_number)}"
    (folder / WHEELS).mkdir(parents=True)
    wheel = folder / WHEELS / f"mimamori_edge-{version}-py3-none-any.whl"
    wheel.write_bytes(version.encode())
    files = (describe_file(folder, wheel),)
    word = Release(number=number, version=version, issued=START_US, may_replace=may_replace, files=files)
    (folder / RELEASE).write_bytes(signed.sign("release", word, ROLES[role]).data)
    return folder


def ill(**changes: object) -> RecorderStatus:
    return WELL.model_copy(update=changes)
