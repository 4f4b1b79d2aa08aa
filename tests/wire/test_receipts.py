"""The receipts' files: what counts after a power cut, a damaged line, a full disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from edge.base.errors import StorageFault
from edge.wire import receipts as receipts_file
from edge.wire import signed
from edge.wire.keys import SigningKey
from edge.wire.receipt import BATCH_LIMIT, Receipt
from edge.wire.receipts import (
    BlockTail,
    ReceiptTail,
    append_receipt,
    delete_chains_but,
    delete_receipts,
    read_receipts,
    receipts_path,
    sync_receipts,
)
from edge.wire.signed import Signed

CHAIN, OTHER = "ab" * 16, "cd" * 16
KEY = SigningKey.from_seed(bytes(32))


def receipt(first: int, last: int | None = None, chain: str = CHAIN) -> Signed[Receipt]:
    last = first if last is None else last
    hashes = tuple(f"{sequence:064x}" for sequence in range(first, last + 1))
    payload = Receipt(node="demo", chain=chain, first=first, last=last, hashes=hashes, time=1)
    return signed.sign("receipt", payload, KEY)


def ranges(folder: Path, from_sequence: int = 0, chain: str = CHAIN) -> list[tuple[int, int]]:
    return [(item.payload.first, item.payload.last) for item in read_receipts(folder, chain, from_sequence)]


def test_receipts_come_back_in_order_of_their_blocks(tmp_path: Path) -> None:
    for first in (8192, 0, 4096, 1):
        append_receipt(tmp_path, receipt(first))
    assert ranges(tmp_path) == [(0, 0), (1, 1), (4096, 4096), (8192, 8192)]


def test_receipt_keeps_its_very_bytes(tmp_path: Path) -> None:
    original = receipt(3, 9)
    append_receipt(tmp_path, original)
    (stored,) = read_receipts(tmp_path, CHAIN, 0)
    assert stored.data == original.data
    stored.require(KEY.public_key, "receipt")


def test_file_is_named_by_chain_and_block(tmp_path: Path) -> None:
    assert receipts_path(tmp_path, CHAIN, 4095).name == f"{CHAIN}-000000000000.jsonl"
    assert receipts_path(tmp_path, CHAIN, 4096).name == f"{CHAIN}-000000000001.jsonl"


def test_receipt_that_crosses_blocks_is_found_from_its_last_sequence(tmp_path: Path) -> None:
    first = 4096 - BATCH_LIMIT + 1
    append_receipt(tmp_path, receipt(first, 4096))
    assert ranges(tmp_path, 4096) == [(first, 4096)]
    assert ranges(tmp_path, 4097) == []


def test_receipts_below_are_left_out(tmp_path: Path) -> None:
    for first in (0, 10, 20, 9000):
        append_receipt(tmp_path, receipt(first, first + 9))
    assert ranges(tmp_path, 15) == [(10, 19), (20, 29), (9000, 9009)]
    assert ranges(tmp_path, 9000) == [(9000, 9009)]


def test_receipts_above_are_left_out(tmp_path: Path) -> None:
    for first in (0, 10, 20, 9000):
        append_receipt(tmp_path, receipt(first, first + 9))
    found = [item.payload.first for item in read_receipts(tmp_path, CHAIN, 5, 15)]
    assert found == [0, 10]


def test_other_chains_stay_apart(tmp_path: Path) -> None:
    append_receipt(tmp_path, receipt(0))
    append_receipt(tmp_path, receipt(1, chain=OTHER))
    assert ranges(tmp_path) == [(0, 0)]
    assert ranges(tmp_path, chain=OTHER) == [(1, 1)]


def test_receipt_in_a_foreign_file_is_passed_over(tmp_path: Path) -> None:
    receipts_path(tmp_path, CHAIN, 0).write_bytes(receipt(0, chain=OTHER).data + b"\n")
    assert ranges(tmp_path) == []


def test_no_folder_holds_no_receipts(tmp_path: Path) -> None:
    assert ranges(tmp_path / "none") == []
    assert delete_receipts(tmp_path / "none", CHAIN, 10**6) == 0


@pytest.mark.parametrize("kept", [1, 40, -1])
def test_torn_last_line_costs_only_itself(tmp_path: Path, kept: int) -> None:
    append_receipt(tmp_path, receipt(0))
    path = receipts_path(tmp_path, CHAIN, 0)
    whole = path.read_bytes()
    path.write_bytes(whole + (receipt(1).data + b"\n")[:kept])
    assert ranges(tmp_path) == [(0, 0)]
    append_receipt(tmp_path, receipt(2))
    assert ranges(tmp_path)[0] == (0, 0)
    assert (2, 2) in ranges(tmp_path)


def test_receipt_after_a_torn_line_is_lost_where_the_rest_is_not_kept_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control of the test above: without the line feed in front, the next receipt is unreadable."""
    path = receipts_path(tmp_path, CHAIN, 0)
    path.write_bytes(receipt(1).data[:40])
    monkeypatch.setattr(os, "pread", lambda *_: b"\n")
    append_receipt(tmp_path, receipt(2))
    assert ranges(tmp_path) == []


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", b"\xff\xfe", b'{"kind":"command"}', receipt(5).data.replace(b'"v":1', b'"v":2'), b"x" * 40_000],
    ids=["empty", "no document", "no text", "another kind", "another version", "too long"],
)
def test_damaged_line_costs_only_itself(tmp_path: Path, line: bytes) -> None:
    append_receipt(tmp_path, receipt(0))
    path = receipts_path(tmp_path, CHAIN, 0)
    path.write_bytes(path.read_bytes() + line + b"\n")
    append_receipt(tmp_path, receipt(6))
    assert ranges(tmp_path) == [(0, 0), (6, 6)]


def new_firsts(tail: ReceiptTail) -> list[int]:
    return [item.payload.first for item in tail.new()]


def test_tail_gives_each_receipt_once(tmp_path: Path) -> None:
    tail = ReceiptTail(tmp_path, CHAIN, 0)
    assert new_firsts(tail) == []
    append_receipt(tmp_path, receipt(0))
    append_receipt(tmp_path, receipt(1))
    assert new_firsts(tail) == [0, 1]
    append_receipt(tmp_path, receipt(2))
    assert new_firsts(tail) == [2]
    assert new_firsts(tail) == []


def test_tail_begins_anew_with_a_file_that_was_made_anew(tmp_path: Path) -> None:
    tail = ReceiptTail(tmp_path, CHAIN, 0)
    append_receipt(tmp_path, receipt(0))
    append_receipt(tmp_path, receipt(1))
    assert new_firsts(tail) == [0, 1]
    receipts_path(tmp_path, CHAIN, 0).unlink()
    assert new_firsts(tail) == []
    append_receipt(tmp_path, receipt(2))
    assert new_firsts(tail) == [2]


def test_tail_finds_backlog_that_is_receipted_after_live_records(tmp_path: Path) -> None:
    tail = ReceiptTail(tmp_path, CHAIN, 0)
    append_receipt(tmp_path, receipt(9000))
    assert new_firsts(tail) == [9000]
    append_receipt(tmp_path, receipt(5))
    assert new_firsts(tail) == [5]


def test_tail_passes_over_what_lies_below(tmp_path: Path) -> None:
    tail = ReceiptTail(tmp_path, CHAIN, 5000)
    for first in (0, 4999, 5000):
        append_receipt(tmp_path, receipt(first))
    assert new_firsts(tail) == [5000]


def test_tail_waits_for_the_rest_of_a_line(tmp_path: Path) -> None:
    tail = ReceiptTail(tmp_path, CHAIN, 0)
    path = receipts_path(tmp_path, CHAIN, 0)
    whole = receipt(0).data + b"\n"
    path.write_bytes(whole[:50])
    assert new_firsts(tail) == []
    path.write_bytes(whole)
    assert new_firsts(tail) == [0]


@pytest.mark.parametrize("line", [b"{}\n", b"x" * 40_000 + b"\n", receipt(3, chain=OTHER).data + b"\n"])
def test_tail_goes_on_after_a_damaged_line(tmp_path: Path, line: bytes) -> None:
    tail = ReceiptTail(tmp_path, CHAIN, 0)
    receipts_path(tmp_path, CHAIN, 0).write_bytes(line)
    append_receipt(tmp_path, receipt(1))
    assert new_firsts(tail) == [1]


def test_foreign_names_in_the_folder_are_passed_over(tmp_path: Path) -> None:
    for name in ("notes.txt", f"{CHAIN}-0.jsonl", f"{CHAIN}-000000000000.jsonl.new", "x\n"):
        (tmp_path / name).write_bytes(receipt(0).data + b"\n")
    assert ranges(tmp_path) == []


@pytest.mark.parametrize(("oldest", "left"), [(4096, 2), (4096 + 62, 2), (4096 + 63, 1), (8192 + 63, 0)])
def test_block_goes_once_all_it_can_cover_lies_below(tmp_path: Path, oldest: int, left: int) -> None:
    append_receipt(tmp_path, receipt(0))
    append_receipt(tmp_path, receipt(4096))
    assert delete_receipts(tmp_path, CHAIN, oldest) == 2 - left
    assert len(ranges(tmp_path)) == left


def test_deleting_leaves_other_chains(tmp_path: Path) -> None:
    append_receipt(tmp_path, receipt(0, chain=OTHER))
    assert delete_receipts(tmp_path, CHAIN, 10**6) == 0
    assert ranges(tmp_path, chain=OTHER) == [(0, 0)]


def test_chains_that_are_not_kept_go_whole(tmp_path: Path) -> None:
    append_receipt(tmp_path, receipt(0))
    append_receipt(tmp_path, receipt(0, chain=OTHER))
    append_receipt(tmp_path, receipt(4096, chain=OTHER))
    (tmp_path / "notes.txt").touch()
    assert delete_chains_but(tmp_path, frozenset({CHAIN})) == 2
    assert ranges(tmp_path) == [(0, 0)]
    assert (tmp_path / "notes.txt").exists()


def test_file_deleted_while_reading_is_passed_over(tmp_path: Path) -> None:
    append_receipt(tmp_path, receipt(0))
    append_receipt(tmp_path, receipt(4096))
    found = read_receipts(tmp_path, CHAIN, 0)
    next(found)
    receipts_path(tmp_path, CHAIN, 4096).unlink()
    assert list(found) == []


def refuse_with(number: int) -> Callable[..., NoReturn]:
    def refuse(*_: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return refuse


def test_refusing_disk_is_a_storage_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", refuse_with(errno.ENOSPC))
    with pytest.raises(StorageFault, match="No space left"):
        append_receipt(tmp_path, receipt(0))


@pytest.mark.parametrize("call", ["open", "fsync", "posix_fadvise"])
def test_refused_sync_is_a_storage_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    append_receipt(tmp_path, receipt(0))
    monkeypatch.setattr(os, call, refuse_with(errno.EIO))
    with pytest.raises(StorageFault, match="cannot be synced"):
        sync_receipts(receipts_path(tmp_path, CHAIN, 0))


def test_file_that_is_gone_has_nothing_to_sync(tmp_path: Path) -> None:
    assert sync_receipts(receipts_path(tmp_path, CHAIN, 0)) == 0


@pytest.mark.parametrize("left", [0, 10])
def test_file_that_shrinks_while_it_is_synced_yields_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    append_receipt(tmp_path, receipt(0))
    tail = BlockTail(receipts_path(tmp_path, CHAIN, 0), synced=True)
    assert len(list(tail.new())) == 1
    append_receipt(tmp_path, receipt(1))
    monkeypatch.setattr(receipts_file, "sync_receipts", lambda path: left)
    assert list(tail.new()) == []


def test_a_sync_takes_in_the_files_name_and_a_storing_syncs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a power cut would show it: the calls are listened to on their way."""
    called: list[tuple[str, Path]] = []

    def listen(name: str) -> None:
        call = getattr(os, name)

        def listened(descriptor: int, *arguments: int) -> None:
            called.append((name, Path(f"/proc/self/fd/{descriptor}").readlink()))
            call(descriptor, *arguments)

        monkeypatch.setattr(os, name, listened)

    for name in ("fsync", "fdatasync", "posix_fadvise"):
        listen(name)
    append_receipt(tmp_path, receipt(0))
    assert called == []
    path = receipts_path(tmp_path, CHAIN, 0)
    assert sync_receipts(path) == path.stat().st_size
    assert called == [("fsync", path), ("posix_fadvise", path), ("fsync", tmp_path)]


@pytest.mark.parametrize("more", [0, 10])
def test_what_came_after_the_sync_is_not_read_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    append_receipt(tmp_path, receipt(0))
    path = receipts_path(tmp_path, CHAIN, 0)
    end = path.stat().st_size + more
    append_receipt(tmp_path, receipt(1))
    tail = BlockTail(path, synced=True)
    monkeypatch.setattr(receipts_file, "sync_receipts", lambda path: end)
    assert [found.payload.first for found in tail.new()] == [0]
    monkeypatch.undo()
    assert [found.payload.first for found in tail.new()] == [1]


def test_short_write_is_a_storage_fault_and_the_rest_stays_readable(tmp_path: Path) -> None:
    import resource
    import signal

    append_receipt(tmp_path, receipt(0))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = receipts_path(tmp_path, CHAIN, 0).stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, before[1]))
    try:
        with pytest.raises(StorageFault, match="short write"):
            append_receipt(tmp_path, receipt(1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    append_receipt(tmp_path, receipt(2))
    assert ranges(tmp_path) == [(0, 0), (2, 2)]


def test_unreadable_file_or_folder_is_a_storage_fault(tmp_path: Path) -> None:
    receipts_path(tmp_path, CHAIN, 0).mkdir()
    with pytest.raises(StorageFault, match="cannot be read"):
        ranges(tmp_path)
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    with pytest.raises(StorageFault, match="cannot be listed"):
        ranges(plain)


def test_link_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "target"
    receipts_path(tmp_path, CHAIN, 0).symlink_to(target)
    with pytest.raises(StorageFault):
        append_receipt(tmp_path, receipt(0))
    assert not target.exists()


def test_file_that_is_made_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    append_receipt(tmp_path, receipt(0))
    append_receipt(tmp_path, receipt(1))
    tail = BlockTail(receipts_path(tmp_path, CHAIN, 0))
    assert len(list(tail.new())) == 2
    receipts_path(tmp_path, CHAIN, 0).unlink()
    append_receipt(tmp_path, receipt(2))
    assert [found.payload.first for found in tail.new()] == [2]
