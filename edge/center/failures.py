"""Failures as the center's clients see them: a status, a slug and a message, never a traceback.

400 the bytes are bad, never send them again as they are      409 a fork, or an older version
401 no client certificate      403 another name's matter      413 too long
404 not known here             422 a ticket or signature is refused
429 and 503 come again later   507 the disk is full
"""

from __future__ import annotations

import errno
import logging

from starlette.requests import Request
from starlette.responses import JSONResponse

from edge.base.errors import MimamoriError, Refused, StorageFault, TryAgain

RETRY_AFTER_S = 30
_log = logging.getLogger(__name__)

_STATUS = {
    "no-certificate": 401,
    "wrong-name": 403,
    "revoked": 403,
    "superseded": 403,
    "unknown-node": 404,
    "unknown-page": 404,
    "nothing-stored": 404,
    "fork": 409,
    "old-version": 409,
    "bad-link": 409,
    "replayed": 409,
    "too-long": 413,
    "ticket-used": 422,
    "expired": 422,
    "renewal-too-late": 422,
}


class DiskFull(StorageFault):
    """The store's or the index's disk has no room left; nothing of the batch counts."""


def status_of(error: MimamoriError) -> int:
    """Returns the HTTP status that tells the client what to do next."""
    if isinstance(error, Refused):
        return _STATUS.get(error.failure, 400)
    return 507 if isinstance(error, DiskFull) else 503


def document_refused(error: Refused) -> Refused:
    """Returns the failure as it is told for a signed document: what is not in the table above becomes 422."""
    return error if error.failure in _STATUS else Unacceptable(error.failure, str(error))


class Unacceptable(Refused):
    """A signed document that was read and is not accepted (422)."""


def disk_error(error: OSError, what: str) -> StorageFault:
    """Turns an error of the system into ours, telling a full disk apart."""
    kind = DiskFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else StorageFault
    return kind(f"{what}: {error.strerror}; nothing of this batch was counted")


async def answer_failure(_: Request, error: Exception) -> JSONResponse:
    """Starlette's handler for everything this project raises on purpose."""
    if not isinstance(error, MimamoriError):
        return failure(503, "center-fault", "the center met a fault of its own; try again later")
    status = 422 if isinstance(error, Unacceptable) else status_of(error)
    if isinstance(error, Refused):
        return failure(status, error.failure, str(error))
    _log.error("%s", error)
    slug = {507: "disk-full"}.get(status, "unavailable" if isinstance(error, TryAgain) else "storage-fault")
    return failure(status, slug, "the center's disk is full" if status == 507 else "the center cannot take this now")


def failure(status: int, slug: str, message: str) -> JSONResponse:
    """Returns the JSON answer."""
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status in (429, 503, 507) else None
    return JSONResponse({"failure": slug, "message": message}, status, headers)
