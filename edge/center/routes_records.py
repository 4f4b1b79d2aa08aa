"""Routes of records: upload by the node, reading by the desk."""

from __future__ import annotations

from collections.abc import Iterator

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from edge.base.errors import Refused
from edge.center import runs
from edge.center.access import address_of, center_of, node_of, require_desk, require_self
from edge.center.batch import Address
from edge.center.body import BODY_FILE_HEADER, map_body_file, read_body
from edge.center.intake import take_batch
from edge.center.reading import Slice, header_slices, record_slices
from edge.seal.record import Buffer
from edge.wire.receipt import BATCH_LIMIT

BODY_LIMIT_BYTES = 33 * 1024 * 1024
HEADERS_LIMIT = 4096
_BINARY = "application/octet-stream"


def record_routes() -> list[BaseRoute]:
    """Returns the routes."""
    chain = "/v1/nodes/{node}/chains/{chain}"
    return [
        Route(chain + "/records/{first:int}-{last:int}", _put_records, methods=["PUT"]),
        Route(chain + "/records/{first:int}-{last:int}", _get_records, methods=["GET"]),
        Route(chain + "/headers/{first:int}-{last:int}", _get_headers, methods=["GET"]),
        Route(chain + "/receipts/{first:int}-{last:int}", _get_receipts, methods=["GET"]),
        Route("/v1/nodes/{node}/runs", _get_runs, methods=["GET"]),
    ]


async def _put_records(request: Request) -> Response:
    address = address_of(request)
    limiter = request.app.state.intake_limiter
    name = request.headers.get(BODY_FILE_HEADER)
    if name:
        document = await to_thread.run_sync(_take_file, request, address, name, limiter=limiter)
    else:
        await to_thread.run_sync(require_self, request, address.node)
        body = await read_body(request, limit_bytes=BODY_LIMIT_BYTES)
        document = await to_thread.run_sync(_take, request, address, body, limiter=limiter)
    return Response(document, media_type="application/json")


def _take_file(request: Request, address: Address, name: str) -> bytes:
    require_self(request, address.node)
    return _take(request, address, map_body_file(name, limit_bytes=BODY_LIMIT_BYTES))


def _take(request: Request, address: Address, body: Buffer) -> bytes:
    return take_batch(center_of(request), address, request.headers.get("Content-Digest"), body)


def _get_records(request: Request) -> Response:
    address = _wanted(request, BATCH_LIMIT)
    with center_of(request).database.read() as connection:
        found = record_slices(runs.find_runs(connection, address), address)
    return _stream(request, address, found)


def _get_headers(request: Request) -> Response:
    address = _wanted(request, HEADERS_LIMIT)
    with center_of(request).database.read() as connection:
        found = header_slices(runs.find_runs(connection, address), address)
    return _stream(request, address, found)


def _get_receipts(request: Request) -> Response:
    address = _wanted(request, HEADERS_LIMIT)
    with center_of(request).database.read() as connection:
        lines = b"".join(document + b"\n" for document in runs.find_receipts(connection, address))
    return Response(lines, media_type="application/jsonl")


def _get_runs(request: Request) -> Response:
    require_desk(request)
    node = node_of(request)
    start_us, end_us = _moment(request, "from", 0), _moment(request, "to", 2**53 - 1)
    with center_of(request).database.read() as connection:
        listed = runs.list_runs(connection, node, start_us, end_us)
    fields = ("chain", "first", "last", "start_us", "end_us", "bytes")
    return JSONResponse({"runs": [{name: getattr(run, name) for name in fields} for run in listed]})


def _wanted(request: Request, limit: int) -> Address:
    require_desk(request)
    address = address_of(request)
    if address.count > limit:
        raise Refused("too-long", f"{address.count} records asked for; at most {limit} a call")
    return address


def _stream(request: Request, address: Address, found: list[Slice]) -> Response:
    store = center_of(request).store

    def pieces() -> Iterator[bytes]:
        for piece in found:
            yield store.read(address.node, piece.day, piece.offset, piece.length, headers=piece.kept_headers)

    length = sum(piece.length for piece in found)
    return StreamingResponse(pieces(), media_type=_BINARY, headers={"Content-Length": str(length)})


def _moment(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > 16:
        raise Refused("bad-query", f"{name}={text[:32]!r} is not UTC in microseconds")
    return int(text)
