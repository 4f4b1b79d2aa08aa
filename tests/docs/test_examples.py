"""The configurations that the administrator's guides show are ones that the program takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge.cli import main
from tests.commission.guide import LANGUAGES
from tests.docs.check import ROOT

_BLOCK = re.compile(r"```toml\n(.*?)```", re.DOTALL)
EXAMPLES = {
    of: _BLOCK.findall((ROOT / "docs" / f"administrator.{of}.md").read_text(encoding="utf-8")) for of in LANGUAGES
}
SHOWN = [
    pytest.param(text, id=f"{of}-{text.split('=')[0].strip()}") for of, texts in EXAMPLES.items() for text in texts
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_administrator_is_shown_a_center_and_a_node(language: str) -> None:
    assert [example.split(" ")[0] for example in EXAMPLES[language]] == ["node", "city"]


@pytest.mark.parametrize("example", SHOWN)
def test_shown_configuration_is_without_fault(example: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "shown.toml"
    path.write_text(example, encoding="utf-8")
    assert main(["check-config", str(path)]) == 0
    assert "without fault" in capsys.readouterr().out
    path.write_text(example.replace("retention_days", "retention_day"), encoding="utf-8")
    assert main(["check-config", str(path)]) == 78  # the control
