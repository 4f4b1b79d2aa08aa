"""The assembly guides: both say the same, and show every picture that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from hardware.bom import FOLDER
from tests.docs.check import ROOT

LANGUAGES = ("ja", "en")
LIMIT_BYTES = 40_000
_SHOWN = re.compile(r"\]\(\.\./hardware/((?:pictures|wiring|models)/[^)]+)\)")


def guide(language: str) -> str:
    return (ROOT / "docs" / f"assembly.{language}.md").read_text(encoding="utf-8")


def outline(text: str) -> list[str]:
    """Returns sections' numbers, steps' numbers, pictures and table rows, in their order: what both languages share."""
    found = re.findall(r"^(## \d|\d+\. |!\[[^\]]*\]\([^)]*\)|\| \d )", text, re.MULTILINE)
    return [re.sub(r"^!\[[^\]]*\]", "!", mark) for mark in found]


def test_both_languages_have_the_same_sections_steps_and_pictures() -> None:
    assert outline(guide("ja")) == outline(guide("en"))
    assert [mark for mark in outline(guide("ja")) if mark.startswith("##")] == [f"## {n}" for n in range(1, 8)]


def test_a_step_that_one_language_lacks_would_be_noticed() -> None:
    """Control of the test above."""
    assert outline(guide("ja").replace("7. それでも", "", 1)) != outline(guide("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_diagram_and_model_is_in_the_guide(language: str) -> None:
    shown = set(_SHOWN.findall(guide(language)))
    there = {str(path.relative_to(FOLDER)) for path in (FOLDER / "pictures").glob("*.png")}
    there |= {str(path.relative_to(FOLDER)) for path in (FOLDER / "wiring").glob("*.svg")}
    there |= {str(path.relative_to(FOLDER)) for path in (FOLDER / "models").glob("*.st*")}
    assert shown == there


@pytest.mark.parametrize("path", sorted((FOLDER / "pictures").glob("*.png")), ids=lambda path: path.stem)
def test_a_picture_shows_something_and_is_small(path: Path) -> None:
    assert path.stat().st_size < LIMIT_BYTES
    with Image.open(path) as picture:
        assert picture.size == (900, 640)
        dark = picture.convert("L").point(lambda level: 255 if level < 250 else 0).histogram()[255]
    assert 0.02 < dark / (900 * 640) < 0.9
