"""A spool on a simulated disk with the node that writes to it, and ways to pull its plug."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random

from edge.base.errors import Refused, StorageFault
from edge.seal.manifest import Range
from edge.seal.record import Header, Record, parse_record
from edge.seal.reel import ERASED, Position, parse_reel_header, scan
from edge.spool.disk import Disk
from edge.spool.opening import create_spool, open_spool
from edge.spool.recovery import Recovery
from edge.spool.spool import Spool
from tests.spool.records import CHAIN, KEY, Node
from tests.spool.simulated_disk import SimulatedDisk

REEL_BYTES = 1 << 20


class Receipted:
    """The port ``Receipts`` over a plain table."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, int], str] = {}
        self.broken = False

    def take(self, *records: Record | Header) -> None:
        for record in records:
            header = record.header if isinstance(record, Record) else record
            self.known[header.manifest.chain, header.sequence] = header.sha256

    def hashes(self, chain: str, first: int, last: int) -> Mapping[int, str]:
        if self.broken:
            raise StorageFault("receipts cannot be read")
        return {
            sequence: sha256
            for (known, sequence), sha256 in self.known.items()
            if known == chain and first <= sequence <= last
        }

    def newest(self, chain: str) -> tuple[int, str] | None:
        own = {sequence: sha256 for (known, sequence), sha256 in self.known.items() if known == chain}
        return max(own.items()) if own else None


class Site:
    """Opens, writes, cuts and opens again.

    Args:
        reels: of 1 MiB each.
    """

    def __init__(self, folder: Path, *, reels: int = 4, disk: SimulatedDisk | None = None) -> None:
        self.folder, self.position_path = folder / "spool", folder / "position"
        self.disk = disk or SimulatedDisk()
        self.receipts = Receipted()
        self.written: list[Record] = []
        self.node = Node()
        self.reels = reels
        self.make()
        self.open()

    def make(self, chain: str = CHAIN) -> None:
        create_spool(
            self.folder, capacity_bytes=self.reels * REEL_BYTES, reel_bytes=REEL_BYTES, chain=chain, disk=self._port
        )

    @property
    def _port(self) -> Disk:
        return self.disk

    def open(self) -> Recovery:
        """Opens the spool; the node goes on from what recovery says, without writing yet."""
        self.spool: Spool = open_spool(
            self.folder,
            public_key=KEY.public_key,
            receipts=self.receipts,
            position=self.position_path,
            retention_days=2,
            disk=self._port,
        )
        recovery = self.spool.recovery
        self.node = Node(recovery.chain, recovery.tip, now_us=self.node.now_us)
        return recovery

    def boot(self) -> Position:
        return self.append(self.node.boot(self.spool.recovery.predecessor))

    def append(self, record: Record) -> Position:
        position = self.spool.append(record)
        self.written.append(record)
        return position

    def record(self, body_bytes: int = 100_000) -> Record:
        """Writes a segment as the recorder does: what is lost is announced first."""
        self.announce(body_bytes)
        record = self.node.segment(body_bytes)
        self.append(record)
        return record

    def announce(self, body_bytes: int) -> list[Range]:
        losses = self.spool.prepare(body_bytes)
        for loss in losses:
            self.append(self.node.notice(loss.kind, loss.detail))
        return [loss.detail for loss in losses]

    def announce_and_record(self, body_bytes: int = 100_000) -> list[Range]:
        """Writes a segment and returns what was announced before."""
        lost = self.announce(body_bytes)
        self.append(self.node.segment(body_bytes))
        return lost

    def expire(self, now_us: int, *, trusted: bool = True) -> list[Range]:
        losses = self.spool.expired(now_us, trusted=trusted)
        for loss in losses:
            self.append(self.node.notice(loss.kind, loss.detail))
        self.spool.erase_expired(now_us, trusted=trusted)
        return [loss.detail for loss in losses]

    def expire_silently(self, now_us: int) -> int:
        """Erases what needs no notice."""
        return self.spool.erase_expired(now_us, trusted=True)

    def restart(self) -> Recovery:
        """Ends the process; the position stays."""
        self.spool.close()
        return self.open()

    def cut(self, seed: int = 0) -> Recovery:
        """Cuts the power and opens again."""
        self.spool.close()
        self.disk.cut_power(Random(seed))
        self.position_path.unlink(missing_ok=True)
        self.disk.fail.clear()
        return self.open()

    def data(self, reel: int) -> bytearray:
        """The medium of one reel, to damage at will."""
        return self.disk.files[f"reel-{reel:05d}"].durable

    def on_card(self) -> dict[tuple[str, int], Record]:
        """Returns every whole record that a reader finds, as the uplink and the desk do."""
        found = {}
        for name in sorted(self.disk.files):
            if not name.startswith("reel-"):
                continue
            file = self.disk.open(name)
            header = parse_reel_header(file.read(4096, 0))
            if header is None or header.first == ERASED:
                continue
            for located in scan(file.read, header, end=REEL_BYTES):
                data = file.read(located.header.record_bytes, located.offset)
                with suppress(Refused):
                    found[header.chain, located.header.sequence] = parse_record(data)
        return found
