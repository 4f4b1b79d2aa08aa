"""Numbers that a desk gives out: none twice for a node, kept before what bears it exists."""

from __future__ import annotations

from pathlib import Path

from edge.base import strictjson
from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded, write_durably
from edge.desk.keystore import exclusive

_LIMIT_BYTES = 1024 * 1024


def next_counter(path: Path, node: str, now_us: int) -> int:
    """Returns the node's next number, counted on durably.

    It is the time at least, so that a desk made anew still counts upwards.

    Raises:
        AlreadyRunning: another command counts.
        BadInput: the file is damaged.
        StorageFault: the disk refused.
    """
    with exclusive(path.parent):
        counters = _counters(path)
        counters[node] = max(counters.get(node, 0) + 1, now_us)
        write_durably(path, strictjson.dump(counters), mode=0o600)
    return counters[node]


def _counters(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    try:
        tree = strictjson.parse(read_bounded(path, limit_bytes=_LIMIT_BYTES), limit_bytes=_LIMIT_BYTES)
    except Refused as error:
        raise BadInput(f"{path}: damaged: {error}") from error
    if not isinstance(tree, dict) or not all(type(value) is int for value in tree.values()):
        raise BadInput(f"{path}: damaged: not a table of counters")
    return tree
