"""The visit in a real browser on a small phone, upright and sideways, in both languages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from edge.commission.facts import Facts
from edge.wire.decommissioning import Destruction
from edge.wire.visit import Scope
from edge.wire.visitevents import What
from edge.wire.visitreport import VisitState
from tests import browsing
from tests.browsing import faint, launched, needs_chromium, serious
from tests.commission.house import House
from tests.commission.site import WRONG, code, make_ticket
from tests.commission.test_decommission import HASH, build, certified

UPRIGHT, SIDEWAYS = {"width": 320, "height": 568}, {"width": 568, "height": 320}
TOUCH_PX = 48
PICTURES = os.environ.get("PICTURES")
"""Folder for a picture of each step; none are taken without it."""
pytestmark = needs_chromium


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with launched() as browser:
        yield browser


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    house.site.visit.press()
    yield house
    house.close()


class Phone(browsing.Phone):
    """A phone at the page."""

    def __init__(self, chromium: Chromium, house: House, size: dict[str, int]) -> None:
        super().__init__(chromium, size)
        self.url, self._size = house.origin.url, f"{size['width']}x{size['height']}"
        self._width = size["width"]
        self.page.goto(self.url + "/", wait_until="load")

    def ask(self) -> None:
        """Has the page ask how the visit stands, as it does every five seconds; its script comes last."""
        self.page.wait_for_load_state("load")
        self.page.evaluate("ask()")

    def shown(self, step: str) -> None:
        """Checks what every step must be: as wide as the screen, large to the touch, readable to everybody."""
        self.page.wait_for_load_state("load")
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self._width
        small = self.page.eval_on_selector_all(
            "a, button, input, textarea, summary",
            f"all => all.filter(one => one.offsetParent && one.getBoundingClientRect().height < {TOUCH_PX})"
            ".map(one => one.outerHTML)",
        )
        assert small == []
        unnamed = self.page.eval_on_selector_all(
            "input, textarea", "all => all.filter(one => !one.labels.length).map(one => one.outerHTML)"
        )
        assert unnamed == []
        assert serious(self.page) == [] and faint(self.page) == []
        if PICTURES:
            self.page.screenshot(path=f"{PICTURES}/{step}-{self._size}.png", full_page=True)


@pytest.mark.parametrize("size", [UPRIGHT, SIDEWAYS], ids=["upright", "sideways"])
@pytest.mark.parametrize("english", [False, True], ids=["ja", "en"])
def test_visit_from_the_button_to_its_end(
    chromium: Chromium, house: House, tmp_path: Path, size: dict[str, int], english: bool
) -> None:
    phone = Phone(chromium, house, size)
    page, name = phone.page, "en" if english else "ja"
    if english:
        page.tap(".language")
        expect(page.locator("html")).to_have_attribute("lang", "en")
    phone.shown(f"1-no-ticket-{name}")
    ticket = tmp_path / "visit.json"
    ticket.write_bytes(make_ticket().data)
    page.set_input_files("#file", ticket)
    page.tap("details button")
    page.wait_for_selector("#code")
    phone.shown(f"2-code-{name}")
    assert phone.wrong == []
    page.fill("#code", WRONG)
    page.tap("form[data-post='/code'] button")
    expect(page.locator("form[data-post='/code'] .error")).to_be_visible()
    phone.shown(f"3-wrong-{name}")
    assert all("403" in text for text in phone.wrong)  # Chromium's own word on the refusal
    page.fill("#code", code().text.lower().replace("-", " "))
    page.tap("form[data-post='/code'] button")
    page.wait_for_selector("form[data-post='/leave']")
    phone.shown(f"4-visit-{name}")
    page.tap("form[data-post='/stay'] button")
    page.wait_for_selector("form[data-post='/leave']")
    page.tap("form[data-post='/leave'] button")
    page.wait_for_selector("#ended")
    phone.shown(f"5-ended-{name}")
    assert all(url.startswith(phone.url + "/") for url in phone.asked)
    assert house.site.visit.state is VisitState.ENDED
    phone.close()


@pytest.mark.parametrize("english", [False, True], ids=["ja", "en"])
@pytest.mark.parametrize("size", [UPRIGHT, SIDEWAYS], ids=["upright", "sideways"])
def test_visit_to_decommission_says_what_will_happen_and_claims_nothing_done(
    chromium: Chromium, house: House, size: dict[str, int], english: bool
) -> None:
    house.site.bring(make_ticket(Scope.DECOMMISSION))
    phone, name = Phone(chromium, house, size), "en" if english else "ja"
    if english:
        phone.page.tap(".language")
    phone.page.fill("#code", code().text)
    phone.page.tap("form[data-post='/code'] button")
    phone.page.wait_for_selector("#decommission")
    phone.shown(f"6-decommission-{name}")
    assert serious(phone.page) == []
    told = phone.page.inner_text("section[aria-labelledby=decommission]")
    assert ("erases nothing" if english else "何も消えず") in told
    assert house.site.events() == [What.OPENED]
    phone.close()


def test_other_visits_do_not_speak_of_decommissioning(chromium: Chromium, house: House) -> None:
    """Control of the test above."""
    house.site.bring(make_ticket(Scope.COLLECT))
    phone = Phone(chromium, house, UPRIGHT)
    phone.page.fill("#code", code().text)
    phone.page.tap("form[data-post='/code'] button")
    phone.page.wait_for_selector("form[data-post='/leave']")
    assert phone.page.query_selector("#decommission") is None
    phone.close()


@pytest.mark.parametrize("english", [False, True], ids=["ja", "en"])
def test_two_presses_ask_for_the_destruction_and_the_certificate_is_shown(
    chromium: Chromium, tmp_path: Path, english: bool
) -> None:
    camera, name = build(tmp_path), "en" if english else "ja"
    camera.house.site.visit.press()
    camera.house.site.bring(make_ticket(Scope.DECOMMISSION))
    phone = Phone(chromium, camera.house, UPRIGHT)
    page = phone.page
    if english:
        page.tap(".language")
    page.fill("#code", code().text)
    page.tap("form[data-post='/code'] button")
    page.tap("a[href='/decommission']")
    page.wait_for_selector("button.danger")
    phone.shown(f"7-destroy-{name}")
    assert not camera.paths.request.exists(), "the first press asks for nothing"
    page.check("input[name=unreceipted]")
    page.tap("button.danger")
    page.wait_for_selector("button.danger", state="detached")
    assert camera.request.unreceipted
    phone.shown(f"8-asked-{name}")
    camera.answers(Destruction.DONE)
    page.goto(phone.url + "/decommission", wait_until="load")
    assert page.inner_text("#hash") == HASH
    phone.shown(f"9-certificate-{name}")
    with page.expect_download() as saved:
        page.tap("a[download]")
    assert saved.value.path().read_text() == certified()
    phone.close()
    camera.house.close()


def test_ticket_comes_as_the_text_of_a_qr_code(chromium: Chromium, house: House) -> None:
    phone = Phone(chromium, house, UPRIGHT)
    phone.page.fill("#text", make_ticket().data.decode())
    phone.page.tap("details button")
    phone.page.wait_for_selector("#code")
    phone.close()


def test_ticket_that_arrives_meanwhile_asks_for_its_code(chromium: Chromium, house: House) -> None:
    phone = Phone(chromium, house, UPRIGHT)
    assert phone.page.locator("#code").count() == 0
    house.site.bring(make_ticket())
    phone.ask()
    phone.page.wait_for_selector("#code")
    phone.ask()
    phone.page.fill("#code", "ABCD")
    phone.ask()
    assert phone.page.input_value("#code") == "ABCD"  # nothing changed, so what was typed stays
    phone.close()


def test_lockout_and_a_fault_are_plain_to_see(chromium: Chromium, house: House) -> None:
    house.site.bring(make_ticket())
    house.facts = Facts("fault", None, line_up=False)
    phone = Phone(chromium, house, UPRIGHT)
    phone.shown("6-fault-ja")
    for _ in range(5):
        phone.page.fill("#code", WRONG)
        with phone.page.expect_response("**/code"):
            phone.page.tap("form[data-post='/code'] button")
    phone.page.reload()
    assert phone.page.locator("#code").count() == 0
    expect(phone.page.locator(".warn")).to_contain_text("あと 60秒")
    phone.shown("7-locked-ja")
    house.site.clock.advance(60)
    phone.ask()
    phone.page.wait_for_selector("#code")
    phone.close()


def test_lost_connection_is_told_and_taken_back(chromium: Chromium, house: House) -> None:
    phone = Phone(chromium, house, UPRIGHT)
    banner = phone.page.locator("p.banner[role=alert]")
    phone.context.set_offline(True)
    phone.ask()
    expect(banner).to_be_visible()
    phone.shown("8-lost-ja")
    phone.context.set_offline(False)
    phone.ask()
    expect(banner).to_be_hidden()
    phone.close()


def test_visit_that_ended_by_time_shows_it_by_itself(chromium: Chromium, house: House) -> None:
    house.site.bring(make_ticket())
    phone = Phone(chromium, house, SIDEWAYS)
    phone.page.fill("#code", code().text)
    phone.page.tap("form[data-post='/code'] button")
    phone.page.wait_for_selector("form[data-post='/leave']")
    house.site.clock.advance(901)
    phone.ask()
    phone.page.wait_for_selector("#ended")
    phone.close()


def test_control_a_small_target_and_a_wide_page_are_seen(chromium: Chromium, house: House) -> None:
    phone = Phone(chromium, house, UPRIGHT)
    phone.page.evaluate("document.querySelector('button').style.minHeight = '20px'")
    with pytest.raises(AssertionError, match="button"):
        phone.shown("control")
    phone.page.reload()
    phone.page.evaluate("document.querySelector('main').style.width = '600px'")
    with pytest.raises(AssertionError):
        phone.shown("control")
    phone.close()
