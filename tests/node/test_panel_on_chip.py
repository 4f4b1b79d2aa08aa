"""The panel's process by the real lgpio on a simulated chip: hands, LED, and a coil that nothing holds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import pytest

from edge.base.clock import SystemClock
from tests.node.town import Town
from tests.panel.chip.gpiochip import Chip
from tests.panel.chip.kernel import Held
from tests.panel.fingers import PINS

pytestmark = pytest.mark.skipif(
    find_spec("lgpio") is None, reason="PyPI has lgpio's wheels for Python 3.11 and 3.12 alone"
)
"""Not imported here: it puts a pipe where it stands."""
Make = Callable[..., Town]
PATIENCE_S = 60.0
INTO, OUT = PINS.ir_cut_in or 0, PINS.ir_cut_out or 0


@contextmanager
def running(town: Town, chip: Chip) -> Iterator[subprocess.Popen[str]]:
    """The panel of a node, with the chip under it."""
    words = (sys.executable, "-m", "edge.cli", "node", "panel", "--config", str(town.config_path))
    held = Held(chip, *words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield held.process
    finally:
        held.close()


def until(process: subprocess.Popen[str], condition: Callable[[], bool]) -> None:
    clock = SystemClock()
    deadline_ns = clock.monotonic_ns() + round(PATIENCE_S * 1e9)
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert clock.monotonic_ns() < deadline_ns
        clock.sleep(0.005)


@pytest.fixture
def town(make_town: Make) -> Town:
    return make_town(panel={"kind": "gpio", "ir_filter": "in"})


def test_hands_led_and_filter_work_until_it_is_told_to_stop(town: Town) -> None:
    chip = Chip()
    button, case = chip.lines[PINS.button], chip.lines[PINS.case]
    case.pulled = True
    with running(town, chip) as panel:
        until(panel, town.panel_says(lambda found: not found.case_open))
        until(panel, lambda: (PINS.led_green, 1) in chip.diary)
        until(panel, lambda: (INTO, 0) in chip.diary)
        button.pulled = True
        until(panel, lambda: chip.lines[PINS.led_green].level == 0)
        button.pulled = False
        until(panel, town.panel_says(lambda found: found.link_test == 1))
        case.pulled = False
        until(panel, town.panel_says(lambda found: found.case_open))
        until(panel, lambda: (PINS.led_red, 1) in chip.diary)
        os.kill(panel.pid, signal.SIGTERM)
        assert panel.wait(PATIENCE_S) == 0
    assert [level for pin, level in chip.diary if pin == INTO] == [1, 0]
    assert [pin for pin, _ in chip.diary if pin == OUT] == []
    assert not any(line.output or line.held_by is not None for line in chip.lines)
    assert (town.run / ".lgd-nfy0").is_fifo(), "lgpio's pipe lies where a read-only root lets it"


def test_pulse_that_a_kill_left_on_ends_with_the_next_start(town: Town) -> None:
    chip = Chip()
    with running(town, chip) as panel:
        chip.told = lambda *change: panel.kill() if change == (INTO, 1) else None
        assert panel.wait(PATIENCE_S) == -signal.SIGKILL
    assert chip.lines[INTO].level == 1, "nothing is shown where the kill itself ended the pulse"
    chip.told = lambda *_: None
    with running(town, chip) as panel:
        until(panel, lambda: len([pin for pin, _ in chip.diary if pin == INTO]) == 4)
    assert [level for pin, level in chip.diary if pin == INTO] == [1, 0, 1, 0]
