"""What the page's process asks of the uplink in a visit to collect, over one Unix stream socket.

A connection is one question and its answer, in frames: 4 bytes length (big-endian), then so many bytes.

Rules:
  1. The question: a frame with an ``Ask``, and for ``deliver`` a frame with the document. Nothing follows.
  2. The answer: a frame with an ``Answer``; where nothing was refused, frames with the bytes, and an empty frame at the
     end. An answer that ends without it was cut off.
  3. The question names no visit: the uplink looks itself whether one is open, and for which window.
  4. A frame beyond ``FRAME_LIMIT_BYTES``, and anything else than this, ends the connection.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from edge.base.errors import Refused, TryAgain
from edge.base.model import Hex16, Strict, from_json, to_json
from edge.wire.receipt import Sequence

FRAME_LIMIT_BYTES = 1024 * 1024
PIECE_BYTES = 256 * 1024
HEADERS_AT_MOST = 4096
_HEAD_LIMIT_BYTES = 4096
_LENGTH = struct.Struct(">I")


class What(StrEnum):
    """What is asked for."""

    RUNS = "runs"
    """Which chains and sequences the window needs, as the center lists its runs."""
    HEADERS = "headers"
    RECORDS = "records"
    RECEIPTS = "receipts"
    KEY_LIST = "key-list"
    NEWEST = "newest"
    """The newest synced record's bare header, which heartbeats show, too."""
    DELIVER = "deliver"
    """Takes a document that the desk brought."""


class Brought(StrEnum):
    """What the desk may bring."""

    KEY_LIST = "key-list"
    MASK_ORDER = "mask-order"
    VISIT_TICKET = "visit-ticket"
    RECEIPTS = "receipts"
    """Receipts of the center, one a line."""
    TIME_NOTE = "time-note"


class Ask(Strict):
    """One question."""

    what: Annotated[What, Field(strict=False)]
    chain: Hex16 | None = None
    first: Sequence = 0
    last: Sequence = 0
    brought: Annotated[Brought, Field(strict=False)] | None = None

    @model_validator(mode="after")
    def _says_what_it_needs(self) -> Ask:
        ranged = self.what in (What.HEADERS, What.RECORDS, What.RECEIPTS)
        if ranged is not (self.chain is not None) or (self.what is What.DELIVER) is not (self.brought is not None):
            raise ValueError("headers, records and receipts name a chain; deliver names what is brought")
        if not 0 <= self.last - self.first < HEADERS_AT_MOST:
            raise ValueError(f"a range runs forward and has {HEADERS_AT_MOST} sequences at most")
        return self


class Answer(Strict):
    """Whether bytes follow.

    Attributes:
        failure: why not, as ``Refused.failure``; empty where they do.
    """

    failure: Annotated[str, Field(max_length=40)] = ""
    message: Annotated[str, Field(max_length=400)] = ""


def send_frame(connection: socket.socket, data: bytes | memoryview) -> None:
    """Sends one frame; raises OSError."""
    connection.sendall(_LENGTH.pack(len(data)))
    connection.sendall(data)


def send_model(connection: socket.socket, model: Strict) -> None:
    """Sends one frame with a model."""
    send_frame(connection, to_json(model))


def receive_frame(connection: socket.socket, limit_bytes: int = FRAME_LIMIT_BYTES) -> bytes:
    """Returns the next frame.

    Raises:
        Refused: ``too-long``.
        TryAgain: the other end went away.
    """
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    if length > limit_bytes:
        raise Refused("too-long", f"a frame of {length} bytes; at most {limit_bytes}")
    return _exactly(connection, length)


def receive_ask(connection: socket.socket) -> Ask:
    """Returns the question.

    Raises:
        Refused: ``bad-document`` or strict JSON's failures.
    """
    data = receive_frame(connection, _HEAD_LIMIT_BYTES)
    return from_json(Ask, data, "collection", limit_bytes=_HEAD_LIMIT_BYTES)


def receive_answer(connection: socket.socket) -> tuple[Answer, Iterator[bytes]]:
    """Returns the answer's head, and what yields the bytes of one that was not refused.

    Raises:
        Refused: ``bad-document`` or strict JSON's failures.
        TryAgain: the other end went away, also in the middle.
    """
    data = receive_frame(connection, _HEAD_LIMIT_BYTES)
    head = from_json(Answer, data, "collection", limit_bytes=_HEAD_LIMIT_BYTES)
    return head, iter(lambda: receive_frame(connection), b"")


def _exactly(connection: socket.socket, length: int) -> bytes:
    held = bytearray(length)
    filled, view = 0, memoryview(held)
    while filled < length:
        try:
            count = connection.recv_into(view[filled:])
        except OSError as error:
            raise TryAgain(f"collection: the other process does not answer ({error})") from error
        if count == 0:
            raise TryAgain("collection: the other process went away")
        filled += count
    return bytes(held)
