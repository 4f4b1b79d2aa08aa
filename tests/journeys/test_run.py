"""``make run``'s command: until Ctrl-C, with a fleet page, and nothing left running."""

from __future__ import annotations

import re
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from tests.journeys.conftest import MIMAMORI
from tests.journeys.secrets import AGE, PEM, passphrases, shown_by_processes

pytestmark = pytest.mark.journey


def processes_that_name(path: Path) -> list[str]:
    """Returns the command lines of processes that mention ``path``."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(path) in words:
            found.append(words)
    return found


def page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def test_run_shows_the_fleet_and_ends_cleanly_on_interrupt(tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [*MIMAMORI, "run", "--source", "street", "--size", "320x240", "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        url = next(found[0] for line in process.stderr if (found := re.search(r"http://127\.0\.0\.1:\d+/", line)))
        clock = SystemClock()
        deadline = clock.monotonic_ns() + 60_000_000_000
        while "録画中" not in (text := page(url)) and clock.monotonic_ns() < deadline:
            clock.sleep(0.5)
        assert "録画中" in text
        assert len(processes_that_name(out)) >= 5
        words = [AGE, PEM, *passphrases(out / "city")]
        shown = list(shown_by_processes(str(out)))
        assert len(shown) >= 5
        assert not any(word in text for text in shown for word in words)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0, stderr
    assert "Traceback" not in stderr
    assert "opened:" in stdout
    assert (out / "footage.mp4").stat().st_size > 0
    assert processes_that_name(out) == []
