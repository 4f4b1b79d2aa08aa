"""``make guide``: the installer's guide's pictures, from a visit played in Debian's Chromium on a small phone.

Each is what the phone shows at that step in one language, as a small PNG with a palette.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

import tests.browsing  # noqa: F401 - as patient as the tests
from edge.base.files import write_durably
from tests.browsing import launched
from tests.commission.installer import PAPERS
from tests.commission.site import WRONG, code, make_ticket
from tests.commission.stage import Stage

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "installer"
PHONE = {"width": 360, "height": 640}
LANGUAGES = ("ja", "en")
STEPS = ("ticket", "code", "wrong", "begun", "aim", "focus", "masks", "line", "papers", "sign-off", "done", "lost")
LIMIT_BYTES = 40_000
_COLOURS = 40
_WINDOWS = ((0.8, 0.24), (0.97, 0.24), (0.97, 0.42), (0.8, 0.4))
_BURNT_IN = (
    "() => Math.max(...document.getElementById('picture').getContext('2d')"
    ".getImageData(560, 150, 1, 1).data.slice(0, 3)) < 40"
)


class Album:
    """A phone at the page, and where its pictures go."""

    def __init__(self, chromium: Browser, stage: Stage, folder: Path, language: str) -> None:
        self._context = chromium.new_context(
            viewport=PHONE,  # type: ignore[arg-type]
            ignore_https_errors=True,
            has_touch=True,
            is_mobile=True,
        )
        self.page: Page = self._context.new_page()
        self.stage, self._folder, self._language = stage, folder, language
        self.page.goto(f"{stage.house.origin.url}/?lang={language}")

    def keep(self, name: str) -> None:
        """Keeps what the phone shows."""
        self.page.wait_for_load_state("load")
        if self.page.locator("#saved").count():
            expect(self.page.locator("#saved")).to_contain_text("保存済み")
        self.page.evaluate("document.activeElement && document.activeElement.blur()")
        self.page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        flat = picture.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        data = io.BytesIO()
        flat.save(data, "PNG", optimize=True)
        write_durably(self._folder / f"{name}-{self._language}.png", data.getvalue())

    def go(self, step: str) -> None:
        """Goes to a step and waits until its draft is kept."""
        self.page.tap(f"nav [data-go={step}]")
        expect(self.page.locator(f"section[data-step={step}]")).to_be_visible()
        expect(self.page.locator("#saved")).to_contain_text("保存済み")

    def draw(self, *corners: tuple[float, float]) -> None:
        """Draws a mask by touch."""
        self.page.tap("#add-mask")
        for x, y in corners:
            box = self.page.locator("#view").bounding_box()
            assert box is not None
            self.page.touchscreen.tap(box["x"] + x * box["width"], box["y"] + y * box["height"])
        expect(self.page.locator("#saved")).to_contain_text("保存済み")

    def close(self) -> None:
        self._context.close()


def _enter(album: Album) -> None:
    """From the button to the visit's own page."""
    page = album.page
    album.keep("ticket")
    album.stage.house.site.bring(make_ticket(number="6f5c0539" * 4))
    page.reload()
    page.fill("#code", "7K4F-92QM")
    album.keep("code")
    page.fill("#code", WRONG)
    page.tap("form[data-post='/code'] button")
    expect(page.locator("form[data-post='/code'] .error")).to_be_visible()
    album.keep("wrong")
    page.fill("#code", code().text)
    page.tap("form[data-post='/code'] button")
    page.wait_for_selector("a[href='/steps']")
    album.keep("begun")


def _work(album: Album) -> None:
    """From aiming to sign-off."""
    page, stage = album.page, album.stage
    page.tap("a[href='/steps']")
    page.wait_for_selector("nav button[aria-current=step]")
    album.go("aim")
    stage.street.focus(0)
    expect(page.locator("#nopicture")).to_be_hidden()
    album.keep("aim")
    album.go("focus")
    stage.street.focus(0)
    expect(page.locator("#of-peak")).to_have_text("100 %")
    stage.street.focus(3)
    expect(page.locator("#of-peak")).not_to_have_text("100 %")
    album.keep("focus")
    stage.street.focus(0)
    album.go("masks")
    album.draw(*_WINDOWS)
    page.wait_for_function(_BURNT_IN)
    album.keep("masks")
    page.context.set_offline(True)
    album.page.tap("#zoom-in")
    expect(page.locator("#trouble")).to_be_visible()
    page.tap("#zoom-out")
    album.keep("lost")
    page.context.set_offline(False)
    expect(page.locator("#trouble")).to_be_hidden()
    album.go("line")
    page.wait_for_selector("#facts li")
    album.keep("line")


def _finish(album: Album) -> None:
    page = album.page
    album.go("papers")
    for name in ("plate_up", "consents_given"):
        page.tap(f"[name={name}]")
    page.fill("[name=consents]", "K-0002, K-0003")
    page.fill("[name=position]", "35.787000, 139.900000")
    for name, text in (
        ("direction_deg", "135"), ("address", PAPERS.address), ("host_name", PAPERS.host_name),
        ("host_phone", PAPERS.host_phone),
    ):  # fmt: skip
        page.fill(f"[name={name}]", text)
    page.locator("[name=host_phone]").blur()
    page.evaluate("window.scrollTo(0, 0)")
    album.keep("papers")
    album.go("sign-off")
    page.tap("#agree")
    album.keep("sign-off")
    page.tap("#sign")
    expect(page.locator("section[data-step=done]")).to_be_visible()
    album.keep("done")


def play(chromium: Browser, folder: Path, language: str) -> None:
    """Plays one visit, from the button to the sign-off, and keeps a picture of each step."""
    with tempfile.TemporaryDirectory(prefix="guide-") as site:
        stage = Stage(Path(site), ticket=False)
        album = Album(chromium, stage, folder, language)
        try:
            _enter(album)
            _work(album)
            _finish(album)
        finally:
            album.close()
            stage.house.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make guide", description="Draw the installer's guide's pictures anew.")
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        with launched(language) as chromium:
            play(chromium, options.out, language)
    heavy = [path.name for path in options.out.glob("*.png") if path.stat().st_size > LIMIT_BYTES]
    print(
        f"{len(list(options.out.glob('*.png')))} pictures in {options.out}; over {LIMIT_BYTES} bytes: {heavy or 'none'}"
    )
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main())
