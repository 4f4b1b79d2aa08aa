"""Reels as others read them: headers, the scan that loses no more than what is damaged, and the position."""

from __future__ import annotations

import errno
import os
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.base import strictjson
from edge.base.errors import Refused, StorageFault
from edge.seal.manifest import Kind, Range
from edge.seal.record import BLOCK_BYTES, Record
from edge.seal.reel import (
    ERASED,
    POSITION_BYTES,
    Position,
    ReelHeader,
    dump_position,
    parse_reel_header,
    read_position,
    reel_name,
    scan,
)
from tests.seal.bundles import STORY, Recorder
from tests.seal.samples import CHAIN, OTHER_CHAIN, new_chain
from tests.vectors.forge import flip, forged, manifest_of, padded

REEL = ReelHeader(3, 2, CHAIN, 0)
REPLACED = Range(chain=OTHER_CHAIN, first=4, last=9, records=5)
POSITION = Position(chain=CHAIN, reel=3, lap=2, end=8192, sequence=6, sha256="ab" * 32, oldest=0)


def reel_of(*records: Record, header: ReelHeader = REEL) -> bytes:
    return header.dump() + b"".join(record.dump() for record in records)


def sequences(data: bytes, header: ReelHeader = REEL, end: int | None = None) -> list[int]:
    reader = scan(lambda length, offset: data[offset : offset + length], header, end=end or len(data))
    return [located.header.sequence for located in reader]


@pytest.mark.parametrize(
    "header", [REEL, ReelHeader(0, 1, CHAIN, ERASED), ReelHeader(2**32 - 1, 2**64 - 1, OTHER_CHAIN, 7, REPLACED)]
)
def test_header_comes_back(header: ReelHeader) -> None:
    assert len(header.dump()) == BLOCK_BYTES
    assert parse_reel_header(header.dump()) == header


def test_every_byte_of_a_header_counts() -> None:
    data = ReelHeader(3, 2, CHAIN, 7, REPLACED).dump()
    for place in [*range(120), *range(120, len(data), 31), len(data) - 1]:
        with pytest.raises(Refused):
            parse_reel_header(flip(data, place))


@given(st.binary(max_size=120))
def test_hostile_headers_are_refused_and_never_worse(data: bytes) -> None:
    head = REEL.dump()
    for block in (data, data.ljust(4096, b"\0"), (head[:52] + data).ljust(4096, b"\0")[:4096]):
        try:
            found = parse_reel_header(block)
        except Refused:
            continue
        assert found is None or found.dump() == block


def test_note_of_what_was_replaced_must_be_a_range() -> None:
    head = struct.pack(">16sQQI", bytes(16), 9, 4, 5)
    block = REEL.dump()[:52] + head + struct.pack(">I", zlib.crc32(head))
    with pytest.raises(Refused) as error:
        parse_reel_header(block.ljust(4096, b"\0"))
    assert error.value.failure == "bad-document"


def test_scan_yields_records_in_order_with_their_places(tmp_path: Path) -> None:
    path = tmp_path / reel_name(3)
    path.write_bytes(reel_of(*STORY))
    descriptor = os.open(path, os.O_RDONLY)
    try:
        located = list(scan(lambda length, at: os.pread(descriptor, length, at), REEL, end=path.stat().st_size))
    finally:
        os.close(descriptor)
    assert [item.header for item in located] == [record.header for record in STORY]
    assert [item.offset for item in located] == [4096 * (1 + place) for place in range(len(STORY))]


@pytest.mark.parametrize("damaged", range(7))
def test_damaged_record_costs_itself_alone(damaged: int) -> None:
    data = flip(reel_of(*STORY), 4096 * (1 + damaged) + 45)
    assert sequences(data) == [number for number in range(7) if number != damaged]


def test_block_that_cannot_be_read_costs_its_record_alone() -> None:
    data = reel_of(*STORY)

    def read(length: int, offset: int) -> bytes:
        if offset <= 3 * BLOCK_BYTES < offset + length:
            raise OSError(errno.EIO, "bad sector")
        return data[offset : offset + length]

    assert [item.header.sequence for item in scan(read, REEL, end=len(data))] == [0, 1, 3, 4, 5, 6]


def test_header_longer_than_a_block_is_read_whole() -> None:
    """None of today's kinds needs more than a block, but the format allows it."""
    long = forged(Kind.GAP, manifest_of(Kind.GAP, {"note": "x" * 5000}))
    data = REEL.dump() + padded(long) + STORY[0].dump()
    sizes: list[int] = []

    def read(length: int, offset: int) -> bytes:
        sizes.append(length)
        return data[offset : offset + length]

    assert [item.header.sequence for item in scan(read, REEL, end=len(data))] == [0]
    assert max(sizes) > BLOCK_BYTES


def test_records_of_an_earlier_lap_and_of_another_chain_are_passed_over() -> None:
    other = Recorder(new_chain(OTHER_CHAIN))
    data = reel_of(STORY[4], other.boot(), STORY[2], STORY[5], STORY[5], STORY[6], header=ReelHeader(3, 2, CHAIN, 4))
    assert sequences(data, ReelHeader(3, 2, CHAIN, 4)) == [4, 5, 6]


def test_erased_reel_holds_none() -> None:
    assert sequences(reel_of(*STORY), ReelHeader(3, 2, CHAIN, ERASED)) == []


@pytest.mark.parametrize(("end", "found"), [(4096, 0), (8191, 0), (8192, 1), (12_288, 2), (12_289, 2)])
def test_nothing_is_read_beyond_the_synced_end(end: int, found: int) -> None:
    assert len(sequences(reel_of(*STORY), end=end)) == found


def test_position_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "position"
    assert read_position(path) is None
    path.write_bytes(dump_position(POSITION))
    assert path.stat().st_size == POSITION_BYTES
    assert read_position(path) == POSITION


def test_position_that_is_being_written_is_none_yet(tmp_path: Path) -> None:
    path = tmp_path / "position"
    old, new = dump_position(POSITION), dump_position(POSITION.model_copy(update={"sequence": 7, "end": 12_288}))
    for length in range(0, 300):
        torn = new[:length] + old[length:]
        path.write_bytes(torn)
        found = read_position(path)
        assert found is None or torn in (old, new)
    path.write_bytes(old[:-1])
    assert read_position(path) is None


@pytest.mark.parametrize(
    ("text", "failure"),
    [(b"{}", "bad-document"), (b"rubbish", "bad-json"), (b'{"a": 1}', "not-canonical"), (b"1.5", "float")],
)
def test_position_with_a_good_crc_and_bad_words_is_refused(tmp_path: Path, text: bytes, failure: str) -> None:
    path = tmp_path / "position"
    path.write_bytes((struct.pack(">I", zlib.crc32(text)) + text).ljust(POSITION_BYTES, b"\0"))
    with pytest.raises(Refused) as error:
        read_position(path)
    assert error.value.failure == failure


@pytest.mark.parametrize("field", ["reel", "lap", "end", "sequence", "oldest"])
def test_position_before_the_beginning_is_refused(tmp_path: Path, field: str) -> None:
    text = strictjson.dump({**POSITION.model_dump(), field: -1})
    path = tmp_path / "position"
    path.write_bytes((struct.pack(">I", zlib.crc32(text)) + text).ljust(POSITION_BYTES, b"\0"))
    with pytest.raises(Refused, match=f"{field}: "):
        read_position(path)


def test_position_that_cannot_be_read_is_a_storage_fault(tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match="cannot be read"):
        read_position(tmp_path)


def test_names_sort_like_numbers() -> None:
    assert [reel_name(0), reel_name(12), reel_name(99_999)] == ["reel-00000", "reel-00012", "reel-99999"]


def test_kinds_without_body_take_one_block() -> None:
    assert {record.header.record_bytes for record in STORY if record.header.kind is not Kind.SEGMENT} == {BLOCK_BYTES}
