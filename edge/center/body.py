"""Reads a request's body within a limit: from the file that nginx put it into, or from the connection.

nginx alone names the file (it overrides the header), as it alone names the client.
"""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request

from edge.base.errors import BadInput, Refused, StorageFault
from edge.base.files import read_bounded

BODY_FILE_HEADER = "X-Body-File"


async def read_body(request: Request, *, limit_bytes: int) -> bytes:
    """Returns the body that comes over the connection.

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


def read_body_file(name: str, *, limit_bytes: int) -> bytes:
    """Returns the body that nginx put into a file.

    It is copied into memory, so that nobody can change it between the check and the store.

    Raises:
        StorageFault: not readable; nginx's workers must run as the center's user.
    """
    try:
        return read_bounded(Path(name), limit_bytes=limit_bytes)
    except BadInput as error:
        raise StorageFault(f"body from nginx: {error}; its workers must run as the center's user") from error
