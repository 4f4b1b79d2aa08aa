"""The page over TLS: headers, cookies, who may change what, and a scan of every route in every state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from starlette.requests import Request
from starlette.responses import Response

from edge.commission.app import COOKIE, FILES
from edge.commission.gate import HEADERS
from edge.commission.rooms import Room
from edge.wire.visit import Scope, normal_code
from edge.wire.visitreport import VisitState
from tests.commission.house import TIMEOUT_S, Browser, House
from tests.commission.site import WRONG, code, make_ticket

JPEG = b"\xff\xd8\xff\xe0 a picture"
PICTURE = frozenset({Scope.FIRST, Scope.RE_AIM, Scope.INSPECT})


def picture(_: Request, __: bytes) -> Response:
    return Response(JPEG, media_type="image/jpeg")


def drawn(_: Request, body: bytes) -> Response:
    return Response(body)


ROOMS = [
    Room("GET", "/picture", picture, PICTURE, by_hand=False),
    Room("POST", "/masks", drawn, frozenset({Scope.FIRST, Scope.RE_AIM})),
]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, ROOMS)
    yield house
    house.close()


@pytest.fixture
def waiting(house: House) -> House:
    house.site.bring(make_ticket())
    house.site.visit.press()
    return house


PATHS = [
    "/", "/standing", *FILES, "/ticket", "/code", "/stay", "/leave", "/picture", "/masks",
    "/preview", "/preview.jpg", "/frame", "/frames", "/stream", "/mjpeg", "/snapshot.jpg", "/image", "/video", "/live",
    "/aim.sock", "/run/aim.sock", "/static/", "/templates/", "/style.css/", "/../visit.json", "/%2e%2e/onsite-key.pem",
    "/onsite-key.pem", "/lockout.json", "/visits.jsonl", "/ticket.json", "/docs", "/openapi.json", "/.git/config",
]  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")
PUBLIC = {("GET", path): 200 for path in ("/", "/standing", *FILES)} | {
    ("HEAD", path): 200 for path in ("/", "/standing", *FILES)
}
NOT_VISITING = {("POST", path): 403 for path in ("/stay", "/leave")}
NOT_WAITING = {("POST", "/ticket"): 409, ("POST", "/code"): 409}
MASKS = {("POST", "/masks"): 200}
SEES = {("GET", "/picture"): 200, ("HEAD", "/picture"): 200}
STAYS = {("POST", "/stay"): 204}
NO_CODE = b'{"code":""}'
Answers = dict[tuple[str, str], int]
STATES: dict[str, Answers] = {
    "closed": {},
    "waiting": PUBLIC | NOT_VISITING | {("POST", "/ticket"): 422, ("POST", "/code"): 403},
    "open, others": PUBLIC | NOT_VISITING | NOT_WAITING,
    "open, first": PUBLIC | NOT_WAITING | STAYS | SEES | MASKS,
    "open, re-aim": PUBLIC | NOT_WAITING | STAYS | SEES | MASKS,
    "open, inspect": PUBLIC | NOT_WAITING | STAYS | SEES,
    "open, collect": PUBLIC | NOT_WAITING | STAYS,
    "open, decommission": PUBLIC | NOT_WAITING | STAYS,
    "ended": PUBLIC | NOT_VISITING | NOT_WAITING,
}


def bring_to(house: House, state: str) -> Browser:
    """Brings the visit into ``state`` and returns the browser that looks."""
    if state == "closed":
        return house.browser()
    scope = Scope(state.removeprefix("open, ")) if state.removeprefix("open, ") in set(Scope) else Scope.FIRST
    house.site.bring(make_ticket(scope))
    house.site.visit.press()
    if state == "waiting":
        return house.browser()
    visitor = house.visitor()
    if state == "ended":
        house.site.visit.press()
    return house.browser() if state == "open, others" else visitor


def scan(browser: Browser, expected: Answers, *, closed: bool) -> list[str]:
    """Asks for every path by every method and returns what answers otherwise, or with a picture."""
    wrong = []
    for path in PATHS:
        for method in METHODS:
            if (
                path == "/leave"
                and method == "POST"
                and ("POST", "/stay") in expected
                and expected["POST", "/stay"] == 204
            ):
                continue  # it would end what is being scanned
            answer = browser.post(path, NO_CODE) if method == "POST" else browser.ask(method, path)
            wanted = expected.get((method, path))
            fits = answer.status_code == wanted if wanted else answer.status_code in (404, 405)
            fits = fits or (closed and answer.status_code == 503)
            seen = b"\xff\xd8" in answer.content or answer.headers.get("Content-Type", "") == "image/jpeg"
            if not fits or (seen and (method, path) not in SEES) or (seen and wanted != 200):
                wrong.append(f"{method} {path}: {answer.status_code}")
    return wrong


@pytest.mark.parametrize("state", STATES)
def test_each_route_answers_in_its_states_alone_and_no_other_leads_to_a_picture(house: House, state: str) -> None:
    browser = bring_to(house, state)
    assert scan(browser, STATES[state], closed=state == "closed") == []


@pytest.mark.parametrize("state", ["waiting", "open, others", "open, collect", "ended"])
def test_control_a_room_without_its_gate_is_found_by_the_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr("edge.commission.app._behind_key", lambda room: lambda request: room.answer(request, b""))
    house = House(tmp_path / "open-house", ROOMS)
    try:
        browser = bring_to(house, state)
        assert "GET /picture: 200" in scan(browser, STATES[state], closed=False)
    finally:
        house.close()


def test_every_answer_carries_the_strict_headers_and_none_binds_the_phone(waiting: House) -> None:
    browser = waiting.browser()
    answers = [browser.get(path) for path in ("/", "/standing", "/page.js", "/nowhere")]
    answers += [browser.enter(WRONG), browser.get("/", Host="evil.example")]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert "Strict-Transport-Security" not in answer.headers
        assert "server" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1", ""])
def test_foreign_host_gets_nothing(waiting: House, host: str) -> None:
    answer = waiting.browser().get("/", Host=host)
    assert answer.status_code in (400, 421)
    assert "MATSUDO" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": ""}, {"X_Mimamori": "0"}, {"X_Mimamori": ""}],
    ids=str,
)
def test_foreign_pages_change_nothing(waiting: House, headers: dict[str, str]) -> None:
    browser = waiting.browser()
    answer = browser.post("/code", b'{"code":"%s"}' % code().text.encode(), **headers)
    assert (answer.status_code, answer.json()["failure"]) == (403, "foreign")
    assert waiting.site.visit.state is VisitState.WAITING
    assert waiting.site.visit.standing().tries_left == 5


def test_key_of_the_visit_is_a_cookie_of_this_page_alone(waiting: House) -> None:
    browser = waiting.browser()
    cookie = browser.enter(code().text).headers["Set-Cookie"]
    name, _, key = cookie.split(";")[0].partition("=")
    assert name == COOKIE
    assert len(key) >= 43
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {
        "path=/",
        "httponly",
        "secure",
        "samesite=strict",
    }
    again = waiting.browser()
    again.session.cookies.set(COOKIE, key[:-1] + ("A" if key[-1] != "A" else "B"))
    assert again.post("/stay").status_code == 403


def test_one_browser_at_a_time(waiting: House) -> None:
    visitor, other = waiting.visitor(), waiting.browser()
    assert other.enter(code().text).status_code == 409
    assert "作業員がこのカメラで作業しています" in other.get().text
    assert "初回設置" in visitor.get().text


def test_leaving_ends_the_visit_and_its_cookie(waiting: House) -> None:
    visitor = waiting.visitor()
    answer = visitor.post("/leave")
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert waiting.site.visit.state is VisitState.ENDED
    assert "作業は終わりました" in visitor.get().text


def test_page_that_asks_by_itself_does_not_keep_the_visit(waiting: House) -> None:
    visitor = waiting.visitor()
    for _ in range(3):
        waiting.site.clock.advance(290)
        assert visitor.get("/standing").json()["state"] == "open"
        assert visitor.get("/picture").status_code == 200
    waiting.site.clock.advance(31)
    assert visitor.get("/standing").json()["state"] == "ended"


@pytest.mark.parametrize("ask", ["get", "stay"])
def test_visitors_hand_keeps_the_visit(waiting: House, ask: str) -> None:
    visitor = waiting.visitor()
    waiting.site.clock.advance(880)
    answer = visitor.get() if ask == "get" else visitor.post("/stay")
    assert answer.ok
    waiting.site.clock.advance(880)
    assert visitor.get("/standing").json()["state"] == "open"


def test_wrong_codes_are_told_and_then_locked(waiting: House) -> None:
    browser = waiting.browser()
    for left in (4, 3, 2, 1):
        answer = browser.enter(WRONG)
        said = {"failure": "wrong-code", "message": "コードが違います。", "tries": f"あと {left} 回入力できます。"}
        assert (answer.status_code, answer.json()) == (403, said)
        assert f"あと {left} 回" in browser.get().text
    browser.enter(WRONG)
    assert browser.enter(code().text).status_code == 429
    assert "あと 60秒 入力できません" in browser.get().text
    waiting.site.clock.advance(60)
    assert browser.enter(code().text).status_code == 204


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 422), (b"{}", 422), (b'{"code":7}', 422), (b'{"code":"%s"}' % (b"A" * 65), 422), (b"x" * 9000, 413)],
    ids=["nothing", "empty", "a number", "too long a code", "too long"],
)
def test_rubbish_for_a_code_costs_no_try(waiting: House, body: bytes, status: int) -> None:
    assert waiting.browser().post("/code", body).status_code == status
    assert waiting.site.visit.standing().tries_left == 5


def test_ticket_comes_by_the_phone_and_false_ones_are_told(house: House) -> None:
    house.site.visit.press()
    browser = house.browser()
    assert "有効な訪問票がこのカメラにありません" in browser.get().text
    for ticket, failure in (
        (make_ticket(node="other").data, "wrong-node"),
        (make_ticket(ends=house.site.clock.now_us() - 1).data, "expired"),
        (b"a picture of something", "bad-json"),
        (b"[" * 5000, "too-long"),
    ):
        answer = browser.post("/ticket", ticket)
        assert answer.json()["failure"] == failure
    assert browser.post("/ticket", make_ticket().data).status_code == 204
    assert browser.enter(code().text).status_code == 204


def test_english_is_a_switch_away_and_stays(waiting: House) -> None:
    browser = waiting.browser()
    assert 'lang="ja"' in browser.get().text
    assert "It records" in browser.get("/?lang=en").text
    assert "It records" in browser.get().text
    assert browser.enter(WRONG).json()["message"] == "Wrong code."
    assert "録画しています" in browser.get("/?lang=ja").text
    assert "録画しています" in browser.get("/?lang=xx").text


def test_host_sees_the_state_and_no_picture(waiting: House) -> None:
    text = waiting.browser().get().text
    for words in ("録画しています", "つながっています", "30秒前", "この画面に映像は出ません"):
        assert words in text
    assert "<img" not in text
    assert "<video" not in text


def test_code_is_in_no_answer_and_no_log(waiting: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    browser = waiting.browser()
    said = browser.enter(WRONG).text + browser.get().text
    answer = browser.enter(code().text)
    said += answer.text + str(answer.headers) + browser.get().text
    logged = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("urllib3"))
    for text in (code().text, normal_code(code().text), normal_code(WRONG)):
        assert text not in said + logged


PROBES = [
    "/generate_204",
    "/gen_204",
    "/hotspot-detect.html",
    "/library/test/success.html",
    "/connecttest.txt",
    "/ncsi.txt",
    "/",
]


@pytest.mark.parametrize("path", PROBES)
def test_probes_of_phones_are_led_to_the_page(house: House, path: str) -> None:
    answer = requests.get(
        house.portal_url + path,
        headers={"Host": "connectivitycheck.gstatic.com"},
        timeout=TIMEOUT_S,
        allow_redirects=False,
    )
    assert answer.status_code == 302
    assert answer.headers["Location"] == house.origin.url + "/"
    assert answer.content == b""


def test_plain_port_takes_nothing_and_repeats_nothing(house: House) -> None:
    post = requests.post(house.portal_url + "/code", b"x", timeout=TIMEOUT_S, allow_redirects=False)
    assert post.status_code == 405
    get = requests.get(house.portal_url + "/evil?x=1", timeout=TIMEOUT_S, allow_redirects=False)
    assert "evil" not in get.text + str(get.headers)


def test_page_weighs_less_than_150_kilobytes_in_all(waiting: House) -> None:
    visitor = waiting.visitor()
    weights = {path: len(visitor.get(path).content) for path in ("/", *FILES)}
    print("page weight:", weights, "in all", sum(weights.values()), "bytes")
    assert sum(weights.values()) <= 150_000
