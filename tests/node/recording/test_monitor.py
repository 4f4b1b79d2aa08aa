"""The monitor: systemd hears from it only while work is done, and what stands still is told and ended."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.base.clock import SECOND_US
from edge.node.recording.monitor import Monitor
from edge.node.recording.progress import Progress, Stage
from edge.node.recording.stalls import LIMITS, LOOK_S, Stalls
from edge.node.records.tally import Names, Tally
from edge.node.watchdog import Watchdog
from edge.wire.status import RecorderState, RecorderStatus, read_status
from tests.clocks import HandClock


class Scene:
    """A monitor that looks when it is told to; ``ended`` takes the exit statuses."""

    def __init__(self, folder: Path, heard: socket.socket) -> None:
        self.clock, self.ended, self._heard = HandClock(), list[int](), heard
        self.progress = Progress(self.clock)
        self.status_path = folder / "recorder.json"
        self.tally = Tally(Names("demo", "b0" * 16, "0.1.0"), self.status_path, 3 * 2**20)
        self.watchdog = Watchdog()
        self.monitor = Monitor(self.progress, self.watchdog, self.clock, self.ended.append)
        self.monitor.tally = self.tally

    def pass_by(self, seconds: float, move: Callable[[], object] = lambda: None) -> int:
        """Lets time pass; returns how often systemd's watchdog was fed."""
        said = self.said()
        for _ in range(round(seconds / LOOK_S)):
            self.clock.sleep(LOOK_S)
            move()
            self.monitor.look()
            said += self.said()
        return said.count(b"WATCHDOG=1")

    def said(self) -> list[bytes]:
        """Returns what systemd heard since it was last asked."""
        said = []
        try:
            while True:
                said.append(self._heard.recv(1024))
        except BlockingIOError:
            return said

    @property
    def status(self) -> RecorderStatus:
        return read_status(self.status_path)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        scene = Scene(tmp_path, heard)
        yield scene
        scene.watchdog.close()


def work(scene: Scene) -> Callable[[], object]:
    """A recorder's two threads at work: frames, and now and then a segment or a GAP that is synced."""

    def move() -> None:
        for stage in (Stage.CAMERA, Stage.MASKS, Stage.ENCODER, Stage.HAND_OVER):
            scene.progress.enter(stage)
        scene.progress.handed_over += 1
        scene.progress.seal()
        scene.progress.sealed()

    return move


STATES: dict[str, Callable[[Tally], object]] = {
    "starting": lambda tally: None,
    "recording": lambda tally: tally.recording(),
    "blanked": lambda tally: tally.fault("masks", RecorderState.BLANKED, "not valid"),
    "waiting for keys": lambda tally: tally.fault("keys", RecorderState.FAULT, "no key list"),
    "fault": lambda tally: tally.fault("card", RecorderState.FAULT, "reel 3 is not written any more"),
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_watchdog_is_fed_in_every_state_while_work_is_done(scene: Scene, state: Callable[[Tally], object]) -> None:
    state(scene.tally)
    assert scene.pass_by(60, work(scene)) == 120
    assert not scene.ended


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
@pytest.mark.parametrize("stage", [Stage.CAMERA, Stage.ENCODER, Stage.SEALING])
def test_watchdog_starves_in_every_state_once_work_stands_still(
    scene: Scene, state: Callable[[Tally], object], stage: Stage
) -> None:
    state(scene.tally)
    scene.pass_by(10, work(scene))
    scene.progress.seal() if stage is Stage.SEALING else scene.progress.enter(stage)
    scene.pass_by(5)
    assert scene.pass_by(2) == 0
    assert scene.status.state in (RecorderState.FAULT, RecorderState.BLANKED)


def test_watchdog_that_is_fed_without_looking_is_noticed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the look, nothing starves."""
    monkeypatch.setattr(Stalls, "look", lambda *_: [])
    with pytest.raises(AssertionError):
        test_watchdog_starves_in_every_state_once_work_stands_still(scene, STATES["recording"], Stage.CAMERA)


def test_start_asks_systemd_for_time_while_it_goes_on(scene: Scene) -> None:
    scene.progress.enter(Stage.OPEN_SPOOL)
    scene.pass_by(1)
    scene.monitor.look()
    assert scene.said() == [b"EXTEND_TIMEOUT_USEC=30000000"]
    scene.pass_by(20)
    assert scene.pass_by(5) == 0 and not scene.said()


@pytest.mark.parametrize(
    ("stage", "cause", "status"),
    [(Stage.CAMERA, "camera", 75), (Stage.ENCODER, "encoder", 70), (Stage.SEALING, "storage", 74)],
)
def test_stall_is_told_while_it_lasts_and_ends_the_process(scene: Scene, stage: Stage, cause: str, status: int) -> None:
    scene.tally.recording()
    scene.pass_by(10, work(scene))
    scene.tally.counts.frames_seen = 42
    scene.progress.seal() if stage is Stage.SEALING else scene.progress.enter(stage)
    scene.pass_by(3)
    assert scene.status.state is RecorderState.RECORDING
    scene.pass_by(2)
    assert (scene.status.state, list(scene.status.faults)) == (RecorderState.FAULT, [cause])
    assert scene.status.updated >= scene.clock.now_us() - SECOND_US
    scene.pass_by(LIMITS[stage].end_s - 5)
    assert not scene.ended
    scene.pass_by(LOOK_S)
    assert scene.ended == [status]
    assert scene.status.frames_waiting == 42


@pytest.mark.parametrize(("hangs", "at_most_s"), [(Stage.SEALING, 30), (Stage.STOP, 61)])
def test_disk_that_hangs_cannot_hang_the_stop(scene: Scene, hangs: Stage, at_most_s: int) -> None:
    """In the last record's sync, or in closing the spool."""
    scene.pass_by(10, work(scene))
    scene.progress.enter(Stage.STOP)
    if hangs is Stage.SEALING:
        scene.progress.seal()
    scene.pass_by(at_most_s)
    assert scene.ended[0] == 74


def test_stall_that_is_over_is_no_fault_any_more(scene: Scene) -> None:
    scene.tally.recording()
    scene.pass_by(1, work(scene))
    scene.progress.handed_over += 1
    scene.progress.seal()
    scene.pass_by(20)
    assert list(scene.status.faults) == ["storage"]
    scene.progress.sealed()
    assert scene.pass_by(2) > 0
    assert (scene.status.state, scene.status.faults) == (RecorderState.RECORDING, {})
    assert not scene.ended


def test_nothing_is_published_before_the_spool_is_the_process_own(scene: Scene) -> None:
    """A second recorder that is about to be refused must not write over the first one's status."""
    scene.monitor.tally = None
    scene.progress.enter(Stage.OPEN_SPOOL)
    scene.pass_by(60)
    assert not scene.status_path.exists() and not scene.ended
    scene.pass_by(61)
    assert scene.ended[0] == 75


def test_run_directory_that_takes_nothing_does_not_end_the_watch(scene: Scene) -> None:
    scene.tally.path = scene.status_path / "none" / "recorder.json"
    scene.progress.enter(Stage.CAMERA)
    scene.pass_by(10)
    assert scene.ended[0] == 75


def test_thread_looks_by_itself_until_it_is_stopped(scene: Scene) -> None:
    scene.progress.enter(Stage.CAMERA)
    over = threading.Event()

    def end(status: int) -> None:
        scene.ended.append(status)
        over.set()

    scene.monitor._end = end
    scene.monitor.start()
    assert over.wait(30)
    scene.monitor.stop()
    assert scene.ended[0] == 75
