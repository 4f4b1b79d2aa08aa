"""The real RPi.GPIO of Debian arm64, driven by the installed panel, over registers that this machine looks into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.arm64.system import PYTHON, System
from tests.panel.chip.gpiochip import Chip
from tests.panel.chip.kernel import PIPES, Held, does, said
from tests.panel.chip.registers import Registers
from tests.panel.fingers import PINS

pytestmark = pytest.mark.timeout(1800)
RED, GREEN, BUTTON, CASE = PINS.led_red, PINS.led_green, PINS.button, PINS.case
INTO, OUT, LAMP = (pin or 0 for pin in (PINS.ir_cut_in, PINS.ir_cut_out, PINS.ir_light))


class Board:
    """A board under RPi.GPIO in the system."""

    def __init__(self, system: System) -> None:
        self.registers, chip = Registers(), Chip()
        chip.registers = self.registers.file
        self.held = Held(
            chip, *system.words(PYTHON, "-m", "tests.panel.chip.board", "RPi.GPIO"), cwd=Path("/"), **PIPES
        )
        self.began = said(self.held)

    def close(self) -> None:
        self.held.close()
        self.registers.close()

    def does(self, words: str) -> tuple[int, int]:
        """Returns the last pins that were set and cleared."""
        self.registers.last()
        assert does(self.held, words) == "done"
        return self.registers.last()


@pytest.fixture(scope="module")
def board(system: System) -> Iterator[Board]:
    made = Board(system)
    try:
        assert made.began == "ready", made.held.process.communicate()
        yield made
    finally:
        made.close()


def test_switches_are_pulled_up_and_the_rest_is_driven(board: Board) -> None:
    assert [board.registers.is_output(pin) for pin in (RED, GREEN, INTO, OUT, LAMP)] == [True] * 5
    assert [board.registers.is_output(pin) for pin in (BUTTON, CASE)] == [False] * 2
    assert [board.registers.is_pulled_up(pin) for pin in (BUTTON, CASE)] == [True] * 2


def test_hands_are_seen(board: Board) -> None:
    for high, levels in ((BUTTON, CASE), "False True"), ((BUTTON,), "False False"), ((CASE,), "True True"):
        board.registers.hold(*high)
        assert does(board.held, "look") == levels


@pytest.mark.parametrize(
    ("words", "last"),
    [
        ("light red", (1 << RED, 1 << GREEN)),
        ("light green", (1 << GREEN, 1 << RED)),
        ("light dark", (0, 1 << GREEN)),
        ("drive in", (1 << INTO, 1 << OUT)),
        ("drive out", (1 << OUT, 1 << INTO)),
        ("drive rest", (0, 1 << OUT)),
        ("shine 1", (1 << LAMP, 0)),
        ("shine 0", (0, 1 << LAMP)),
    ],
)
def test_what_is_asked_is_what_the_last_writes_say(board: Board, words: str, last: tuple[int, int]) -> None:
    assert board.does(words) == last


def test_end_makes_every_pin_an_input(board: Board) -> None:
    board.does("drive in")
    board.does("close")
    assert not any(board.registers.is_output(pin) for pin in range(28))
