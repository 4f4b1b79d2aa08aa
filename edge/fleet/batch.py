"""Many cards from a table: a CSV file with a line a card, checked as a whole before anything is made.

Rules:
  1. Every fault is told at once, with its line, its column and the value.
  2. A node and a boot partition stand in one line alone.
  3. Secrets are in no column: ``line`` names a file that holds what the node's line asks for.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from edge.base.clock import from_iso
from edge.base.errors import BadInput, MimamoriError
from edge.base.files import read_bounded
from edge.base.model import NodeId, OpaqueId, faults
from edge.desk.visits import Visit
from edge.fleet.flash import CardOrder
from edge.fleet.line import read_secrets
from edge.fleet.profile import CameraName, Label, Own, Profile, read_profile
from edge.uplink.config import HostName
from edge.wire.visit import Scope

COLUMNS = ("node", "profile", "camera", "label", "center", "installer", "from", "to", "line", "bootfs")
_NEEDED = ("node", "profile", "label", "center", "installer", "from", "to")
_LIMIT_BYTES = 4 * 2**20
_SHOWN = 40
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field; ``line`` counts from 1, the heading's."""

    line: int
    column: str
    value: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.value[:_SHOWN]!r}: {self.message}"


def read_batch(path: Path) -> list[CardOrder]:
    """Reads the table; paths in it are meant from its own folder.

    Raises:
        BadInput: it is at fault; the message has a line for each.
    """
    try:
        text = read_bounded(path, limit_bytes=_LIMIT_BYTES).decode("utf-8-sig")  # spreadsheets put a mark in front
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 ({error}); save the table as CSV UTF-8") from error
    orders, found = parse_batch(text, path.resolve().parent)
    if found:
        raise BadInput("\n".join(f"{path}: {fault}" for fault in found))
    if not orders:
        raise BadInput(f"{path}: names no card; write a line for each below the heading")
    return orders


def parse_batch(text: str, folder: Path) -> tuple[list[CardOrder], list[Fault]]:
    """Returns the cards of the lines without fault, and every fault."""
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        heading = reader.fieldnames or []
        unknown = [name for name in heading if name not in COLUMNS]
        lacking = [name for name in _NEEDED if name not in heading]
        if unknown or lacking or len(set(heading)) != len(heading):
            wrong = ", ".join([*unknown, *lacking]) or ", ".join(heading)
            return [], [Fault(1, wrong, ",".join(heading), f"a table has the columns {', '.join(COLUMNS)}, each once")]
        rows = [(reader.line_num, row) for row in reader if any(row.values())]
    except csv.Error as error:
        return [], [Fault(reader.line_num, "(all)", "", f"not CSV: {error}")]
    orders, found = [], []
    profiles: dict[str, Profile | str] = {}
    for number, row in rows:
        line = _Line(number, row, folder, profiles)
        order = line.order()
        found += line.faults
        orders += [order] if order is not None else []
    return orders, found + list(_twice(rows))


class _Line:
    """One line, whose faults are gathered while its fields are read."""

    def __init__(self, number: int, row: dict[Any, Any], folder: Path, profiles: dict[str, Profile | str]) -> None:
        self._number, self._folder, self._profiles = number, folder, profiles
        self._row = {name: (row.get(name) or "").strip() for name in COLUMNS}
        self.faults: list[Fault] = []
        if None in row or None in row.values():
            self.faults.append(
                Fault(number, "(all)", "", f"{len(row)} columns expected; more or fewer commas are there")
            )

    def order(self) -> CardOrder | None:
        node = self._field("node", TypeAdapter(NodeId).validate_python)
        profile = self._field("profile", self._profile)
        camera = self._field("camera", TypeAdapter(CameraName).validate_python, default=(node or "x").upper()[:24])
        label = self._field("label", TypeAdapter(Label).validate_python)
        center = self._field("center", TypeAdapter(HostName).validate_python)
        installer = self._field("installer", TypeAdapter(OpaqueId).validate_python)
        begins, ends = self._field("from", _moment), self._field("to", _moment)
        line = self._place("line")
        if profile is not None:
            self._field("line", lambda _: read_secrets(line, profile.network), default=None)
        boot = self._place("bootfs")
        if begins is not None and ends is not None and ends <= begins:
            self._add("to", "a visit ends after it begins")
        if self.faults:
            return None
        own = Own.model_validate({"node": node, "camera": camera, "label": label, "center": center})
        assert profile is not None and installer is not None and begins is not None and ends is not None
        return CardOrder(own, profile, Visit(own.node, installer, Scope.FIRST, (begins, ends)), line, None, boot)

    def _field(self, name: str, parse: Callable[[str], Value], default: Value | None = None) -> Value | None:
        value = self._row[name]
        if not value and name not in _NEEDED and name != "line":
            return default
        try:
            return parse(value)
        except ValidationError as error:
            self._add(name, "; ".join(line.partition(": ")[2] for line in faults(error)))
        except (MimamoriError, ValueError) as error:
            self._add(name, str(error))
        return None

    def _profile(self, name: str) -> Profile:
        """Read once for all lines, for a table names few of them."""
        if name not in self._profiles:
            try:
                self._profiles[name] = read_profile(str(self._folder / name) if name.endswith(".toml") else name)
            except MimamoriError as error:
                self._profiles[name] = str(error)
        found = self._profiles[name]
        if isinstance(found, str):
            raise ValueError(found)
        return found

    def _place(self, name: str) -> Path | None:
        return self._folder / self._row[name] if self._row[name] else None

    def _add(self, column: str, message: str) -> None:
        self.faults.append(Fault(self._number, column, self._row[column], message))


def table(orders: Sequence[CardOrder]) -> str:
    """Returns what would be made, a line a card."""
    heading = ("node", "city", "line", "card GB", "days", "installer", "boot partition", "place")
    rows = [heading, *(_shown(order) for order in orders)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(heading))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _shown(order: CardOrder) -> tuple[str, ...]:
    profile, own = order.profile, order.own
    boot = "papers alone" if order.boot is None else str(order.boot)
    card = str(profile.card.bytes // 10**9)
    days, installer = str(profile.retention_days), order.visit.installer
    return own.node, profile.city, profile.network.kind, card, days, installer, boot, own.label


def _twice(rows: Sequence[tuple[int, dict[Any, Any]]]) -> Iterator[Fault]:
    for column in ("node", "bootfs"):
        first: dict[str, int] = {}
        for number, row in rows:
            value = (row.get(column) or "").strip()
            if value and first.setdefault(value, number) != number:
                yield Fault(number, column, value, f"stands in line {first[value]} already")


def _moment(text: str) -> int:
    try:
        return from_iso(text)
    except (ValueError, OverflowError) as error:
        raise ValueError("no time with its zone; write for example 2026-01-05T10:00:00+09:00") from error
