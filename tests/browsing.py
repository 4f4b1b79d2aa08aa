"""What every test in a real browser asks of a page."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PATIENCE_MS = 60_000
"""Of a wait for what a page should show: on a machine that is busy, everything comes late."""
expect.set_options(timeout=PATIENCE_MS)


def serious(page: Page) -> list[str]:
    """Returns what axe finds that keeps somebody from reading or working."""
    return _found(page, {})


def faint(page: Page) -> list[str]:
    """Returns text that sunlight on a phone takes: less than the 7 : 1 of WCAG's level AAA."""
    return _found(page, {"runOnly": {"type": "rule", "values": ["color-contrast-enhanced"]}})


def _found(page: Page, options: dict[str, object]) -> list[str]:
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]
