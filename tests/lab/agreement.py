"""Do node and server agree on every record? Looked up in spool, receipts, store and index, by nobody's word but theirs.

Rules:
  1. Every record that was recorded is in the store exactly once, whole, signed, with its hash, unless a signed EVICTED
     notice that is itself in the store names it.
  2. The store holds nothing else, and the index names exactly what the store holds, where it holds it.
  3. Whatever the node holds a receipt for is in the store with that hash.
  4. Whatever is on the card is receipted; what is no longer on it is in the store or evicted.
"""

from __future__ import annotations

import functools
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from edge.base.errors import Refused
from edge.center.entries import parse_entries
from edge.seal.manifest import Kind, Range
from edge.seal.record import Header, parse_record, parse_records
from edge.seal.reel import ERASED, REEL_HEADER_BYTES, parse_reel_header, scan
from edge.wire.authority import Authority, Role
from edge.wire.receipts import read_receipts

Place = tuple[int, str]
"""Sequence and record hash."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is there.

    Attributes:
        recorded: what the recorder was told is recorded, by sequence.
        on_card, receipted: what the node holds.
        stored, indexed: what the center holds, once for each time.
    """

    recorded: Mapping[int, Header]
    on_card: frozenset[Place]
    receipted: frozenset[Place]
    stored: Counter[Place]
    indexed: Counter[Place]


def disagreements(evidence: Evidence) -> list[str]:
    """Returns every way in which the two disagree; empty where they agree."""
    stored, recorded = evidence.stored, {(s, header.sha256) for s, header in evidence.recorded.items()}
    evicted = _evicted(evidence)
    sequences = {sequence for sequence, _ in stored}
    missing = {place for place in recorded if place not in stored and place[0] not in evicted}
    gone = recorded - evidence.on_card - set(stored)
    return [
        *_named("missing at the center and not evicted", missing),
        *_named("stored twice", (place for place, times in stored.items() if times > 1)),
        *_named("stored, but never recorded", set(stored) - recorded),
        *_named("in the store, but not in the index", (stored - evidence.indexed)),
        *_named("in the index, but not in the store", (evidence.indexed - stored)),
        *_named("receipted, but not stored", evidence.receipted - set(stored)),
        *_named("on the card without a receipt", evidence.on_card - evidence.receipted - _lost(evidence, evicted)),
        *_named("neither on the card nor stored nor evicted", (p for p in gone if p[0] not in evicted | sequences)),
    ]


def gather(node: str, chain: str, recorded: Mapping[int, Header], node_folder: Path, city: Path, authority: Authority,
           signing_key: bytes) -> Evidence:  # fmt: skip
    """Reads everything from the disks."""
    store = city / "store" / node
    return Evidence(
        recorded=recorded,
        on_card=frozenset(_on_card(node_folder / "spool")),
        receipted=frozenset(_receipted(node_folder / "uplink" / "receipts", chain, authority)),
        stored=Counter(_stored(store, signing_key)),
        indexed=Counter(_indexed(city / "index.db", node, store)),
    )


def evictions(headers: Iterable[Header]) -> int:
    """Returns how many records the EVICTED notices among ``headers`` name."""
    return sum(_named_by(header).records for header in headers if header.kind is Kind.EVICTED)


def _named_by(header: Header) -> Range:
    detail = header.manifest.detail
    assert isinstance(detail, Range)
    return detail


def _evicted(evidence: Evidence) -> set[int]:
    """Returns the sequences that a stored EVICTED notice names."""
    found: set[int] = set()
    for sequence, header in evidence.recorded.items():
        if header.kind is Kind.EVICTED and (sequence, header.sha256) in evidence.stored:
            detail = _named_by(header)
            found |= set(range(detail.first, detail.last + 1))
    return found


def _lost(evidence: Evidence, evicted: set[int]) -> set[Place]:
    """Announced as gone and still there: between the notice and the overwriting."""
    return {place for place in evidence.on_card if place[0] in evicted}


def _named(what: str, places: Iterable[Place]) -> list[str]:
    found = sorted(places)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    numbers = ", ".join(str(sequence) for sequence, _ in found[:_SHOWN])
    return [f"{len(found)} {what}: {numbers}{more}"] if found else []


def _on_card(spool: Path) -> Iterator[Place]:
    for reel in sorted(spool.glob("reel-*")):
        data = reel.read_bytes()
        header = parse_reel_header(data[:REEL_HEADER_BYTES])
        if header is None or header.first == ERASED:
            continue
        for item in scan(functools.partial(_slice, data), header, end=len(data)):
            record = parse_record(data, item.offset)
            yield record.header.sequence, record.header.sha256


def _slice(data: bytes, size: int, offset: int) -> bytes:
    return data[offset : offset + size]


def _receipted(folder: Path, chain: str, authority: Authority) -> Iterator[Place]:
    for receipt in read_receipts(folder, chain, 0):
        word = receipt.payload
        authority.require(receipt, Role.RECEIPT, word.time)
        yield from zip(range(word.first, word.last + 1), word.hashes, strict=True)


def _stored(store: Path, signing_key: bytes) -> Iterator[Place]:
    for path in sorted(store.glob("*.records")):
        for record in parse_records(path.read_bytes()):
            record.header.require_signature(signing_key)
            yield record.header.sequence, record.header.sha256


def _indexed(index: Path, node: str, store: Path) -> Iterator[Place]:
    """Yields what the index names, where the bytes it names hold it; anything else under a hash of zeros."""
    with closing(sqlite3.connect(f"file:{index}?mode=ro", uri=True)) as connection:
        rows = connection.execute("select first, day, offset, entries from runs where node = ?", (node,)).fetchall()
    for first, day, offset, entries in rows:
        path, at = store / f"{day}.records", offset
        data = path.read_bytes() if path.exists() else b""
        for number, entry in enumerate(parse_entries(entries)):
            yield first + number, entry.sha256 if _holds(data, at, entry.sha256) else "0" * 64
            at += entry.record_bytes


def _holds(data: bytes, offset: int, sha256: str) -> bool:
    try:
        return parse_record(data, offset).header.sha256 == sha256
    except Refused:
        return False
