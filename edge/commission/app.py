"""The page's application: which route answers what, in which state of the visit.

| route | closed | waiting | open, visitor | open, others | ended |
|---|---|---|---|---|---|
| ``GET /`` | 503 | state page | visit's page | state page | goodbye |
| ``GET /standing``, style, script, icon | 503 | yes | yes | yes | yes |
| ``POST /ticket``, ``/code`` | 503 | yes | 409 | 409 | 409 |
| ``POST /stay``, ``/leave`` | 503 | 403 | yes | 403 | 403 |
| a room (``edge.commission.rooms``) | 503 | 404 | in its scopes | 404 | 404 |
| anything else | 503 | 404 | 404 | 404 | 404 |
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from anyio import to_thread
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from edge.base import strictjson
from edge.base.clock import Clock
from edge.base.errors import MimamoriError, Refused
from edge.commission.facts import Facts
from edge.commission.gate import BODY_LIMIT_BYTES, Gate, Origin, Typed, body_of, require_page
from edge.commission.render import STATIC, Place, render, view_of
from edge.commission.rooms import Room
from edge.commission.states import Event
from edge.commission.visit import Visit
from edge.commission.words import LANGUAGES, duration, failure_text, say
from edge.wire.visitreport import VisitState

COOKIE, LANGUAGE = "__Host-visit", "language"
FILES = {"/style.css": "text/css", "/page.js": "text/javascript", "/icon.svg": "image/svg+xml"}
_STATUS = {"not-waiting": 409, "no-ticket": 409, "locked": 429, "wrong-code": 403, "not-visiting": 403}
_STATUS |= {"foreign": 403, "too-long": 413, "changed": 409, "already": 409}


@dataclass(frozen=True, slots=True)
class Page:
    """What the application is made of.

    Attributes:
        facts: looks at the node each time it is called.
    """

    visit: Visit
    place: Place
    origin: Origin
    facts: Callable[[], Facts]
    clock: Clock


def make_app(page: Page, rooms: Iterable[Room] = ()) -> ASGIApp:
    """Returns the application with its gate."""
    app = Starlette(
        routes=[
            Route("/", _front, methods=["GET"]),
            Route("/standing", _standing, methods=["GET"]),
            *(Route(path, _file, methods=["GET"]) for path in FILES),
            *(Route("/" + name, _by_page(act), methods=["POST"]) for name, act in _ACTS.items()),
            *(Route(room.path, _behind_key(room), methods=[room.method]) for room in rooms),
        ],
        exception_handlers={MimamoriError: _refused, HTTPException: _nothing_here},
    )
    app.router.redirect_slashes = False
    app.state.page = page
    return Gate(_OnlyWhileOpened(app, page.visit), page.origin)


class _OnlyWhileOpened:
    """Answers nothing while the visit is closed: between the last look at it and the ports' closing."""

    def __init__(self, app: ASGIApp, visit: Visit) -> None:
        self._app, self._visit = app, visit

    async def __call__(self, *given: object) -> None:
        closed = self._visit.state is VisitState.CLOSED
        app: Callable[..., Awaitable[None]] = Response(status_code=503) if closed else self._app
        await app(*given)


def page_of(request: Request) -> Page:
    """Returns what the application was made with."""
    page: Page = request.app.state.page
    return page


def language_of(request: Request) -> str:
    """Returns the visitor's language; Japanese unless another was chosen."""
    chosen = request.query_params.get("lang", request.cookies.get(LANGUAGE, ""))
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def _front(request: Request) -> Response:
    page, language = page_of(request), language_of(request)
    admitted = page.visit.admits(_key(request), touch=True)
    now_us = page.clock.now_us()
    text = render(page.place, page.visit.standing(), page.facts(), language, now_us, admitted=admitted)
    answer = HTMLResponse(text)
    if "lang" in request.query_params:
        answer.set_cookie(LANGUAGE, language, max_age=86_400, secure=True, httponly=True, samesite="strict")
    return answer


def _standing(request: Request) -> Response:
    """What the page asks by itself; no hand."""
    page = page_of(request)
    standing = page.visit.standing()
    admitted = page.visit.admits(_key(request), touch=False)
    left = duration(language_of(request), standing.left_s) if admitted else None
    view = view_of(standing, admitted=admitted)
    return JSONResponse({"state": standing.state, "view": view, "left": left})


def _file(request: Request) -> Response:
    return FileResponse(STATIC / request.url.path.removeprefix("/"), media_type=FILES[request.url.path])


def _take_ticket(request: Request, body: bytes) -> Response:
    page_of(request).visit.take_ticket(body)
    return Response(status_code=204)


def _enter_code(request: Request, body: bytes) -> Response:
    try:
        typed = Typed.model_validate(strictjson.parse_loose(body, limit_bytes=BODY_LIMIT_BYTES))
    except (Refused, ValidationError):
        raise Refused("bad-request", "no code in that request") from None  # the cause would hold what was typed
    key = page_of(request).visit.open_with(typed.code)
    answer = Response(status_code=204)
    answer.set_cookie(COOKIE, key, path="/", secure=True, httponly=True, samesite="strict")
    return answer


def _stay(request: Request, _: bytes) -> Response:
    _require_visitor(request)
    return Response(status_code=204)


def _leave(request: Request, _: bytes) -> Response:
    _require_visitor(request)
    page_of(request).visit.end(Event.LEAVE)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return answer


_ACTS = {"ticket": _take_ticket, "code": _enter_code, "stay": _stay, "leave": _leave}


def _by_page(act: Callable[[Request, bytes], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        require_page(request, page_of(request).origin)
        return await to_thread.run_sync(act, request, await body_of(request))

    return answer


def _behind_key(room: Room) -> Callable[[Request], Awaitable[Response]]:
    def enter(request: Request, body: bytes) -> Response:
        visit = page_of(request).visit
        admitted = visit.admits(_key(request), touch=room.by_hand)
        if not admitted or visit.standing().scope not in room.scopes:
            raise HTTPException(404)
        return room.answer(request, body)

    async def answer(request: Request) -> Response:
        if room.method == "POST":
            require_page(request, page_of(request).origin)
        return await to_thread.run_sync(enter, request, await body_of(request, room.limit_bytes))

    return answer


def _key(request: Request) -> str:
    return request.cookies.get(COOKIE, "")


def _require_visitor(request: Request) -> None:
    if not page_of(request).visit.admits(_key(request), touch=True):
        raise Refused("not-visiting", "this browser holds no open visit")


async def _refused(request: Request, error: Exception) -> Response:
    slug = error.failure if isinstance(error, Refused) else "storage"
    status = _STATUS.get(slug, 422) if isinstance(error, Refused) else 507
    language = language_of(request)
    said = {"failure": slug, "message": failure_text(language, slug)}
    if slug == "wrong-code":
        said["tries"] = say(language, "tries", count=page_of(request).visit.standing().tries_left)
    return JSONResponse(said, status)


async def _nothing_here(_: Request, error: Exception) -> Response:
    return Response(status_code=error.status_code if isinstance(error, HTTPException) else 404)
