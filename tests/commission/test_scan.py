"""Every route in every state of a visit: one leads to a picture, and only where a picture may be seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.commission.rooms import Room
from edge.commission.steps import SIGN_OFF
from edge.wire.visit import Scope
from tests.commission.house import Browser
from tests.commission.installer import COMPLETE
from tests.commission.stage import Stage
from tests.commission.test_app import METHODS, NO_CODE, PATHS

JPEG, LEAVES = b"\xff\xd8\xff", {("POST", "/leave"), ("POST", "/steps/sign-off")}
PICTURE = "GET /steps/frame"
SEEING = {"open, first", "open, re-aim", "open, inspect"}
STATES = (
    "closed", "waiting", *(f"open, {scope}" for scope in Scope), "others while open",
    "signed off", "ended by the button", "ended by time",
)  # fmt: skip


def brought_to(folder: Path, state: str) -> tuple[Stage, Browser]:
    """Brings a node into ``state``; returns it with the browser that looks, in its hand the key of its last visit."""
    scope = Scope(state.removeprefix("open, ")) if state.startswith("open, ") else Scope.RE_AIM
    stage = Stage(folder, scope)
    stage.street.focus(0)
    if state == "closed":
        stage.visit.press()
    if state in ("closed", "waiting"):
        return stage, stage.house.browser()
    visitor = stage.house.visitor()
    if state == "others while open":
        return stage, stage.house.browser()
    if state == "signed off":
        visitor.post("/steps/draft", COMPLETE.model_dump_json().encode())
        digest = visitor.get("/steps/summary").json()["digest"]
        assert visitor.post("/steps/sign-off", b'{"digest":"%s"}' % digest.encode()).status_code == 200
        assert (stage.state / SIGN_OFF).exists()
    elif state == "ended by the button":
        stage.visit.press()
    elif state == "ended by time":
        stage.house.site.clock.advance(2701)
    return stage, visitor


def routes(stage: Stage) -> list[str]:
    """Returns every path that the application knows, and those that somebody might try."""
    known = stage.house.paths
    assert len(known) > 20 and {"/", "/code", "/steps/frame"} <= set(known)
    return sorted({*known, *PATHS, "/steps/frame?after=0", "/steps/frame.jpg", "/steps/", "/look.jpg"})


def pictures(stage: Stage, browser: Browser) -> set[str]:
    """Asks for everything by every method; returns what answers with a picture."""
    found = set()
    for path in routes(stage):
        for method in METHODS:
            if (method, path) in LEAVES:
                continue  # it would end what is being scanned; an answer without a body anyhow
            answer = browser.post(path, NO_CODE) if method == "POST" else browser.ask(method, path)
            if JPEG in answer.content or answer.headers.get("Content-Type", "").startswith(("image/jpeg", "video/")):
                found.add(f"{method} {path.partition('?')[0]}")
    return found


@pytest.mark.parametrize("state", STATES)
def test_one_route_leads_to_a_picture_and_only_in_visits_that_may_see_one(
    tmp_path: Path, state: str
) -> None:  # R-SAKU-03
    stage, browser = brought_to(tmp_path, state)
    try:
        expected = {PICTURE, PICTURE.replace("GET", "HEAD")} if state in SEEING else set()
        assert pictures(stage, browser) == expected
    finally:
        stage.house.close()


@pytest.mark.parametrize("state", ["waiting", "others while open", "open, collect", "ended by time"])
def test_control_a_picture_without_its_gate_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    def ungated(room: Room) -> object:
        return lambda request: room.answer(request, b"")

    monkeypatch.setattr("edge.commission.app._behind_key", ungated)
    stage, browser = brought_to(tmp_path, state)
    try:
        assert PICTURE in pictures(stage, browser)
    finally:
        stage.house.close()
