"""A demonstration from founding to opening; ``commands`` decides how long it records and what it says."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.base.clock import Clock, SimulatedClock, SystemClock
from edge.base.config import load
from edge.base.errors import NotPermitted, Stop
from edge.base.files import Lock, private_directory, read_bounded, write_durably
from edge.demo.cast import Cast
from edge.demo.founding import Founded, found_or_open
from edge.demo.opening import Opened, fetch_and_open
from edge.demo.places import NODE, Places, free_ports
from edge.demo.processes import Usage
from edge.demo.scene import Scene, demonstration_masks
from edge.demo.settings import write_center, write_node
from edge.demo.turns import Turns
from edge.demo.watch import Progress, ProgressLine, Watch
from edge.desk.center import Center
from edge.mask import maskset
from edge.node.config import NodeConfig
from edge.node.initialise import ENROLMENT, initialise
from edge.wire.signed import DOCUMENT_LIMIT_BYTES

ZONE = "Asia/Tokyo"
_LOOK_S = 0.25
_RECEIPT_S = 120.0
_MARGIN_US = 10_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What to play.

    Attributes:
        masks: a mask set of one's own, or None for the demonstration's.
        start_us: where a simulated clock begins; None for the machine's clock.
    """

    places: Places
    scene: Scene
    masks: Path | None
    start_us: int | None


class Stage:
    """One demonstration; a context manager that leaves nothing running."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._real = SystemClock()
        self.ports = free_ports()
        plan.places.make()
        self._lock = Lock(plan.places.mark, "demonstration")
        self._clock = self._open_clock()
        self._cast = Cast(plan.places, self.ports, self._real)
        self._watch = Watch(plan.places)
        self._config = Path()
        self._begun_us = self._clock.now_us()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._cast.stop_all()
        finally:
            self._lock.release()

    def set_up(self) -> None:
        """Founds the city, starts the center, makes the node known to it, and starts its uplink and panel."""
        places = self._plan.places
        table = self._plan.scene.table()
        self._write_masks()
        founded = found_or_open(places, self._begun_us)
        clock = "system" if self._plan.start_us is None else f"simulated:{places.clock.resolve()}"
        write_center(places, self.ports, clock, ZONE)
        self._config = write_node(places, self.ports, table, clock, ZONE)
        self._cast.start_center()
        self._provision(founded)
        self._cast.start_uplink(self._config)
        self._cast.start_panel(self._config)
        self._cast.wait_for(places.node / "uplink" / "inbox" / "key-list.json", "the node's key list")
        self._register(founded)

    def let_visit(self) -> None:
        """Starts the process of the installer's page; from then on a visit may have the camera."""
        self._cast.start_commission(self._config)

    def record(self, seconds: float | None, line: ProgressLine) -> None:
        """Records for ``seconds`` of footage, or until the recorder is interrupted; then waits for all receipts.

        Raises:
            Stop: a process ended that should not have, or receipts did not come.
        """
        turns = Turns(self._cast, self._config, self._plan.places.node / "run" / "visit.json", self._real)
        turns.begin(seconds)
        try:
            while turns.go_on():
                self._look(line)
        except KeyboardInterrupt:
            self._cast.stop("recorder")
        self._cast.require_running()
        self._cast.stop("aim")
        self._cast.stop("recorder")
        self._await_receipts(line)

    def open(self) -> Opened:
        """Fetches, verifies and opens all that was recorded, and copies film and masks into the folder."""
        places = self._plan.places
        end_us = self._clock.now_us() + _MARGIN_US
        opened = fetch_and_open(places, self.ports, (self._begun_us - _MARGIN_US, end_us))
        for name in ("footage.mp4", "footage-001.mp4"):
            if (places.out / "opened" / name).exists():
                shutil.copyfile(places.out / "opened" / name, places.out / "footage.mp4")
                break
        shutil.copyfile(places.masks, places.out / "masks.json")
        return opened

    def progress(self) -> Progress:
        """Returns the state of now."""
        return self._watch.look()

    def usage(self) -> dict[str, Usage]:
        """Ends all processes and returns what each took."""
        self._cast.stop_all()
        return self._cast.usage()

    def _open_clock(self) -> Clock:
        if self._plan.start_us is None:
            return self._real
        return SimulatedClock.create(self._plan.places.clock, self._plan.start_us)

    def _write_masks(self) -> None:
        plan = self._plan
        if plan.masks is None:
            data = demonstration_masks(plan.scene, self._begun_us)
        else:
            maskset.load(plan.masks, NODE)  # the recorder refuses them too, but only once everything else stands
            data = read_bounded(plan.masks, limit_bytes=maskset.SIZE_LIMIT_BYTES)
        write_durably(plan.places.masks, data)

    def _provision(self, founded: Founded) -> None:
        """Brings the node its ticket, makes its keys, and publishes its key list at the center."""
        now_us = self._clock.now_us()
        ticket = self._plan.places.node / "ticket.json"
        write_durably(ticket, founded.ticket(now_us).data, mode=0o600)
        initialise(load(self._config, NodeConfig), ticket)
        with self._center() as center:
            center.put(f"/v1/nodes/{NODE}/key-list", founded.key_list(now_us, ZoneInfo(ZONE)))

    def _register(self, founded: Founded) -> None:
        own = read_bounded(self._plan.places.node / "uplink" / ENROLMENT, limit_bytes=DOCUMENT_LIMIT_BYTES)
        with self._center() as center:
            offered = center.get(f"/v1/nodes/{NODE}/enrolment", limit_bytes=DOCUMENT_LIMIT_BYTES)
            if offered != own:
                raise NotPermitted("the center shows another enrolment than the node made; nothing is registered")
            center.put(f"/v1/nodes/{NODE}/registration", founded.register(offered, self._clock.now_us()).data)

    def _center(self) -> Center:
        return Center(f"https://localhost:{self.ports.https}", self._plan.places.founded / "desk")

    def _look(self, line: ProgressLine) -> Progress:
        self._cast.require_running()
        progress = self._watch.look()
        line.show(progress, self._real.monotonic_ns())
        self._real.sleep(_LOOK_S)
        return progress

    def _await_receipts(self, line: ProgressLine) -> None:
        """Waits for the receipts of an ended recorder's records; one that was interrupted at its start has none."""
        deadline = self._real.monotonic_ns() + round(_RECEIPT_S * 1e9)
        while (progress := self._look(line)).position is not None and not progress.all_receipted:
            if self._real.monotonic_ns() > deadline:
                raise Stop(f"not every record has a receipt after {_RECEIPT_S:.0f} s; logs: {self._plan.places.logs}")


def prepare_folder(out: Path, *, again: bool) -> Path:
    """Returns an empty folder for a demonstration; an earlier one's is emptied only where ``again`` allows it.

    Its city stays if it was founded to the end.

    Raises:
        NotPermitted: the folder holds something, or may not be looked into.
        AlreadyRunning: a demonstration runs in it.
        StorageFault: it cannot be made.
    """
    try:
        return _prepared(out, again=again)
    except OSError as error:
        raise NotPermitted(f"{out}: cannot be used ({error.strerror}); give a folder that can be written") from error


def _prepared(out: Path, *, again: bool) -> Path:
    mark = Places(out, out / "city").mark
    if again and mark.exists():
        with Lock(mark, "demonstration"):
            kept = {mark.name} | ({"city"} if Places(out, out / "city").whole.exists() else set())
            for item in out.iterdir():
                if item.name not in kept:
                    shutil.rmtree(item) if item.is_dir() else item.unlink()
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise NotPermitted(f"{out}: is no empty folder; give an empty or new one")
    private_directory(out)
    mark.touch()
    return out
