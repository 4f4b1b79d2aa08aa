"""The installer's steps in a real browser on a small phone: by touch, in both languages, with a line that breaks."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from edge.base.clock import ClockQuality
from edge.commission import steps_masks
from edge.commission.steps import DRAFT, SIGN_OFF
from edge.commission.steps_draft import Draft, Step
from edge.commission.steps_line import Line
from edge.mask import maskset
from edge.wire.line import Access, Way
from edge.wire.signoff import read_sign_off
from edge.wire.visit import Scope
from edge.wire.visitreport import VisitState
from tests import browsing
from tests.browsing import faint, launched, needs_chromium, serious
from tests.commission.installer import COMPLETE, DOOR, KEY_ID, ticket
from tests.commission.site import code
from tests.commission.stage import Stage
from tests.seal.samples import NODE

UPRIGHT, SIDEWAYS = {"width": 320, "height": 568}, {"width": 568, "height": 320}
TOUCH_PX = 44
STEPS = [step.value for step in Step]
QUAD = ((0.3, 0.2), (0.6, 0.2), (0.6, 0.5), (0.3, 0.5))
PICTURES = os.environ.get("PICTURES")
"""Folder for a picture of each step; none are taken without it."""
pytestmark = needs_chromium


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.house.close()


class Phone(browsing.Phone):
    """A phone whose installer has entered the code."""

    def __init__(self, chromium: Browser, stage: Stage, size: dict[str, int] = UPRIGHT, to: str = "/steps") -> None:
        super().__init__(chromium, size)
        self.url = stage.house.origin.url
        self.page.goto(self.url + "/")
        self.page.fill("#code", code().text)
        self.page.tap("form[data-post='/code'] button")
        self.page.tap(f"a[href='{to}']")
        self.page.wait_for_selector("nav button[aria-current=step]" if to == "/steps" else "#stage")

    def go(self, step: str) -> None:
        self.page.tap(f"nav [data-go={step}]")
        expect(self.page.locator(f"section[data-step={step}]")).to_be_visible()

    def saved(self) -> None:
        """Waits until the camera has everything."""
        expect(self.page.locator("#saved")).to_have_text(re.compile("保存済み"))

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Returns where on the screen a part of the picture is."""
        box = self.page.locator("#view").bounding_box()
        assert box is not None
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def touch(self, x: float, y: float) -> None:
        self.page.touchscreen.tap(*self.at(x, y))

    def fingers(self, *paths: tuple[tuple[float, float], tuple[float, float]], steps: int = 6) -> None:
        """Lays fingers on the picture and draws each from its start to its end at once."""
        session = self.context.new_cdp_session(self.page)
        ends = [(self.at(*start), self.at(*end)) for start, end in paths]

        def at(share: float) -> list[dict[str, float]]:
            pairs = enumerate(ends)
            return [
                {"x": a[0] + share * (b[0] - a[0]), "y": a[1] + share * (b[1] - a[1]), "id": i} for i, (a, b) in pairs
            ]

        session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at(0)})
        for step in range(1, steps + 1):
            session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": at(step / steps)})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        session.detach()

    def draw(self, *points: tuple[float, float]) -> None:
        self.page.tap("#add-mask")
        for point in points:
            self.touch(*point)
        self.saved()

    def luma(self, x: float, y: float) -> int:
        """Returns how bright the shown picture is there, 0 to 255."""
        pen = "document.getElementById('picture').getContext('2d')"
        return int(
            max(self.page.evaluate(f"Array.from({pen}.getImageData({int(640 * x)}, {int(480 * y)}, 1, 1).data)")[:3])
        )

    def picture(self, name: str) -> None:
        if PICTURES:
            self.page.wait_for_timeout(250)
            self.page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


@pytest.fixture
def phone(chromium: Browser, stage: Stage) -> Iterator[Phone]:
    phone = Phone(chromium, stage)
    yield phone
    phone.close()


def polygon(stage: Stage) -> list[tuple[float, float]]:
    (mask,) = stage.masks.masks
    return [(x / 1e6, y / 1e6) for x, y in mask.polygon]


def close_to(points: list[tuple[float, float]]) -> object:
    return [pytest.approx(point, abs=0.02) for point in points]


@pytest.mark.parametrize("size", [UPRIGHT, SIDEWAYS], ids=["upright", "sideways"])
def test_every_step_fits_the_phone_the_finger_and_the_eye_in_both_languages(
    chromium: Browser, stage: Stage, size: dict[str, int]
) -> None:
    stage.steps.change(COMPLETE, ticket())
    phone = Phone(chromium, stage, size)
    for step in STEPS:
        phone.go(step)
        phone.saved()
        for language in ("ja", "en"):
            expect(phone.page.locator("html")).to_have_attribute("lang", language)
            assert serious(phone.page) == [], (step, language)
            assert faint(phone.page) == [], (step, language)
            assert overflow(phone.page) <= 0, (step, language)
            assert small_targets(phone.page) == [], (step, language)
            phone.picture(f"{step}-{language}-{size['width']}")
            phone.page.tap("#language")
    assert phone.wrong == []
    assert all(url.startswith(phone.url + "/") for url in phone.asked)
    phone.close()


@pytest.mark.parametrize("size", [UPRIGHT, SIDEWAYS], ids=["upright", "sideways"])
def test_inspection_shows_the_masked_picture_and_changes_nothing(
    chromium: Browser, tmp_path: Path, size: dict[str, int]
) -> None:
    stage = Stage(tmp_path, Scope.INSPECT)
    stage.street.paint(steps_masks.document(COMPLETE, "K-07", "2026-01-05T10:00:00+09:00"))
    phone = Phone(chromium, stage, size, to="/look")
    expect(phone.page.locator("#nopicture")).to_be_hidden(timeout=60_000)
    x, y = (sum(point[axis] for point in DOOR.polygon) / len(DOOR.polygon) / 1e6 for axis in (0, 1))
    assert phone.luma(x, y) < 40 < phone.luma(0.6, 0.9)
    for language in ("ja", "en"):
        expect(phone.page.locator("html")).to_have_attribute("lang", language)
        assert (
            serious(phone.page) == faint(phone.page) == []
            and overflow(phone.page) <= 0
            and small_targets(phone.page) == []
        )
        phone.picture(f"look-{language}-{size['width']}")
        phone.page.tap("#language")
    assert phone.wrong == [] and len(stage.street.painted) == 1
    phone.page.tap("main a.button")
    phone.page.wait_for_selector("form[data-post='/leave']")
    phone.close()
    stage.house.close()


def test_language_is_one_for_all_pages(phone: Phone) -> None:
    with phone.page.expect_response("**/?lang=en"):
        phone.page.tap("#language")
    phone.page.reload()
    expect(phone.page.locator("html")).to_have_attribute("lang", "en")
    phone.page.tap("h1 a")
    phone.page.wait_for_selector("form[data-post='/leave']")
    expect(phone.page.locator("html")).to_have_attribute("lang", "en")
    phone.page.tap("a.language")
    expect(phone.page.locator("html")).to_have_attribute("lang", "ja")
    phone.page.tap("a[href='/steps']")
    expect(phone.page.locator("html")).to_have_attribute("lang", "ja")


def overflow(page: Page) -> int:
    """Returns by how many pixels the page is wider than the phone; its own window would grow with the page."""
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


def small_targets(page: Page) -> list[str]:
    """Returns what is too small for a finger; a check mark is as large as its label."""
    return list(page.eval_on_selector_all(
        "a, button, input:not([type=checkbox]), select, .check",
        f"all => all.filter(one => one.offsetParent && one.getBoundingClientRect().height < {TOUCH_PX})"
        ".map(one => one.outerHTML)",
    ))  # fmt: skip


def test_control_small_grey_and_wide_things_are_found(phone: Phone) -> None:
    phone.page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend',"
        " '<button id=tiny>x</button><p id=pale>pale</p><img id=nameless><p id=wide>w</p>')"
    )
    phone.page.evaluate(
        "tiny.style.minHeight = tiny.style.height = '20px'; pale.style.color = '#bbb'; wide.style.width = '900px'"
    )
    assert small_targets(phone.page) and overflow(phone.page) > 0
    assert {found.partition(":")[0] for found in serious(phone.page)} >= {"color-contrast", "image-alt"}
    phone.page.evaluate("pale.style.color = '#666'")
    assert [found.partition(":")[0] for found in faint(phone.page)] == ["color-contrast-enhanced"]


def test_masks_are_drawn_moved_grown_and_taken_back_by_touch(stage: Stage, phone: Phone) -> None:
    phone.go("masks")
    phone.draw(*QUAD)
    assert polygon(stage) == close_to([*QUAD])
    phone.fingers((QUAD[1], (0.8, 0.15)))
    phone.saved()
    moved = [QUAD[0], (0.8, 0.15), QUAD[2], QUAD[3]]
    assert polygon(stage) == close_to(moved)
    phone.touch(0.31, 0.35)  # beside the side that closes the outline
    phone.saved()
    assert polygon(stage) == close_to([*moved, (0.31, 0.35)])
    phone.page.tap("#delete-point")
    phone.saved()
    assert polygon(stage) == close_to(moved)
    for before in ([*moved, (0.31, 0.35)], moved, [*QUAD]):
        phone.page.tap("#undo")
        phone.saved()
        assert polygon(stage) == close_to(before)
    phone.page.tap("#delete-mask")
    phone.saved()
    assert stage.masks.masks == ()


def test_preview_shows_the_mask_burnt_in_with_its_margin(stage: Stage, phone: Phone) -> None:
    phone.go("masks")
    before = phone.luma(0.29, 0.35)
    phone.draw(*QUAD)
    phone.page.wait_for_function(
        "() => Math.max(...document.getElementById('picture').getContext('2d')"
        ".getImageData(288, 168, 1, 1).data.slice(0, 3)) < 40"
    )
    assert phone.luma(0.29, 0.35) < 40 < before  # beside the outline, within its margin
    assert phone.luma(0.2, 0.35) > 40


def test_two_fingers_zoom_and_a_touch_still_lands_where_it_is_seen(stage: Stage, phone: Phone) -> None:
    phone.go("masks")
    whole = phone.page.locator("#view").bounding_box()
    phone.fingers(((0.45, 0.5), (0.2, 0.5)), ((0.55, 0.5), (0.8, 0.5)))
    zoomed = phone.page.locator("#view").bounding_box()
    assert whole is not None and zoomed is not None and zoomed["width"] > 2 * whole["width"]
    small = ((0.48, 0.48), (0.54, 0.48), (0.54, 0.55))
    phone.draw(*small)
    assert polygon(stage) == close_to([*small])
    for _ in range(5):
        phone.page.tap("#zoom-out")
    assert phone.page.locator("#view").bounding_box() == whole
    phone.page.tap("#zoom-in")
    assert phone.page.locator("#view").bounding_box() != whole


def test_crossing_outline_is_said_in_words_and_not_burnt_in(stage: Stage, phone: Phone) -> None:
    phone.go("masks")
    phone.draw(*QUAD)
    phone.fingers((QUAD[1], (0.45, 0.8)))
    expect(phone.page.locator("#mask-fault [lang=ja]")).to_contain_text("交わって")
    phone.saved()
    assert stage.masks.masks == ()
    phone.page.click("#language")
    expect(phone.page.locator("#mask-fault [lang=en]")).to_be_visible()


def test_kind_consent_and_road_are_kept(stage: Stage, phone: Phone) -> None:
    phone.go("masks")
    phone.draw(*QUAD)
    phone.page.select_option("#mask-kind", "window")
    phone.page.fill("#mask-consent", "K-0042")
    phone.page.locator("#mask-consent").blur()
    phone.page.tap("#outlines button:nth-child(2)")
    for point in ((0.1, 0.9), (0.5, 0.6), (0.9, 0.9)):
        phone.touch(*point)
    phone.saved()
    (mask,) = stage.masks.masks
    assert (mask.kind, mask.consent) == ("window", "K-0042")
    assert len(stage.steps.draft().road) == 3
    expect(phone.page.locator("#shares")).to_contain_text(re.compile(r"公道の割合 \d"))


def test_focus_holds_the_best_figure_until_it_is_forgotten(stage: Stage, phone: Phone) -> None:
    figure = phone.page.locator
    phone.go("focus")
    stage.street.focus(0)
    expect(figure("#of-peak")).to_have_text("100 %")
    stage.street.focus(9)
    expect(figure("#of-peak")).not_to_have_text(re.compile("^100|^$"))
    best = int(figure("#peak").inner_text())
    stage.street.focus(0)
    expect(figure("#sharpness")).to_have_text(str(best))
    stage.street.focus(9)
    expect(figure("#sharpness")).not_to_have_text(str(best))
    assert int(figure("#peak").inner_text()) == best > int(figure("#sharpness").inner_text())
    phone.page.tap("#reset-peak")
    stage.street.focus(10)
    expect(figure("#of-peak")).to_have_text("100 %")


def test_lost_line_is_shown_and_what_was_drawn_meanwhile_arrives(stage: Stage, phone: Phone) -> None:
    phone.go("masks")
    phone.saved()
    phone.context.set_offline(True)
    phone.page.tap("#add-mask")
    for point in QUAD:
        phone.touch(*point)
    expect(phone.page.locator("#trouble")).to_be_visible()
    expect(phone.page.locator("#trouble")).to_contain_text("接続が切れました")
    phone.picture("lost")
    assert stage.steps.draft().masks == ()
    phone.context.set_offline(False)
    expect(phone.page.locator("#trouble")).to_be_hidden()
    phone.saved()
    assert polygon(stage) == close_to([*QUAD])


def test_interrupted_visit_is_taken_up_at_the_same_step_with_the_same_masks(
    chromium: Browser, stage: Stage, phone: Phone
) -> None:
    phone.go("masks")
    phone.draw(*QUAD)
    phone.go("papers")
    phone.page.fill("[name=address]", "松戸市根本 1-1")
    phone.page.locator("[name=address]").blur()
    phone.saved()
    phone.close()
    stage.visit.press()
    stage.visit.press()
    again = Phone(chromium, stage)
    expect(again.page.locator("section[data-step=papers]")).to_be_visible()
    expect(again.page.locator("[name=address]")).to_have_value("松戸市根本 1-1")
    again.go("masks")
    again.saved()
    assert polygon(stage) == close_to([*QUAD])
    again.close()


SOUND = Line(True, Access(Way.CABLE), 84, 9_000_000, ClockQuality.SYNCHRONISED)
BROKEN = Line(False, Access(Way.MODEM, percent=12), None, 900_000, ClockQuality.UNTRUSTED)


@pytest.mark.parametrize(
    ("line", "said", "advised"),
    [
        (SOUND, ("有線", "84 ミリ秒", "9.0 Mbit/s"), 0),
        (BROKEN, ("12 %", "不明", "0.9 Mbit/s", "つながりません", "未確認"), 5),
    ],
    ids=["good", "broken"],
)
def test_line_step_shows_what_is_known_and_what_to_do(
    stage: Stage, phone: Phone, line: Line, said: tuple[str, ...], advised: int
) -> None:
    stage.line = line
    phone.go("line")
    items = phone.page.locator("#facts li")
    expect(items).to_have_count(5)
    for text in said:
        expect(phone.page.locator("#facts")).to_contain_text(text)
    assert items.evaluate_all("all => all.filter(one => one.childNodes.length > 1).length") == advised
    assert serious(phone.page) == [] and overflow(phone.page) <= 0
    phone.picture(f"line-{line.access.way}-ja")
    phone.page.tap("#language")
    expect(phone.page.locator("html")).to_have_attribute("lang", "en")
    expect(phone.page.locator("#facts")).to_contain_text("Cable" if not advised else "Turn or move the antenna")
    phone.picture(f"line-{line.access.way}-en")


ENDS: dict[str, Callable[[Stage], None]] = {
    "button": lambda stage: stage.visit.press(),
    "15 minutes without a touch": lambda stage: stage.house.site.clock.advance(901),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_end_of_the_visit_is_said_and_nothing_is_asked_any_more(
    stage: Stage, phone: Phone, end: Callable[[Stage], None]
) -> None:
    phone.go("aim")
    phone.saved()
    end(stage)
    expect(phone.page.locator("#trouble")).to_contain_text("訪問は終わりました")
    asked = len(phone.asked)
    phone.page.wait_for_timeout(1000)
    assert len(phone.asked) == asked


def fill_papers(page: Page) -> None:
    for name in ("plate_up", "consents_given"):
        page.tap(f"[name={name}]")
    typed = {
        "consents": "K-0002、K-0003",
        "position": "３５．７８７, 139.9",
        "direction_deg": "135",
        "address": "松戸市根本 1-1",
        "host_name": "根本町会",
        "host_phone": "047-000-0000",
    }
    for name, text in typed.items():
        page.fill(f"[name={name}]", text)
    page.locator("[name=host_phone]").blur()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_whole_visit_ends_with_the_digest_of_what_is_installed(stage: Stage, phone: Phone, language: str) -> None:
    page = phone.page
    if language == "en":
        page.tap("#language")
    expect(page.locator("html")).to_have_attribute("lang", language)
    phone.go("masks")
    phone.draw(*QUAD)
    for step in ("line", "papers"):
        page.tap("#next")
        expect(page.locator(f"section[data-step={step}]")).to_be_visible()
    fill_papers(page)
    phone.saved()
    page.tap("#next")
    sign = page.locator("#sign")
    expect(sign).to_be_disabled()
    page.tap("#agree")
    expect(sign).to_be_enabled()
    shown = page.locator("#summary .digest").inner_text().replace(" ", "")
    expect(page.locator("#summary .key")).to_have_text(" ".join(KEY_ID[at : at + 4] for at in range(0, 32, 4)))
    sign.tap()
    expect(page.locator("section[data-step=done]")).to_be_visible()
    phone.picture("done")
    report = read_sign_off(stage.state / SIGN_OFF)
    assert maskset.digest(maskset.parse(report.masks.encode(), NODE, source="test")) == report.digest == shown
    assert report.references == ("K-0002", "K-0003")
    assert stage.visit.state is VisitState.ENDED and not (stage.state / DRAFT).exists()
    assert page.evaluate("document.getElementById('picture').getContext('2d').getImageData(9, 9, 1, 1).data[3]") == 0
    assert page.locator("#stage").is_hidden()


def test_unreadable_papers_are_said_and_not_kept(stage: Stage, phone: Phone) -> None:
    phone.go("papers")
    for name, text in {"position": "north", "direction_deg": "361", "consents": "門"}.items():
        phone.page.fill(f"[name={name}]", text)
    phone.page.locator("[name=consents]").blur()
    expect(phone.page.locator("#papers-fault")).to_contain_text("緯度と経度を読めません")
    phone.saved()
    assert stage.steps.draft() == Draft(node=NODE, step=Step.PAPERS)
    phone.go("sign-off")
    expect(phone.page.locator("#missing li")).to_have_count(8)
    assert phone.page.locator("#sign").is_hidden()
