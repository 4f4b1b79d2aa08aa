"""The wiring: taken and refused, and the only place that names pins."""

from __future__ import annotations

import re
import subprocess
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from edge.base.errors import BadConfiguration
from edge.panel.pinout import SHIPPED, read_pinout
from edge.panel.port import Pins

ROOT = Path(__file__).resolve().parents[2]
GOOD = "led_red = 5\nled_green = 6\nbutton = 7\ncase = 8\nir_cut_in = 9\nir_cut_out = 10\nir_light = 11\n"
_NUMBER = re.compile(r"(?:GPIO|BCM|(?:\bpin|LED|led\w*|button|case|ir_\w*)[\s=:(\"'])[\s=:(\"']{0,3}(\d{1,2})\b")


def pinout(folder: Path, text: str) -> Path:
    path = folder / "pinout.toml"
    path.write_text(text)
    return path


def test_wiring_is_read(tmp_path: Path) -> None:
    assert read_pinout(pinout(tmp_path, GOOD)) == Pins(5, 6, 7, 8, 9, 10, 11)
    assert read_pinout(pinout(tmp_path, GOOD.partition("ir_cut_in")[0])) == Pins(5, 6, 7, 8)


def test_shipped_wiring_is_the_one_in_hardware() -> None:
    assert SHIPPED.resolve() == ROOT / "hardware" / "pinout.toml"
    assert None not in asdict(read_pinout(SHIPPED)).values()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("= 5", "= 1"), "led_red: "),
        (GOOD.replace("= 5", "= 28"), "led_red: "),
        (GOOD.replace("= 5", "= true"), "led_red: "),
        (GOOD.replace("= 5", '= "5"'), "led_red: "),
        (GOOD.replace("= 5", "= 5.0"), "led_red: "),
        (GOOD.replace("button = 7\n", ""), "button: Field required"),
        (GOOD + "buzzer = 12\n", "buzzer: unknown key"),
        (GOOD.replace("= 8", "= 7"), "case and button share pin 7"),
        (GOOD.replace("= 9", "= 5"), "ir_cut_in and led_red share pin 5"),
        (GOOD.replace("ir_cut_out = 10\n", ""), "ir_cut_in and ir_cut_out belong together"),
        (GOOD.replace("ir_cut_in = 9\n", ""), "ir_cut_in and ir_cut_out belong together"),
        ("led_red = ", "not TOML"),
    ],
)
def test_other_wiring_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadConfiguration, match=re.escape(says)):
        read_pinout(pinout(tmp_path, text))


def tracked() -> list[Path]:
    """Files of the project that could name a pin; tests may, to have something to refuse."""
    shown = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False)
    names = shown.stdout.decode().splitlines() or [str(path.relative_to(ROOT)) for path in ROOT.glob("*/**/*.*")]
    kinds = {".py", ".toml", ".md", ".service", ".yml", ".j2", ".sh"}
    return [
        ROOT / name
        for name in names
        if Path(name).suffix in kinds
        and not name.startswith(("tests/", ".venv/", "hardware/pinout.toml"))
        and not (ROOT / name).is_symlink()
    ]


def naming_pins(text: str) -> list[str]:
    """What of ``text`` names a pin that is wired."""
    wired = {str(pin) for pin in tomllib.loads(SHIPPED.read_text()).values()}
    return [found.group(0) for found in _NUMBER.finditer(text) if found.group(1) in wired]


def test_no_other_file_names_a_pin() -> None:
    files = tracked()
    assert ROOT / "edge" / "panel" / "gpio.py" in files
    assert {path: naming for path in files if (naming := naming_pins(path.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    "text", ["LED(23)", "button = 17", "BCM 27", "pin 22", "led_red=23", "ir_cut_in = 22", 'InputDevice("GPIO17")']
)
def test_file_that_names_a_pin_would_be_noticed(text: str) -> None:
    """Control of the test above."""
    assert naming_pins(f"x\n{text}\n")
