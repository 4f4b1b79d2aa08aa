"""The work order's table of the light: the panel's own, and the same as in the installer's guide."""

from __future__ import annotations

from pathlib import Path

from edge.fleet.lights import STRIP_MS, light_rows, lit
from edge.panel.condition import Condition
from edge.panel.patterns import CONDITIONS, LINK_UP
from edge.panel.port import Light

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "installer.md"


def test_every_rhythm_of_the_guide_is_on_the_paper() -> None:
    lines = [
        line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.startswith(("| 緑", "| 橙", "| 赤"))
    ]
    guide = [(cells[1].strip().replace(" / ", " "), cells[2].strip().strip("`").replace("\\", "")) for cells in
             (line.replace("\\|", "\\¦").split("|") for line in lines)]  # fmt: skip
    assert [(row.colour, row.rhythm.replace("|", "¦")) for row in light_rows()] == guide


def test_strip_is_lit_where_the_light_is() -> None:
    for pattern in (CONDITIONS[Condition.FAULT], CONDITIONS[Condition.TAMPERED], LINK_UP):
        on = [at for at in range(STRIP_MS) if pattern.at(at) is not Light.DARK]
        assert on == [at for begin, length in lit(pattern) for at in range(begin, begin + length)]
