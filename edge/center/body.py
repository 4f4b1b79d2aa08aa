"""Reads a request's body within a limit."""

from __future__ import annotations

from starlette.requests import Request

from edge.base.errors import Refused


async def read_body(request: Request, *, limit_bytes: int) -> bytes:
    """Returns the body.

    Raises:
        Refused: ``too-long``, before more than the limit is held.
    """
    pieces: list[bytes] = []
    held = 0
    async for piece in request.stream():
        held += len(piece)
        if held > limit_bytes:
            raise Refused("too-long", f"body is longer than {limit_bytes} bytes")
        pieces.append(piece)
    return b"".join(pieces)
