"""The guides for installers and administrators: what they quote is what a page says, both languages say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from edge.base import errors
from tests.commission.guide import FOLDER, LANGUAGES, LIMIT_BYTES, PHONE, STEPS
from tests.docs.check import ROOT, missing_paths

_QUOTED = {"ja": re.compile(r"「([^」]+)」"), "en": re.compile(r"“([^”]+)”")}
_SHOWN = re.compile(r'src="pictures/installer/([a-z-]+)-(ja|en)\.png"')
_ROW = re.compile(r"^\| 「([^」]+)」", re.MULTILINE)
_BLOCK = re.compile(r"```.*?```", re.DOTALL)
_REMARK = re.compile(r"\s+# .*$")
_SECTION = re.compile(r"#+( [\d.]+)?")
_LINK = re.compile(r"\]\(([^)]+)\)")
_STATUS = re.compile(r"^\| (\d+) \|", re.MULTILINE)
PAGE = "".join(
    path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "edge" / "commission").rglob("*"))
    if path.suffix in (".py", ".js", ".html")
)


def guide(language: str, reader: str = "installer") -> str:
    return (ROOT / "docs" / f"{reader}.{language}.md").read_text(encoding="utf-8")


def unsaid(language: str, text: str) -> list[str]:
    """Returns what a guide quotes though the page does not say it; ``…`` stands for what the page fills in."""
    quotes = [quote for quote in _QUOTED[language].findall(text) if not quote.startswith("短い点灯")]
    return [quote for quote in quotes if not all(part.strip() in PAGE for part in quote.split("…"))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_guide_quotes_is_what_the_page_says(language: str) -> None:
    assert unsaid(language, guide(language)) == []
    assert len(_QUOTED[language].findall(guide(language))) > 15


def test_control_a_word_that_the_page_does_not_say_is_found() -> None:
    assert unsaid("ja", "「始める」と「作業を始めよ」") == ["作業を始めよ"]
    assert unsaid("en", "“Begin” and “Commence”") == ["Commence"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_step_has_its_picture_of_the_guides_own_language(language: str) -> None:
    shown = _SHOWN.findall(guide(language))
    assert sorted(step for step, _ in shown) == sorted(STEPS)
    assert {of for _, of in shown} == {language}


def test_pictures_are_a_small_phones_and_small_and_no_other_lies_there() -> None:
    pictures = sorted(FOLDER.iterdir())
    assert [path.name for path in pictures] == sorted(f"{step}-{of}.png" for step in STEPS for of in LANGUAGES)
    assert [path.name for path in pictures if path.stat().st_size > LIMIT_BYTES] == []
    assert {size_of(path) for path in pictures} == {(PHONE["width"], PHONE["height"])}


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


@pytest.mark.parametrize("language", LANGUAGES)
def test_exit_statuses_are_the_programs(language: str) -> None:
    ours = {
        error.exit_status
        for error in vars(errors).values()
        if isinstance(error, type) and hasattr(error, "exit_status")
    }
    statuses = {int(status) for status in _STATUS.findall(guide(language))}
    assert statuses == {0, 66, 74, 75, 78} and statuses - {0} <= ours


READERS = ("installer", "administrator")


def shape(text: str) -> list[str]:
    """Returns what a guide is built of: sections with their numbers, pictures, tables, lists."""
    lines = [line for line in _BLOCK.sub("```", text).splitlines() if line.startswith(("#", "<img", "|", "- ", "```"))]
    return [_SECTION.match(line)[0] if line.startswith("#") else line.partition(" ")[0] for line in lines]  # type: ignore[index]


def commands(text: str) -> list[str]:
    """Returns the lines that a guide has people type, without what it remarks."""
    return [_REMARK.sub("", line) for block in _BLOCK.findall(text) for line in block.splitlines()]


@pytest.mark.parametrize("reader", READERS)
def test_both_languages_are_built_alike(reader: str) -> None:
    japanese, english = (guide(of, reader) for of in LANGUAGES)
    assert shape(japanese) == shape(english)
    links = [sorted(re.sub(r"\.(ja|en)\.md", ".md", to) for to in _LINK.findall(text)) for text in (japanese, english)]
    assert links[0] == links[1]


def test_both_languages_have_administrators_type_the_same() -> None:
    japanese, english = (commands(guide(of, "administrator")) for of in LANGUAGES)
    assert japanese == english
    assert len(japanese) > 100


def test_control_another_number_or_option_is_found() -> None:
    assert shape("## 3. The center\n| a |\n") == shape("## 3. センター\n| 甲 |\n") != shape("## 4. センター\n| 甲 |\n")
    assert (
        commands("```sh\nmake run  # try\n```")
        == commands("```sh\nmake run  # 試す\n```")
        != commands("```sh\nmake\n```")
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_administrators_are_told_to_look_for_is_what_the_fleet_page_says(language: str) -> None:
    said = _ROW.findall(guide(language, "administrator"))
    page = (ROOT / "edge" / "center" / "words.py").read_text(encoding="utf-8")
    assert len(said) >= 3
    assert [words for words in said if f'"{words}"' not in page] == []


def test_control_a_path_that_is_not_there_is_found() -> None:
    assert missing_paths("see `edge/cli.py`, `edge/*/config.py` and `edge/clay.py`") == ["edge/clay.py"]
