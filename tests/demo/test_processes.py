"""The demonstration's processes: ended in order, killed where need be, measured, and never left behind."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from edge.base.errors import Stop
from edge.demo.cast import Cast
from edge.demo.places import Places, free_ports
from edge.demo.processes import Child
from edge.demo.watch import Progress, ProgressLine, Watch
from edge.seal.reel import Position
from tests.node.rig import play
from tests.node.town import Town

CLOCK = SystemClock()
READY = "import signal, sys, time; print('ready', flush=True); "


@pytest.fixture
def children() -> Iterator[list[Child]]:
    started: list[Child] = []
    yield started
    for child in started:
        child.stop(CLOCK, within_s=5)


def await_ready(child: Child) -> None:
    deadline = CLOCK.monotonic_ns() + 30_000_000_000
    while "ready" not in child.log.read_text():
        assert CLOCK.monotonic_ns() < deadline
        CLOCK.sleep(0.02)


def started(tmp_path: Path, children: list[Child], code: str) -> Child:
    child = Child("child", [sys.executable, "-c", code], tmp_path)
    children.append(child)
    return child


def test_child_ends_when_it_is_asked(tmp_path: Path, children: list[Child]) -> None:
    child = started(tmp_path, children, READY + "time.sleep(600)")
    await_ready(child)
    assert child.running
    child.stop(CLOCK, within_s=20)
    assert not child.running and child.status == -15


def test_child_that_will_not_end_is_killed(tmp_path: Path, children: list[Child]) -> None:
    child = started(
        tmp_path, children, "import signal; signal.signal(15, signal.SIG_IGN); " + READY + "time.sleep(600)"
    )
    await_ready(child)
    child.stop(CLOCK, within_s=0.2)
    assert child.status == -9


def test_what_a_child_took_is_the_kernels_account(tmp_path: Path, children: list[Child]) -> None:
    """Its own, not this process's, which was large when it forked the child."""
    large = bytearray(256 * 2**20)
    large[::4096] = b"1" * len(large[::4096])
    fill = "x = bytearray(64 * 2**20); x[::4096] = b'1' * len(x[::4096]); "
    child = started(tmp_path, children, fill + READY + "time.sleep(600)")
    await_ready(child)
    child.stop(CLOCK, within_s=20)
    assert child.usage is not None and child.usage.cpu_s > 0
    assert 64 * 2**20 < child.usage.max_rss_bytes < 128 * 2**20


@pytest.mark.parametrize(("status", "expected"), [(78, 78), (66, 66), (64, 64), (1, 70), (130, 70)])
def test_fault_of_a_child_becomes_the_demonstrations(
    tmp_path: Path, children: list[Child], status: int, expected: int
) -> None:
    child = started(tmp_path, children, f"import sys; print('what was wrong'); sys.exit({status})")
    assert child.wait(CLOCK, within_s=30)
    with pytest.raises(Stop, match=f"child ended with status {status}; the end of .*\n    what was wrong") as raised:
        child.require_running()
    assert raised.value.exit_status == expected


def test_children_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    """Nothing is left running, however the demonstration ends."""
    code = (
        "import sys, time; from pathlib import Path; from edge.demo.processes import Child; "
        f"child = Child('child', ['sleep', '600'], Path({str(tmp_path)!r})); print(child.pid, flush=True); "
        "time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.kill()
    deadline = CLOCK.monotonic_ns() + 30_000_000_000
    while is_running(pid):
        assert CLOCK.monotonic_ns() < deadline
        CLOCK.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether the process is there and no zombie that nobody waits for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_cast_says_when_something_does_not_come(tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path / "city")
    places.make()
    cast = Cast(places, free_ports(), CLOCK)
    cast.wait_for(tmp_path, "the folder")
    cast.start("center", [sys.executable, "-c", "import sys; sys.exit(74)"])
    with pytest.raises(Stop, match="center ended with status 74") as raised:
        cast.wait_for(tmp_path / "never", "what never comes")
    assert raised.value.exit_status == 74
    cast.stop_all()
    assert set(cast.usage()) == {"center"}


# --- what is shown


def test_watch_reads_what_is_published(tmp_path: Path) -> None:
    watch = Watch(Places(tmp_path, tmp_path / "city"))
    assert watch.look() == Progress(None, None, 0)
    town = Town(tmp_path / "node")
    play(town, 40)
    records = town.records()
    town.receipt(records[:2], town.clock.now_us())
    seen = watch.look()
    assert seen.status is not None and seen.status.frames_encoded == 40
    assert (seen.records, seen.receipted, seen.all_receipted) == (len(records), 2, False)
    town.receipt(records[2:], town.clock.now_us())
    assert watch.look().all_receipted


def test_damaged_status_is_no_status(tmp_path: Path) -> None:
    town = Town(tmp_path / "node")
    town.run.mkdir()
    (town.run / "recorder.json").write_text("{")
    assert Watch(Places(tmp_path, tmp_path / "city")).look().status is None


def progress(sequence: int, receipted: int) -> Progress:
    position = Position(chain="c0" * 16, reel=0, lap=1, end=8192, sequence=sequence, sha256="ab" * 32, oldest=0)
    return Progress(None, position, receipted)


def test_progress_counts_from_zero() -> None:
    assert not Progress(None, None, 0).all_receipted
    assert not progress(3, 3).all_receipted
    assert progress(3, 4).all_receipted


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_line_is_written_over_in_a_terminal_and_rare_elsewhere() -> None:
    for stream, lines in ((Terminal(), 5), (io.StringIO(), 2)):
        line = ProgressLine(stream)
        for second in (0, 1, 2, 9, 10):
            line.show(progress(3, 1), second * 1_000_000_000)
        line.end()
        assert stream.getvalue().count("1 receipted  3 waiting") == lines
    assert os.linesep in stream.getvalue()


def test_line_names_a_visit_that_has_the_camera() -> None:
    shown = io.StringIO()
    ProgressLine(shown).show(Progress(None, None, 0, visited=True), 0)
    assert shown.getvalue().startswith("visit ")
