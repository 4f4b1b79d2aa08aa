"""The unit that asks ModemManager: its own command, with a ModemManager's client of ours."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from edge.health.access import look, modem_told
from edge.wire.line import Access, Way
from tests.health.test_access import Net, modem

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "system" / "mimamori-modem.service"
PATIENCE_S = 60


class Asking:
    """The unit's command over a folder in place of ``/run/mimamori``; it asks all the time."""

    def __init__(self, folder: Path, answer: str) -> None:
        self.run, self.words = folder / "run", folder / "words"
        self.run.mkdir()
        (folder / "bin").mkdir()
        self._program(folder / "bin" / "mmcli", f"printf '%s ' \"$@\" >{self.words}; {answer}")
        self._program(folder / "bin" / "sleep", "exec /bin/sleep 0.05")
        (line,) = [line for line in UNIT.read_text().splitlines() if line.startswith("ExecStart=")]
        command = shlex.split(line.removeprefix("ExecStart=").replace("/run/mimamori", str(self.run)))
        path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self._process = subprocess.Popen(command, env={"PATH": path}, start_new_session=True)

    def until(self, condition: Callable[[], bool]) -> None:
        clock = SystemClock()
        deadline_ns = clock.monotonic_ns() + PATIENCE_S * 10**9
        while not condition():
            assert clock.monotonic_ns() < deadline_ns and self._process.poll() is None
            clock.sleep(0.02)

    def end(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE_S)

    def _program(self, path: Path, text: str) -> None:
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)


@pytest.fixture
def asking(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Asking]:
    asking = Asking(tmp_path, request.param)
    yield asking
    asking.end()


@pytest.mark.parametrize("asking", [f"printf '%s' '{modem().decode()}'"], indirect=True)
def test_modems_word_reaches_the_uplink_and_nothing_is_set_up(tmp_path: Path, asking: Asking) -> None:
    asking.until((asking.run / "modem.json").exists)
    assert asking.words.read_text() == "--output-json --modem any "
    (tmp_path / "net").mkdir()
    net = Net(tmp_path / "net")
    net.interface("wwan0", kind="519")
    net.route("wwan0")
    ask = modem_told(asking.run / "modem.json", SystemClock())
    assert look(net.proc, net.sys, ask) == Access(Way.MODEM, percent=52)


@pytest.mark.parametrize("asking", ["echo 'error: no modem was found'; exit 1"], indirect=True)
def test_modem_that_is_not_there_leaves_no_word(asking: Asking) -> None:
    """Control of the test above."""
    asking.until(asking.words.exists)
    asking.words.unlink()
    asking.until(asking.words.exists)  # asked once more: the first answer was dealt with
    assert not (asking.run / "modem.json").exists()


@pytest.mark.skipif(not Path("/usr/bin/systemd-analyze").exists(), reason="systemd is not installed")
def test_unit_is_one_and_is_as_closed_as_the_nodes_others(tmp_path: Path) -> None:
    words = ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=20", str(UNIT)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stdout[-800:] + done.stderr
