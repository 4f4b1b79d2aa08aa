"""The board's adapter on gpiozero's own mock pins, and which library it takes."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from edge.base.errors import BadConfiguration
from edge.panel.gpio import GpioBoard, open_factory
from edge.panel.mock import HANDS, MockBoard
from edge.panel.port import Drive, Levels, Light, Pins
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


INFRARED = (PINS.ir_cut_in, PINS.ir_cut_out, PINS.ir_light)


def test_filter_and_light_are_left_alone_where_nothing_asks_for_them(fingers: Fingers) -> None:
    fingers.board.drive(Drive.IN)
    fingers.board.shine(True)
    assert [fingers.factory.pin(number).function for number in INFRARED] == ["input"] * 3


def test_coil_is_driven_one_way_at_a_time_and_at_rest_at_start_and_end() -> None:
    fingers = Fingers(infrared=True)
    assert fingers.driven == (0, 0)
    fingers.board.drive(Drive.IN)
    assert fingers.driven == (1, 0)
    fingers.board.drive(Drive.OUT)
    assert fingers.driven == (0, 1)
    lines = [fingers.factory.pin(number) for number in INFRARED[:2]]
    for line in lines:
        line.clear_states()
    fingers.board.close()
    assert [line.states[-1].state for line in lines] == [0, 0]


def test_one_line_of_the_coil_is_low_before_the_other_goes_high() -> None:
    seen = []

    class Telling(MockPin):  # type: ignore[misc]
        def _change_state(self, value: bool) -> bool:
            changed = bool(super()._change_state(value))
            if changed and self.info.name in {f"GPIO{number}" for number in INFRARED[:2]}:
                seen.append((self.info.name, value))
            return changed

    board = GpioBoard(PINS, MockFactory(pin_class=Telling), infrared=True)
    into, out = (f"GPIO{number}" for number in INFRARED[:2])
    seen.clear()
    for drive in (Drive.IN, Drive.OUT, Drive.IN, Drive.REST):
        board.drive(drive)
    assert seen == [(into, 1), (into, 0), (out, 1), (out, 0), (into, 1), (into, 0)]


def test_light_shines_when_told() -> None:
    fingers = Fingers(infrared=True)
    states = []
    for on in (True, False):
        fingers.board.shine(on)
        states.append(fingers.shines)
    assert states == [True, False]


def test_filter_that_is_not_wired_is_said() -> None:
    with pytest.raises(BadConfiguration, match="names no ir_cut_in and ir_cut_out"):
        GpioBoard(Pins(5, 6, 7, 8), MockFactory(), infrared=True)


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
def test_simulated_pins_never_pass_for_real_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # lgpio puts a pipe where it is loaded
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
