"""What aim and the page's process say to each other over one Unix stream socket.

Each message: 4 bytes length of its head, 4 bytes length of its body (big-endian), head (strict JSON), body.

Rules:
  1. aim sends frames: head ``FrameHead``, body one JPEG. It sends what the camera sees now; a frame that finds no room
     is left out, none is kept.
  2. The page sends requests: head ``Request``, body a ``masks.json`` draft, or nothing for ``rate``.
  3. A refused draft changes nothing; the heads of the frames to come say why.
  4. Lengths beyond the limits, and anything else than this, end the connection.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from edge.base.errors import Refused
from edge.base.model import Hex32, Strict, from_json, to_json

LENGTHS = struct.Struct(">II")
HEAD_LIMIT_BYTES = 4096
JPEG_LIMIT_BYTES = 4 * 1024 * 1024
DRAFT_LIMIT_BYTES = 256 * 1024
FPS_MAX, FPS_DEFAULT = 15, 5

Milli = Annotated[int, Field(ge=0, lt=2**31)]


class FrameHead(Strict):
    """What stands before a JPEG. All figures are of the picture as it is shown, paint and all.

    Attributes:
        number, at: the camera's frame and its exposure, UTC.
        sharpness_middle, sharpness_whole: ``edge.mask.condition.focus_of``, thousandths.
        brightness: mean luma, thousandths; black is 16,000.
        painted: masks are burnt in; False only before a sign-off, where no draft was given.
        masks: digest of the mask set that is burnt in; None without one, and where the floor is.
        raster: digest of the burnt pixels; None where nothing is.
        covered: burnt share of the picture, thousandths.
        refused: why the last draft is not shown; empty where it is.
    """

    number: Annotated[int, Field(ge=0, lt=2**53)]
    at: Annotated[int, Field(ge=0, lt=2**53)]
    width: Annotated[int, Field(ge=2, le=16_384)]
    height: Annotated[int, Field(ge=2, le=16_384)]
    sharpness_middle: Milli
    sharpness_whole: Milli
    brightness: Milli
    painted: bool
    masks: Hex32 | None
    raster: Hex32 | None
    covered: Annotated[int, Field(ge=0, le=1000)]
    refused: Annotated[str, Field(max_length=400)]


class Request(Strict):
    """What the page asks for: to burn a draft, or another rate."""

    kind: Literal["draft", "rate"]
    fps: Annotated[int, Field(ge=1, le=FPS_MAX)] = FPS_DEFAULT


Head = TypeVar("Head", bound=Strict)


@dataclass(frozen=True, slots=True)
class Shown:
    """One preview picture."""

    head: FrameHead
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came, not yet parsed."""

    head: bytes
    body: bytes


def pack(head: Strict, body: bytes) -> bytes:
    """Returns a message's bytes."""
    text = to_json(head)
    return LENGTHS.pack(len(text), len(body)) + text + body


def parse_head(model: type[Head], message: Message) -> Head:
    """Parses a hostile head.

    Raises:
        Refused: ``bad-document`` or strict JSON's failures.
    """
    return from_json(model, message.head, "preview", limit_bytes=HEAD_LIMIT_BYTES)


class Inbox:
    """Puts messages together from bytes as they come.

    Args:
        body_limit_bytes: ``JPEG_LIMIT_BYTES`` for the page, ``DRAFT_LIMIT_BYTES`` for aim.
    """

    def __init__(self, body_limit_bytes: int) -> None:
        self._limit_bytes, self._held = body_limit_bytes, bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Takes bytes; returns the messages that they complete.

        Raises:
            Refused: ``too-long``: a length is beyond its limit.
        """
        self._held += data
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def _next(self) -> Message | None:
        if len(self._held) < LENGTHS.size:
            return None
        head_bytes, body_bytes = LENGTHS.unpack_from(self._held)
        if head_bytes > HEAD_LIMIT_BYTES or body_bytes > self._limit_bytes:
            raise Refused("too-long", f"preview: a message of {head_bytes} and {body_bytes} bytes")
        end = LENGTHS.size + head_bytes + body_bytes
        if len(self._held) < end:
            return None
        head = bytes(self._held[LENGTHS.size : LENGTHS.size + head_bytes])
        body = bytes(self._held[LENGTHS.size + head_bytes : end])
        del self._held[:end]
        return Message(head, body)
