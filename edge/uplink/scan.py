"""Reels on the card as the uplink reads them: their files, their headers, their records from any place on."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.base.errors import Refused
from edge.seal.reel import REEL_HEADER_BYTES, Located, ReelHeader, parse_reel_header, scan

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


def records_from(descriptor: int, reel: ReelHeader, offset: int, lowest: int, end: int) -> Iterator[Located]:
    """Yields the records of an open reel from ``offset`` on; those below sequence ``lowest`` are an earlier lap's."""
    return scan(lambda length, at: os.pread(descriptor, length, at), reel, end=end, start=offset, lowest=lowest)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Opens a reel for reading alone."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
