"""``edge/spool/LAYOUT.md`` says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge.base.errors import Refused
from edge.seal.manifest import Range
from edge.seal.reel import (
    ERASED,
    POSITION_BYTES,
    REEL_HEADER_BYTES,
    Position,
    ReelHeader,
    dump_position,
    parse_reel_header,
    read_position,
    scan,
)
from edge.spool import ageing, evidence, layout, ring
from tests.spool.records import CHAIN
from tests.spool.site import REEL_BYTES, Site

PAGE = (Path(layout.__file__).parent / "LAYOUT.md").read_text()
HEADER = ReelHeader(2, 3, CHAIN, 41, Range(chain=CHAIN, first=12, last=19, records=7))
PLAIN = ReelHeader(2, 3, CHAIN, 41)


def test_worked_bytes_are_what_the_code_writes() -> None:
    shown = "".join(re.findall(r"^[0-9a-f]{4}  ((?:[0-9a-f]{2} ?)+)$", PAGE, re.MULTILINE))
    assert bytes.fromhex(shown).ljust(REEL_HEADER_BYTES, b"\0") == HEADER.dump()


def test_offsets_are_contiguous_and_fill_the_block() -> None:
    rows = [(int(a), int(b)) for a, b in re.findall(r"^\| (\d+) \| (\d+) \|", PAGE, re.MULTILINE)]
    assert [offset for offset, _ in rows] == [sum(size for _, size in rows[:n]) for n in range(len(rows))]
    assert sum(size for _, size in rows) == REEL_HEADER_BYTES


@pytest.mark.parametrize(
    "text",
    [
        f"The last {layout.NOTICE_ROOM_BYTES} bytes",
        f"at most `reel_bytes` - {REEL_HEADER_BYTES} - {layout.NOTICE_ROOM_BYTES} bytes",
        f"`reels` ({layout.REELS_MIN} to {layout.REELS_MAX:,})",
        f"one block of {POSITION_BYTES} bytes",
        f"of the {ring.LOOK_REELS} oldest",
        f"At most {ageing.REELS_A_CALL} reels",
        f"2^{evidence.REASON.bit_length() - 1} above the others",
        f"2^{ERASED.bit_length() - 1} (`ERASED`)",
    ],
)
def test_limits_are_those_of_the_code(text: str) -> None:
    assert text in PAGE


@pytest.mark.parametrize("header", [HEADER, PLAIN, ReelHeader(0, 1, CHAIN, ERASED)])
def test_header_is_read_as_it_was_written(header: ReelHeader) -> None:
    assert parse_reel_header(header.dump()) == header


@pytest.mark.parametrize("offset", range(93))
def test_no_byte_of_the_header_changes_unnoticed(offset: int) -> None:
    data = bytearray(HEADER.dump())
    data[offset] ^= 1
    with pytest.raises(Refused) as caught:
        parse_reel_header(bytes(data))
    assert f"`{caught.value.failure}`" in PAGE


def test_range_that_runs_backwards_is_refused() -> None:
    backwards = Range.model_construct(chain=CHAIN, first=9, last=3, records=1)
    with pytest.raises(Refused) as caught:
        parse_reel_header(ReelHeader(0, 1, CHAIN, 0, backwards).dump())
    assert caught.value.failure == "bad-document"


def test_cut_header_is_refused_and_zeros_are_a_reel_never_used() -> None:
    with pytest.raises(Refused) as caught:
        parse_reel_header(HEADER.dump()[:-1])
    assert caught.value.failure == "truncated"
    assert parse_reel_header(bytes(REEL_HEADER_BYTES)) is None


def test_position_is_one_block_and_a_torn_one_is_none(tmp_path: Path) -> None:
    position = Position(chain=CHAIN, reel=2, lap=3, end=3_502_080, sequence=71, sha256="ab" * 32, oldest=20)
    path = tmp_path / "position"
    path.write_bytes(dump_position(position))
    assert path.stat().st_size == POSITION_BYTES
    assert read_position(path) == position
    path.write_bytes(dump_position(position)[:700] + b"\1" + bytes(323))
    assert read_position(path) is None
    for field in Position.model_fields:
        assert f"`{field}`" in PAGE


def test_position_of_another_shape_is_refused(tmp_path: Path) -> None:
    fields = {"reel": 2, "lap": 3, "end": 4096, "sequence": 0, "sha256": "ab" * 32, "oldest": 0}
    wrong = Position.model_construct(chain="no chain", **fields)  # type: ignore[arg-type]
    (tmp_path / "position").write_bytes(dump_position(wrong))
    with pytest.raises(Refused, match="chain"):
        read_position(tmp_path / "position")
    assert read_position(tmp_path / "none") is None


def test_control_without_the_first_sequence_an_earlier_lap_is_resurrected(site: Site) -> None:
    site.boot()
    for size in [200_000] * 18 + [40_000]:
        site.record(size)
    position = site.spool.position
    assert position is not None
    file = site.disk.open(f"reel-{position.reel:05d}")
    header = parse_reel_header(file.read(REEL_HEADER_BYTES, 0))
    assert header is not None
    own = [located.header.sequence for located in scan(file.read, header, end=REEL_BYTES)]
    assert own[0] == header.first
    file.write(bytes(4096), 4096)
    file.write(bytes(position.end - 4096), 4096)
    assert list(scan(file.read, header, end=REEL_BYTES)) == []
    without = ReelHeader(header.index, header.lap, header.chain, 0)
    assert [located.header.sequence for located in scan(file.read, without, end=REEL_BYTES)] != []


def test_record_that_would_end_beyond_the_synced_end_is_not_taken(site: Site) -> None:
    end = site.boot().end
    site.record()
    file = site.disk.open("reel-00000")
    header = ReelHeader(0, 1, CHAIN, 0)
    assert [located.header.sequence for located in scan(file.read, header, end=end + 4096)] == [0]
