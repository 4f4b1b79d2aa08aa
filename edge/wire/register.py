"""The city's register of cameras, as the center gives it to the desk: personal data, over mutual TLS alone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationError

from edge.base import strictjson
from edge.base.errors import Refused
from edge.base.model import NodeId, Strict, Utc, faults, to_json
from edge.wire.registerentry import RegisterEntry

REGISTER_ANSWER_LIMIT_BYTES = 64 * 1024 * 1024
"""Some thousand cameras with every field full."""


class Camera(Strict):
    """One enrolled node.

    Attributes:
        label: the administrator's own name of the place; may be empty.
        retired: when it was taken out of service.
        entry: none where no installer's entry is kept.
    """

    node: NodeId
    label: Annotated[str, Field(max_length=200)]
    retired: Utc | None
    entry: RegisterEntry | None


class Register(Strict):
    """All of them, by id; ``at`` is when the center read it."""

    v: Literal[1] = 1
    city: Annotated[str, Field(max_length=80)]
    at: Utc
    cameras: Annotated[tuple[Camera, ...], Field(strict=False)]


def dump_register(register: Register) -> bytes:
    """Returns the answer's bytes."""
    return to_json(register)


def parse_register(data: bytes) -> Register:
    """Parses the center's answer.

    Raises:
        Refused: ``bad-document`` or strict JSON's failures.
    """
    try:
        return Register.model_validate(strictjson.parse(data, limit_bytes=REGISTER_ANSWER_LIMIT_BYTES))
    except ValidationError as error:
        raise Refused("bad-document", f"register: {len(faults(error))} fields cannot be used") from None
