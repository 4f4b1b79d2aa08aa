"""What is found in a spool, what is not looked at again, and what a damaged or missing file costs."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.seal.reel import ERASED, Held, Position, ReelHeader, dump_position, read_position, reel_name
from edge.uplink.batch import Identity, copy_batch
from edge.uplink.newest import NewestHeader
from edge.uplink.ranges import Ranges
from edge.uplink.receipted import Receipted
from edge.uplink.reel_index import Entry
from edge.uplink.spool_reader import SpoolReader
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.receipt import Receipt
from edge.wire.receipts import append_receipt
from tests.uplink.town import NODE, ROLES, Spool, make_authority, seed


def reader_of(spool: Spool, *more: Path) -> SpoolReader:
    receipts = spool.folder.parent / "receipts"
    receipts.mkdir(exist_ok=True)
    return SpoolReader((spool.folder, *more), spool.position_file, Receipted(receipts, make_authority(1)))


def found(reader: SpoolReader) -> list[int]:
    while reader.refresh():
        pass
    return [entry.sequence for reel in reader.reels() for entry in reel.entries()]


def receipt(spool: Spool, first: int, last: int, *, forged: bool = False) -> None:
    hashes = tuple(record.header.sha256 for record in spool.records[first : last + 1])
    payload = Receipt(node="demo-1", chain=spool.chain.chain, first=first, last=last, hashes=hashes, time=1)
    signer = seed(99) if forged else ROLES[Role.RECEIPT]
    append_receipt(spool.folder.parent / "receipts", signed.sign("receipt", payload, signer))


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    spool = Spool(tmp_path)
    (tmp_path / "receipts").mkdir()
    for reel in (0, 1, 2):
        if reel:
            spool.enter(reel)
        spool.segments(3)
    spool.publish()
    return spool


def test_live_reel_is_looked_at_first_then_the_oldest(spool: Spool) -> None:
    reader = reader_of(spool)
    assert reader.refresh()
    assert [entry.sequence for reel in reader.reels() for entry in reel.entries()] == [0, 1, 2, 6, 7, 8]
    assert not reader.refresh()
    assert found(reader) == list(range(9))


def test_receipted_records_are_left_out(spool: Spool) -> None:
    receipt(spool, 1, 4)
    assert found(reader_of(spool)) == [0, 5, 6, 7, 8]


def test_forged_receipt_in_our_own_state_does_not_count(spool: Spool) -> None:
    receipt(spool, 1, 4, forged=True)
    assert found(reader_of(spool)) == list(range(9))


def test_wholly_receipted_reel_is_not_scanned(spool: Spool) -> None:
    receipt(spool, 0, 5)
    reader = reader_of(spool)
    assert found(reader) == [6, 7, 8]
    assert [reel.end_us for reel in reader.reels()][:2] == [-1, -1]


def test_reel_prepared_for_the_next_lap_is_left_alone(spool: Spool) -> None:
    header = ReelHeader(3, 1, spool.chain.chain, spool.chain.next_sequence)
    (spool.folder / reel_name(3)).write_bytes(header.dump() + bytes(8192))
    reader = reader_of(spool)
    assert found(reader) == list(range(9))
    spool.enter(3)
    spool.segment()
    spool.publish()
    assert found(reader) == list(range(10))


def test_reels_on_a_second_folder_are_read_too(spool: Spool, tmp_path: Path) -> None:
    other = tmp_path / "tmpfs"
    other.mkdir()
    (spool.folder / reel_name(1)).rename(other / reel_name(1))
    assert found(reader_of(spool, other, tmp_path / "absent")) == list(range(9))


@pytest.mark.parametrize("damage", [b"", b"x" * 4096, b"\0" * 4096, b"MIMAREEL"])
def test_damaged_reel_header_costs_its_reel(spool: Spool, damage: bytes) -> None:
    (spool.folder / reel_name(1)).write_bytes(damage)
    assert found(reader_of(spool)) == [0, 1, 2, 6, 7, 8]


@pytest.mark.parametrize("chain", ["c0" * 16, "dd" * 16])
def test_erased_reel_holds_nothing_and_bounds_nothing(spool: Spool, chain: str) -> None:
    (spool.folder / reel_name(4)).write_bytes(ReelHeader(4, 1, chain, ERASED).dump() + bytes(8192))
    spool.new_chain("ee" * 16, 5)
    spool.segment()
    spool.publish()
    assert found(reader_of(spool)) == [*range(9), 0]


def test_position_with_a_sequence_beyond_reason_is_survived(spool: Spool) -> None:
    position = read_position(spool.position_file)
    assert position is not None
    huge = position.model_copy(update={"sequence": 2**53 - 1})
    spool.position_file.write_bytes(dump_position(huge))
    assert found(reader_of(spool)) == list(range(9))


def test_folder_in_place_of_a_reel_costs_its_reel(spool: Spool) -> None:
    (spool.folder / reel_name(1)).unlink()
    (spool.folder / reel_name(1)).mkdir()
    assert found(reader_of(spool)) == [0, 1, 2, 6, 7, 8]


def test_plain_file_in_place_of_the_spool_is_survived(spool: Spool, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert found(reader_of(spool, plain)) == list(range(9))


def test_position_that_is_being_written_is_waited_for(spool: Spool) -> None:
    whole = spool.position_file.read_bytes()
    spool.position_file.write_bytes(whole[:-1])
    reader = reader_of(spool)
    assert found(reader) == []
    spool.position_file.write_bytes(whole)
    assert found(reader) == list(range(9))


def test_position_in_a_reel_that_is_not_there_yet_finds_the_rest(spool: Spool) -> None:
    (spool.folder / reel_name(2)).unlink()
    assert found(reader_of(spool)) == list(range(6))


def test_reel_that_is_written_to_again_is_looked_at_again(spool: Spool) -> None:
    reader = reader_of(spool)
    assert found(reader) == list(range(9))
    reel, end = spool.reel, spool.end
    spool.reel, spool.end = 1, 4096 + 3 * 8192
    spool.segment()
    spool.publish()
    assert found(reader) == [*range(6), 9, 6, 7, 8]
    spool.reel, spool.end = reel, end
    spool.segment()
    spool.publish()
    assert sorted(found(reader)) == list(range(11))


def test_record_beyond_the_published_sequence_in_another_reel_is_left(spool: Spool) -> None:
    before = spool.position_file.read_bytes()
    spool.enter(3)
    spool.segment()
    spool.position_file.write_bytes(before)
    assert found(reader_of(spool)) == list(range(9))


@pytest.mark.parametrize(("told", "expected"), [(True, [*range(9)]), (False, [*range(10)])], ids=["held", "control"])
def test_chain_that_was_left_is_read_to_its_synced_end_alone(spool: Spool, told: bool, expected: list[int]) -> None:
    """What lies behind may be gone after the next power cut, and its sequence be signed for something else."""
    spool.segment()
    left = Held(chain=spool.chain.chain, end=9, sha256=spool.records[8].header.sha256)
    elsewhere = Spool(spool.folder.parent / "memory", "ee" * 16)
    elsewhere.segment()
    position = read_position_of(elsewhere).model_copy(update={"held": left if told else None})
    spool.position_file.write_bytes(dump_position(position))
    reader = reader_of(spool, elsewhere.folder)
    assert sorted(found(reader)) == sorted([0, *expected])


def read_position_of(spool: Spool) -> Position:
    spool.publish()
    position = read_position(spool.position_file)
    assert position is not None
    return position


def test_entry_of_a_reel_that_is_gone_cannot_be_read(spool: Spool) -> None:
    reader = reader_of(spool)
    found(reader)
    entry = next(reader.reels()[0].entries())
    buffer = bytearray(entry.size)
    assert reader.read(entry, memoryview(buffer))
    (spool.folder / reel_name(0)).unlink()
    assert not reader.read(entry, memoryview(buffer))
    reader.look_again()
    assert not reader.read(entry, memoryview(buffer))
    assert reader.distrust(entry)


def test_distrust_tells_a_damaged_record_from_a_reused_reel(spool: Spool) -> None:
    reader = reader_of(spool)
    found(reader)
    first, second = list(reader.reels()[0].entries())[:2]
    assert not reader.distrust(first)
    assert [entry.sequence for entry in reader.reels()[0].entries()] == [1, 2]
    spool.enter(0)
    assert reader.distrust(second)
    assert all(reel.header.lap == 2 for reel in reader.reels() if reel.header.index == 0)


def test_removing_keeps_count_of_what_is_left(spool: Spool) -> None:
    reader = reader_of(spool)
    found(reader)
    reader.remove(spool.chain.chain, 1, 7)
    reader.remove("00" * 16, 0, 9)
    assert found(reader) == [0, 8]
    assert sum(reel.size for reel in reader.reels()) == sum(
        entry.size for reel in reader.reels() for entry in reel.entries()
    )


def test_entries_name_their_record(spool: Spool) -> None:
    reader = reader_of(spool)
    found(reader)
    entry: Entry = next(reader.reels()[0].entries())
    manifest = spool.records[0].header.manifest
    assert (entry.sequence, entry.start_us, entry.end_us) == (0, manifest.start_us, manifest.end_us)
    assert manifest.segment is not None
    assert entry.day == manifest.segment.day
    assert f"{entry.mark:016x}" == spool.records[0].header.sha256[:16]


def identity(spool: Spool, node: str = NODE) -> Identity:
    return Identity(node, spool.key.public_key)


def test_batch_is_the_very_bytes_of_the_reel(spool: Spool) -> None:
    reader = reader_of(spool)
    found(reader)
    entries = tuple(reader.reels()[0].entries())
    batch, bad = copy_batch(reader, entries, identity(spool))
    assert bad is None
    assert batch is not None
    assert batch.data == b"".join(record.dump() for record in spool.records[:3])
    assert (batch.first, batch.last) == (0, 2)
    assert batch.hashes == tuple(record.header.sha256 for record in spool.records[:3])


@pytest.mark.parametrize(
    "change", [{"mark": 1}, {"sequence": 2}, {"chain": "00" * 16}, {"size": 12288}, {"offset": 2**30}, {"offset": 8192}]
)
def test_batch_ends_before_a_record_that_is_not_what_the_index_says(spool: Spool, change: dict[str, object]) -> None:
    reader = reader_of(spool)
    found(reader)
    first, second, third = reader.reels()[0].entries()
    entries = (first, dataclasses.replace(second, **change), third)  # type: ignore[arg-type]
    batch, bad = copy_batch(reader, entries, identity(spool))
    assert batch is not None
    assert batch.last == 0
    assert bad == entries[1]


@pytest.mark.parametrize("foreign", [Identity("demo-2", seed(7).public_key), Identity(NODE, seed(8).public_key)])
def test_record_of_another_node_or_key_makes_no_batch(spool: Spool, foreign: Identity) -> None:
    reader = reader_of(spool)
    found(reader)
    entries = tuple(reader.reels()[0].entries())
    assert copy_batch(reader, entries, foreign) == (None, entries[0])


def newest(spool: Spool) -> NewestHeader:
    return NewestHeader((spool.folder,), spool.position_file)


def test_newest_header_follows_the_position(spool: Spool) -> None:
    cursor = newest(spool)
    header = cursor.read()
    assert header is not None
    assert header.data == spool.records[-1].header.data
    assert cursor.read() is header
    spool.segments(2)
    assert cursor.read() is header
    spool.publish()
    assert (cursor.read() or header).sequence == 10
    spool.enter(0)
    spool.segment()
    spool.publish()
    assert (cursor.read() or header).sequence == 11


def test_no_newest_header_without_position_or_reel(spool: Spool, tmp_path: Path) -> None:
    assert NewestHeader((tmp_path / "none",), spool.position_file).read() is None
    assert NewestHeader((spool.folder,), tmp_path / "none").read() is None
    spool.position_file.unlink()
    spool.position_file.mkdir()
    assert newest(spool).read() is None


def test_newest_header_that_is_damaged_is_not_passed_off_as_an_older_one(spool: Spool) -> None:
    spool.write(bytes(64), 4096 + 2 * 8192)
    assert newest(spool).read() is None


def test_newest_header_is_none_while_the_reel_is_of_another_lap(spool: Spool) -> None:
    header = ReelHeader(2, 7, spool.chain.chain, 6)
    spool.write(header.dump(), 0)
    assert newest(spool).read() is None


def test_newest_header_survives_a_reel_that_vanishes(spool: Spool) -> None:
    cursor = newest(spool)
    assert cursor.read() is not None
    spool.segment()
    spool.publish()
    (spool.folder / reel_name(2)).unlink()
    assert cursor.read() is None


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), max_size=30))
def test_ranges_are_a_set_of_numbers(spans: list[tuple[int, int]]) -> None:
    ranges, numbers = Ranges(), set[int]()
    for first, length in spans:
        ranges.add(first, first + length)
        numbers |= set(range(first, first + length + 1))
    assert {number for number in range(80) if number in ranges} == numbers
    for first in range(0, 75, 5):
        assert ranges.covers(first, first + 3) == (set(range(first, first + 4)) <= numbers)
