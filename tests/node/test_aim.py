"""The aiming process in a visit, beside a real recorder: who has the camera, what is shown, what is left behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.base.errors import Unavailable
from edge.base.files import Lock
from edge.base.frame import Frame
from edge.commission.preview import Preview
from edge.commission.previewclient import PreviewClient
from edge.commission.previewlink import Shown
from edge.commission.previewserver import PreviewServer
from edge.mask.raster import Raster, rasterise
from edge.node.aim import UNATTENDED_S, Aim, Sights
from edge.node.credentials import load_authority
from edge.node.statefiles import FLOOR
from edge.node.visit.visiting import Visiting
from edge.seal.bundle import Evidence
from edge.seal.completeness import prove_completeness
from edge.seal.manifest import Cause, Gap, Kind
from edge.wire.signed import Signed
from edge.wire.visit import Scope, VisitTicket
from edge.wire.visitevents import What
from tests.clocks import HandClock
from tests.commission.listeners import listeners
from tests.commission.test_process import needs_root
from tests.mask.samples import document, parsed, put, soft, written
from tests.node.processes import Command
from tests.node.rig import GEOMETRY, until
from tests.node.town import FPS, NODE, PACED, Town
from tests.node.visit.test_signedoff import SMALL, WIDE
from tests.node.visits import happened, make_ticket, report, sign_off

Run = Callable[..., Command]
Make = Callable[..., Town]
NOTHING_MASKED = document(masks=[], none_needed="nothing to mask")


def connected(town: Town, wait: Callable[[Callable[[], bool]], None]) -> PreviewClient:
    """Returns a connection to aim, once it takes one: its socket is there a moment before it listens."""
    found = list[PreviewClient]()

    def takes_one() -> bool:
        with suppress(Unavailable):
            found.append(PreviewClient(town.config.aim_socket))
        return bool(found)

    wait(takes_one)
    return found[0]


class Supervisor:
    """Starts a node's processes one after another, as systemd does."""

    def __init__(self, town: Town, run: Run) -> None:
        self.town, self._run = town, run

    def start(self, name: str, *words: object) -> Command:
        return self._run("node", name, "--config", self.town.config_path, *words)

    @contextmanager
    def aiming(self, ticket: Signed[VisitTicket]) -> Iterator[PreviewClient]:
        """Opens a visit and its preview; ends both."""
        report(self.town, ticket)
        aim = self.start("aim")
        client = connected(self.town, aim.await_)
        yield client
        report(self.town, None)
        list(client.shown())
        client.close()
        assert aim.wait() == 0, aim.err
        assert "the visit is over" in aim.err


@pytest.fixture
def supervisor(make_town: Make, run: Run) -> Supervisor:
    """A node with a floor of wide masks, as a first sign-off leaves it."""
    town = make_town(source=PACED, visit={"state": "visit", "address": "127.0.0.1"})
    (town.folder / "visit").mkdir()
    put(town.masks, WIDE)
    return Supervisor(town, run)


def recorded(supervisor: Supervisor) -> None:
    """Records until the node has footage and a floor, and a visit begins."""
    recorder = supervisor.start("record")
    recorder.await_(lambda: "SEGMENT" in supervisor.town.kinds_so_far())
    report(supervisor.town, make_ticket())
    assert recorder.wait() == 0, recorder.err


def seen(client: PreviewClient, wanted: Callable[[Shown], bool] = lambda _shown: True) -> Shown:
    """Returns the next picture that is ``wanted``."""
    return next(shown for shown in islice(client.shown(), 50) if wanted(shown))


def is_solid(shown: Shown, raster: Raster) -> bool:
    picture = cv2.imdecode(np.frombuffer(shown.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return int(picture[raster.y].max()) < 40


def test_whole_visit_leaves_a_chain_whose_gap_is_the_visits(supervisor: Supervisor) -> None:
    """Recorder, aim with a bare and a drafted picture, sign-off, recorder again; all are real processes."""
    town, ticket = supervisor.town, make_ticket()
    recorded(supervisor)
    wide, small = (rasterise(parsed(tree), GEOMETRY) for tree in (WIDE, SMALL))
    with supervisor.aiming(ticket) as client:
        bare = seen(client)
        assert not bare.head.painted and not is_solid(bare, small)
        client.paint(written(SMALL))
        drafted = seen(client, lambda shown: shown.head.painted)
        assert is_solid(drafted, small) and not is_solid(drafted, wide)
        signed_off = sign_off(town, ticket, SMALL)
        assert drafted.head.masks == signed_off.digest
        after = seen(client, lambda shown: shown.head.raster == wide.digest)
        assert is_solid(after, wide), "the floor, until the recorder has taken the sign-off"
        happened(town, (What.OPENED, ticket), (What.SIGNED_OFF, ticket))
    recorder = supervisor.start("record", "--seconds", "3")
    assert recorder.wait() == 0, recorder.err

    headers = [record.header for record in town.require_chained()]
    answer = prove_completeness(Evidence(whole=headers), {headers[0].manifest.chain: headers})
    assert answer.outcome.value == "ok", answer
    boot = max(place for place, header in enumerate(headers) if header.kind is Kind.BOOT)
    gap = headers[boot + 1].manifest.detail
    assert isinstance(gap, Gap) and gap.cause is Cause.VISIT
    assert headers[boot + 2].kind is Kind.SIGNOFF
    assert [notice.state for notice in town.details(Kind.VISIT)] == ["opened", "signed-off"]
    assert headers[-2].manifest.masks == signed_off.digest


def test_inspection_sees_the_floor_whatever_is_drafted(supervisor: Supervisor) -> None:
    recorded(supervisor)
    wide = rasterise(parsed(WIDE), GEOMETRY)
    with supervisor.aiming(make_ticket(Scope.INSPECT)) as client:
        client.paint(written(NOTHING_MASKED))
        client.rate(10)
        for shown in islice(client.shown(), 5):
            assert shown.head.raster == wide.digest and is_solid(shown, wide)


def test_first_visit_sees_no_bare_picture_where_there_is_a_floor(supervisor: Supervisor) -> None:
    recorded(supervisor)
    with supervisor.aiming(make_ticket(Scope.FIRST)) as client:
        assert seen(client).head.painted


@pytest.mark.parametrize("case", ["no visit", "collect", "decommission", "inspect without a floor", "used ticket"])
def test_without_a_visit_that_may_see_nothing_starts(supervisor: Supervisor, case: str) -> None:
    town, ticket = supervisor.town, make_ticket()
    if case == "used ticket":
        sign_off(town, ticket, SMALL)
        report(town, ticket)
    elif case != "no visit":
        report(town, make_ticket(Scope(case.split(maxsplit=1)[0])))
    aim = supervisor.start("aim")
    assert aim.wait() == 77, aim.err
    assert "no visit is open" in aim.err
    assert not town.config.aim_socket.exists() and not (town.state / FLOOR).exists()


def test_recorder_and_aim_never_have_the_camera_together(supervisor: Supervisor) -> None:
    """aim waits its 15 s for whoever holds the lock, and opens nothing."""
    report(supervisor.town, make_ticket(Scope.FIRST))
    with Lock(supervisor.town.config.camera_lock, "recorder"):
        aim = supervisor.start("aim")
        aim.await_(lambda: "aim waits for the camera" in aim.err)
        assert not supervisor.town.config.aim_socket.exists()
    aim.await_(supervisor.town.config.aim_socket.exists)
    limits = Path(f"/proc/{aim.pid}/limits").read_text()
    assert next(line for line in limits.splitlines() if line.startswith("Max core")).split()[4:6] == ["0", "0"]
    report(supervisor.town, None)
    assert aim.wait() == 0


@needs_root
@pytest.mark.parametrize("scope", [Scope.FIRST, Scope.RE_AIM, Scope.INSPECT])
def test_pictures_leave_by_one_socket_for_as_long_as_the_visit_lasts(supervisor: Supervisor, scope: Scope) -> None:
    """R-SAKU-03: what recorder and aim can be reached by, before, in and after a visit."""
    town = supervisor.town
    recorder = supervisor.start("record")
    recorder.await_(lambda: "SEGMENT" in town.kinds_so_far())
    assert listeners(recorder.pid) == set()
    ticket = make_ticket(scope)
    report(town, ticket)
    assert recorder.wait() == 0, recorder.err
    aim = supervisor.start("aim")
    client = connected(town, aim.await_)
    seen(client)
    socket = {f"unix {town.config.aim_socket}"}
    assert listeners(aim.pid) == socket
    if scope is Scope.RE_AIM:
        sign_off(town, ticket, SMALL)
        seen(client, lambda shown: shown.head.painted)
        assert listeners(aim.pid) == socket
    report(town, None)
    list(client.shown())
    client.close()
    assert aim.wait() == 0, aim.err
    assert not town.config.aim_socket.exists()


class Idle(HandClock):
    """A camera and its clock: ten frames a second, without end."""

    def __init__(self) -> None:
        super().__init__()
        self.geometry, self.fps, self._given = GEOMETRY, Fraction(FPS), 0

    def read(self) -> Frame | None:
        self.sleep(1 / FPS)
        self._given += 1
        return Frame(soft(GEOMETRY).picture, GEOMETRY, self.now_us(), self.monotonic_ns(), self._given)

    def close(self) -> None:
        """Nothing to give back."""

    def __enter__(self) -> Idle:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def test_preview_ends_when_nobody_was_there_for_a_minute(supervisor: Supervisor) -> None:
    town, clock = supervisor.town, Idle()
    ticket = make_ticket(Scope.FIRST)
    report(town, ticket)
    sights = Sights(town.config, Visiting(town.config, load_authority(town.config), town.clock), ticket.payload)
    server = PreviewServer(town.config.aim_socket, clock)
    reason = Aim(clock, Preview(NODE, GEOMETRY, None), server, sights, clock).run(threading.Event())
    server.close()
    assert "nobody was there" in reason
    assert UNATTENDED_S <= clock.at_ns / 1e9 < UNATTENDED_S + 1


def test_aim_opens_no_network_and_writes_no_picture(supervisor: Supervisor, tmp_path: Path) -> None:
    town, log = supervisor.town, tmp_path / "audit"
    report(town, make_ticket(Scope.FIRST))
    words = [sys.executable, "-m", "tests.node.audited", str(log), "node", "aim", "--config", str(town.config_path)]
    before = {path: path.stat().st_mtime_ns for path in town.folder.rglob("*") if path.is_file()}
    with subprocess.Popen(words, stderr=subprocess.PIPE) as aim:
        client = connected(town, until)
        client.paint(written(SMALL))
        seen(client, lambda shown: shown.head.painted)
        report(town, None)
        list(client.shown())
        client.close()
        assert aim.wait(60) == 0
    lines = log.read_text().splitlines()
    assert {line for line in lines if line.startswith("socket")} == {"socket 1"}, "AF_UNIX alone"
    written_to = {line.removeprefix("write ") for line in lines if line.startswith("write")}
    allowed = {
        "/proc/self/coredump_filter",
        str(town.config.camera_lock),
        str(town.run / "camera.holder"),
        str(town.folder / "clock"),
    }
    assert written_to <= allowed, written_to - allowed
    after = {path: path.stat().st_mtime_ns for path in town.folder.rglob("*") if path.is_file()}
    changed = {path.name for path, changed_ns in after.items() if before.get(path) != changed_ns}
    assert changed <= {"camera.lock", "camera.holder", "visit.json", "clock"}


def test_audit_would_notice_network_and_files(tmp_path: Path) -> None:
    """The control of the test above."""
    program = (
        "import sys, socket; from pathlib import Path; from tests.node.audited import watch;"
        f"watch(Path({str(tmp_path / 'audit')!r}));"
        f"socket.socket(socket.AF_INET).close(); Path({str(tmp_path / 'frame.jpg')!r}).write_bytes(b'')"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    assert (tmp_path / "audit").read_text().splitlines()[-2:] == ["socket 2", f"write {tmp_path / 'frame.jpg'}"]
