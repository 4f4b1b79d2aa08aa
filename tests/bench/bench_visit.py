"""The installer's page: memory of its process while nobody visits and through a visit, and what the page weighs."""

from __future__ import annotations

from pathlib import Path

from edge.commission.app import FILES
from edge.wire.visit import Scope
from edge.wire.visitreport import VisitState
from tests.bench import watched
from tests.bench.figures import Figure
from tests.commission.site import code
from tests.commission.test_process import Node

PAGE_KIB_MAX = 150_000 / 1024
_LOADS = 30


def measure(folder: Path) -> list[Figure]:
    """Returns MiB of the process, closed and at its peak, and the page's KiB."""
    node = Node(folder)
    try:
        closed, through = watched.Memory(), watched.Memory()
        closed.look(node.process.pid)
        weight = _visit(node)
        through.look(node.process.pid)
    finally:
        node.end()
    return [
        Figure(
            "commission: memory, peak of a visit",
            through.peak / watched.MIB,
            "MiB",
            note=f"{closed.peak / watched.MIB:.0f} before the button is held; a try of the code takes 16 for a moment",
        ),
        Figure("installer's page: weight in all", weight / 1024, "KiB", bound=PAGE_KIB_MAX),
    ]


def _visit(node: Node) -> int:
    """Plays a visit and returns the page's bytes."""
    node.ticket(Scope.FIRST)
    node.press()
    node.until(lambda: node.stands(VisitState.WAITING) and node.answers())
    browser = node.browser()
    try:
        if browser.enter(code().text).status_code != 204:
            raise RuntimeError("the visit did not open")
        for _ in range(_LOADS):
            browser.get()
        return sum(len(browser.get(path).content) for path in ("/", *FILES))
    finally:
        browser.close()
