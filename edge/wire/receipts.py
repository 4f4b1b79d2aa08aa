"""The receipts' files: raw receipt documents, one a line, as the uplink appends and the recorder reads them.

Rules:
  1. A file ``<chain>-<block>.jsonl`` holds the receipts whose first sequence lies in one block of 4096; it only grows.
  2. A receipt is appended without a sync, for a good line brings one a segment. A power cut may take the newest ones:
     their records are sent again, and the center, which kept its receipts, drops them and answers again.
     Whoever gives up a record on a receipt's word syncs it first (``BlockTail``).
  3. A line that a power cut tore, or that cannot be read, is no receipt; those around it still are.
  4. Reading proves nothing: whoever acts on a receipt checks its signature itself (``Authority.require``).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from edge.base.errors import Refused, StorageFault
from edge.base.files import sync_directory
from edge.wire import signed
from edge.wire.receipt import BATCH_LIMIT, Receipt
from edge.wire.signed import Signed

BLOCK_RECORDS = 4096
LINE_LIMIT_BYTES = 16 * 1024
"""A receipt for ``BATCH_LIMIT`` records takes less than 6 KiB."""

_NAME = re.compile(r"([0-9a-f]{32})-(\d{12})\.jsonl")


def receipts_path(folder: Path, chain: str, first: int) -> Path:
    """Returns the file for receipts of ``chain`` that begin at sequence ``first``."""
    return folder / f"{chain}-{first // BLOCK_RECORDS:012d}.jsonl"


def append_receipt(folder: Path, receipt: Signed[Receipt]) -> None:
    """Stores one receipt; it survives the process, and a power cut once ``sync_receipts`` has returned.

    Raises:
        StorageFault: the disk refused; the receipt does not count.
    """
    path = receipts_path(folder, receipt.payload.chain, receipt.payload.first)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            _append(file, receipt.data + b"\n")
    except OSError as error:
        raise StorageFault(f"{path}: receipt cannot be stored ({error.strerror}); free or mend the disk") from error


def sync_receipts(path: Path) -> int:
    """Makes a file durable, its name too, and returns the length in bytes up to which it is; 0 for no file.

    A reader may do it. The next read asks the medium: after a sync that failed, memory may show what the disk never
    took.

    Raises:
        StorageFault: the disk refused; nothing new in the file may be relied on.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            length = os.fstat(descriptor).st_size
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)
        sync_directory(path.parent)
    except FileNotFoundError:
        return 0  # deleted since it was listed
    except OSError as error:
        raise StorageFault(f"{path}: receipts cannot be synced ({error.strerror}); mend the disk") from error
    return length


def read_receipts(
    folder: Path, chain: str, from_sequence: int, to_sequence: int | None = None
) -> Iterator[Signed[Receipt]]:
    """Yields the stored receipts of ``chain`` that touch the range, both ends included; signatures are not checked.

    Raises:
        StorageFault: a file is there but cannot be read.
    """
    # A receipt is filed where it begins, so the one that covers ``from_sequence`` may lie one block earlier.
    lowest = max(0, from_sequence - BATCH_LIMIT + 1) // BLOCK_RECORDS
    end = 2**53 if to_sequence is None else to_sequence
    for block, path in _blocks(folder, chain):
        if lowest <= block <= end // BLOCK_RECORDS:
            for receipt in filter(None, map(_parse, _lines(path))):
                found = receipt.payload
                if found.chain == chain and found.first <= end and found.last >= from_sequence:
                    yield receipt


class BlockTail:
    """Follows one file of receipts as it grows; each line is read once, and one at a time is held in memory.

    Args:
        synced: what came is synced before it is read, so that no power cut takes what was yielded.
    """

    def __init__(self, path: Path, *, synced: bool = False) -> None:
        self._path, self._synced, self._offset = path, synced, 0

    def new(self) -> Iterator[Signed[Receipt]]:
        """Yields what came since the last call; neither signatures nor what the receipts are for is checked.

        Raises:
            StorageFault: the file is there but cannot be read or synced.
        """
        size = _size(self._path)
        if size < self._offset:
            self._offset = 0  # made anew since
        if size == self._offset:
            return
        end = sync_receipts(self._path) if self._synced else sys.maxsize
        for line in _lines(self._path, self._offset, end):
            if not line.endswith(b"\n") and len(line) < LINE_LIMIT_BYTES:
                return  # torn, or being written: look again
            self._offset += len(line)
            receipt = _parse(line)
            if receipt is not None:
                yield receipt


class ReceiptTail:
    """Follows the receipts of one chain as they are appended; each line is read once.

    Every block is followed, because live records are receipted before the backlog below them.

    Args:
        from_sequence: receipts that end below it are passed over.
    """

    def __init__(self, folder: Path, chain: str, from_sequence: int) -> None:
        self._folder, self._chain, self._from = folder, chain, from_sequence
        self._lowest = max(0, from_sequence - BATCH_LIMIT + 1) // BLOCK_RECORDS
        self._tails: dict[Path, BlockTail] = {}

    def new(self) -> Iterator[Signed[Receipt]]:
        """Yields what came since the last call; signatures are not checked.

        Raises:
            StorageFault: a file is there but cannot be read.
        """
        paths = [path for block, path in _blocks(self._folder, self._chain) if block >= self._lowest]
        self._tails = {path: self._tails.get(path) or BlockTail(path) for path in paths}
        for tail in self._tails.values():
            for receipt in tail.new():
                if receipt.payload.chain == self._chain and receipt.payload.last >= self._from:
                    yield receipt


def delete_receipts(folder: Path, chain: str, oldest: int) -> int:
    """Deletes the files whose receipts all lie below sequence ``oldest`` and returns how many went."""
    gone = [path for block, path in _blocks(folder, chain) if (block + 1) * BLOCK_RECORDS + BATCH_LIMIT - 1 <= oldest]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def delete_chains_but(folder: Path, kept: frozenset[str]) -> int:
    """Deletes the files of every other chain and returns how many went."""
    gone = [path for chain, _, path in _files(folder) if chain not in kept]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _append(file: BinaryIO, line: bytes) -> None:
    end = file.seek(0, os.SEEK_END)
    if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
        line = b"\n" + line  # an earlier append was torn: keep its rest apart
    if file.write(line) != len(line):
        raise OSError(0, "short write", file.name)


def _blocks(folder: Path, chain: str) -> list[tuple[int, Path]]:
    return sorted((block, path) for found, block, path in _files(folder) if found == chain)


def _files(folder: Path) -> list[tuple[str, int, Path]]:
    """Returns chain, block and path of every file of receipts."""
    try:
        names = [_NAME.fullmatch(path.name) for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageFault(f"{folder}: receipts cannot be listed ({error.strerror})") from error
    return [(name[1], int(name[2]), folder / name[0]) for name in names if name is not None]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0  # deleted since it was listed
    except OSError as error:
        raise StorageFault(f"{path}: receipts cannot be read ({error.strerror})") from error


def _lines(path: Path, offset: int = 0, end: int = sys.maxsize) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            while line := file.readline(max(0, min(LINE_LIMIT_BYTES, end - offset))):
                offset += len(line)
                yield line
    except FileNotFoundError:
        return  # deleted since it was listed
    except OSError as error:
        raise StorageFault(f"{path}: receipts cannot be read ({error.strerror})") from error


def _parse(line: bytes) -> Signed[Receipt] | None:
    if not line.endswith(b"\n"):
        return None  # torn, or longer than any receipt
    try:
        return signed.parse("receipt", Receipt, line[:-1])
    except Refused:
        return None
