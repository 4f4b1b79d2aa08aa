"""Three ways to keep segments on a card: the node's spool, a file a segment, and rows of an SQLite database.

All are durable when ``add`` returns, and all keep the same number of bytes: past that, the oldest goes.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from edge.base.files import sync_directory
from edge.seal.record import Record
from edge.spool.losses import Receipts
from edge.spool.opening import create_spool, open_spool
from edge.spool.receipted import VerifiedReceipts
from edge.wire import signed
from edge.wire.receipt import Receipt
from edge.wire.receipts import append_receipt
from tests.crash.life import AUTHORITY, CENTER
from tests.spool.records import CHAIN, KEY, Node

REEL_BYTES = 16 * 1024 * 1024
REELS = 4
CAPACITY_BYTES = REELS * REEL_BYTES


class Writer(Protocol):
    """Keeps records."""

    def add(self, record: Record) -> None:
        """Makes one durable."""

    def close(self) -> None:
        """Lets go of it."""


class Unreceipted:
    """The port ``Receipts`` where the line is down: every overwriting must be announced."""

    def hashes(self, chain: str, first: int, last: int) -> Mapping[int, str]:
        return {}

    def newest(self, chain: str) -> tuple[int, str] | None:
        return None


class SpoolWriter:
    """The node's own.

    Args:
        run: folder in memory, for the position.
        receipts: folder for a receipt for each record, as the uplink keeps them on a good line; None for no line.
    """

    def __init__(self, folder: Path, node: Node, run: Path, receipts: Path | None = None) -> None:
        self._node, self._receipts = node, receipts
        create_spool(folder, capacity_bytes=CAPACITY_BYTES, reel_bytes=REEL_BYTES, chain=CHAIN)
        if receipts is not None:
            receipts.mkdir()
        self._verified: Receipts = (
            Unreceipted() if receipts is None else VerifiedReceipts(receipts, "node-1", AUTHORITY)
        )
        position = run / "position"
        self._spool = open_spool(
            folder, public_key=KEY.public_key, receipts=self._verified, position=position, retention_days=7
        )
        self._spool.append(node.boot())

    def add(self, record: Record) -> None:
        self._spool.append(record)
        if self._receipts is not None:
            append_receipt(self._receipts, _receipt(record))

    def rely(self) -> None:
        """Looks at the receipts as before a reel is reused, which syncs those that came since."""
        self._verified.hashes(CHAIN, 0, 2**53 - 1)

    def announce(self, body_bytes: int) -> None:
        """Appends the notices that are due before the next record is made."""
        for loss in self._spool.prepare(body_bytes):
            self._spool.append(self._node.notice(loss.kind, loss.detail))

    def close(self) -> None:
        self._spool.close()


class FileWriter:
    """A file a segment: written aside, synced, renamed, the folder synced; the oldest unlinked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        self._names: deque[tuple[str, int]] = deque()
        self._held = 0

    def add(self, record: Record) -> None:
        data, name = record.dump(), f"{record.header.sequence:012d}.record"
        temporary = self._folder / f".{name}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            os.pwrite(descriptor, data, 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.rename(self._folder / name)
        self._names.append((name, len(data)))
        self._held += len(data)
        while self._held > CAPACITY_BYTES:
            oldest, size = self._names.popleft()
            (self._folder / oldest).unlink()
            self._held -= size
        sync_directory(self._folder)

    def close(self) -> None:
        """Nothing is held."""


class SqliteWriter:
    """A row a segment, in WAL with full synchronisation; the oldest deleted in the same transaction."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._database = sqlite3.connect(folder / "records.db", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE records (sequence INTEGER PRIMARY KEY, data BLOB NOT NULL)")
        self._sizes: deque[tuple[int, int]] = deque()
        self._held = 0

    def add(self, record: Record) -> None:
        data, sequence = record.dump(), record.header.sequence
        self._database.execute("BEGIN")
        self._database.execute("INSERT INTO records VALUES (?, ?)", (sequence, data))
        self._sizes.append((sequence, len(data)))
        self._held += len(data)
        while self._held > CAPACITY_BYTES:
            oldest, size = self._sizes.popleft()
            self._database.execute("DELETE FROM records WHERE sequence = ?", (oldest,))
            self._held -= size
        self._database.execute("COMMIT")

    def close(self) -> None:
        self._database.close()


def _receipt(record: Record) -> signed.Signed[Receipt]:
    header = record.header
    payload = Receipt(
        node="node-1",
        chain=header.manifest.chain,
        first=header.sequence,
        last=header.sequence,
        hashes=(header.sha256,),
        time=header.manifest.end_us,
    )
    return signed.sign("receipt", payload, CENTER)
