"""Nodes and their places for papers, from a CSV file with columns ``node`` and ``label``; others are not looked at.

The same file may be the one that cards are prepared from.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from edge.base.errors import BadConfiguration, BadInput
from edge.base.files import read_bounded
from edge.base.model import NodeId, Strict, faults

_LIMIT_BYTES = 4 * 2**20


class Placed(Strict):
    """A node and where it hangs, as an installer finds it."""

    node: NodeId
    label: Annotated[str, Field(min_length=1, max_length=80)]


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    values: dict[str, str]


def read_nodes(path: Path) -> list[Placed]:
    """Reads the file.

    Raises:
        BadConfiguration: it lists no nodes, or lines are at fault; the message lists every fault, a line each.
    """
    lines = _lines(path)
    found, said, seen = list[Placed](), list[str](), set[str]()
    for line in lines:
        try:
            placed = Placed.model_validate({key: line.values.get(key, "") for key in ("node", "label")})
        except ValidationError as error:
            said += [f"{path}:{line.number}: {fault}" for fault in faults(error)]
            continue
        if placed.node in seen:
            said.append(f"{path}:{line.number}: node {placed.node} stands in it twice")
        seen.add(placed.node)
        found.append(placed)
    if said or not found:
        raise BadConfiguration("\n".join(said) or f"{path}: lists no nodes; columns node and label are needed")
    return found


def _lines(path: Path) -> list[_Line]:
    try:
        text = read_bounded(path, limit_bytes=_LIMIT_BYTES).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, restval="")
        return [_Line(reader.line_num, {key: (row[key] or "").strip() for key in row if key}) for row in reader]
    except (BadInput, UnicodeDecodeError, csv.Error) as error:
        raise BadConfiguration(f"{path}: no CSV file in UTF-8 ({error})") from error
