"""What an open visit may do beyond looking at its state: routes that only the visitor's browser reaches.

Rules:
  1. A room answers only while a visit is open, to the browser that holds its key, in a scope that the room is for; to
     everybody else there is no such page.
  2. A picture is nowhere but in a room whose scopes need the camera (R-SAKU-03).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from starlette.requests import Request
from starlette.responses import Response

from edge.wire.visit import Scope

Answer = Callable[[Request, bytes], Response]


class Preview(Protocol):
    """Pictures as they come from the process that owns the camera, painted already as the scope demands."""

    def frames(self) -> Iterator[bytes]:
        """Yields JPEG files until the visit ends or nobody asks any more."""


@dataclass(frozen=True, slots=True)
class Room:
    """One route.

    Attributes:
        answer: called with the request and its body in a thread of its own, once both have passed the gate.
        scopes: of visits that may enter.
        by_hand: whether a request shows that somebody is there; no for what a page asks by itself.
    """

    method: Literal["GET", "POST"]
    path: str
    answer: Answer
    scopes: frozenset[Scope]
    by_hand: bool = True
