from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.errors import StorageFault
from edge.seal.manifest import Kind, Range
from edge.seal.reel import ReelHeader, parse_reel_header
from edge.spool.losses import Loss, loss_of, lost_range, merged
from edge.spool.ring import Reel, last_of, next_lap, next_reel, oldest_first
from tests.spool.records import CHAIN, Node
from tests.spool.simulated_disk import SimulatedDisk
from tests.spool.site import REEL_BYTES, Site

OLD = "aa" * 16


def ring(*states: str) -> list[Reel]:
    """Builds reels from words: ``empty``, ``first:chain``, with ``!`` for abandoned and ``-`` for missing."""
    disk = SimulatedDisk()
    reels = []
    for index, state in enumerate(states):
        disk.allocate(str(index), 4096)
        reel = Reel(index, None if state.startswith("-") else disk.open(str(index)))
        reel.abandoned = state.startswith("!")
        word = state.lstrip("!-")
        if word != "empty":
            first, _, chain = word.partition(":")
            reel.header, reel.begins_us = ReelHeader(index, 1, chain or CHAIN, int(first)), 0
        reels.append(reel)
    return reels


@pytest.mark.parametrize(
    ("states", "current", "spent", "expected"),
    [
        (("empty", "empty", "empty"), None, set(), 0),
        (("0", "empty", "empty"), 0, set(), 1),
        (("0", "9", "empty"), 1, {0}, 2),
        (("empty", "0", "9"), 2, set(), 0),
        (("18", "0", "9"), 0, set(), 1),
        (("18", "0", "9"), 0, {2}, 2),
        (("18", "0", "9"), 0, {1, 2}, 1),
        (("18", "!0", "9"), 0, {1}, 2),
        (("18", "-0", "9"), 0, set(), 2),
        (("18", f"7:{OLD}", "9"), 0, set(), 1),
        (("0", "!9", "-empty"), 0, {0}, None),
    ],
    ids=[
        "first of an unused ring",
        "unused one before any other",
        "unused one before a spent one",
        "unused one behind the end of the ring",
        "oldest where none is spent",
        "oldest spent one",
        "oldest of several spent",
        "never an abandoned one",
        "never a missing one",
        "earlier chain before this one",
        "none is left",
    ],
)
def test_next_reel(states: tuple[str, ...], current: int | None, spent: set[int], expected: int | None) -> None:
    reels = ring(*states)
    found = next_reel(reels, CHAIN, None if current is None else reels[current], lambda reel: reel.index in spent)
    assert (None if found is None else found.index) == expected


def test_reels_are_ordered_by_chain_then_by_first_sequence() -> None:
    assert [reel.index for reel in oldest_first(ring("9", "empty", f"50:{OLD}", "0", "-1"), CHAIN)] == [2, 3, 0]


def test_laps_count_up_and_a_lost_header_comes_after_every_lap() -> None:
    reels = ring("0", "empty", "9")
    assert [next_lap(reels, reel) for reel in reels] == [2, 1, 2]
    reels[1].damaged = True
    assert next_lap(reels, reels[1]) == 2


def test_reel_can_hold_what_lies_below_the_next_first_sequence() -> None:
    reels = ring("0", "9", f"50:{OLD}")
    assert [last_of(reels, reel.header) for reel in reels if reel.header] == [8, None, None]


def fill(site: Site) -> None:
    """Fills the ring to the point where the next segment needs another reel."""
    site.boot()
    while not site.spool.prepare(200_000):
        site.append(site.node.segment(200_000))


def test_eviction_is_announced_once_before_the_reel_is_overwritten(site: Site) -> None:
    fill(site)
    first = [record.header.sequence for record in site.on_card().values()]
    assert 0 in first
    lost = site.announce(200_000)
    assert [(item.first, item.records) for item in lost] == [(0, item.last + 1) for item in lost]
    assert (CHAIN, 0) in site.on_card(), "announced, not overwritten yet"
    assert site.announce(200_000) == []
    site.append(site.node.segment(200_000))
    assert (CHAIN, 0) not in site.on_card()


def test_announced_eviction_is_not_announced_again_after_a_cut(site: Site) -> None:
    fill(site)
    assert site.announce(200_000)
    site.cut()
    site.boot()
    assert site.announce(200_000) == []


def test_receipted_reel_is_overwritten_without_a_word(site: Site) -> None:
    fill(site)
    site.receipts.take(*site.written)
    assert site.announce(200_000) == []
    position = site.append(site.node.segment(200_000))
    assert (position.reel, position.lap) == (0, 2)


def test_receipt_for_another_hash_makes_exactly_that_record_lost(site: Site) -> None:
    fill(site)
    reels = {parse_reel_header(bytes(site.data(index))) for index in range(4)}
    for header in reels:
        assert header is not None
        site.receipts.known |= {(CHAIN, header.first): "00" * 32}
    others = [record for record in site.written if (CHAIN, record.header.sequence) not in site.receipts.known]
    site.receipts.take(*others)
    assert site.announce(200_000) == [Range(chain=CHAIN, first=0, last=0, records=1)]


def test_spent_reel_goes_before_an_older_one_that_is_not(site: Site) -> None:
    fill(site)
    second = parse_reel_header(bytes(site.data(1)))
    third = parse_reel_header(bytes(site.data(2)))
    assert second is not None
    assert third is not None
    site.receipts.take(*[r for r in site.written if second.first <= r.header.sequence < third.first])
    assert site.announce(200_000) == []
    assert site.append(site.node.segment(200_000)).reel == 1
    assert site.spool.position is not None
    assert site.spool.position.oldest == 0


def test_receipts_that_cannot_be_read_are_none(site: Site) -> None:
    fill(site)
    site.receipts.broken = True
    assert site.announce(200_000), "what cannot be proven receipted is announced"


def test_unannounced_eviction_is_owed_until_it_is_signed(site: Site) -> None:
    fill(site)
    record = site.node.segment(200_000)
    position = site.append(record)
    header = parse_reel_header(bytes(site.data(position.reel)))
    assert header is not None
    assert header.replaced is not None
    assert [loss.detail for loss in site.spool.prepare()] == [header.replaced]
    site.cut()
    site.boot()
    assert site.announce(1) == [header.replaced]
    site.cut()
    site.boot()
    assert site.announce(1) == []


def test_owed_notice_is_dropped_where_receipts_came_since(site: Site) -> None:
    fill(site)
    site.append(site.node.segment(200_000))
    site.receipts.take(*site.written)
    site.cut()
    site.boot()
    assert site.announce(1) == []


def test_impossible_note_of_a_replaced_range_is_passed_over(site: Site) -> None:
    site.boot()
    lost = Range(chain=CHAIN, first=0, last=2**52, records=1)
    site.data(0)[:4096] = ReelHeader(0, 1, CHAIN, 0, lost).dump()
    site.cut()
    site.boot()
    assert site.announce(1) == []


def test_refusing_reels_are_left_one_after_another_with_the_same_record(site: Site) -> None:
    site.boot()
    site.disk.fail |= {("sync", "reel-00000"), ("write", "reel-00001")}
    record = site.node.segment()
    position = site.append(record)
    assert (position.reel, position.sha256) == (2, record.header.sha256)
    assert site.spool.abandoned == (0, 1)
    calls = [call for call in site.disk.calls if call[1] == "reel-00000" and call[0] == "write"]
    site.record()
    assert calls == [call for call in site.disk.calls if call[1] == "reel-00000" and call[0] == "write"]


def test_reel_that_fails_after_it_was_planned_is_planned_no_more(site: Site) -> None:
    fill(site)
    site.announce(200_000)
    site.disk.fail.add(("write", "reel-00000"))
    position = site.append(site.node.segment(200_000))
    assert position.reel == 1
    owed = [loss.detail.first for loss in site.spool.prepare()]
    assert owed == [parse_first(site, 1)]


def parse_first(site: Site, reel: int) -> int:
    header = parse_reel_header(bytes(site.data(reel)))
    assert header is not None
    assert header.replaced is not None
    return header.replaced.first


def test_storage_fault_where_no_reel_takes_the_record(site: Site) -> None:
    site.boot()
    site.disk.fail.add(("sync", "*"))
    with pytest.raises(StorageFault, match="record 1: 4 reels refused it; replace the card"):
        site.append(site.node.segment())
    assert site.spool.abandoned == (0, 1, 2, 3)
    with pytest.raises(StorageFault, match="record 2: no reel of the spool takes it; replace the card"):
        site.append(site.node.segment())


def test_card_that_takes_nothing_costs_a_few_reels_and_not_all(tmp_path: Path) -> None:
    site = Site(tmp_path, reels=9)
    site.boot()
    site.disk.fail.add(("sync", "*"))
    with pytest.raises(StorageFault, match="4 reels refused it"):
        site.append(site.node.segment())
    assert site.spool.abandoned == (0, 1, 2, 3)


def test_notice_finds_room_where_a_segment_does_not(site: Site) -> None:
    fill(site)
    reel = site.spool.position.reel if site.spool.position else -1
    while not site.spool.prepare(1):
        site.append(site.node.segment(1))
    site.announce(1)
    assert site.spool.position is not None
    assert site.spool.position.reel == reel
    assert site.spool.position.end > REEL_BYTES - 16 * 4096 - 3 * 4096


def test_lost_range_reaches_over_neighbours_that_cannot_be_read_but_not_over_receipted_ones() -> None:
    node = Node()
    headers = [node.boot().header, *(node.gap().header for _ in range(9))]
    known = {0: headers[0].sha256, 9: headers[9].sha256}
    readable = [headers[3], headers[5]]
    assert lost_range(readable, known, 0, 9) == Range(chain=CHAIN, first=1, last=8, records=2)
    assert lost_range(readable, known, 3, 5) == Range(chain=CHAIN, first=3, last=5, records=2)
    assert lost_range(readable, {3: headers[3].sha256, 5: headers[5].sha256}, 0, 9) is None


def test_losses_are_merged_over_one_chain() -> None:
    def loss(chain: str, first: int, last: int) -> Loss:
        return Loss(Kind.EVICTED, Range(chain=chain, first=first, last=last, records=2))

    assert merged([]) is None
    assert merged([loss(OLD, 5, 6), loss(CHAIN, 9, 10), loss(CHAIN, 3, 4)]) == Range(
        chain=CHAIN, first=3, last=10, records=4
    )


def test_no_records_are_no_loss() -> None:
    assert loss_of(Kind.EXPIRED, []) is None
