"""Demonstrations that several journeys look at: each is made once, from real processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CLIPS = Path(__file__).resolve().parents[2].parent / "shared" / "clips"
START = "2026-01-05T10:00:00+09:00"
MIMAMORI = (sys.executable, "-m", "edge.cli")


@dataclass(frozen=True)
class Demonstration:
    """What one left behind: its folder, its city and its last line."""

    out: Path
    city: Path
    report: dict[str, Any]

    @property
    def root(self) -> Path:
        """The city's root key."""
        return self.city / "founded" / "root" / "root.pub"


Demonstrate = Callable[..., Demonstration]


def mimamori(*words: object, status: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Runs a command; checks its status unless ``status`` is None."""
    command = [*MIMAMORI, *(str(word) for word in words)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert "Traceback" not in result.stderr
    if status is not None:
        assert result.returncode == status, result.stderr
    return result


@pytest.fixture(scope="session")
def demonstrate(tmp_path_factory: pytest.TempPathFactory) -> Demonstrate:
    """Returns what plays a demonstration; all share one city, because founding takes its time."""
    city = tmp_path_factory.mktemp("city")

    def play(*words: object, seconds: float = 6) -> Demonstration:
        out = tmp_path_factory.mktemp("demonstration")
        result = mimamori(
            "demo", "--seconds", seconds, "--out", out, "--city", city, "--fast", "--start", START, "--json", *words
        )
        return Demonstration(out, city, json.loads(result.stdout.splitlines()[-1]))

    return play


@pytest.fixture(scope="session")
def street(demonstrate: Demonstrate) -> Demonstration:
    """Ten seconds of the street, small."""
    return demonstrate("--source", "street", "--size", "640x480", seconds=10)
