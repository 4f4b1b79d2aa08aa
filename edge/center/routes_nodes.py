"""Routes of nodes: enrolment, certificates, registrations, key lists, visit tickets, mask orders, commands."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from anyio import to_thread
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from edge.base.errors import Refused
from edge.center.access import DESK, DESK_ROLES, center_of, node_of, require_client, require_desk, require_self
from edge.center.body import drop_body, read_body
from edge.center.center import Center
from edge.center.certify import enrol_node, renew
from edge.center.documents import find_key_list, post_command, publish_key_list, put_registration
from edge.center.maskorders import find_mask_order, publish_mask_order
from edge.center.nodes import KnownNode, find_node
from edge.center.visits import find_visit_ticket, publish_visit_ticket
from edge.wire.signed import DOCUMENT_LIMIT_BYTES
from edge.wire.visit import TICKET_LIMIT_BYTES

_ONLY_DESK = frozenset({DESK})
_JSON = "application/json"
_PROBE_LIMIT_BYTES = 1024 * 1024


def node_routes() -> list[BaseRoute]:
    """Returns the routes."""
    node = "/v1/nodes/{node}"
    return [
        Route("/v1/health", _health, methods=["GET"]),
        Route("/v1/authority", _authority, methods=["GET"]),
        Route("/v1/enrolments", _post_enrolment, methods=["POST"]),
        Route(node + "/certificate", _post_certificate, methods=["POST"]),
        Route(node + "/enrolment", _get_enrolment, methods=["GET"]),
        Route(node + "/registration", _get_registration, methods=["GET"]),
        Route(node + "/registration", _taking(put_registration), methods=["PUT"]),
        Route(node + "/key-list", _get_key_list, methods=["GET"]),
        Route(node + "/key-list", _taking(publish_key_list), methods=["PUT"]),
        Route(node + "/visit-ticket", _get_visit_ticket, methods=["GET"]),
        Route(node + "/visit-ticket", _taking(publish_visit_ticket, TICKET_LIMIT_BYTES), methods=["PUT"]),
        Route(node + "/mask-order", _get_mask_order, methods=["GET"]),
        Route(node + "/mask-order", _taking(publish_mask_order), methods=["PUT"]),
        Route(node + "/commands", _post_command, methods=["POST"]),
        Route(node + "/probe", _put_probe, methods=["PUT"]),
    ]


def _health(request: Request) -> Response:
    with center_of(request).database.read():
        return JSONResponse({"status": "ok"})


def _authority(request: Request) -> Response:
    return Response(center_of(request).authority.data, media_type=_JSON)


async def _post_enrolment(request: Request) -> Response:
    body = await read_body(request, limit_bytes=DOCUMENT_LIMIT_BYTES)
    certificate = await to_thread.run_sync(enrol_node, center_of(request), body)
    return JSONResponse({"certificate": certificate.decode("ascii")}, 201)


async def _post_certificate(request: Request) -> Response:
    body = await read_body(request, limit_bytes=8192)
    certificate = await to_thread.run_sync(renew, center_of(request), node_of(request), body)
    return JSONResponse({"certificate": certificate.decode("ascii")})


def _get_enrolment(request: Request) -> Response:
    require_desk(request, _ONLY_DESK)
    return _kept(request, lambda known: known.enrolment, "enrolment")


def _get_registration(request: Request) -> Response:
    require_desk(request)
    return _kept(request, lambda known: known.registration, "registration")


def _taking(
    keep: Callable[[Center, str, bytes], object], limit_bytes: int = DOCUMENT_LIMIT_BYTES
) -> Callable[[Request], Awaitable[Response]]:
    """Returns what takes a document about a node from the desk, and from nobody else."""

    async def take(request: Request) -> Response:
        require_desk(request, _ONLY_DESK)
        body = await read_body(request, limit_bytes=limit_bytes)
        await to_thread.run_sync(keep, center_of(request), node_of(request), body)
        return Response(status_code=204)

    return take


def _get_key_list(request: Request) -> Response:
    node = node_of(request)
    if require_client(request) not in DESK_ROLES:
        require_self(request, node)
    return _published(request, find_key_list, "key list")


def _get_visit_ticket(request: Request) -> Response:
    require_self(request, node_of(request))
    return _published(request, find_visit_ticket, "visit ticket")


async def _post_command(request: Request) -> Response:
    require_desk(request, _ONLY_DESK)
    body = await read_body(request, limit_bytes=DOCUMENT_LIMIT_BYTES)
    await to_thread.run_sync(post_command, center_of(request), node_of(request), body)
    request.app.state.wake_listener()
    return Response(status_code=202)


async def _put_probe(request: Request) -> Response:
    """Takes bytes by which a node measures its line, and drops them."""
    require_self(request, node_of(request))
    await drop_body(request, limit_bytes=_PROBE_LIMIT_BYTES)
    return Response(status_code=204)


def _get_mask_order(request: Request) -> Response:
    if require_client(request) != DESK:
        require_self(request, node_of(request))
    return _published(request, find_mask_order, "mask order")


def _published(request: Request, find: Callable[[Connection, str], bytes | None], what: str) -> Response:
    """Answers with a document, or that the one which the node has is still the newest."""
    node = node_of(request)
    with center_of(request).database.read() as connection:
        document = find(connection, node)
    if document is None:
        raise Refused("nothing-stored", f"no {what} of {node} is published yet")
    etag = f'"{hashlib.sha256(document).hexdigest()}"'
    if etag in [tag.strip() for tag in request.headers.get("If-None-Match", "")[:1024].split(",")]:
        return Response(status_code=304, headers={"ETag": etag})
    return Response(document, media_type=_JSON, headers={"ETag": etag})


def _kept(request: Request, pick: Callable[[KnownNode], bytes | None], what: str) -> Response:
    node = node_of(request)
    with center_of(request).database.read() as connection:
        known = find_node(connection, node)
    document = None if known is None else pick(known)
    if document is None:
        raise Refused("nothing-stored", f"no {what} of {node} is kept here")
    return Response(document, media_type=_JSON)
