"""The work order's table of the light: the panel's own, and the same as in the installer's guide."""

from __future__ import annotations

from pathlib import Path

from edge.fleet.lights import STRIP_MS, light_rows, lit
from edge.panel.condition import Condition
from edge.panel.patterns import CONDITIONS, LINK_UP
from edge.panel.port import Light

DOCS = Path(__file__).resolve().parents[2] / "docs"


def rows(guide: str, *colours: str) -> list[tuple[str, str]]:
    """Returns colour and rhythm of each row of a guide's table."""
    lines = (DOCS / guide).read_text(encoding="utf-8").replace("\\|", "¦").splitlines()
    cells = [[cell.strip().strip("`") for cell in line.split("|")] for line in lines if line.startswith("| ")]
    return [(cell[1], cell[2]) for cell in cells if cell[1] in colours]


def test_every_rhythm_of_the_guides_is_on_the_paper() -> None:
    japanese, english = rows("installer.ja.md", "緑", "橙", "赤"), rows("installer.en.md", "green", "amber", "red")
    paper = [(row.colour, row.rhythm.replace("|", "¦")) for row in light_rows()]
    assert paper == [(f"{ja} {en}", rhythm) for (ja, rhythm), (en, _) in zip(japanese, english, strict=True)]
    assert [rhythm for _, rhythm in japanese] == [rhythm for _, rhythm in english]


def test_strip_is_lit_where_the_light_is() -> None:
    for pattern in (CONDITIONS[Condition.FAULT], CONDITIONS[Condition.TAMPERED], LINK_UP):
        on = [at for at in range(STRIP_MS) if pattern.at(at) is not Light.DARK]
        assert on == [at for begin, length in lit(pattern) for at in range(begin, begin + length)]
