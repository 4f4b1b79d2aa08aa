"""How a build is wired, in WireViz's own language: from the bill of materials and ``pinout.toml``.

``python -m hardware.wiring`` writes ``hardware/wiring/BUILD.yaml``; ``make hardware`` has WireViz draw them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from edge.panel.pinout import Pinout
from hardware.bom import FOLDER, Bom, BuildName, read_bom, read_panel

WIRING = FOLDER / "wiring"
HEADER_PIN = dict(
    zip(
        range(2, 28),
        (3, 5, 7, 29, 31, 26, 24, 21, 19, 23, 32, 33, 8, 10, 36, 11, 12, 35, 38, 40, 15, 16, 18, 22, 37, 13),
        strict=True,
    )
)
"""BCM number to place on the 40-pin header (pinout.xyz)."""
GROUNDS, FIVE_VOLT, THREE_VOLT = (6, 9, 14, 20, 25, 30, 34, 39), (2, 4), (1, 17)
_SUPPLIED = {"rtc": "3V3", "ir-filter-driver": "5V", "ir-board": "5V", "fan": "5V"}
_COLOURS = {
    "GND": "BK",
    "5V": "RD",
    "3V3": "OG",
    "led_red": "RD",
    "led_green": "GN",
    "button": "BU",
    "case": "VT",
    "ir_cut_in": "YE",
    "ir_cut_out": "BN",
    "ir_light": "PK",
}


@dataclass(frozen=True, slots=True)
class Wire:
    """One wire: place on the header, what the board calls it, the part, what the part calls it."""

    place: int
    signal: str
    part: str
    end: str


def wires(bom: Bom, panel: Pinout, name: BuildName) -> list[Wire]:
    """Returns every wire that ends at the header, grounds and supplies included; a HAT sits on the header and has none.

    Raises:
        ValueError: a pin has two uses.
    """
    bom.pins(name, panel)
    places = {"GND": iter(GROUNDS), "5V": iter(FIVE_VOLT * 4), "3V3": iter(THREE_VOLT)}
    numbers, found = dict(panel), []
    for part_id in dict.fromkeys(bom.build[name].case):
        part = bom.part[part_id]
        lines = [(line, numbers[line]) for line in part.panel] + list(part.pins.items())
        if not lines or part_id.endswith("-hat"):
            continue
        supplied = ["GND", *([_SUPPLIED[part_id]] if part_id in _SUPPLIED else [])]
        found += [Wire(next(places[rail]), rail, part_id, rail) for rail in supplied]
        found += [Wire(HEADER_PIN[pin], f"GPIO{pin}", part_id, line) for line, pin in lines if pin is not None]
    return found


def description(bom: Bom, panel: Pinout, name: BuildName) -> dict[str, Any]:
    """Returns WireViz's input for a build."""
    drawn = wires(bom, panel, name)
    board = next(part for part in bom.build[name].case if bom.part[part].role == "board")
    pins = sorted({(wire.place, wire.signal) for wire in drawn})
    connectors: dict[str, Any] = {
        board: {
            "type": bom.part[board].name.split(",")[0],
            "subtype": "40-pin header",
            "pins": [place for place, _ in pins],
            "pinlabels": [signal for _, signal in pins],
        }
    }
    cables: dict[str, Any] = {}
    connections: list[list[dict[str, list[int]]]] = []
    for part in dict.fromkeys(wire.part for wire in drawn):
        own = [wire for wire in drawn if wire.part == part]
        ends, numbered = [wire.end for wire in own], list(range(1, len(own) + 1))
        connectors[part] = {"type": _called(bom, part), "pins": numbered, "pinlabels": ends}
        colours = [_COLOURS.get(wire.end, "WH") for wire in own]
        cables[f"W-{part}"] = {"wirecount": len(own), "gauge": "0.08 mm2", "colors": colours, "length": 0.2}
        connections.append([{board: [wire.place for wire in own]}, {f"W-{part}": numbered}, {part: numbered}])
    tree = {"connectors": connectors, "cables": cables, "connections": connections}
    return _with_lines(bom, name, board, tree)


def _with_lines(bom: Bom, name: BuildName, board: str, tree: dict[str, Any]) -> dict[str, Any]:
    """Adds what does not go through the header: power, line, camera; each comes from the left."""
    build = bom.build[name]
    camera = next(part for part in build.case if bom.part[part].role == "camera")
    links = [(camera, "CSI", "flex", board, "CSI")]
    if name == "eaves":
        links += [("poe-injector", "LAN + 48 V", "Cat 5e", "lan-arrester", "in")]
        links += [
            ("lan-arrester", "out", "Cat 5e", "poe-usb", "RJ45"),
            ("poe-usb", "micro USB", "USB, 5 V", board, "USB"),
        ]
    else:
        supply = build.supplies[0]
        links += [
            ("surge-ac", "L, N, PE out", "0.75 mm2", supply, "L, N, PE"),
            (supply, "5 V out", "0.75 mm2", board, "5 V in"),
        ]
        links += [("lte-antenna", "SMA", "coax", "lte-hat", "MAIN"), ("lte-hat", "USB", "USB", board, "USB")]
    for index, (left, left_end, kind, right, right_end) in enumerate(links, start=1):
        left_pin, right_pin = _pin(tree, bom, left, left_end), _pin(tree, bom, right, right_end)
        tree["cables"][f"C{index}"] = {"type": kind, "wirecount": 1, "colors": ["GY"]}
        tree["connections"].append([{left: [left_pin]}, {f"C{index}": [1]}, {right: [right_pin]}])
    return tree


def _pin(tree: dict[str, Any], bom: Bom, part: str, end: str) -> int:
    """Returns the number of a part's end, which is added where the part has none of that name."""
    connector = tree["connectors"].setdefault(part, {"type": _called(bom, part), "pins": [], "pinlabels": []})
    if end not in connector["pinlabels"]:
        connector["pins"].append(
            max([40 if part in bom.part and bom.part[part].role == "board" else 0, *connector["pins"]]) + 1
        )
        connector["pinlabels"].append(end)
    number: int = connector["pins"][connector["pinlabels"].index(end)]
    return number


def _called(bom: Bom, part: str) -> str:
    return bom.part[part].name_ja.split("(")[0]


def text(name: BuildName) -> str:
    """Returns a build's description as its file holds it."""
    tree = description(read_bom(), read_panel(), name)
    return "# Written by `python -m hardware.wiring` from bom.toml and pinout.toml.\n" + yaml.safe_dump(
        tree, sort_keys=False, allow_unicode=True, width=1000
    )


def main(folder: Path = WIRING) -> int:
    """Writes the descriptions."""
    for name in read_bom().build:
        (folder / f"{name}.yaml").write_text(text(name), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
