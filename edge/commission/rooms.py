"""What an open visit may do beyond looking at its state: routes that only the visitor's browser reaches.

Rules:
  1. A room answers only while a visit is open, to the browser that holds its key, in a scope that the room is for; to
     everybody else there is no such page.
  2. A picture is nowhere but in a room whose scopes need the camera (R-SAKU-03).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from edge.commission.gate import BODY_LIMIT_BYTES
from edge.wire.visit import Scope

Answer = Callable[[Request, bytes], Response]


@dataclass(frozen=True, slots=True)
class Room:
    """One route.

    Attributes:
        answer: called with the request and its body in a thread of its own, once both have passed the gate.
        scopes: of visits that may enter.
        by_hand: whether a request shows that somebody is there; no for what a page asks by itself.
        limit_bytes: of a request's body.
    """

    method: Literal["GET", "POST"]
    path: str
    answer: Answer
    scopes: frozenset[Scope]
    by_hand: bool = True
    limit_bytes: int = BODY_LIMIT_BYTES
