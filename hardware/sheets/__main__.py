"""Writes ``hardware/sheets.md`` and its plots: ``python -m hardware.sheets``; ``--check`` compares them."""

from __future__ import annotations

import sys

from hardware.assumptions import read_assumptions
from hardware.bom import FOLDER, read_bom
from hardware.sheets.page import page
from hardware.sheets.plots import PICTURES, data_of, draw, drawn_from

PAGE = FOLDER / "sheets.md"


def stale() -> list[str]:
    """Returns what is not of today's bill and assumptions."""
    bom, assumed = read_bom(), read_assumptions()
    found = [] if PAGE.read_text(encoding="utf-8") == page(bom, assumed) else [PAGE.name]
    for name, data in data_of(bom, assumed).items():
        if drawn_from(data) not in (PICTURES / f"{name}.svg").read_text(encoding="utf-8"):
            found.append(f"pictures/{name}.svg")
    return found


def main(arguments: list[str]) -> int:
    """Writes, or with ``--check`` prints what is stale and returns 1 where anything is."""
    if arguments == ["--check"]:
        found = stale()
        print(
            "\n".join(f"hardware/{name} is stale; run make hardware" for name in found)
            or "hardware: sheets are of today"
        )
        return 1 if found else 0
    bom, assumed = read_bom(), read_assumptions()
    draw(bom, assumed)
    PAGE.write_text(page(bom, assumed), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
