"""What the card gets for each byte of record, and how long it takes: the spool beside other ways to keep segments.

Each way has a loop device of its own with ext4, gets the same records, and is counted from its second lap on: all side
by side at a segment every 2 s, as a node writes, because ext4 commits by time; then in turns as fast as they go, for
the latency of one append. Run as ``python -m tests.bench.bench_spool``.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random

from tests.bench.figures import Figure, table
from tests.bench.loopdisk import RECOMMENDED, Counts, LoopDisk, loop_disk
from tests.bench.writers import CAPACITY_BYTES, FileWriter, SpoolWriter, SqliteWriter, Writer
from tests.spool.records import CHAIN, Node

WRITTEN_PER_BYTE_MAX = 1.05
FLUSHES_MAX = 1.0
SEGMENT_S = 2.0
BITRATE_BPS = 1_500_000
PACED_SEGMENTS = 30
LATENCY_SEGMENTS = 300
_DISK_BYTES = 384 * 1024 * 1024
_ORDINARY = "noatime"
_RECEIPTED = "spool and a receipt a segment"
_SPREAD = 0.3
"""Segments are up to so much smaller or larger than the mean."""


class Kept:
    """One way to keep records, on a disk of its own.

    Attributes:
        name: what the table calls it.
    """

    def __init__(self, name: str, disk: LoopDisk, make: Callable[[Path, Node], Writer]) -> None:
        self.name, self.disk = name, disk
        self._node, self._sizes = Node(CHAIN), Random(1)
        self._writer = make(disk.mount, self._node)

    def fill(self) -> None:
        """Writes the first lap."""
        written = 0
        while written < CAPACITY_BYTES * 5 // 4:
            written += self.add()[0]
        self.disk.settle()

    def add(self) -> tuple[int, int]:
        """Keeps one segment; returns its record's bytes and the nanoseconds until it was durable."""
        mean = SEGMENT_S * BITRATE_BPS / 8
        body_bytes = round(mean * self._sizes.uniform(1 - _SPREAD, 1 + _SPREAD))
        if isinstance(self._writer, SpoolWriter):
            self._writer.announce(body_bytes)
        record = self._node.segment(body_bytes)
        size = record.header.record_bytes
        begun = time.perf_counter_ns()
        self._writer.add(record)
        return size, time.perf_counter_ns() - begun

    def paced(self, segments: int, stop: threading.Event) -> tuple[float, float]:
        """Keeps segments at a node's pace; returns bytes on the device a byte of record, and flushes a segment."""
        before, begun, size = self.disk.counts(), time.monotonic(), 0
        for number in range(segments):
            size += self.add()[0]
            stop.wait(max(0.0, begun + (number + 1) * SEGMENT_S - time.monotonic()))
        took: Counts = self.disk.counts() - before
        return took.written / size, took.flushes / segments

    def relied(self) -> Counts:
        """Returns what the card got for the sync of the paced receipts, before a reel is reused on their strength."""
        assert isinstance(self._writer, SpoolWriter)
        before = self.disk.counts()
        self._writer.rely()
        return self.disk.counts() - before

    def close(self) -> None:
        """Lets go of the disk."""
        self._writer.close()


def measure(folder: Path) -> list[Figure]:
    """Returns bytes and flushes of each way, then the latency of an append."""
    with ExitStack() as stack:
        run = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm", prefix="bench-spool-")))
        ways = _ways(folder, run, stack)
        for way in ways:
            way.fill()
        stop = threading.Event()
        with ThreadPoolExecutor(len(ways)) as pool:
            taken = dict(zip(ways, pool.map(lambda way: way.paced(PACED_SEGMENTS, stop), ways), strict=True))
        relied = next(way for way in ways if way.name == _RECEIPTED).relied()
        sync = Figure("sync of receipts before a reel's reuse, flushes", relied.flushes, "", note=_bytes(relied))
        return [*_written(taken), sync, *_latency([way for way in ways if way.name in ("spool", "files", "SQLite")])]


def _ways(folder: Path, run: Path, stack: ExitStack) -> list[Kept]:
    def spool(receipts: bool, name: str) -> Callable[[Path, Node], Writer]:
        (run / name).mkdir()
        return lambda mount, node: SpoolWriter(
            mount / "spool", node, run / name, mount / "receipts" if receipts else None
        )

    table: list[tuple[str, str, Callable[[Path, Node], Writer]]] = [
        ("spool", RECOMMENDED, spool(False, "spool")),
        (_RECEIPTED, RECOMMENDED, spool(True, "receipts")),
        ("spool, ext4 committing every 5 s", _ORDINARY, spool(False, "ordinary")),
        ("files", RECOMMENDED, lambda mount, _: FileWriter(mount / "files")),
        ("SQLite", RECOMMENDED, lambda mount, _: SqliteWriter(mount / "sqlite")),
    ]
    ways = []
    for number, (name, options, make) in enumerate(table):
        disk = stack.enter_context(loop_disk(folder / f"way-{number}", _DISK_BYTES, options))
        ways.append(Kept(name, disk, make))
        stack.callback(ways[-1].close)
    return ways


def _written(taken: dict[Kept, tuple[float, float]]) -> list[Figure]:
    by_name = {way.name: found for way, found in taken.items()}
    files, sqlite = by_name["files"], by_name["SQLite"]
    figures = []
    for name in ("spool", _RECEIPTED, "spool, ext4 committing every 5 s"):
        written, flushes = by_name[name]
        note = f"files {files[0]:.3f}, SQLite {sqlite[0]:.3f}"
        figures.append(
            Figure(f"{name}: bytes a byte of record", written, "", files[0], "files", WRITTEN_PER_BYTE_MAX, note=note)
        )
        note = f"files {files[1]:.2f}, SQLite {sqlite[1]:.2f}"
        figures.append(Figure(f"{name}: flushes a segment", flushes, "", files[1], "files", FLUSHES_MAX, note=note))
    return figures


def _latency(ways: list[Kept]) -> list[Figure]:
    took: dict[str, list[float]] = {way.name: [] for way in ways}
    for _ in range(LATENCY_SEGMENTS):
        for way in ways:
            took[way.name].append(way.add()[1] / 1e6)
    cut = {name: _quantiles(values) for name, values in took.items()}
    peers = "; ".join(
        f"{name} {cut[name][0]:.1f}, {cut[name][1]:.1f}, {cut[name][2]:.0f}" for name in ("files", "SQLite")
    )
    return [
        Figure(
            "spool: an append, p50", cut["spool"][0], "ms", cut["files"][0], "files", note=f"p50, p99, max: {peers}"
        ),
        Figure("spool: an append, p99", cut["spool"][1], "ms", cut["files"][1], "files"),
        Figure("spool: an append, max", cut["spool"][2], "ms", cut["files"][2], "files"),
    ]


def _bytes(counts: Counts) -> str:
    return f"once a reel of 64 MiB, some 170 segments; {counts.written} bytes"


def _quantiles(values: list[float]) -> tuple[float, float, float]:
    return statistics.median(values), statistics.quantiles(values, n=100)[98], max(values)


def main() -> None:
    """Prints the figures."""
    with tempfile.TemporaryDirectory() as name:
        print(table(measure(Path(name))))


if __name__ == "__main__":
    main()
