from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.base.errors import StorageFault
from edge.spool import receipted
from edge.spool.losses import ReadableReceipts
from edge.spool.receipted import VerifiedReceipts
from edge.wire import receipts as receipts_file
from edge.wire import signed
from edge.wire.authority import Authority, Role, RoleKey
from edge.wire.keys import SigningKey
from edge.wire.receipt import Receipt
from edge.wire.receipts import append_receipt, receipts_path
from tests.spool.records import CHAIN, START_US

CENTER = SigningKey.from_seed(b"\x01" * 32)
STRANGER = SigningKey.from_seed(b"\x02" * 32)
ROOT = SigningKey.from_seed(b"\x03" * 32)
AUTHORITY = Authority(
    city="matsudo",
    demo=False,
    version=1,
    previous=None,
    root=ROOT.public_key.hex(),
    issued=START_US,
    keys=(RoleKey(role=Role.RECEIPT, public_key=CENTER.public_key.hex(), not_before=START_US, not_after=START_US + 9),),
)


def hash_of(sequence: int, salt: str = "") -> str:
    return f"{sequence:062x}{salt or 'aa'}"


def give(
    folder: Path,
    first: int,
    last: int,
    *,
    node: str = "node-1",
    key: SigningKey = CENTER,
    time: int = START_US,
    salt: str = "",
    chain: str = CHAIN,
) -> None:
    hashes = tuple(hash_of(sequence, salt) for sequence in range(first, last + 1))
    payload = Receipt(node=node, chain=chain, first=first, last=last, hashes=hashes, time=time)
    append_receipt(folder, signed.sign("receipt", payload, key))


@pytest.fixture
def receipts(tmp_path: Path) -> VerifiedReceipts:
    return VerifiedReceipts(tmp_path, "node-1", AUTHORITY)


def test_receipted_hashes_of_a_range(tmp_path: Path, receipts: VerifiedReceipts) -> None:
    give(tmp_path, 0, 5)
    give(tmp_path, 9, 12)
    assert receipts.hashes(CHAIN, 4, 10) == {sequence: hash_of(sequence) for sequence in (4, 5, 9, 10)}
    assert receipts.newest(CHAIN) == (12, hash_of(12))


def test_receipt_that_begins_in_the_block_before_counts(tmp_path: Path, receipts: VerifiedReceipts) -> None:
    give(tmp_path, 4090, 4100)
    give(tmp_path, 4101, 4101)
    assert list(receipts.hashes(CHAIN, 4096, 4101)) == list(range(4096, 4102))


def test_file_that_did_not_grow_is_read_once(
    tmp_path: Path, receipts: VerifiedReceipts, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(tmp_path, 0, 0)
    give(tmp_path, 9000, 9000)
    assert list(receipts.hashes(CHAIN, 0, 9)) == [0]
    monkeypatch.delattr(receipts_file, "_lines")
    assert list(receipts.hashes(CHAIN, 0, 9)) == [0]


class Counting(VerifiedReceipts):
    """Counts what is verified."""

    verified = 0

    def _counts(self, receipt: signed.Signed[Receipt]) -> bool:
        self.verified += 1
        return super()._counts(receipt)


def test_each_receipt_is_verified_once_however_its_file_grows(tmp_path: Path) -> None:
    receipts = Counting(tmp_path, "node-1", AUTHORITY)
    for sequence in range(6):
        give(tmp_path, sequence, sequence)
        assert list(receipts.hashes(CHAIN, 0, 9)) == list(range(sequence + 1))
    assert receipts.verified == 6


def lay_out(folder: Path, receipts: int, records: int) -> int:
    """Writes one block's file as the uplink leaves it, without its syncs; returns its size in bytes."""
    path = receipts_path(folder, CHAIN, 0)
    with path.open("wb") as file:
        for first in range(0, receipts * records, records):
            hashes = tuple(hash_of(sequence) for sequence in range(first, first + records))
            payload = Receipt(
                node="node-1", chain=CHAIN, first=first, last=first + records - 1, hashes=hashes, time=START_US
            )
            file.write(signed.sign("receipt", payload, CENTER).data + b"\n")
    return path.stat().st_size


@pytest.mark.parametrize(
    "ask", [lambda receipts: receipts.hashes(CHAIN, 0, 9), lambda receipts: receipts.newest(CHAIN)]
)
def test_memory_does_not_grow_with_a_file(
    tmp_path: Path, receipts: VerifiedReceipts, ask: Callable[[VerifiedReceipts], object]
) -> None:
    ask(receipts)
    size = lay_out(tmp_path, 1000, 4)
    tracemalloc.start()
    try:
        assert ask(receipts)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size / 2  # a list of its receipts takes several times the file


def test_receipt_in_a_foreign_file_does_not_count(tmp_path: Path, receipts: VerifiedReceipts) -> None:
    give(tmp_path, 3, 3)
    give(tmp_path, 9000, 9000)
    give(tmp_path, 5, 5, chain="ee" * 16)
    with receipts_path(tmp_path, CHAIN, 0).open("ab") as file:
        file.write(receipts_path(tmp_path, CHAIN, 9000).read_bytes())
        file.write(receipts_path(tmp_path, "ee" * 16, 5).read_bytes())
    assert list(receipts.hashes(CHAIN, 0, 4100)) == [3]


def test_nothing_counts_before_it_is_synced_nor_after_a_sync_was_refused(
    tmp_path: Path, receipts: VerifiedReceipts, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(tmp_path, 0, 0)
    sync = receipts_file.sync_receipts

    def sync_then_store(path: Path) -> int:
        end = sync(path)
        give(tmp_path, 1, 1)
        return end

    monkeypatch.setattr(receipts_file, "sync_receipts", sync_then_store)
    assert list(receipts.hashes(CHAIN, 0, 9)) == [0]

    def refuse(path: Path) -> int:
        raise StorageFault(f"{path}: refused")

    monkeypatch.setattr(receipts_file, "sync_receipts", refuse)
    for _ in range(2):
        with pytest.raises(StorageFault, match="refused"):
            receipts.hashes(CHAIN, 0, 9)
    assert ReadableReceipts(receipts).hashes(CHAIN, 0, 9) == {}
    monkeypatch.setattr(receipts_file, "sync_receipts", sync)
    assert list(receipts.hashes(CHAIN, 0, 9)) == [0, 1]


def test_receipts_that_come_later_are_seen(tmp_path: Path, receipts: VerifiedReceipts) -> None:
    give(tmp_path, 0, 0)
    assert list(receipts.hashes(CHAIN, 0, 9)) == [0]
    give(tmp_path, 1, 1)
    assert list(receipts.hashes(CHAIN, 0, 9)) == [0, 1]


@pytest.mark.parametrize(
    "false",
    [{"node": "node-2"}, {"key": STRANGER}, {"time": START_US + 10}, {"chain": "ee" * 16}],
    ids=["another node's", "another key's", "after the key's end", "another chain's"],
)
def test_receipt_that_is_none_does_not_count(
    tmp_path: Path, receipts: VerifiedReceipts, false: dict[str, object]
) -> None:
    give(tmp_path, 0, 3)
    give(tmp_path, 4, 9, **false)  # type: ignore[arg-type]
    assert list(receipts.hashes(CHAIN, 0, 9)) == [0, 1, 2, 3]
    assert receipts.newest(CHAIN) == (3, hash_of(3))


def test_newest_lies_in_an_older_file_where_the_newest_file_holds_none(
    tmp_path: Path, receipts: VerifiedReceipts
) -> None:
    give(tmp_path, 0, 3)
    give(tmp_path, 9000, 9001, key=STRANGER)
    (tmp_path / f"{CHAIN}-notanumber00.jsonl").write_bytes(b"")
    (tmp_path / "other.txt").write_bytes(b"")
    assert receipts.newest(CHAIN) == (3, hash_of(3))


def test_missing_folder_holds_no_receipts(tmp_path: Path) -> None:
    receipts = VerifiedReceipts(tmp_path / "none", "node-1", AUTHORITY)
    assert receipts.hashes(CHAIN, 0, 9) == {}
    assert receipts.newest(CHAIN) is None


def test_only_some_files_are_held_in_memory(
    tmp_path: Path, receipts: VerifiedReceipts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipted, "BLOCKS_KEPT", 2)
    for block in range(4):
        give(tmp_path, block * 4096, block * 4096)
    assert len(receipts.hashes(CHAIN, 0, 4 * 4096)) == 4
    assert len(receipts._blocks) == 2


def test_file_deleted_since_it_was_listed_holds_none(
    tmp_path: Path, receipts: VerifiedReceipts, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(tmp_path, 0, 0)
    monkeypatch.setattr(receipts, "_numbers", lambda chain: [0, 1])
    assert list(receipts.hashes(CHAIN, 0, 5000)) == [0]


def test_what_cannot_be_read_is_a_storage_fault_and_counts_as_missing(
    tmp_path: Path, receipts: VerifiedReceipts
) -> None:
    (tmp_path / "file").write_bytes(b"")
    unlistable = VerifiedReceipts(tmp_path / "file", "node-1", AUTHORITY)
    with pytest.raises(StorageFault, match="cannot be listed"):
        unlistable.newest(CHAIN)
    path = receipts_path(tmp_path, CHAIN, 0)
    path.symlink_to(path)
    with pytest.raises(StorageFault, match="cannot be read"):
        receipts.hashes(CHAIN, 0, 9)
    path.unlink()
    path.symlink_to(tmp_path / "file")
    (tmp_path / "file").write_bytes(b"{}\n")
    with pytest.raises(StorageFault, match="cannot be synced"):
        receipts.hashes(CHAIN, 0, 9)
    forgiving = ReadableReceipts(unlistable)
    assert forgiving.newest(CHAIN) is None
    assert forgiving.hashes(CHAIN, 0, 9) == {}
