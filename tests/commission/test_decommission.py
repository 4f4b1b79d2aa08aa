"""The page that has a camera destroyed: two presses, a request beside the signed ticket, root's answer as it comes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from edge.base.model import to_json
from edge.commission.decommission import DecommissionRooms, Paths
from edge.commission.render import Place
from edge.commission.visit import Visit
from edge.wire import signed
from edge.wire.decommissioned import Decommissioned, LastRecord
from edge.wire.decommissioning import (
    ANSWER,
    Destruction,
    DestructionAnswer,
    DestructionRequest,
    read_request,
)
from edge.wire.visit import Scope
from edge.wire.visitreport import VisitState
from tests.clocks import HandClock
from tests.commission.house import Browser, House
from tests.commission.site import code, make_ticket
from tests.seal.samples import NODE, ROLES, START_US

HASH = "ab" * 32


@dataclass
class Camera:
    """A camera in a visit, whose root is played by the test."""

    house: House
    paths: Paths
    clock: HandClock

    def opened(self, scope: Scope = Scope.DECOMMISSION) -> Browser:
        self.house.site.bring(make_ticket(scope))
        self.house.site.visit.press()
        return self.house.visitor()

    @property
    def request(self) -> DestructionRequest:
        return read_request(self.paths.request)

    def answers(self, state: Destruction, unreceipted: int = 0) -> None:
        certificate = certified() if state is Destruction.DONE else None
        said = DestructionAnswer(
            node=NODE, at=self.clock.now_us(), state=state, unreceipted=unreceipted, certificate=certificate
        )
        self.paths.answer.write_bytes(to_json(said))


def certified() -> str:
    word = Decommissioned(
        node=NODE, reference="0" * 32, began=START_US, ended=START_US, unreceipted=2, files=9, length=10,
        free_space=True, last=LastRecord(chain="cd" * 16, sequence=41, sha256=HASH),
    )  # fmt: skip
    return signed.sign("decommissioned", word, next(iter(ROLES.values()))).data.decode()


def build(folder: Path) -> Camera:
    paths = Paths(folder / "visit" / "decommission.json", folder / "run" / ANSWER)
    made = DecommissionRooms(
        cast(Visit, None), Place("MATSUDO 17", demo=True), NODE, paths, ZoneInfo("Asia/Tokyo"), HandClock()
    )
    house = House(folder, made.rooms())
    made.visit, made.clock = house.site.visit, house.site.clock
    return Camera(house, paths, house.site.clock)


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[Camera]:
    camera = build(tmp_path)
    yield camera
    camera.house.close()


def shown(page: str) -> bytes:
    found = re.search(r'data-shown="([^"]+)"', page)
    assert found, page
    return found[1].encode()


def press(browser: Browser, token: bytes, *, unreceipted: bool = False) -> int:
    body = b'{"shown":"%s","unreceipted":%s}' % (token, b"true" if unreceipted else b"false")
    return browser.post("/decommission", body).status_code


def test_second_press_alone_asks_and_carries_the_visits_signed_ticket(camera: Camera) -> None:
    browser = camera.opened()
    page = browser.get("/decommission").text
    assert "署名鍵" in page and "元に戻せません" in page
    assert not camera.paths.request.exists(), "the first press asks for nothing"
    assert press(browser, shown(page), unreceipted=True) == 204
    request, ticket = camera.request, camera.house.site.visit.ticket()
    assert (request.ticket, request.unreceipted) == (ticket.data.decode(), True)
    assert camera.paths.request.stat().st_mode & 0o777 == 0o640
    assert "確かめています" in browser.get("/decommission").text


def test_page_is_there_in_english_too(camera: Camera) -> None:
    browser = camera.opened()
    browser.get("/?lang=en")
    assert "Destroy all keys and records" in browser.get("/decommission").text


@pytest.mark.parametrize("token", [b"", b"another"])
def test_press_without_what_was_shown_asks_for_nothing(camera: Camera, token: bytes) -> None:
    browser = camera.opened()
    assert press(browser, token) == 409
    browser.get("/decommission")
    assert press(browser, token) == 409
    assert not camera.paths.request.exists()


@pytest.mark.parametrize("body", [b"", b"{}", b'{"shown":"x"}', b"[]", b'{"shown":1,"unreceipted":true}'])
def test_press_that_the_page_does_not_send_is_refused(camera: Camera, body: bytes) -> None:
    browser = camera.opened()
    browser.get("/decommission")
    assert browser.post("/decommission", body).status_code == 422
    assert not camera.paths.request.exists()


@pytest.mark.parametrize("scope", [scope for scope in Scope if scope is not Scope.DECOMMISSION])
def test_visit_of_another_scope_has_no_such_page(camera: Camera, scope: Scope) -> None:
    browser = camera.opened(scope)
    assert browser.get("/decommission").status_code == 404
    assert press(browser, b"x") == 404
    assert browser.get("/decommission/certificate.json").status_code == 404
    assert not camera.paths.request.exists()


def test_other_browser_has_no_such_page(camera: Camera) -> None:
    camera.opened()
    other = camera.house.browser()
    assert other.get("/decommission").status_code == 404
    assert press(other, b"x") == 404


def test_what_was_asked_is_not_asked_twice(camera: Camera) -> None:
    browser = camera.opened()
    token = shown(browser.get("/decommission").text)
    assert press(browser, token) == 204
    assert press(browser, token) == 409
    for state in (Destruction.DESTROYING, Destruction.DONE):
        camera.answers(state)
        browser.get("/decommission")
        assert press(browser, token) == 409


def test_refusal_says_what_holds_it_up_and_can_be_confirmed_again(camera: Camera) -> None:
    browser = camera.opened()
    camera.answers(Destruction.REFUSED, 99)
    camera.clock.advance(5)
    page = browser.get("/decommission").text
    assert "99" not in page, "what an earlier visit was answered is no answer to this one"
    assert press(browser, shown(page)) == 204
    camera.answers(Destruction.REFUSED, 3)
    page = browser.get("/decommission").text
    assert "3 件" in page
    assert press(browser, shown(page), unreceipted=True) == 204
    camera.clock.advance(1)
    camera.answers(Destruction.REFUSED)
    assert "認めませんでした" in browser.get("/decommission").text


def test_certificate_is_shown_with_the_last_records_hash_and_saved_as_it_was_signed(camera: Camera) -> None:
    browser = camera.opened()
    assert browser.get("/decommission/certificate.json").status_code == 404
    press(browser, shown(browser.get("/decommission").text))
    camera.answers(Destruction.DESTROYING)
    assert "消去しています" in browser.get("/decommission").text
    camera.answers(Destruction.DONE)
    page = browser.get("/decommission").text
    assert HASH in page and "消去が終わりました" in page
    saved = browser.get("/decommission/certificate.json")
    assert saved.text == certified()
    assert f'filename="{NODE}-certificate.json"' in saved.headers["Content-Disposition"]


def test_visit_lasts_while_root_destroys_and_idles_out_after_it(camera: Camera) -> None:
    camera.opened()
    visit = camera.house.site.visit
    camera.answers(Destruction.DESTROYING)
    for _ in range(12):
        camera.clock.advance(600)
        visit.tick()
    during = visit.state
    camera.answers(Destruction.DONE)
    camera.clock.advance(901)
    visit.tick()
    assert (during, visit.state) == (VisitState.OPEN, VisitState.ENDED), "a large card takes hours"


@pytest.mark.parametrize("scope", [Scope.DECOMMISSION, Scope.INSPECT])
def test_control_visit_idles_out_without_such_an_answer_or_in_another_scope(camera: Camera, scope: Scope) -> None:
    camera.opened(scope)
    if scope is not Scope.DECOMMISSION:
        camera.answers(Destruction.DESTROYING)
    camera.clock.advance(901)
    camera.house.site.visit.tick()
    assert camera.house.site.visit.state is VisitState.ENDED


def test_tickets_end_ends_it_all_the_same(camera: Camera) -> None:
    camera.opened()
    camera.answers(Destruction.DESTROYING)
    camera.clock.advance(9 * 3600)
    camera.house.site.visit.tick()
    assert camera.house.site.visit.state is VisitState.ENDED


def test_code_is_the_only_way_in(camera: Camera) -> None:
    camera.house.site.bring(make_ticket(Scope.DECOMMISSION))
    camera.house.site.visit.press()
    browser = camera.house.browser()
    assert browser.get("/decommission").status_code == 404
    assert browser.enter(code().text).status_code == 204
    assert browser.get("/decommission").status_code == 200
