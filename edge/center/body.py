"""Reads a request's body within a limit: from the file that nginx put it into, or from the connection.

nginx alone names the file (it overrides the header), as it alone names the client.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from starlette.requests import Request

from edge.base.errors import Refused, StorageFault
from edge.seal.record import Buffer

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


async def drop_body(request: Request, *, limit_bytes: int) -> None:
    """Takes the body that comes over the connection and keeps nothing of it.

    Raises:
        Refused: ``too-long``.
    """
    came = 0
    async for piece in request.stream():
        came += len(piece)
        if came > limit_bytes:
            raise Refused("too-long", f"body is longer than {limit_bytes} bytes")


def map_body_file(name: str, *, limit_bytes: int) -> Buffer:
    """Returns the body that nginx put into a file, mapped and not copied, so that large ones take no memory of ours.

    Nobody changes it between check and store: nginx writes no more once it has handed the file over, and its folder is
    closed to all but nginx's workers and the center, which are one user. It may be unlinked meanwhile.

    Raises:
        Refused: ``too-long``.
        StorageFault: not readable; nginx's workers must run as the center's user.
    """
    try:
        with Path(name).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > limit_bytes:
                raise Refused("too-long", f"body is longer than {limit_bytes} bytes")
            return memoryview(mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)) if size else b""
    except OSError as error:
        raise StorageFault(
            f"body from nginx, {name}: {error.strerror}; its workers must run as the center's user"
        ) from error
