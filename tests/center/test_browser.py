"""The fleet page in a real browser, through nginx with its headers: no faults, no foreign request, fits a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from edge.base.clock import SystemClock
from edge.base.config import load
from edge.center.center import Center, open_center
from edge.center.config import CenterConfig
from edge.center.register import put_register_entry
from edge.wire.status import RecorderState
from edge.wire.visit import Scope
from tests.browsing import launched, needs_chromium, serious
from tests.center.city import City, Node
from tests.center.showcase import LABELS, beat, enrolled, fill
from tests.center.stack import Stack
from tests.center.test_hands import visit_now
from tests.center.test_register import entry as register_entry

PHONE = {"width": 390, "height": 844}
PATHS = ("/", "/?still", "/nodes/matsudo-013", "/nodes/matsudo-058", "/nodes/matsudo-060")
pytestmark = needs_chromium


@dataclass(frozen=True, slots=True)
class Fleet:
    """The running page, and its index with one node that a visit has, each time that it says so."""

    url: str
    center: Center
    visited: Node

    def say_visited(self) -> None:
        """Sends that node's heartbeat."""
        now = self.center.clock.now_us()
        visit = visit_now(Scope.FIRST, now - 360_000_000)
        said = {"state": RecorderState.STOPPED, "visit": visit, "decommission_asked": 5}
        beat(self.center, self.visited, None, now, **said)


@pytest.fixture
def staff_url(fleet: Fleet) -> str:
    """The running page of a fleet in various states; what a node says counts for two minutes, so it says it anew."""
    fleet.say_visited()
    return fleet.url


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("browser")
    city = City(folder / "city", extra=LABELS)
    center = open_center(load(city.config_path, CenterConfig))
    now = SystemClock().now_us()
    fill(center, city, now)
    visited = enrolled(center, city, "matsudo-060", now)
    put_register_entry(center, "matsudo-060", register_entry("matsudo-060"))
    stack = Stack(city, folder / "run")
    try:
        stack.start_center()
        stack.start_nginx()
        yield Fleet(stack.staff_url, center, visited)
    finally:
        stack.stop()
        center.close()


@pytest.fixture(scope="module")
def phone() -> Iterator[Page]:
    """One browser, as wide as a phone."""
    with launched() as browser:
        yield browser.new_page(viewport=PHONE)  # type: ignore[arg-type]


def watched(page: Page, url: str) -> tuple[list[str], list[str]]:
    """Loads ``url`` and returns what went wrong (console, scripts, blocked styles) and every address asked for."""
    wrong, asked = list[str](), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("request", lambda request: asked.append(request.url))
    answer = page.goto(url, wait_until="load")
    assert answer is not None and answer.status == 200
    return wrong, asked


def overflow(page: Page) -> int:
    """Returns by how many pixels the page is wider than the screen."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("path", PATHS)
def test_page_is_without_fault_and_asks_nobody_else(phone: Page, staff_url: str, path: str) -> None:
    wrong, asked = watched(phone, staff_url + path)
    assert wrong == []
    assert asked and all(url.startswith((staff_url + "/", "data:")) for url in asked)


@pytest.mark.parametrize("path", PATHS)
def test_page_fits_a_phone_and_speaks_both_languages(phone: Page, staff_url: str, path: str) -> None:
    phone.goto(staff_url + path)
    assert overflow(phone) <= 0
    text = phone.inner_text("body")
    assert "録画" in text
    english = phone.eval_on_selector_all("[lang=en]", "all => all.filter(one => one.offsetParent).length")
    assert english > 5
    sizes = phone.eval_on_selector_all("body *", "all => all.filter(one => one.offsetParent && one.innerText)"
                                       ".map(one => parseFloat(getComputedStyle(one).fontSize))")  # fmt: skip
    assert min(sizes) >= 10


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_serious(phone: Page, staff_url: str, path: str) -> None:
    """The page that does not refresh itself: each has a link to it, for whom the other is too quick."""
    phone.goto(staff_url + path.removesuffix("?still") + "?still")
    assert serious(phone) == []


def test_control_axe_sees_what_cannot_be_read(phone: Page, staff_url: str) -> None:
    phone.goto(staff_url + "/?still")
    phone.evaluate("document.querySelector('main').style.color = '#dddddd'")
    assert any(line.startswith("color-contrast") for line in serious(phone))


def test_nodes_page_shows_its_visits(phone: Page, staff_url: str) -> None:
    phone.goto(staff_url + "/nodes/matsudo-013?still")
    rows = phone.eval_on_selector_all(".wide tbody tr", "all => all.map(row => row.innerText)")
    assert len(rows) == 4
    assert "向きの調整" in rows[0] and "K-07" in rows[0] and "署名して完了" in rows[0]
    assert "コード誤りで1回ロック" in rows[1] and "不明" in rows[1]


def test_visit_that_goes_on_and_what_was_asked_at_the_case_show_in_both_languages(phone: Page, staff_url: str) -> None:
    phone.goto(staff_url + "/nodes/matsudo-060?still")
    text = phone.inner_text("main")
    for said in (
        "作業中",
        "Visit under way",
        "初回設置（K-08",
        "撤去の依頼",
        "Decommissioning asked for",
        "047-000-9999",
    ):
        assert said in text, said


def test_control_a_wide_page_and_a_foreign_request_are_seen(phone: Page, staff_url: str) -> None:
    wrong, asked = watched(phone, staff_url + "/")
    phone.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"width:600px\">x</p>')")
    assert overflow(phone) > 0
    phone.evaluate("fetch('http://127.0.0.2:9/').catch(() => 0)")
    phone.wait_for_function("true")
    assert wrong  # the page's own policy stops it, and the console says so
    assert asked[0] == staff_url + "/"
