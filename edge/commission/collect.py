"""The desk's application: collects the records of an open visit's window, and brings what the node cannot fetch.

| route | waiting | open to collect, with its key | else |
|---|---|---|---|
| ``POST /ticket``, ``/code`` | yes | 409 | 409 |
| ``POST /leave`` | 403 | yes | 403 |
| ``GET /v1/nodes/NODE/…`` | 403 | yes | 403 |
| ``PUT /v1/nodes/NODE/…`` | 403 | yes | 403 |

GET has runs, chains' headers, records and receipts, and the key list, where the center has them, too, and the header
of the ``newest`` record; PUT takes
``edge.wire.collection.Brought``. Every route needs the desk's certificate (``edge.commission.deskdoor``); closed, the
port is not open. What leaves comes from the uplink, which looks at the visit itself; nothing of it is read here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from anyio import to_thread
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from edge.base import strictjson
from edge.base.errors import MimamoriError, Refused, StorageFault
from edge.base.model import faults
from edge.commission.collectlink import CollectLink
from edge.commission.deskdoor import require_desk
from edge.commission.gate import BODY_LIMIT_BYTES, Typed, body_of
from edge.commission.states import Event
from edge.commission.visit import Visit
from edge.wire.collection import FRAME_LIMIT_BYTES, Ask, Brought, What
from edge.wire.visit import Scope as VisitScope
from edge.wire.visitreport import VisitState

KEY_HEADER = "X-Visit"
_STATUS = {"wrong-name": 403, "expired": 403, "not-visiting": 403, "not-waiting": 409, "no-ticket": 409, "locked": 429}
_STATUS |= {"wrong-code": 401, "wrong-scope": 403, "not-found": 404, "too-long": 413}

_WHOLE = (What.RUNS, What.KEY_LIST, What.NEWEST)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Collect:
    """What the application is made of.

    Attributes:
        present: UTC, and whether it is believed, for the days of certificates.
    """

    visit: Visit
    node: str
    link: CollectLink
    present: Callable[[], tuple[int, bool]]


def make_collect(collect: Collect) -> ASGIApp:
    """Returns the application."""
    node = f"/v1/nodes/{collect.node}"
    ranged = [
        Route(f"{node}/chains/{{chain}}/{what}/{{first:int}}-{{last:int}}", _asks(what), methods=["GET"])
        for what in (What.HEADERS, What.RECORDS, What.RECEIPTS)
    ]
    app = Starlette(
        routes=[
            Route("/ticket", _acts(_ticket, BODY_LIMIT_BYTES), methods=["POST"]),
            Route("/code", _acts(_code, BODY_LIMIT_BYTES), methods=["POST"]),
            Route("/leave", _acts(_leave, BODY_LIMIT_BYTES), methods=["POST"]),
            *(Route(f"{node}/{what}", _asks(what), methods=["GET"]) for what in _WHOLE),
            *ranged,
            *(Route(f"{node}/{brought}", _brings(brought), methods=["PUT"]) for brought in Brought),
        ],
        exception_handlers={MimamoriError: _refused, HTTPException: _nothing_here},
    )
    app.router.redirect_slashes = False
    app.state.collect = collect
    return app


def _of(request: Request) -> Collect:
    found: Collect = request.app.state.collect
    return found


def _acts(act: Callable[[Collect, str, bytes], Response], limit_bytes: int) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        collect = _admit(request)
        body = await body_of(request, limit_bytes)
        return await to_thread.run_sync(act, collect, request.headers.get(KEY_HEADER, ""), body)

    return answer


def _brings(brought: Brought) -> Callable[[Request], Awaitable[Response]]:
    def bring(collect: Collect, key: str, body: bytes) -> Response:
        _require_visitor(collect, key)
        said = b"".join(collect.link.ask(Ask(what=What.DELIVER, brought=brought), body))
        return JSONResponse({"brought": said.decode("ascii", "replace")})

    return _acts(bring, FRAME_LIMIT_BYTES)


def _asks(what: What) -> Callable[[Request], Awaitable[Response]]:
    def begin(collect: Collect, key: str, wanted: Ask) -> Response:
        _require_visitor(collect, key)
        if what is What.RECORDS:
            collect.visit.collects()
        return _Relayed(collect, key, collect.link.ask(wanted))

    async def answer(request: Request) -> Response:
        collect = _admit(request)
        return await to_thread.run_sync(begin, collect, request.headers.get(KEY_HEADER, ""), _wanted(request, what))

    return answer


def _admit(request: Request) -> Collect:
    collect = _of(request)
    at_us, trusted = collect.present()
    require_desk(request, at_us, trusted=trusted)
    if collect.visit.state is VisitState.CLOSED:
        raise Refused("not-visiting", "the visit is over")
    return collect


def _require_visitor(collect: Collect, key: str) -> None:
    admitted = collect.visit.admits(key, touch=True)
    if not admitted or collect.visit.standing().scope is not VisitScope.COLLECT:
        raise Refused("not-visiting", "no visit to collect is open to whoever asks; enter the code first")


def _wanted(request: Request, what: What) -> Ask:
    path = request.path_params
    try:
        return Ask(what=what, chain=path.get("chain"), first=path.get("first", 0), last=path.get("last", 0))
    except ValidationError as error:
        raise Refused("bad-request", "; ".join(faults(error)[:5])) from error


def _ticket(collect: Collect, _: str, body: bytes) -> Response:
    collect.visit.take_ticket(body)
    return Response(status_code=204)


def _code(collect: Collect, _: str, body: bytes) -> Response:
    try:
        typed = Typed.model_validate(strictjson.parse_loose(body, limit_bytes=BODY_LIMIT_BYTES))
    except (Refused, ValidationError):
        raise Refused("bad-request", "no code in that request") from None  # the cause would hold what was typed
    return JSONResponse({"key": collect.visit.open_with(typed.code, VisitScope.COLLECT)})


def _leave(collect: Collect, key: str, _: bytes) -> Response:
    _require_visitor(collect, key)
    collect.visit.end(Event.LEAVE)
    return Response(status_code=204)


class _Relayed(Response):
    """Bytes of the uplink as they come; an answer that is cut off there, or whose visit ends, is cut off here."""

    def __init__(self, collect: Collect, key: str, pieces: Iterator[bytes]) -> None:
        super().__init__(media_type="application/octet-stream")
        del self.headers["content-length"]
        self._collect, self._key, self._pieces = collect, key, pieces

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            while (piece := await to_thread.run_sync(self._next)) is not None:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except MimamoriError as error:
            _log.warning("collecting was cut off: %s", error)
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _next(self) -> bytes | None:
        piece = next(self._pieces, None)
        if piece is not None:
            _require_visitor(self._collect, self._key)
            self._collect.visit.left(len(piece))
        return piece


async def _refused(_: Request, error: Exception) -> Response:
    slug = error.failure if isinstance(error, Refused) else "storage" if isinstance(error, StorageFault) else "busy"
    status = _STATUS.get(slug, 422) if isinstance(error, Refused) else 507 if isinstance(error, StorageFault) else 503
    body = json.dumps({"failure": slug, "message": str(error)[:400]})
    return Response(body, status, media_type="application/json")


async def _nothing_here(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return JSONResponse({"failure": "not-found", "message": "no such page here"}, status)
