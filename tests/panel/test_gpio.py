"""The board's adapter on gpiozero's own mock pins, and which library it takes."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest
from gpiozero.pins.mock import MockFactory

from edge.base.errors import BadConfiguration
from edge.panel.gpio import GpioBoard, open_factory
from edge.panel.mock import HANDS, MockBoard
from edge.panel.port import Levels, Light, Pins
from tests.panel.fingers import PINS, Fingers


@pytest.fixture
def fingers() -> Fingers:
    return Fingers()


@pytest.mark.parametrize("light", Light)
def test_light_is_what_was_asked_for(fingers: Fingers, light: Light) -> None:
    fingers.board.light(light)
    assert fingers.light is light


def test_switches_pull_to_ground(fingers: Fingers) -> None:
    assert fingers.board.look() == Levels(pressed=False, case_open=False)
    fingers.press()
    assert fingers.board.look() == Levels(pressed=True, case_open=False)
    fingers.release()
    fingers.open()
    assert fingers.board.look() == Levels(pressed=False, case_open=True)


def test_cut_wires_read_as_an_open_case_and_no_press() -> None:
    """Pulled up by the board alone, as a pin is that nothing is wired to."""
    assert GpioBoard(PINS, MockFactory()).look() == Levels(pressed=False, case_open=True)


def test_end_darkens_the_led_and_gives_pins_back(fingers: Fingers) -> None:
    fingers.board.light(Light.AMBER)
    fingers.board.close()
    assert [fingers.factory.pin(number).function for number in (PINS.led_red, PINS.led_green)] == ["input"] * 2
    again = GpioBoard(PINS, MockFactory())
    again.close()


def test_no_thread_and_no_callback_is_left_to_the_library(fingers: Fingers) -> None:
    before = threading.active_count()
    fingers.board.look()
    assert threading.active_count() == before
    assert fingers.factory.pin(PINS.button).when_changed is None


@pytest.mark.parametrize(
    ("asked", "function", "state"), [(None, "input", 0), (True, "output", 1), (False, "output", 0)]
)
def test_filter_moves_only_when_asked(asked: bool | None, function: str, state: int) -> None:
    factory = MockFactory()
    board = GpioBoard(PINS, factory, asked)
    pin = factory.pin(PINS.ir_cut)
    assert (pin.function, int(pin.state)) == (function, state)
    board.close()


def test_filter_that_is_not_wired_is_said() -> None:
    with pytest.raises(BadConfiguration, match="names no ir_cut pin"):
        GpioBoard(Pins(5, 6, 7, 8), MockFactory(), True)


def test_pin_that_the_board_does_not_have_is_said() -> None:
    with pytest.raises(BadConfiguration, match="see the pinout"):
        GpioBoard(Pins(5, 6, 7, 99), MockFactory())


def library(name: str, factory: object) -> ModuleType:
    module = ModuleType(name)
    module.Factory = factory  # type: ignore[attr-defined]
    return module


def test_first_library_that_works_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pins_second", library("pins_second", lambda: "second"))
    monkeypatch.setitem(sys.modules, "pins_third", library("pins_third", lambda: "third"))
    choices = tuple((name, f"pins_{name}", "Factory") for name in ("first", "second", "third"))
    assert open_factory(choices) == "second"


def test_without_pins_each_reason_is_said_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise RuntimeError("not a Raspberry Pi")

    monkeypatch.setitem(sys.modules, "pins_second", library("pins_second", refuse))
    with pytest.raises(BadConfiguration) as raised:
        open_factory((("first", "pins_first", "Factory"), ("second", "pins_second", "Factory")))
    assert "first: No module named 'pins_first'; second: not a Raspberry Pi" in str(raised.value)
    assert 'kind = "none"' in str(raised.value)
    assert raised.value.exit_status == 78


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has pins")
def test_simulated_pins_never_pass_for_real_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    with pytest.raises(BadConfiguration, match="no pins here"):
        open_factory()


def test_simulated_pins_would_pass_if_the_environment_were_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the test above."""
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    choice = (("environment", "gpiozero", "Device"),)
    assert isinstance(open_factory(choice)._default_pin_factory(), MockFactory)


@pytest.mark.parametrize(
    ("said", "levels"),
    [
        (b'{"pressed": true}', Levels(pressed=True, case_open=False)),
        (b'{"case_open": true}', Levels(pressed=False, case_open=True)),
        (b'{"case_open": 1, "pressed": "yes"}', Levels(pressed=False, case_open=False)),
        (b"[]", Levels(pressed=False, case_open=False)),
        (b"\xff" * 300, Levels(pressed=False, case_open=False)),
    ],
)
def test_file_moves_the_mock_pins(tmp_path: Path, said: bytes, levels: Levels) -> None:
    board = MockBoard(PINS, tmp_path / HANDS)
    assert board.look() == Levels(pressed=False, case_open=False)
    (tmp_path / HANDS).write_bytes(said)
    assert board.look() == levels
    board.close()
