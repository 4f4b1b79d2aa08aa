"""What to do with a checked batch, given what is stored already: a pure decision.

Rules:
  1. Duplicates are dropped; the receipt covers the whole range all the same.
  2. A (chain, sequence) is never taken with two hashes, and no link is taken that a stored neighbour contradicts:
     that is a fork. Both branches are frozen: no record of the chain is taken until a person decides.
  3. BOOT alone may name an earlier record than the one before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge.base.errors import Refused
from edge.center.batch import Batch
from edge.seal.manifest import Kind
from edge.seal.record import Header


class Fork(Refused):
    """Two records claim one place of a chain."""

    def __init__(self, message: str) -> None:
        super().__init__("fork", message)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the index has around a batch.

    Attributes:
        hashes: record hashes by sequence, from one before the batch to one after it.
        links: ``previous`` by sequence, of records there that begin a stored run; None for BOOT.
        frozen: an undecided fork holds the chain.
    """

    hashes: Mapping[int, str]
    links: Mapping[int, str | None]
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """New records that follow one another, with their bytes in the batch."""

    headers: tuple[Header, ...]
    data: memoryview

    @property
    def previous(self) -> str | None:
        """The link that a later neighbour must fit; None where it may pass over lost records."""
        return link(self.headers[0])


def new_runs(batch: Batch, stored: Stored) -> tuple[Run, ...]:
    """Returns what of the batch is new; empty where all of it is stored.

    Raises:
        Fork: rule 2.
    """
    if stored.frozen:
        raise Fork(f"chain {batch.address.chain} is frozen: two branches of it came; a person must decide")
    for header in batch.headers:
        _check_against(header, stored)
    return _pieces(batch, stored)


def link(header: Header) -> str | None:
    """Returns the hash that the record before must have; None where none is demanded."""
    return None if header.kind is Kind.BOOT else header.manifest.previous


def _check_against(header: Header, stored: Stored) -> None:
    sequence, sha256 = header.sequence, header.sha256
    known = stored.hashes.get(sequence)
    if known is not None and known != sha256:
        raise Fork(f"record {sequence} is stored with hash {known[:16]}…; another came with {sha256[:16]}…")
    before, mine = stored.hashes.get(sequence - 1), link(header)
    if None not in (before, mine) and before != mine:
        raise Fork(f"record {sequence} names {str(mine)[:16]}… before it; stored is {str(before)[:16]}…")
    theirs = stored.links.get(sequence + 1)
    if theirs is not None and theirs != sha256:
        raise Fork(f"stored record {sequence + 1} names {theirs[:16]}… before it; {sha256[:16]}… came")


def _pieces(batch: Batch, stored: Stored) -> tuple[Run, ...]:
    view, offset = memoryview(batch.data), 0
    groups: list[list[Header]] = []
    bounds: list[list[int]] = []
    for header in batch.headers:
        end = offset + header.record_bytes
        if header.sequence not in stored.hashes:
            if groups and groups[-1][-1].sequence + 1 == header.sequence:
                groups[-1].append(header)
                bounds[-1][1] = end
            else:
                groups.append([header])
                bounds.append([offset, end])
        offset = end
    return tuple(Run(tuple(group), view[start:end]) for group, (start, end) in zip(groups, bounds, strict=True))
