"""Answers the page's process in a visit to collect: the records of the ticket's window, and no others.

Rules:
  1. Each question is answered by a visit that is open then (``edge.uplink.openvisit``); what it asks for beyond the
     ticket's window is not there.
  2. What leaves is what lies on the card, sealed and checked (``edge.uplink.window``).
  3. What the desk brought is checked as if the center had sent it, and never makes anything older.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from edge.base import strictjson
from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded
from edge.seal.record import Header
from edge.uplink.openvisit import OpenVisit
from edge.uplink.window import Card, Found, Part
from edge.wire.collection import Ask, Brought, What
from edge.wire.receipt import BATCH_LIMIT
from edge.wire.receipts import read_receipts
from edge.wire.signed import DOCUMENT_LIMIT_BYTES
from edge.wire.visit import VisitTicket, Window

Take = Callable[[bytes], bool]
"""Takes a document that was brought; False where it is known already."""


class Collecting:
    """One node's; used by one thread.

    Args:
        receipts: the folder of receipts.
        key_list: the newest one fetched.
        newest: shows the newest synced record's header.
        takers: what takes each sort of document.
    """

    def __init__(
        self,
        visit: OpenVisit,
        card: Card,
        receipts: Path,
        key_list: Path,
        newest: Callable[[], Header | None],
        takers: Mapping[Brought, Take],
    ) -> None:
        self._visit, self._card, self._receipts, self._key_list = visit, card, receipts, key_list
        self._newest, self._takers = newest, takers
        self._parts: tuple[str, list[Part]] = ("", [])

    def answer(self, ask: Ask, document: bytes) -> Iterator[bytes]:
        """Returns the bytes of the answer, piece by piece.

        Args:
            document: what was brought.

        Raises:
            Refused: ``not-visiting``, ``not-found``, ``too-long``, or what the document's own check says.
            StorageFault: the disk refused.
        """
        ticket, window = self._visit.require()
        if ask.what is What.DELIVER:
            assert ask.brought is not None, "checked as it was parsed"
            return iter([b"taken" if self._takers[ask.brought](document) else b"known"])
        if ask.what is What.RUNS:
            self.forget()
            return iter([_runs(self._needed(ticket, window))])
        if ask.what is What.KEY_LIST:
            return iter([self._kept_key_list()])
        if ask.what is What.NEWEST:
            return iter([self._newest_header()])
        return self._of_chain(ask, self._needed(ticket, window))

    def forget(self) -> None:
        """Gives back the memory of what was found, 28 MB for a day of 2 s segments; asked for, it is found again."""
        self._parts = "", []

    def _needed(self, ticket: VisitTicket, window: Window) -> list[Part]:
        if self._parts[0] != ticket.ticket:
            self._parts = ticket.ticket, self._card.find((window.start, window.end))
        return self._parts[1]

    def _of_chain(self, ask: Ask, parts: list[Part]) -> Iterator[bytes]:
        part = next((part for part in parts if part.chain == ask.chain), None)
        if part is None:
            raise Refused("not-found", f"chain {ask.chain} has nothing in the ticket's window")
        if ask.what is What.HEADERS:
            return _whole(self._card.header, part.headers, ask)
        if ask.what is What.RECEIPTS:
            return self._receipts_of(part, ask)
        if ask.last - ask.first >= BATCH_LIMIT:
            raise Refused("too-long", f"records {ask.first}-{ask.last}: {BATCH_LIMIT} at most a time")
        return _whole(self._card.record, part.records, ask)

    def _receipts_of(self, part: Part, ask: Ask) -> Iterator[bytes]:
        first, last = max(ask.first, min(part.headers)), min(ask.last, max(part.headers))
        return (receipt.data + b"\n" for receipt in read_receipts(self._receipts, part.chain, first, last))

    def _newest_header(self) -> bytes:
        header = self._newest()
        if header is None:
            raise Refused("not-found", "no record is synced yet")
        return header.data

    def _kept_key_list(self) -> bytes:
        try:
            return read_bounded(self._key_list, limit_bytes=DOCUMENT_LIMIT_BYTES)
        except BadInput as error:
            raise Refused("not-found", "no key list was fetched or brought yet") from error


def _whole(read: Callable[[Found], bytes | bytearray | None], held: Mapping[int, Found], ask: Ask) -> Iterator[bytes]:
    """Yields what is there of a range; what cannot be had is left out."""
    for sequence in range(ask.first, ask.last + 1):
        data = read(held[sequence]) if sequence in held else None
        if data is not None:
            yield bytes(data)


def _runs(parts: list[Part]) -> bytes:
    runs = [
        {
            "chain": part.chain,
            "first": min(part.records),
            "last": max(part.records),
            "start_us": min(found.times.start_us for found in part.records.values()),
            "end_us": max(found.times.end_us for found in part.records.values()),
            "bytes": part.bytes,
        }
        for part in parts
    ]
    return strictjson.dump({"runs": runs})
