"""How long a node with a 128 GB ring takes to come back after a power cut.

The ring is really laid out on ext4: 1,907 reels of 64 MiB, each with its header and its first records; the newest is
full. Only what was written takes room (the disk is a sparse file). The kernel remembers nothing of the disk when the
spool is opened, and the run directory is empty, as after a cut. Run as ``python -m tests.bench.bench_recovery``.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from edge.node.recording.openfiles import allow_open_files
from edge.seal.reel import REEL_HEADER_BYTES, ReelHeader, reel_name
from edge.spool.layout import NOTICE_ROOM_BYTES, REEL_BYTES
from edge.spool.opening import create_spool, open_spool
from edge.spool.spool import Spool
from tests.bench.figures import Figure, table
from tests.bench.loopdisk import loop_disk
from tests.bench.writers import Unreceipted
from tests.spool.records import CHAIN, KEY, Node

CARD_BYTES = 128_000_000_000
_DISK_BYTES = 132_000_000_000
_FEW_INODES = ("-T", "largefile4")
_FIRST_RECORDS = 3
_SMALL_BODY_BYTES, _BODY_BYTES = 20_000, 375_000
_ROUNDS = 3


def measure(folder: Path) -> list[Figure]:
    """Returns seconds of opening after a cut, and of the first record."""
    with loop_disk(folder / "recovery", _DISK_BYTES, formatting=_FEW_INODES) as disk:
        spool = disk.mount / "spool"
        made_s, reels = _make(spool)
        taken = []
        for _ in range(_ROUNDS):
            disk.remount()
            taken.append(_recover(spool, folder / "position", reels))
    taken.sort()
    opened_s, recorded_s = taken[len(taken) // 2]
    note = f"{reels:,} reels of 64 MiB; making the ring took {made_s:.0f} s, once"
    return [
        Figure("recovery of a 128 GB ring after a cut", opened_s, "s", note=note),
        Figure("the same, until the first record is synced", opened_s + recorded_s, "s"),
    ]


def _make(folder: Path) -> tuple[float, int]:
    """Makes the ring and fills it; returns how long the making took and how many reels there are."""
    begun = time.monotonic()
    layout = create_spool(folder, capacity_bytes=CARD_BYTES, reel_bytes=REEL_BYTES, chain=CHAIN)
    made_s = time.monotonic() - begun
    node = Node(CHAIN)
    for index in range(layout.reels):
        newest = index == layout.reels - 1
        _fill(folder / reel_name(index), index, node, newest=newest)
    return made_s, layout.reels


def _fill(path: Path, index: int, node: Node, *, newest: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        first = node.segment(_SMALL_BODY_BYTES) if index else node.boot()
        header = ReelHeader(index, 1, CHAIN, first.header.sequence)
        end = REEL_HEADER_BYTES + first.header.record_bytes
        os.pwrite(descriptor, header.dump() + first.dump(), 0)
        body_bytes = _BODY_BYTES if newest else _SMALL_BODY_BYTES
        limit = REEL_BYTES - NOTICE_ROOM_BYTES - 2 * _BODY_BYTES if newest else (_FIRST_RECORDS - 1) * _SMALL_BODY_BYTES
        while end < limit:
            record = node.segment(body_bytes)
            os.pwrite(descriptor, record.dump(), end)
            end += record.header.record_bytes
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def _recover(folder: Path, position: Path, reels: int) -> tuple[float, float]:
    """Returns the seconds of opening, and of the first record."""
    position.unlink(missing_ok=True)
    allow_open_files(reels)
    begun = time.monotonic()
    spool: Spool = open_spool(
        folder, public_key=KEY.public_key, receipts=Unreceipted(), position=position, retention_days=31
    )
    opened = time.monotonic()
    try:
        recovery = spool.recovery
        if recovery.unusable or recovery.tip is None:
            raise RuntimeError(f"reels {recovery.unusable[:5]} were not found, or nothing to go on from")
        spool.append(Node(recovery.chain, recovery.tip).boot())
        return opened - begun, time.monotonic() - opened
    finally:
        spool.close()


def main() -> None:
    """Prints the figures."""
    with tempfile.TemporaryDirectory() as name:
        print(table(measure(Path(name))))


if __name__ == "__main__":
    main()
