"""Decommissioning on site: what the page asks for, and what root answers. Two small files, each with one writer.

Rules:
  1. The request is a wish. It carries the open visit's signed ticket as it came; whoever destroys anything checks that
     ticket, and that its visit is open, by himself (``edge.node.decommission.asked``).
  2. The answer is for show, and holds a visit open no longer than its ticket's hours. What proves anything is the
     certificate in it, which the city holds against the node's registered key (``edge.wire.decommissioned``).
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.base.model import NodeId, Strict, Utc, read_json
from edge.wire.status import Count
from edge.wire.visit import TICKET_LIMIT_BYTES

LIMIT_BYTES = 32 * 1024
REQUEST = ANSWER = "decommission.json"
"""The request lies in the visit's state, where the page's process alone writes; the answer in the run directory."""


class DestructionRequest(Strict):
    """What the installer confirmed.

    Attributes:
        ticket: the signed document's text.
        unreceipted: even what the center never acknowledged.
    """

    v: Literal[1] = 1
    node: NodeId
    at: Utc
    ticket: Annotated[str, Field(max_length=TICKET_LIMIT_BYTES)]
    unreceipted: bool


class Destruction(StrEnum):
    """How far it is."""

    REFUSED = "refused"
    DESTROYING = "destroying"
    DONE = "done"


class DestructionAnswer(Strict):
    """What root says.

    Attributes:
        unreceipted: records without a receipt that hold it up; 0 where it is refused for something else.
        certificate: the signed document's text, once it is done.
    """

    v: Literal[1] = 1
    node: NodeId
    at: Utc
    state: Annotated[Destruction, Field(strict=False)]
    unreceipted: Count = 0
    certificate: Annotated[str, Field(max_length=TICKET_LIMIT_BYTES)] | None = None


def read_request(path: Path) -> DestructionRequest:
    """Reads a request; its ticket is not checked yet.

    Raises:
        BadInput: missing or unreadable.
        Refused: ``bad-document`` or strict JSON's failures.
    """
    return read_json(DestructionRequest, path, limit_bytes=LIMIT_BYTES)


def read_answer(path: Path) -> DestructionAnswer:
    """Reads an answer; raises as ``read_request``."""
    return read_json(DestructionAnswer, path, limit_bytes=LIMIT_BYTES)
