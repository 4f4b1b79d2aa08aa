"""Reels on the card as the uplink reads them: their files, their headers, their records from any place on."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.base.errors import Refused
from edge.seal.record import BLOCK_BYTES, PREAMBLE_BYTES, Header
from edge.seal.reel import REEL_HEADER_BYTES, ReelHeader, header_at, parse_reel_header

_log = logging.getLogger(__name__)
_NAME = re.compile(r"reel-(\d{5})")


def reel_files(folders: tuple[Path, ...]) -> list[Path]:
    """Returns the reels' files; a folder that cannot be listed holds none."""
    found: list[Path] = []
    for folder in folders:
        try:
            found += sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
        except FileNotFoundError:
            continue  # tmpfs reels are there only while the card fails
        except OSError as error:
            _log.warning("%s: reels cannot be listed (%s)", folder, error.strerror)
    return found


def read_reel_header(path: Path) -> ReelHeader | None:
    """Returns a reel's header; none where it was never used or cannot be read."""
    try:
        with opened(path) as descriptor:
            return parse_reel_header(os.pread(descriptor, REEL_HEADER_BYTES, 0))
    except (OSError, Refused) as error:
        _log.warning("%s: header cannot be read (%s); the reel is passed over", path, error)
        return None


def records_from(descriptor: int, reel: ReelHeader, offset: int, lowest: int, end: int) -> Iterator[tuple[Header, int]]:
    """Yields headers and their offsets, like ``edge.seal.reel.scan_reel``, but from ``offset`` on.

    Args:
        lowest: records with a lower sequence are of an earlier lap.
    """
    while offset + PREAMBLE_BYTES <= end:
        header = _header_at(descriptor, offset)
        foreign = header is not None and (header.manifest.chain != reel.chain or header.sequence < lowest)
        if header is None or foreign or offset + header.record_bytes > end:
            offset += BLOCK_BYTES
            continue
        yield header, offset
        offset += header.record_bytes
        lowest = header.sequence + 1


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Opens a reel for reading alone."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _header_at(descriptor: int, offset: int) -> Header | None:
    try:
        return header_at(lambda length, at: os.pread(descriptor, length, at), offset)
    except (Refused, OSError):
        return None  # a bad sector costs its own record
