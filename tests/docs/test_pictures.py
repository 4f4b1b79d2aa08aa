"""README's pictures: the pipeline is what its code draws, in colours that can be read; none is heavy."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from tests.docs.check import ROOT
from tests.docs.pictures import FOLDER
from tests.docs.pipeline import DARK, LIGHT, THEMES, Theme, draw

LIMIT_BYTES = 120_000
_SHOWN = re.compile(r'(?:src|srcset)="([^"]+)"')


@pytest.mark.parametrize("name", THEMES)
def test_pipeline_is_what_its_code_draws(name: str) -> None:
    kept = (FOLDER / f"pipeline-{name}.svg").read_text(encoding="utf-8")
    assert kept == draw(THEMES[name]), "run make pictures"
    assert ET.fromstring(kept).tag.endswith("svg")


def contrast(one: str, other: str) -> float:
    """Returns WCAG 2.1's contrast of two colours."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(theme: Theme) -> None:
    words = (theme.ink, theme.soft, theme.good)
    assert min(contrast(word, behind) for word in words for behind in (theme.panel, theme.tile)) >= 4.5


def test_control_colours_of_the_other_theme_do_not_stand_out() -> None:
    assert contrast(LIGHT.ink, DARK.panel) < 4.5


def test_readme_shows_pictures_that_are_there_and_light() -> None:
    shown = [ROOT / path for path in _SHOWN.findall((ROOT / "README.md").read_text(encoding="utf-8"))]
    assert {path.name for path in shown} >= {"pipeline-light.svg", "pipeline-dark.svg", "fleet.png", "masks-ja.png"}
    assert [path.name for path in shown if not path.is_file() or path.stat().st_size > LIMIT_BYTES] == []
