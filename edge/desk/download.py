"""The records of a bundle as they arrive: appended to one file, checked against the headers, resumed after a break.

Rules:
  1. Only whole records whose hash a wanted header has, in that order, count; one may be missing, none may be extra.
  2. Whatever follows the last one that counts is cut off before more is appended.
  3. A call asks for at most ``BATCH_LIMIT`` records and ``PIECE_BYTES``, or for one record; what comes is bounded by
     what the headers announced.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

from edge.base.errors import Refused, StorageFault
from edge.desk.recordfile import records_in
from edge.desk.selection import Wanted
from edge.wire.receipt import BATCH_LIMIT

PIECE_BYTES = 16 * 1024 * 1024

Ask = Callable[[Wanted, Wanted, int], Generator[bytes, None, None]]
"""Asks for the records from one to another of a chain, of at most so many bytes."""
Seen = Callable[[int], None]


def download(path: Path, wanted: list[Wanted], ask: Ask, seen: Seen = lambda _size: None) -> int:
    """Brings ``path`` to hold every wanted record that the other side has, and returns how many it holds.

    Args:
        seen: is told the file's length as it grows.

    Raises:
        Refused: the other side sent something else than its headers announce.
        StorageFault: the disk refused.
        TryAgain, NotPermitted: like ``Center.stream``; what is whole stays for the next try.
    """
    end, place, count = _whole(path, 0, wanted) if path.exists() else (0, 0, 0)
    seen(end)
    for piece in _pieces(wanted, place):
        limit = sum(record.record_bytes for record in piece)
        with closing(ask(piece[0], piece[-1], limit)) as chunks:
            length = _append(path, end, chunks)
        reached, _, arrived = _whole(path, end, list(piece))
        count += arrived
        if reached != end + length:
            _cut(path, reached)
            name = f"records {piece[0].sequence} to {piece[-1].sequence}"
            raise Refused("wrong-records", f"{name}: what came is not what the headers announce")
        end = reached
        seen(end)
    _cut(path, end)
    return count


def _pieces(wanted: list[Wanted], place: int) -> Iterator[tuple[Wanted, ...]]:
    """Yields what to ask for in one call: of one chain, contiguous as its headers are."""
    piece: list[Wanted] = []
    for record in wanted[place:]:
        size = sum(item.record_bytes for item in piece) + record.record_bytes
        span = record.sequence - piece[0].sequence + 1 if piece else 1
        if piece and (record.chain != piece[0].chain or span > BATCH_LIMIT or size > PIECE_BYTES):
            yield tuple(piece)
            piece = []
        piece.append(record)
    if piece:
        yield tuple(piece)


def _whole(path: Path, start: int, wanted: list[Wanted]) -> tuple[int, int, int]:
    """Walks the file from ``start``: where the last record that counts ends, how far it is in ``wanted``, how many."""
    offset, place, count = start, 0, 0
    try:
        for record in records_in(path, start):
            sha256 = record.header.sha256
            found = next((at for at in range(place, len(wanted)) if wanted[at].sha256 == sha256), None)
            if found is None:
                break
            offset, place, count = offset + record.header.record_bytes, found + 1, count + 1
    except Refused:
        pass  # what does not hold does not count
    return offset, place, count


def _append(path: Path, end: int, chunks: Iterator[bytes]) -> int:
    length = 0
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            file.truncate(end)
            file.seek(end)
            for chunk in chunks:
                file.write(chunk)
                length += len(chunk)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageFault(f"{path}: cannot be written ({error.strerror}); free or mend the disk") from error
    return length


def _cut(path: Path, end: int) -> None:
    path.touch(mode=0o600)
    with path.open("r+b") as file:
        file.truncate(end)
        os.fsync(file.fileno())
