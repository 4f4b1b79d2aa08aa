"""Routes of the register: a node hands in its own entry, the desk any, and reads them all."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from edge.center.access import DESK, center_of, node_of, require_client, require_desk, require_self
from edge.center.body import read_body
from edge.center.register import put_register_entry, read_register
from edge.wire.register import dump_register
from edge.wire.registerentry import REGISTER_LIMIT_BYTES

_NO_STORE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Nobody keeps the answer, and nginx puts none of it into a file on its way."""


def register_routes() -> list[BaseRoute]:
    """Returns the routes."""
    return [
        Route("/v1/nodes/{node}/register-entry", _put_entry, methods=["PUT"]),
        Route("/v1/register", _register, methods=["GET"]),
    ]


async def _put_entry(request: Request) -> Response:
    node = node_of(request)
    if require_client(request) != DESK:
        require_self(request, node)
    body = await read_body(request, limit_bytes=REGISTER_LIMIT_BYTES)
    await to_thread.run_sync(put_register_entry, center_of(request), node, body)
    return Response(status_code=204)


def _register(request: Request) -> Response:
    require_desk(request, frozenset({DESK}))
    center = center_of(request)
    with center.database.read() as connection:
        register = read_register(connection, center.config, center.clock.now_us())
    return Response(dump_register(register), media_type="application/json", headers=_NO_STORE)
