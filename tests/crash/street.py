"""Nodes whose records are made beforehand: power cuts of the center do not touch what a node has signed.

A node sends the same bytes for a sequence in whichever life of the center it comes to it, as a real one does out of
its spool. Each has one record with a twin: the same place of the chain, another content, for a fork.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from edge.center.batch import Address
from edge.seal.record import Record
from tests.center.city import NOW, TODAY, City, Node, enrolment_body

NODES = ("cam-1", "cam-2", "cam-3")
DAYS = range(-9, 1)
"""Of the records, from today on; bodies of the first ones are past their retention."""
BODY_BYTES = (1, 3000, 9000, 30_000)
_SEED = 1


@dataclass(frozen=True)
class Camera:
    """A node of the street.

    Attributes:
        enrolment: what it says to the center once, the same each time it is asked.
        records: its chain from the first record on, so a record's sequence is its index.
        days: local day of each record.
        twin: a second record in the place of one of them.
    """

    name: str
    chain: str
    enrolment: bytes
    records: tuple[Record, ...]
    days: tuple[str, ...]
    twin: Record

    def batch(self, first: int, count: int) -> tuple[Address, list[Record]]:
        """Returns up to ``count`` records from ``first`` on, of one local day, as an uplink would send them."""
        last = first
        while last + 1 < len(self.records) and last - first + 1 < count and self.days[last + 1] == self.days[first]:
            last += 1
        return Address(self.name, self.chain, first, last), list(self.records[first : last + 1])


class Street:
    """The city's documents and its cameras."""

    def __init__(self, folder: Path) -> None:
        self.city = City(folder)
        random = Random(_SEED)
        self.cameras = {name: self._camera(name, random) for name in NODES}

    def _camera(self, name: str, random: Random) -> Camera:
        node = Node(name)
        ticket = self.city.ticket(name)
        enrolment = enrolment_body(ticket, node.enrolment(ticket))
        records, days, forked = list[Record](), list[str](), random.randrange(len(DAYS))
        for offset in DAYS:
            node.day = (date.fromisoformat(TODAY) + timedelta(days=offset)).isoformat()
            node.now_us = NOW + offset * 86_400_000_000
            made = [node.boot(), *(node.segment(random.choice(BODY_BYTES)) for _ in range(3))]
            if offset == DAYS[forked]:
                twin = _twin(node)
            made += [node.segment(random.choice(BODY_BYTES)), node.gap(), node.segment(random.choice(BODY_BYTES))]
            records += made
            days += [node.day] * len(made)
        return Camera(name, node.chain.chain, enrolment, tuple(records), tuple(days), twin)


def _twin(node: Node) -> Record:
    """Makes the next record in a copy of the node, which then makes another one itself."""
    other = Node(node.name, signing=node.signing, now_us=node.now_us, day=node.day)
    other.chain._chain, other.chain._tip = node.chain.chain, node.chain.tip
    return other.segment(500)
