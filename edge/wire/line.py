"""The uplink's word on the line: a small file in the run directory, for the panel's light and the installer's page.

Read without the models of the other messages: the panel has no room for their library (``edge.node.panel``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from edge.base import strictjson
from edge.base.errors import Refused
from edge.base.files import read_bounded

LINE_LIMIT_BYTES = 1024
_LIMIT = 2**53
_FIELDS = {"v", "node", "updated", "quiet_s", "reached", "round_trip_ms", "rate_bps", "way", "dbm", "percent"}


class Way(StrEnum):
    """What the default route goes over."""

    CABLE = "cable"
    WIRELESS = "wireless"
    MODEM = "modem"


@dataclass(frozen=True, slots=True)
class Access:
    """How the node is joined to its line; ``None`` where it cannot tell.

    Attributes:
        dbm: level of the radio.
        percent: the modem's own word on its signal.
    """

    way: Way | None = None
    dbm: int | None = None
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class LineReport:
    """What the uplink says.

    Attributes:
        updated: when it was written, UTC microseconds.
        quiet_s: seconds since center or broker last acknowledged something; none before the first. Not a time of day,
            because a clock that is set in between would make an old answer new.
        reached: whether the center answered the newest question of a visit; none where nobody asks.
        round_trip_ms: of a small question and its answer, measured in a visit within the last two minutes.
        rate_bps: of the newest upload that tells it, within the last ten minutes; the line carries that at least.
    """

    node: str
    updated: int
    quiet_s: int | None
    reached: bool | None = None
    round_trip_ms: int | None = None
    rate_bps: int | None = None
    access: Access = field(default_factory=Access)


def dump_line(report: LineReport) -> bytes:
    """Returns the file's bytes."""
    access = report.access
    return strictjson.dump(
        {
            "v": 1,
            "node": report.node,
            "updated": report.updated,
            "quiet_s": report.quiet_s,
            "reached": report.reached,
            "round_trip_ms": report.round_trip_ms,
            "rate_bps": report.rate_bps,
            "way": None if access.way is None else access.way.value,
            "dbm": access.dbm,
            "percent": access.percent,
        }
    )


def read_line(path: Path) -> LineReport:
    """Reads the file.

    Raises:
        BadInput: missing or unreadable.
        Refused: ``bad-document`` or strict JSON's failures.
    """
    tree = strictjson.parse(read_bounded(path, limit_bytes=LINE_LIMIT_BYTES), limit_bytes=LINE_LIMIT_BYTES)
    if not isinstance(tree, dict) or tree.keys() != _FIELDS or type(tree["v"]) is not int or tree["v"] != 1:
        raise Refused("bad-document", f"{path}: no report on the line of version 1")
    if not isinstance(tree["node"], str) or not _within(tree["updated"], 0, _LIMIT):
        raise Refused("bad-document", f"{path}: a node's name and a time are needed")
    if not _is_sound(tree):
        raise Refused("bad-document", f"{path}: what it says of the line is out of bounds")
    access = Access(None if tree["way"] is None else Way(tree["way"]), tree["dbm"], tree["percent"])
    figures = tree["reached"], tree["round_trip_ms"], tree["rate_bps"]
    return LineReport(tree["node"], tree["updated"], tree["quiet_s"], *figures, access)


def _is_sound(tree: dict[str, Any]) -> bool:
    bounds = {"quiet_s": (0, _LIMIT), "round_trip_ms": (0, 10**7), "rate_bps": (0, 10**12), "dbm": (-200, 50)}
    bounds["percent"] = (0, 100)
    return (
        all(tree[name] is None or _within(tree[name], *bound) for name, bound in bounds.items())
        and (tree["way"] is None or tree["way"] in tuple(Way))
        and (tree["reached"] is None or isinstance(tree["reached"], bool))
    )


def _within(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most
