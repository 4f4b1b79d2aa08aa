"""The port to the center: one request, one answer; and what an answer means for whoever asked.

Only the center's own failure document (JSON with ``failure``) can refuse an item. Anything else that is not a success
(a proxy's page, a captive portal, rubbish) says nothing about the item, so it is tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, Protocol

from pydantic import Field

from edge.base.errors import Refused, TryAgain, Unavailable
from edge.base.model import Strict, from_json

ANSWER_LIMIT_BYTES = 1024 * 1024
_REFUSALS = frozenset({400, 409, 413, 422})
RETRY_AFTER_LIMIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked.

    Attributes:
        with_certificate: present the node's certificate; renewal and enrolment do without.
    """

    method: Literal["GET", "PUT", "POST"]
    path: str
    body: bytes | bytearray = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    with_certificate: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole and within ``ANSWER_LIMIT_BYTES``."""

    status: int
    body: bytes = field(repr=False)
    etag: str | None = None
    retry_after_s: float | None = None


class Server(Protocol):
    """The center as the uplink sees it."""

    def exchange(self, request: Request) -> Answer:
        """Sends a request and returns the answer, whatever its status.

        Raises:
            Unavailable: no whole answer came; the message says why.
        """

    def use_new_certificate(self) -> None:
        """Drops connections, so that the next one presents the certificate that now lies in its file."""


class AskedToWait(TryAgain):
    """The center named how long to wait.

    Args:
        seconds: at most ``RETRY_AFTER_LIMIT_S``.
    """

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = min(seconds, RETRY_AFTER_LIMIT_S)


class ServerFault(AskedToWait):
    """The center broke over this very request; others may well pass."""


class Failure(Strict):
    """The center's failure document."""

    failure: Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9-]+$")]
    message: Annotated[str, Field(max_length=2000)]


def require(answer: Answer, *expected: int) -> Answer:
    """Returns an answer of an expected status.

    Raises:
        Refused: the center refused this very item, by its failure document.
        AskedToWait: too many requests, or a Retry-After.
        ServerFault: the center broke over this request.
        Unavailable: the center is at fault.
        TryAgain: anything else; the message carries status and reason.
    """
    if answer.status in expected:
        return answer
    failure = _failure(answer)
    reason = f"{failure.failure}: {failure.message}" if failure else "no failure document, perhaps not the center"
    message = f"center answered {answer.status} ({reason})"
    if answer.status in _REFUSALS and failure is not None:
        raise Refused(failure.failure, message)
    if answer.status == 500 or (failure is not None and failure.failure == "center-fault"):
        raise ServerFault(message, answer.retry_after_s or 0.0)
    if answer.retry_after_s is not None:
        raise AskedToWait(message, answer.retry_after_s)
    if answer.status > 500:
        raise Unavailable(message)
    raise TryAgain(message)


def _failure(answer: Answer) -> Failure | None:
    try:
        return from_json(Failure, answer.body, "failure", limit_bytes=16 * 1024, loose=True)
    except Refused:
        return None
