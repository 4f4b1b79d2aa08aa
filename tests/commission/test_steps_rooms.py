"""The steps' addresses: for the visitor alone, in visits that aim, small, and with failures that the page can tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.commission.render import STATIC
from edge.commission.steps import SIGN_OFF
from edge.commission.steps_draft import DRAFT_LIMIT_BYTES, Draft
from edge.commission.steps_rooms import FILES
from edge.wire.visit import Scope
from tests.commission.house import Browser
from tests.commission.installer import COMPLETE
from tests.commission.stage import Stage
from tests.seal.samples import NODE

PATHS = ("/steps", "/steps/draft", "/steps/frame", "/steps/line", "/steps/summary", "/steps/steps.js")
WEIGHT_LIMIT_BYTES = 150_000


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.house.close()


@pytest.fixture
def visitor(stage: Stage) -> Browser:
    return stage.house.visitor()


def test_visit_that_aims_has_no_page_to_look_alone(visitor: Browser) -> None:
    assert visitor.get("/look").status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_nobody_but_the_visitor_finds_the_steps(stage: Stage, path: str) -> None:
    assert stage.house.browser().get(path).status_code == 404
    visitor = stage.house.visitor()
    stage.street.focus(0)
    assert visitor.get(path).status_code == 200
    assert stage.house.browser().get(path).status_code == 404
    stage.visit.press()
    assert visitor.get(path).status_code == 404


SEEN = ("/steps/frame", "/steps/steps.js")
"""What an inspection shares with the steps: the picture, and files."""


@pytest.mark.parametrize("scope", [scope for scope in Scope if not scope.aims])
def test_visit_that_does_not_aim_has_no_steps_and_an_inspection_looks_alone(tmp_path: Path, scope: Scope) -> None:
    stage = Stage(tmp_path, scope)
    visitor = stage.house.visitor()
    stage.street.focus(0)
    found = {path for path in (*PATHS, "/look") if visitor.get(path).status_code == 200}
    assert found == ({"/look", *SEEN} if scope is Scope.INSPECT else set())
    assert visitor.post("/steps/draft", b"{}").status_code == 404
    stage.house.close()


def test_page_and_everything_it_loads_weigh_little(visitor: Browser) -> None:
    page = visitor.get("/steps")
    files = [visitor.get(f"/steps/{name}") for name in FILES]
    total = len(page.content) + sum(len(file.content) for file in files)
    assert all(f"/steps/{name}" in page.text or name != "steps.js" for name in FILES)
    assert total + sum(path.stat().st_size for path in STATIC.iterdir() if path.name not in FILES) <= WEIGHT_LIMIT_BYTES


def test_every_file_of_the_steps_is_served(visitor: Browser) -> None:
    assert {path.name for path in STATIC.glob("steps*")} == set(FILES)
    assert {visitor.get(f"/steps/{name}").headers["Content-Type"].partition(";")[0] for name in FILES} == set(
        FILES.values()
    )


def test_frame_is_a_jpeg_that_nobody_keeps(stage: Stage, visitor: Browser) -> None:
    stage.street.focus(0)
    answer = visitor.get("/steps/frame?after=0")
    assert answer.content.startswith(b"\xff\xd8") and answer.headers["Cache-Control"] == "no-store"
    facts = json.loads(answer.headers["X-Frame"])
    assert facts["number"] == 1 and facts["sharpness"] > 0
    jpegs = [path for path in stage.state.parent.rglob("*") if path.is_file() and b"\xff\xd8\xff" in path.read_bytes()]
    assert jpegs == []


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40, "１"])
def test_number_that_cannot_be_read_gets_the_newest_frame(stage: Stage, visitor: Browser, after: str) -> None:
    stage.street.focus(0)
    assert visitor.get(f"/steps/frame?after={after}").status_code == 200


def test_draft_as_large_as_can_be_is_taken_and_a_larger_one_is_not(stage: Stage, visitor: Browser) -> None:
    draft = Draft(node=NODE).model_dump_json().encode()
    assert visitor.post("/steps/draft", draft.ljust(DRAFT_LIMIT_BYTES)).status_code == 200
    assert visitor.post("/steps/draft", draft.ljust(DRAFT_LIMIT_BYTES + 1)).status_code == 413


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"v":1,"node":"other"}'])
def test_malformed_draft_changes_nothing(stage: Stage, visitor: Browser, body: bytes) -> None:
    assert 400 <= visitor.post("/steps/draft", body).status_code < 500
    assert stage.steps.draft() == Draft(node=NODE)


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {"X_Mimamori": "2"}])
def test_foreign_page_changes_nothing(stage: Stage, visitor: Browser, headers: dict[str, str]) -> None:
    body = COMPLETE.model_dump_json().encode()
    assert visitor.post("/steps/draft", body, **headers).status_code == 403
    assert visitor.post("/steps/sign-off", b"{}", **headers).status_code == 403
    assert stage.steps.draft() == Draft(node=NODE)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 422), (b"[]", 422), (b"{}", 422), (b'{"digest":1}', 422), (b'{"digest":"%s"}' % (b"0" * 64), 409)],
)
def test_sign_off_of_what_was_not_shown_is_refused(stage: Stage, visitor: Browser, body: bytes, status: int) -> None:
    visitor.post("/steps/draft", COMPLETE.model_dump_json().encode())
    assert visitor.post("/steps/sign-off", body).status_code == status
    assert not (stage.state / SIGN_OFF).exists()
