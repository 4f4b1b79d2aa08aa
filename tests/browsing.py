"""A real browser, a phone in it, and what every test asks of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

_CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
needs_chromium = pytest.mark.skipif(not Path(_CHROMIUM).exists(), reason="Debian's chromium is not installed")
PATIENCE_MS = 60_000
"""Of a wait for what a page should show: on a machine that is busy, everything comes late."""
expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def launched(language: str | None = None) -> Iterator[Browser]:
    """Starts the browser, in the machine's language unless another one is named."""
    speaking = [] if language is None else [f"--lang={language}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM,
            args=[*_ARGUMENTS, *speaking],
            env=None if language is None else {"LANGUAGE": language},
        )
        yield browser
        browser.close()


class Phone:
    """A phone of an installer; what goes wrong on it is noted.

    Attributes:
        wrong: errors of scripts, errors and warnings in the console, but for what a test itself causes by reading a
            canvas.
        asked: every address that a page asked for.
    """

    def __init__(self, chromium: Browser, size: dict[str, int]) -> None:
        self.context = chromium.new_context(viewport=size, ignore_https_errors=True, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.wrong, self.asked = list[str](), list[str]()
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", self._said)
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _said(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning") and "getImageData" not in said.text:
            self.wrong.append(said.text)

    def close(self) -> None:
        self.context.close()


def serious(page: Page) -> list[str]:
    """Returns what axe finds that keeps somebody from reading or working."""
    return _found(page, {})


def faint(page: Page) -> list[str]:
    """Returns text that sunlight on a phone takes: less than the 7 : 1 of WCAG's level AAA."""
    return _found(page, {"runOnly": {"type": "rule", "values": ["color-contrast-enhanced"]}})


def _found(page: Page, options: dict[str, object]) -> list[str]:
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]
