"""One life of a node on the lab's disk: makes or completes its spool, opens it, and records until the power goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from edge.seal.record import Record
from edge.spool.disk import Disk, LocalDisk
from edge.spool.opening import create_spool, open_spool
from edge.spool.receipted import VerifiedReceipts
from edge.spool.spool import Spool
from edge.wire import signed
from edge.wire.authority import Authority, Role, RoleKey
from edge.wire.keys import SigningKey
from edge.wire.receipt import BATCH_LIMIT, Receipt
from edge.wire.receipts import append_receipt, read_receipts
from tests.crash.books import Books, Key
from tests.spool.records import CHAIN, DAY_US, KEY, START_US, Node
from tests.spool.site import REEL_BYTES

REELS = 4
RETENTION_DAYS = 2
CENTER = SigningKey.from_seed(b"\x11" * 32)
AUTHORITY = Authority(
    city="matsudo",
    demo=False,
    version=1,
    previous=None,
    root=SigningKey.from_seed(b"\x12" * 32).public_key.hex(),
    issued=START_US,
    keys=(
        RoleKey(
            role=Role.RECEIPT,
            public_key=CENTER.public_key.hex(),
            not_before=START_US,
            not_after=START_US + 3650 * DAY_US,
        ),
    ),
)
BODY_BYTES = (1, 3000, 40_000, 90_000, 200_000)

MakeDisk = Callable[[Path], Disk]


class Life:
    """The recorder's calls in the recorder's order, on a mounted file system.

    Args:
        mounted: where the file system is; the spool and the receipts are folders in it.
        run: folder in memory for the position.
        position: tells how far the disk's log has got.
    """

    def __init__(
        self,
        mounted: Path,
        run: Path,
        books: Books,
        position: Callable[[], int],
        *,
        now_us: int = START_US,
        make_disk: MakeDisk = LocalDisk,
        chain: str = CHAIN,
    ) -> None:
        self.folder, self.books, self._position, self._make_disk = mounted / "spool", books, position, make_disk
        self._receipts, self._run = mounted / "receipts", run / "position"
        self.node = Node(now_us=now_us)
        self.written: list[Record] = []
        # The power cut took the run directory; the receipts' folder is set up with the node.
        self._run.unlink(missing_ok=True)
        self._receipts.mkdir(exist_ok=True)
        self._make(chain)
        self._open()

    def live(self, steps: int, random: Random) -> None:
        """Records, restarts, receipts and expires, at random; in some lives the line is down: nothing is receipted."""
        line = random.choice((0, 0, 3))
        for _ in range(steps):
            what = random.choices(("record", "receipt", "restart", "expire"), (30, line, 1, 1))[0]
            if what == "record":
                self.record(random.choice(BODY_BYTES))
            elif what == "receipt":
                self._take_receipt(random)
            elif what == "restart":
                self.close()
                self._open()
            else:
                self._expire(random)

    def record(self, body_bytes: int) -> Record:
        """Records a segment; what it overwrites is announced first."""
        self._announce(body_bytes)
        return self._append(self.node.segment(body_bytes))

    def close(self) -> None:
        """Ends the process; nothing is synced by it."""
        self.spool.close()

    def receipted(self) -> dict[Key, str]:
        """Returns the hashes that receipts on the disk name; each was signed by the center."""
        found: dict[Key, str] = {}
        for chain in {chain for chain, _ in self.books.recorded}:
            for receipt in read_receipts(self._receipts, chain, 0):
                AUTHORITY.require(receipt, Role.RECEIPT, receipt.payload.time)
                named = enumerate(receipt.payload.hashes, receipt.payload.first)
                found |= {(chain, sequence): sha256 for sequence, sha256 in named}
        return found

    def _make(self, chain: str) -> None:
        disk = self._make_disk(self.folder)
        create_spool(self.folder, capacity_bytes=REELS * REEL_BYTES, reel_bytes=REEL_BYTES, chain=chain, disk=disk)

    def _open(self) -> None:
        self.spool: Spool = open_spool(
            self.folder,
            public_key=KEY.public_key,
            receipts=VerifiedReceipts(self._receipts, "node-1", AUTHORITY),
            position=self._run,
            retention_days=RETENTION_DAYS,
            disk=self._make_disk(self.folder),
        )
        recovery = self.spool.recovery
        self.node = Node(recovery.chain, recovery.tip, now_us=self.node.now_us)
        self.boot = self._append(self.node.boot(recovery.predecessor))
        self._announce(1)

    def _append(self, record: Record) -> Record:
        self.spool.append(record)
        self.written.append(record)
        self.books.record(record.header, self._position())
        return record

    def _announce(self, body_bytes: int) -> None:
        for loss in self.spool.prepare(body_bytes):
            self._append(self.node.notice(loss.kind, loss.detail))

    def _expire(self, random: Random) -> None:
        self.node.now_us += random.choice((0, DAY_US, 2 * DAY_US))
        now_us = self.node.now_us
        for loss in self.spool.expired(now_us, trusted=True):
            self._append(self.node.notice(loss.kind, loss.detail))
        self.spool.erase_expired(now_us, trusted=True)

    def _take_receipt(self, random: Random) -> None:
        """The center receipts the oldest records that have none, again where a cut took it; the uplink stores that."""
        chain, receipted = self.spool.recovery.chain, self.receipted()
        known = {sequence: sha256 for (own, sequence), (sha256, _) in self.books.recorded.items() if own == chain}
        first = next((sequence for sequence in sorted(known) if (chain, sequence) not in receipted), None)
        if first is None:
            return
        last, most = first, random.randint(1, BATCH_LIMIT)
        while last + 1 in known and last - first + 1 < most:
            last += 1
        hashes = tuple(known[sequence] for sequence in range(first, last + 1))
        receipt = Receipt(node="node-1", chain=chain, first=first, last=last, hashes=hashes, time=self.node.now_us)
        append_receipt(self._receipts, signed.sign("receipt", receipt, CENTER))
