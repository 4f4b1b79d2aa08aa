"""What the center has said to nodes, desk and staff, with the log position at which it said so."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.center.batch import Address
from tests.crash.facts import Facts

Place = tuple[str, int]
"""Node and sequence; a camera of the street has one chain."""


@dataclass
class CenterBooks:
    """Of one disk over all its lives; positions are of the present one, and 0 for what earlier ones acknowledged.

    Attributes:
        receipted: records for which a receipt came back, and when.
        documents: those receipts.
        sent: batches that were sent, answered or not.
        due: days before which bodies may go since an expiry began, and when it did.
        facts: ``("enrolled", node)``, ``("revoked", node)`` and ``("frozen", node, chain)``: True;
            ``("bodies", node, day)``: ``"gone"``.
    """

    receipted: dict[Place, int] = field(default_factory=dict)
    documents: list[tuple[Address, bytes, int]] = field(default_factory=list)
    sent: list[tuple[Address, int]] = field(default_factory=list)
    due: list[tuple[str, int]] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)

    def receipt(self, address: Address, document: bytes, position: int) -> None:
        """Notes the center's word for a batch."""
        self.documents.append((address, document, position))
        for sequence in range(address.first, address.last + 1):
            self.receipted.setdefault((address.node, sequence), position)

    def at(self, position: int) -> CenterBooks:
        """Returns what had been said when the power went, for a life that begins with that state."""
        return CenterBooks(
            {place: 0 for place, when in self.receipted.items() if when <= position},
            [(address, document, 0) for address, document, when in self.documents if when <= position],
            [(address, 0) for address, when in self.sent if when <= position],
            [(day, 0) for day, when in self.due if when <= position],
            self.facts.at(position),
        )

    def next_of(self, node: str) -> int:
        """Returns the first sequence of a node that no receipt covers."""
        known = {sequence for name, sequence in self.receipted if name == node}
        return next(number for number in range(len(known) + 1) if number not in known)

    def unanswered(self, node: str) -> list[Address]:
        """Returns the batches of a node that were sent and may be stored, in part or whole, unanswered."""
        return [address for address, _ in self.sent if address.node == node and not self._covers(address)]

    def _covers(self, address: Address) -> bool:
        return all((address.node, number) in self.receipted for number in range(address.first, address.last + 1))
