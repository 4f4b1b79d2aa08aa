"""The real libraries on a simulated chip: lgpio, and RPi.GPIO's interface by rpi-lgpio."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.panel.chip import calls
from tests.panel.chip.gpiochip import Chip
from tests.panel.chip.kernel import PIPES, Held, does, said
from tests.panel.fingers import PINS

pytestmark = pytest.mark.skipif(
    find_spec("lgpio") is None, reason="PyPI has lgpio's wheels for Python 3.11 and 3.12 alone"
)
"""Not imported here: it puts a pipe where it stands."""
LIBRARIES = ["lgpio", "RPi.GPIO"]
COIL = PINS.ir_cut_in, PINS.ir_cut_out


class Board:
    """A board in a process of its own, and the chip under it."""

    def __init__(self, library: str, folder: Path, chip: Chip | None = None) -> None:
        self.chip = chip or Chip()
        words = (sys.executable, "-m", "tests.panel.chip.board", library)
        self.held = Held(self.chip, *words, cwd=folder, **PIPES)
        self.began = said(self.held) == "ready"

    def does(self, words: str) -> str:
        return does(self.held, words)

    def levels(self, *pins: int | None) -> list[int]:
        return [self.chip.lines[pin].level for pin in pins if pin is not None]


@pytest.fixture(params=LIBRARIES, scope="module")
def board(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    made = Board(request.param, tmp_path_factory.mktemp("board"))
    assert made.began
    yield made
    made.held.close()


def test_switches_are_pulled_up_and_the_rest_is_driven_low(board: Board) -> None:
    lines = board.chip.lines
    for pin in (PINS.button, PINS.case):
        assert lines[pin].flags & calls.PULL_UP and not lines[pin].output
    driven = (PINS.led_red, PINS.led_green, *COIL, PINS.ir_light)
    assert [lines[pin].output for pin in driven if pin is not None] == [True] * 5
    assert board.levels(*driven) == [0] * 5
    assert sum(line.held_by is not None for line in lines) == 7


def test_hands_are_seen(board: Board) -> None:
    assert board.does("look") == "False True"
    board.chip.lines[PINS.case].pulled = True
    board.chip.lines[PINS.button].pulled = True
    assert board.does("look") == "True False"
    board.chip.lines[PINS.button].pulled = False
    assert board.does("look") == "False False"


def test_led_shows_each_colour(board: Board) -> None:
    shown = {}
    for light in ("red", "green", "amber", "dark"):
        assert board.does(f"light {light}") == "done"
        shown[light] = board.levels(PINS.led_red, PINS.led_green)
    assert shown == {"red": [1, 0], "green": [0, 1], "amber": [1, 1], "dark": [0, 0]}


def test_coil_and_light_are_driven(board: Board) -> None:
    into, out = COIL
    for drive in ("in", "out", "rest"):
        board.does(f"drive {drive}")
    assert [entry for entry in board.chip.diary if entry[0] in COIL] == [(into, 1), (into, 0), (out, 1), (out, 0)]
    board.does("shine 1")
    assert board.levels(PINS.ir_light) == [1]


@pytest.mark.parametrize("library", LIBRARIES)
def test_end_in_mid_pulse_ends_the_pulse_and_gives_every_line_back(library: str, tmp_path: Path) -> None:
    board = Board(library, tmp_path)
    board.does("drive in")
    board.does("light amber")
    board.does("close")
    assert {line.held_by for line in board.chip.lines} == {None}
    assert board.levels(*COIL, PINS.led_red, PINS.led_green) == [0] * 4
    board.held.close()


@pytest.mark.parametrize("library", LIBRARIES)
def test_line_that_the_kernel_has_already_is_refused_with_what_to_look_at(library: str, tmp_path: Path) -> None:
    chip = Chip()
    chip.lines[PINS.case].held_by = -1
    board = Board(library, tmp_path, chip)
    assert not board.began
    assert "if an overlay of config.txt has it" in board.held.process.communicate()[1]
    board.held.close()
