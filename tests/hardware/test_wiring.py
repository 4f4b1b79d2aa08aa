"""The wiring diagrams: of today's bill and pins, each wire drawn."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
import yaml

from hardware.bom import BuildName, read_bom, read_panel
from hardware.wiring import HEADER_PIN, WIRING, Wire, description, text, wires

BUILDS: list[BuildName] = ["eaves", "pole"]


def drawn(build: BuildName) -> set[str]:
    """Returns the ends of wires that a diagram shows, as ``part:pin:name``."""
    shown = re.findall(r"<text[^>]*>([^<]*)</text>", (WIRING / f"{build}.svg").read_text(encoding="utf-8"))
    ends = (html.unescape(label).replace("\xa0", " ").strip() for label in shown)
    return {end for end in ends if re.fullmatch(r"[a-z0-9-]+:\d+:.+", end)}


def ends(build: BuildName) -> set[str]:
    """Returns the ends of wires that the bill and the pins make."""
    tree = description(read_bom(), read_panel(), build)
    found = set()
    for left, _, right in tree["connections"]:
        for part, pins in (*left.items(), *right.items()):
            connector = tree["connectors"][part]
            found |= {f"{part}:{pin}:{connector['pinlabels'][connector['pins'].index(pin)]}" for pin in pins}
    return found


@pytest.mark.parametrize("build", BUILDS)
def test_description_is_of_today(build: BuildName) -> None:
    assert (WIRING / f"{build}.yaml").read_text(encoding="utf-8") == text(build), "run make hardware"


@pytest.mark.parametrize("build", BUILDS)
def test_diagram_shows_every_wire_and_no_other(build: BuildName) -> None:
    assert drawn(build) == ends(build)


def test_a_wire_that_moved_would_be_noticed() -> None:
    """Control of the test above."""
    panel = read_panel()
    moved = panel.model_copy(update={"button": 5})
    tree = description(read_bom(), moved, "eaves")
    assert yaml.safe_load(text("eaves")) != tree
    assert Wire(HEADER_PIN[5], "GPIO5", "button", "button") in wires(read_bom(), moved, "eaves")


def test_each_line_of_a_part_has_its_wire() -> None:
    pole = wires(read_bom(), read_panel(), "pole")
    assert {(wire.part, wire.end) for wire in pole} >= {("ir-filter-driver", "ir_cut_in"), ("ir-board", "ir_light")}
    assert {wire.part for wire in pole if wire.signal == "GND"} == {wire.part for wire in pole}
    assert not {wire.part for wire in pole} & {"lte-hat"}, "a HAT sits on the header"


def test_header_places_are_those_of_the_pinouts_notes() -> None:
    noted = re.findall(r"^\w+ = (\d+)\s+# header pin (\d+)", (WIRING.parent / "pinout.toml").read_text(), re.MULTILINE)
    assert len(noted) == len([pin for _, pin in read_panel() if pin is not None])
    assert {int(pin): int(place) for pin, place in noted} == {int(pin): HEADER_PIN[int(pin)] for pin, _ in noted}
    assert len(set(HEADER_PIN.values())) == 26


def test_folder_holds_nothing_else() -> None:
    assert sorted(path.name for path in Path(WIRING).iterdir()) == ["eaves.svg", "eaves.yaml", "pole.svg", "pole.yaml"]
