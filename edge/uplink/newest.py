"""The newest synced record's signed header: the heartbeat's proof of recording."""

from __future__ import annotations

import os
from pathlib import Path

from edge.base.errors import Refused, StorageFault
from edge.seal.record import Header
from edge.seal.reel import REEL_HEADER_BYTES, Position, ReelHeader, read_position
from edge.uplink.scan import opened, read_reel_header, records_from, reel_files


class NewestHeader:
    """Follows the reel being written with a cursor of its own, so that a long upload does not hold up a heartbeat.

    Args:
        folders: where reels lie.
        position: the recorder's position file.
    """

    def __init__(self, folders: tuple[Path, ...], position: Path) -> None:
        self._folders, self._position = folders, position
        self._reel: ReelHeader | None = None
        self._path = Path()
        self._offset, self._lowest = REEL_HEADER_BYTES, 0
        self._newest: Header | None = None

    def read(self) -> Header | None:
        """Returns the header; none where there is no record yet or its bytes are not what the position says."""
        try:
            position = read_position(self._position)
        except (Refused, StorageFault):
            return None
        if position is None or not self._follow(position):
            return None
        if self._newest is None or self._newest.sha256 != position.sha256:
            self._advance(position.end)
        return self._newest if self._newest is not None and self._newest.sha256 == position.sha256 else None

    def _follow(self, position: Position) -> bool:
        if self._reel is not None and _is_at(self._reel, position):
            return True
        self._reel = None
        for path in reel_files(self._folders):
            if path.name.endswith(f"{position.reel:05d}"):
                header = read_reel_header(path)
                if header is not None and _is_at(header, position):
                    self._reel, self._path = header, path
                    self._offset, self._lowest = REEL_HEADER_BYTES, header.first
                    return True
        return False

    def _advance(self, end: int) -> None:
        assert self._reel is not None
        try:
            with opened(self._path) as descriptor:
                end = min(end, os.fstat(descriptor).st_size)
                for located in records_from(descriptor, self._reel, self._offset, self._lowest, end):
                    self._newest, self._lowest = located.header, located.header.sequence + 1
                    self._offset = located.offset + located.header.record_bytes
        except OSError:
            return


def _is_at(header: ReelHeader, position: Position) -> bool:
    return (header.chain, header.index, header.lap) == (position.chain, position.reel, position.lap)
