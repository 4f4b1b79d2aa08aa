"""The configurations that the guides show are ones that the program takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge.cli import main
from tests.docs.check import ROOT

_BLOCK = re.compile(r"```toml\n(.*?)```", re.DOTALL)
EXAMPLES = _BLOCK.findall((ROOT / "docs" / "administrator.md").read_text(encoding="utf-8"))


def test_the_administrator_is_shown_a_center_and_a_node() -> None:
    assert [example.split(" ")[0] for example in EXAMPLES] == ["city", "node"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("=")[0].strip())
def test_shown_configuration_is_without_fault(example: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "shown.toml"
    path.write_text(example, encoding="utf-8")
    assert main(["check-config", str(path)]) == 0
    assert "without fault" in capsys.readouterr().out
    path.write_text(example.replace("retention_days", "retention_day"), encoding="utf-8")
    assert main(["check-config", str(path)]) == 78  # the control
