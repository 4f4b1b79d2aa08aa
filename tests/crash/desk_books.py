"""What a custodian and the desk were told that they have, with the log position at which they were told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from tests.crash.facts import Facts

FIRST_DAY = date(2026, 1, 5)
GONE = "destroyed"


@dataclass
class DeskBooks:
    """Of one disk over all its lives.

    Attributes:
        facts: ``("store",)``: True; ``("key", node, period)``: its recipient, or ``GONE``; ``("file", name)`` and
            ``("list", node, version)``: SHA-256 of the document.
        shares: by node and period, the line of the age file that no other file has; what was gone must not show it.
        today: the local day at the end of the life.
    """

    facts: Facts = field(default_factory=Facts)
    shares: dict[tuple[str, str], bytes] = field(default_factory=dict)
    today: date = FIRST_DAY

    def reported(self) -> list[tuple[str, str]]:
        """Returns node and period of every key that was ever reported."""
        keys = [thing for thing in self.facts if isinstance(thing, tuple) and thing[0] == "key"]
        return [(str(node), str(period)) for _, node, period in keys]

    def at(self, position: int) -> DeskBooks:
        """Returns what had been said when the power went, for a life that begins with that state."""
        return replace(self, facts=self.facts.at(position), shares=dict(self.shares))
