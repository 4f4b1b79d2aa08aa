"""A visit's page: memory of its process closed and at its peak, what its pages weigh, the preview as a phone gets it.

The page's process and aim are real, and the preview comes over HTTPS. Run as ``python -m tests.bench.bench_visit``.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from edge.base.clock import SECOND_US, SystemClock
from edge.commission.app import FILES
from edge.commission.steps_rooms import FILES as STEPS_FILES
from edge.wire.visit import Scope
from edge.wire.visitreport import VisitState
from tests.bench import watched
from tests.bench.bench_aim import AIM_FPS
from tests.bench.figures import Figure, table
from tests.commission.house import Browser
from tests.commission.site import code
from tests.commission.test_process import Node

PAGE_KIB_MAX = 150_000 / 1024
_LOADS, _WARM, _PICTURES = 30, 5, 50


def measure(folder: Path) -> list[Figure]:
    """Returns MiB of the process, KiB of its pages, and the rate and delay of the preview."""
    node = Node(folder)
    try:
        closed, through = watched.Memory(), watched.Memory()
        closed.look(node.process.pid)
        browser = _opened(node)
        try:
            weight = _weight(browser)
            preview = _previewed(node, browser)
        finally:
            browser.close()
        through.look(node.process.pid)
    finally:
        node.end()
    memory = Figure(
        "commission: memory, peak of a visit with its preview",
        through.peak / watched.MIB,
        "MiB",
        note=f"{closed.peak / watched.MIB:.0f} before the button is held; a try of the code takes 16 for a moment",
    )
    return [memory, Figure("a visit's pages: weight in all", weight / 1024, "KiB", bound=PAGE_KIB_MAX), *preview]


def _opened(node: Node) -> Browser:
    node.ticket(Scope.FIRST)
    node.press()
    node.until(lambda: node.stands(VisitState.WAITING) and node.answers())
    browser = node.browser()
    if browser.enter(code().text).status_code != 204:
        raise RuntimeError("the visit did not open")
    return browser


def _weight(browser: Browser) -> int:
    """Loads every page again and again; returns the bytes of all of them with all that they load."""
    steps = tuple(f"/steps/{name}" for name in STEPS_FILES)
    for _ in range(_LOADS):
        browser.get("/steps")
    return sum(len(browser.get(path).content) for path in ("/", *FILES, "/steps", *steps))


def _previewed(node: Node, browser: Browser) -> list[Figure]:
    """Watches the preview as the page does: the next picture is asked for once the last one is there."""
    clock = SystemClock()
    command = [sys.executable, "-m", "edge.cli", "node", "aim", "--config", str(node.config)]
    with (node.folder / "aim.log").open("wb") as log, subprocess.Popen(command, stderr=log) as aim:
        try:
            after = _await_first(browser, aim, node.folder / "aim.log")
            begun_us, delays_ms = clock.now_us(), list[float]()
            for _ in range(_PICTURES):
                after, at_us = _next(browser, after)
                delays_ms.append((clock.now_us() - at_us) / 1000)
            took_s = (clock.now_us() - begun_us) / SECOND_US
        finally:
            aim.terminate()
    return [
        Figure("preview on the phone: pictures a second", _PICTURES / took_s, "", note=f"{AIM_FPS} asked for"),
        Figure(
            "preview on the phone: exposure to arrival, median",
            statistics.median(delays_ms),
            "ms",
            note=f"worst {max(delays_ms):.0f}",
        ),
    ]


def _await_first(browser: Browser, aim: subprocess.Popen[bytes], log: Path) -> int:
    after = -1
    while after < _WARM:
        if aim.poll() is not None:
            raise RuntimeError(f"aim ended with status {aim.returncode}: {log.read_text()}")
        after, _ = _next(browser, after)
    return after


def _next(browser: Browser, after: int) -> tuple[int, int]:
    """Returns number and time of the next picture; the same number where none came."""
    answer = browser.get(f"/steps/frame?after={after}")
    if answer.status_code != 200:
        return after, 0
    said = json.loads(answer.headers["X-Frame"])
    return int(said["number"]), int(said["at"])


def main() -> None:
    """Prints the figures."""
    with tempfile.TemporaryDirectory(prefix="visit-") as name:
        print(table(measure(Path(name))))


if __name__ == "__main__":
    main()
