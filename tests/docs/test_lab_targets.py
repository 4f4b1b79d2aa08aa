"""Long tests are run by hand alone, so that one which no target reaches would be missed by nobody."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONG = "long_*.py"


def collected(recipe: str) -> set[str]:
    """Returns the files of the tests that a line of a recipe runs."""
    words = shlex.split(recipe)
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *words[words.index("pytest") + 1 :]]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {line.partition("::")[0] for line in said.splitlines() if "::" in line}


@pytest.mark.parametrize("folder", ["tests/lab/arm64", "tests/lab/nodes", "tests/lab/update", "tests/ansible"])
def test_every_long_test_of_a_folder_is_run_by_a_target(folder: str) -> None:
    said = subprocess.run(
        ["make", "--dry-run", "lab-arm64", "lab-nodes", "lab-update", "lab-fleet-ops"], cwd=ROOT,
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    lines = [line for line in said.splitlines() if f" {folder}" in line and "-m pytest" in line]
    long = {str(path.relative_to(ROOT)) for path in (ROOT / folder).glob(LONG)}
    assert long
    assert long <= set().union(*map(collected, lines))


def test_a_file_named_beside_its_folder_is_left_out_by_pytest() -> None:
    """The control: what the targets once said."""
    named = " ".join(str(path.relative_to(ROOT)) for path in (ROOT / "tests/lab/arm64").glob(LONG))
    assert not any("long_" in name for name in collected(f"pytest -n0 tests/lab/arm64 {named}"))
