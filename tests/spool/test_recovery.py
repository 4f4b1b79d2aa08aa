from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.base.errors import StorageFault
from edge.seal.reel import REEL_HEADER_BYTES, parse_reel_header
from edge.spool.evidence import REASON
from edge.wire.keys import SigningKey
from tests.spool.records import CHAIN, Node
from tests.spool.site import REEL_BYTES, Site

SEGMENT_BLOCKS = 25
"""Blocks of a segment with a body of 100,000 bytes: header and body take 101,2xx bytes."""


def begin(site: Site, segments: int) -> None:
    site.boot()
    for _ in range(segments):
        site.record()


def zero(site: Site, reel: int, start: int, end: int) -> None:
    site.data(reel)[start:end] = bytes(end - start)


def flip(site: Site, reel: int, offset: int) -> None:
    site.data(reel)[offset] ^= 1


def offset_of(number: int) -> int:
    """Where the numbered segment of the first reel begins; the BOOT record stands before it."""
    return REEL_HEADER_BYTES + 4096 + (number - 1) * SEGMENT_BLOCKS * 4096


def sequences(site: Site) -> list[int]:
    """Returns what a reader finds whole."""
    return sorted(sequence for chain, sequence in site.on_card() if chain == CHAIN)


@pytest.mark.parametrize("at", [100, 5000, 60_000])
def test_bit_flip_in_the_middle_costs_one_record(site: Site, at: int) -> None:
    begin(site, 5)
    flip(site, 0, offset_of(3) + at)
    recovery = site.cut()
    assert recovery.tip is not None
    assert recovery.tip.sequence == 5
    assert recovery.tip.sha256 == site.written[5].header.sha256
    site.boot()
    site.record()
    assert site.cut().tip == site.node.chain.tip


@pytest.mark.parametrize(
    ("damage", "seen"),
    [
        (lambda site: zero(site, 0, offset_of(5) + 5000, offset_of(6)), 5),  # body lost
        (lambda site: zero(site, 0, offset_of(5) + 200, offset_of(6)), 5),  # only the preamble is left
        (lambda site: flip(site, 0, offset_of(5) + 300), 5),  # signature does not hold
        (lambda site: zero(site, 0, offset_of(5), offset_of(6)), 4),  # nothing reached the card
    ],
    ids=["body", "preamble", "signature", "nothing"],
)
def test_torn_last_record_is_overwritten_and_its_sequence_never_used_again(
    site: Site, damage: Callable[[Site], None], seen: int
) -> None:
    begin(site, 5)
    damage(site)
    recovery = site.cut()
    assert recovery.tip is not None
    assert recovery.tip.sequence == seen
    assert recovery.tip.sha256 == site.written[4].header.sha256
    position = site.boot()
    assert position.sequence == seen + 1
    assert position.end == offset_of(5) + 4096
    assert sequences(site) == [0, 1, 2, 3, 4, seen + 1]


def test_published_position_counts_where_the_card_lost_its_record(site: Site) -> None:
    begin(site, 5)
    zero(site, 0, offset_of(5), offset_of(6))
    recovery = site.restart()
    assert recovery.tip is not None
    assert (recovery.tip.sequence, recovery.tip.sha256) == (5, site.written[5].header.sha256)


def test_receipts_count_where_the_card_lost_its_record(site: Site) -> None:
    begin(site, 5)
    site.receipts.take(*site.written)
    zero(site, 0, offset_of(4), offset_of(6))
    recovery = site.cut()
    assert recovery.tip is not None
    assert (recovery.tip.sequence, recovery.tip.sha256) == (5, site.written[5].header.sha256)
    assert recovery.newest == 3


def test_unreadable_blocks_behind_the_last_record_may_have_held_one_each(site: Site) -> None:
    begin(site, 5)
    first = offset_of(5) // 4096
    site.disk.files["reel-00000"].bad_blocks = {first, first + 1}
    recovery = site.cut()
    assert recovery.tip is not None
    assert (recovery.tip.sequence, recovery.tip.sha256) == (4 + 2, site.written[4].header.sha256)
    assert recovery.damaged == 2
    assert site.boot().reel == 1, "the reel with bad sectors at its end is left"


def test_bad_sector_in_the_middle_costs_its_own_record_only(site: Site) -> None:
    begin(site, 5)
    site.disk.files["reel-00000"].bad_blocks = {offset_of(3) // 4096 + 2}
    recovery = site.cut()
    assert recovery.tip is not None
    assert recovery.tip.sequence == 5
    site.disk.files["reel-00000"].bad_blocks = {offset_of(2) // 4096}
    recovery = site.cut()
    assert recovery.damaged == 0, "unreadable blocks before the last whole record raise nothing"


def test_bad_sector_behind_a_record_of_one_block_does_not_cost_that_record(site: Site) -> None:
    site.boot()
    site.record()
    site.disk.files["reel-00000"].bad_blocks = {2}
    recovery = site.cut()
    assert recovery.tip is not None
    assert recovery.tip.sha256 == site.written[0].header.sha256


def test_reel_header_that_is_lost_is_written_anew(site: Site) -> None:
    begin(site, 5)
    flip(site, 0, 20)
    recovery = site.cut()
    assert recovery.tip is not None
    assert recovery.tip.sequence == 5
    header = parse_reel_header(bytes(site.data(0)))
    assert header is not None
    assert (header.chain, header.first) == (CHAIN, 0)
    assert sequences(site) == [0, 1, 2, 3, 4, 5]
    assert site.boot().reel == 0


def test_reel_whose_lost_header_cannot_be_written_is_read_but_abandoned(site: Site) -> None:
    begin(site, 5)
    site.spool.close()
    flip(site, 0, 20)
    site.disk.fail.add(("write", "reel-00000"))
    recovery = site.open()
    assert recovery.tip is not None
    assert recovery.tip.sequence == 5
    assert recovery.unusable == (0,)
    assert site.boot().reel == 1


def test_reel_with_an_unreadable_header_is_still_searched(site: Site) -> None:
    begin(site, 5)
    site.disk.files["reel-00000"].bad_blocks = {0}
    recovery = site.cut()
    assert recovery.tip is not None
    assert recovery.tip.sequence == 5
    assert site.boot().reel == 1


def test_lost_header_of_a_reel_without_records_leaves_it_empty(site: Site) -> None:
    begin(site, 3)
    site.data(2)[:8] = b"GARBAGE!"
    recovery = site.cut()
    assert (recovery.damaged, recovery.tip and recovery.tip.sequence) == (1, 3)
    for _ in range(30):
        site.record()
    header = parse_reel_header(bytes(site.data(2)))
    assert header is not None
    assert header.lap == 2, "it comes after every lap known"


def test_header_of_another_reel_is_none(site: Site) -> None:
    begin(site, 25)
    site.data(1)[:4096] = site.data(0)[:4096]
    recovery = site.cut()
    assert recovery.damaged == 1
    assert sequences(site) == list(range(26))


def test_entry_torn_before_its_header_is_found_and_goes_on(site: Site) -> None:
    begin(site, 0)
    while site.spool.position is None or site.spool.position.lap == 1:
        old = {index: bytes(site.data(index)[:4096]) for index in range(4)}
        site.record()
    position = site.spool.position
    # The first record of the second lap reached the card, the header did not.
    site.data(position.reel)[:4096] = old[position.reel]
    recovery = site.cut()
    assert recovery.tip is not None
    assert (recovery.tip.sequence, recovery.tip.sha256) == (position.sequence, position.sha256)
    following = site.boot()
    assert (following.reel, following.lap) == (position.reel, position.lap)
    assert following.sequence in sequences(site)


def test_entry_torn_behind_its_header_goes_on_in_that_reel(site: Site) -> None:
    begin(site, 0)
    while site.spool.position is None or site.spool.position.reel == 0:
        site.record()
    position = site.spool.position
    zero(site, 1, 4096, REEL_BYTES)
    recovery = site.cut()
    assert recovery.tip is not None
    assert recovery.tip.sequence == position.sequence, "the header names the sequence that was used"
    assert recovery.tip.sha256 == site.written[-2].header.sha256
    following = site.boot()
    assert (following.reel, following.end) == (1, REEL_HEADER_BYTES + 4096)
    assert site.cut().tip == site.node.chain.tip


def test_record_that_reached_two_reels_is_one_record(site: Site) -> None:
    begin(site, 3)
    site.disk.fail.add(("sync", "reel-00000"))
    record = site.record()
    site.disk.fail.clear()
    site.disk.files["reel-00000"].durable[:] = site.disk.open("reel-00000").read(REEL_BYTES, 0)
    recovery = site.cut()
    assert recovery.tip is not None
    assert recovery.tip.sha256 == record.header.sha256
    assert site.boot().reel == 1


def test_reels_that_begin_alike_go_on_where_one_got_further(site: Site) -> None:
    site.disk.fail.add(("sync", "reel-00000"))
    begin(site, 3)
    site.disk.fail.clear()
    site.disk.files["reel-00000"].durable[:] = site.disk.open("reel-00000").read(REEL_BYTES, 0)
    recovery = site.cut()
    assert recovery.tip is not None
    assert recovery.tip.sequence == 3
    assert site.boot().reel == 1


def test_chain_of_which_nothing_is_left_is_followed_by_a_new_one(site: Site) -> None:
    begin(site, 3)
    zero(site, 0, 4096, REEL_BYTES)
    recovery = site.cut()
    assert recovery.tip is None
    assert recovery.chain != CHAIN
    assert recovery.predecessor == CHAIN
    assert site.boot().chain == recovery.chain
    again = site.cut()
    assert (again.chain, again.predecessor) == (recovery.chain, CHAIN)
    assert again.tip == site.node.chain.tip


def test_records_of_another_key_are_no_records(site: Site) -> None:
    stranger = Node(key=SigningKey.from_seed(bytes(32)))
    site.append(stranger.boot())
    recovery = site.cut()
    assert recovery.chain != CHAIN, "its sequence was used, and nothing can be linked to"


def test_records_of_an_earlier_chain_stay_until_their_room_is_needed(site: Site) -> None:
    begin(site, 12)
    (site.folder / "spool.json").write_bytes(b"torn")
    site.spool.close()
    with pytest.raises(StorageFault, match="no whole spool"):
        site.open()
    site.make(chain="ee" * 16)
    recovery = site.open()
    assert (recovery.chain, recovery.predecessor, recovery.tip) == ("ee" * 16, CHAIN, None)
    site.boot()
    lost = [lost for _ in range(40) for lost in site.announce_and_record()]
    assert (lost[0].chain, lost[0].first, lost[0].records) == (CHAIN, 0, 10)
    assert lost[-1].chain == "ee" * 16


def test_old_copy_of_a_card_begins_a_new_chain(site: Site) -> None:
    begin(site, 3)
    site.receipts.known[CHAIN, 4 + REASON] = "00" * 32
    recovery = site.cut()
    assert (recovery.tip, recovery.predecessor) == (None, CHAIN)


def test_missing_reel_is_passed_over(site: Site) -> None:
    begin(site, 3)
    del site.disk.files["reel-00002"]
    site.disk.fail.add(("open", "reel-00003"))
    site.spool.close()
    recovery = site.open()
    assert recovery.unusable == (2, 3)
    assert recovery.tip is not None
    for _ in range(30):
        site.record()
    assert site.spool.position is not None
    assert site.spool.position.reel in (0, 1)
    assert site.restart().unusable == (2, 3)


def test_spool_that_cannot_be_listed_says_so(site: Site) -> None:
    site.spool.close()
    site.disk.fail.add(("sizes", ""))
    with pytest.raises(StorageFault, match="check the card"):
        site.open()
    site.disk.fail.clear()
    site.open()


def test_spool_that_is_not_there_says_so(site: Site, tmp_path: Path) -> None:
    site.spool.close()
    site.folder = tmp_path / "elsewhere"
    with pytest.raises(StorageFault, match="cannot be locked"):
        site.open()


def test_damaged_position_is_no_position(site: Site) -> None:
    begin(site, 2)
    site.spool.close()
    site.position_path.write_bytes(bytes(1024))
    recovery = site.open()
    assert recovery.tip is not None
    assert recovery.tip.sequence == 2
