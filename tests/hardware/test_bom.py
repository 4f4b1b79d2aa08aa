"""The bill of materials: each figure has its source, each build fits together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from edge.base.errors import BadConfiguration
from hardware.bom import ESTIMATE, FOLDER, MODEL, BuildName, read_bom, read_panel

BOM = (FOLDER / "bom.toml").read_text(encoding="utf-8")
BUILDS: list[BuildName] = ["eaves", "pole"]


def cited(value: Any) -> Iterator[str]:
    """Yields the source of every figure within."""
    if isinstance(value, BaseModel):
        if "of" in type(value).model_fields:
            yield value.of  # type: ignore[attr-defined]
        for _, inner in value:
            yield from cited(inner)
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from cited(inner)


def changed(folder: Path, before: str, after: str) -> Path:
    assert before in BOM
    path = folder / "bom.toml"
    path.write_text(BOM.replace(before, after, 1), encoding="utf-8")
    return path


def test_every_figure_names_a_source_that_is_listed_and_every_source_is_cited() -> None:
    bom = read_bom()
    named = set(cited(bom)) | {source for source in bom.source if source in " ".join(p.note for p in bom.part.values())}
    assert named - {ESTIMATE, MODEL} == bom.source.keys()


def test_a_source_that_is_not_listed_would_be_noticed(tmp_path: Path) -> None:
    """Control of the test above."""
    bom = read_bom(changed(tmp_path, 'of = "cnx-zero2w"', 'of = "hearsay"'))
    assert "hearsay" in set(cited(bom)) - bom.source.keys()


def test_every_part_is_used_and_can_be_what_it_says() -> None:
    bom = read_bom()
    assert {part for build in bom.build.values() for part in build.parts} == bom.part.keys()
    for name, part in bom.part.items():
        low, high = part.temperature_c.value
        assert low < high, name
        assert min(part.size_mm.value) > 0, name
        if part.power_w is not None:
            assert part.power_w.idle.value <= part.power_w.record.value <= part.power_w.peak.value, name


@pytest.mark.parametrize("build", BUILDS)
def test_no_pin_of_a_build_has_two_uses(build: BuildName) -> None:
    pins = read_bom().pins(build, read_panel())
    assert {"panel.led_red", "panel.led_green", "panel.button", "panel.case", "rtc.sda"} <= set(pins.values())


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("switch = 12", "switch = 14", "fan.switch and lte-hat.uart_tx"),
        ("sda = 2,", "sda = 27,", "rtc.sda and panel.case"),
    ],
)
def test_a_pin_with_two_uses_is_refused(tmp_path: Path, before: str, after: str, says: str) -> None:
    """Control of the test above."""
    bom = read_bom(changed(tmp_path, before, after))
    with pytest.raises(ValueError, match=f"build.pole: {says} share a pin"):
        bom.pins("pole", read_panel())


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('"dome-shell", ', '"dome-shel", ', "build.eaves: no such part: dome-shel"),
        (
            "price_yen = { is = 5500.0",
            'price_usd = { is = 15.0, of = "estimate" }\nprice_yen = { is = 5500.0',
            "one of them",
        ),
        ("pins = { sda = 2,", "pins = { sda = 0,", "part.rtc.pins.sda"),
        ('alternatives = ["PCF8523 module (less exact)"]', "alternatives = []", "part.rtc.alternatives"),
        ("{ is = 4.0, of", "{ is = 4.0, off", "unknown key"),
    ],
)
def test_a_bill_against_the_rules_is_refused(tmp_path: Path, before: str, after: str, says: str) -> None:
    with pytest.raises(BadConfiguration, match=says):
        read_bom(changed(tmp_path, before, after))


def test_the_model_of_a_case_is_its_own() -> None:
    models = [part.model for part in read_bom().part.values() if part.model]
    assert len(models) == len(set(models)) == 6
