"""Nodes that are out of service: the desk gives them no new day, and remembers where else that is known.

``revoked.json`` in the desk's folder is strict JSON, ``{"nodes":{NODE:{"at":UTC,"places":[TEXT,…]}},"v":1}``, written
by ``fleet revoke`` and ``desk enrol confirm``.

Rules:
  1. A node is noted here first and durably: from then on it gets no key list, and so no new day.
  2. It counts again once a person confirmed its registration anew, with its next card, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.base.errors import BadInput, NotPermitted
from edge.base.files import write_durably
from edge.base.model import NodeId, Strict, Utc, read_json, to_json

NAME = "revoked.json"
_LIMIT_BYTES = 4 * 1024 * 1024


class Out(Strict):
    """One node.

    Attributes:
        places: where its end was confirmed.
    """

    at: Utc
    places: Annotated[tuple[str, ...], Field(strict=False)] = ()


class _Document(Strict):
    v: Literal[1] = 1
    nodes: dict[NodeId, Out]


def read_revoked(desk: Path) -> dict[str, Out]:
    """Returns the nodes that are out of service.

    Raises:
        BadInput, Refused: the file cannot be read.
    """
    try:
        return read_json(_Document, desk / NAME, limit_bytes=_LIMIT_BYTES).nodes
    except BadInput as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return {}
        raise


def note_revoked(desk: Path, nodes: Collection[str], now_us: int) -> None:
    """Takes nodes out of service; those that were keep their time.

    Raises:
        StorageFault: the disk refused; nothing is noted.
    """
    before = read_revoked(desk)
    _write(desk, {**{node: Out(at=now_us) for node in nodes}, **before})


def note_place(desk: Path, place: str, nodes: Collection[str]) -> None:
    """Notes where nodes are known to be out of service; raises as ``note_revoked``."""
    known = read_revoked(desk)
    for node in known.keys() & set(nodes):
        places = tuple(sorted({*known[node].places, place}))
        known[node] = Out(at=known[node].at, places=places)
    _write(desk, known)


def readmit(desk: Path, node: str) -> None:
    """Lets a node count again whose new key was registered; raises as ``note_revoked``."""
    known = read_revoked(desk)
    if known.pop(node, None) is not None:
        _write(desk, known)


def require_in_service(desk: Path, node: str) -> None:
    """Refuses what is for a node that is out of service.

    Raises:
        NotPermitted: it is.
        BadInput, Refused: the file cannot be read.
    """
    if node in read_revoked(desk):
        raise NotPermitted(f"{node}: out of service by 'fleet revoke'; a new card is enrolled and confirmed first")


def _write(desk: Path, nodes: dict[str, Out]) -> None:
    write_durably(desk / NAME, to_json(_Document(nodes=dict(sorted(nodes.items())))), mode=0o600)
