"""The uplink's word on the line: a small file in the run directory, for the panel's light and its link test.

Read without the models of the other messages: the panel has no room for their library (``edge.node.panel``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.base import strictjson
from edge.base.errors import Refused
from edge.base.files import read_bounded

LINE_LIMIT_BYTES = 1024
_FIELDS = {"v", "node", "updated", "quiet_s"}


@dataclass(frozen=True, slots=True)
class LineReport:
    """What the uplink says.

    Attributes:
        updated: when it was written, UTC microseconds.
        quiet_s: seconds since center or broker last acknowledged something; none before the first. Not a time of day,
            because a clock that is set in between would make an old answer new.
    """

    node: str
    updated: int
    quiet_s: int | None


def dump_line(report: LineReport) -> bytes:
    """Returns the file's bytes."""
    return strictjson.dump({"v": 1, "node": report.node, "updated": report.updated, "quiet_s": report.quiet_s})


def read_line(path: Path) -> LineReport:
    """Reads the file.

    Raises:
        BadInput: missing or unreadable.
        Refused: ``bad-document`` or strict JSON's failures.
    """
    tree = strictjson.parse(read_bounded(path, limit_bytes=LINE_LIMIT_BYTES), limit_bytes=LINE_LIMIT_BYTES)
    if not isinstance(tree, dict) or tree.keys() != _FIELDS or type(tree["v"]) is not int or tree["v"] != 1:
        raise Refused("bad-document", f"{path}: no report on the line of version 1")
    node, updated, quiet_s = tree["node"], tree["updated"], tree["quiet_s"]
    if not isinstance(node, str) or not _is_count(updated) or not (quiet_s is None or _is_count(quiet_s)):
        raise Refused("bad-document", f"{path}: a name, a time and seconds since the last answer are needed")
    return LineReport(node, updated, quiet_s)


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0
