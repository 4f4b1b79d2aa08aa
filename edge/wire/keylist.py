"""The key list: for each local day of a node the two recipients that its footage is sealed to.

Rules:
  1. Each custodian makes one half (``key-halves``), with private keys that stay on that custodian's machine.
  2. The merged list is signed by both custodians; one signature alone is worth nothing.
  3. Versions only rise; a list names the hash of the one before; a node takes no older one.
  4. A day has one pair; an ISO week (``2026-W02``) has one spare pair, for records whose clock is not trusted.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from edge.base.errors import Refused
from edge.base.model import AgeRecipient, Day, Hex32, NodeId, Strict, Utc, in_calendar, matching
from edge.wire import signed
from edge.wire.authority import Authority, Role
from edge.wire.signed import Signed

Week = Annotated[
    str,
    AfterValidator(matching(r"\d{4}-W\d{2}", "an ISO week as YYYY-Www", 8)),
    AfterValidator(in_calendar),
]
Period = Annotated[
    str,
    AfterValidator(matching(r"\d{4}-(\d{2}-\d{2}|W\d{2})", "a day YYYY-MM-DD or an ISO week YYYY-Www", 10)),
    AfterValidator(in_calendar),
]


class Half(Strict):
    """One custodian's recipient for a day or a week."""

    period: Period
    recipient: AgeRecipient


class KeyHalves(Strict):
    """What one custodian hands over: recipients only."""

    v: Literal[1] = 1
    node: NodeId
    custodian: Literal["manager", "operator"]
    issued: Utc
    halves: Annotated[tuple[Half, ...], Field(strict=False, max_length=1200)]

    def recipients(self) -> dict[str, str]:
        """Returns recipients by period."""
        return {half.period: half.recipient for half in self.halves}

    @model_validator(mode="after")
    def _each_period_once(self) -> KeyHalves:
        if len(self.recipients()) != len(self.halves):
            raise ValueError("a day or week stands twice")
        return self


class Pair(Strict):
    """The two recipients of a day or week: the operator's seals inside, the manager's outside."""

    period: Period
    manager: AgeRecipient
    operator: AgeRecipient


class KeyList(Strict):
    """The payload that both custodians sign."""

    v: Literal[1] = 1
    node: NodeId
    version: Annotated[int, Field(ge=1, lt=2**31)]
    previous: Hex32 | None
    issued: Utc
    expires: Utc
    days: Annotated[tuple[Pair, ...], Field(strict=False, max_length=800)]
    spares: Annotated[tuple[Pair, ...], Field(strict=False, max_length=200)]

    @model_validator(mode="after")
    def _each_period_once(self) -> KeyList:
        if any("W" in pair.period for pair in self.days) or any("W" not in pair.period for pair in self.spares):
            raise ValueError("days hold days alone, spares hold ISO weeks alone")
        periods = [pair.period for pair in (*self.days, *self.spares)]
        if len(set(periods)) != len(periods):
            raise ValueError("a day or week stands twice")
        recipients = [key for pair in (*self.days, *self.spares) for key in (pair.manager, pair.operator)]
        if len(set(recipients)) != len(recipients):
            raise ValueError("a recipient stands twice; every day and custodian has a key of its own")
        return self

    def day(self, day: str) -> Pair | None:
        """Returns the pair of a local day."""
        return next((pair for pair in self.days if pair.period == day), None)

    def spare(self, week: str) -> Pair | None:
        """Returns the pair of an ISO week."""
        return next((pair for pair in self.spares if pair.period == week), None)


def week_of(day: Day) -> str:
    """Returns the ISO week of a day."""
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year:04d}-W{week:02d}"


def parse_key_list(data: bytes, authority: Authority, node: str) -> Signed[KeyList]:
    """Parses a key list and checks that both custodians signed it for this node.

    Raises:
        Refused: ``wrong-node``, ``bad-signature`` or the parser's failures.
    """
    document = signed.parse("key-list", KeyList, data)
    if document.payload.node != node:
        raise Refused("wrong-node", f"key list is for node {document.payload.node!r}, not {node!r}")
    for role in (Role.MANAGER, Role.OPERATOR):
        authority.require(document, role, document.payload.issued)
    return document


def newer(current: Signed[KeyList] | None, offered: Signed[KeyList]) -> Signed[KeyList]:
    """Returns ``offered`` if it may replace ``current``.

    Raises:
        Refused: ``old-version`` or ``bad-link``.
    """
    if current is None or current.sha256 == offered.sha256:
        return offered
    if offered.payload.version <= current.payload.version:
        raise Refused(
            "old-version", f"key list version {offered.payload.version} is not above {current.payload.version}, kept"
        )
    if offered.payload.version == current.payload.version + 1 and offered.payload.previous != current.sha256:
        raise Refused("bad-link", "key list does not name the one before it")
    return offered
