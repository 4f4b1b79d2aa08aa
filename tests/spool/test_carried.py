"""Notices that are overwritten themselves: what they said must stand in a newer one, however long the line is away."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from edge.seal.manifest import Kind, Range
from edge.seal.record import Record
from edge.spool.eviction import Eviction
from edge.spool.losses import Loss, joined
from tests.spool.records import CHAIN
from tests.spool.site import Receipted, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.boot()
    return made


def unaccounted(site: Site) -> set[int]:
    """Sequences that are neither on the card nor receipted, and that no notice names which is either."""
    kept = set(site.on_card()) | {place for place in site.receipts.known if place[0] == CHAIN}
    there = {sequence for _, sequence in kept}
    written = {record.header.sequence: record for record in site.written}
    for sequence in set(there):
        detail = written[sequence].header.manifest.detail
        if written[sequence].header.kind is Kind.EVICTED and isinstance(detail, Range):
            there |= set(range(detail.first, detail.last + 1))
    return set(written) - there


def outage_with_islands(site: Site, seed: int, segments: int = 150) -> None:
    """The line is away for laps on end, and comes back for moments in which some of the newest records go."""
    random = Random(seed)
    for _ in range(segments):
        site.record(100_000)
        if random.random() < 0.06:
            newest: list[Record] = site.written[-random.randrange(1, 4) :]
            site.receipts.take(*(record for record in newest if record.header.kind is not Kind.EVICTED))
        if random.random() < 0.03:
            site.cut(random.randrange(1000))
            site.boot()


@pytest.mark.parametrize("seed", range(6))
def test_every_lost_record_is_named_by_a_notice_that_is_not_lost_itself(site: Site, seed: int) -> None:
    outage_with_islands(site, seed)
    assert unaccounted(site) == set()


def test_control_without_carrying_on_the_first_laps_are_forgotten(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Eviction, "_carried", lambda *_: [])
    outage_with_islands(site, 0)
    assert unaccounted(site)


def test_an_outage_without_islands_needs_one_notice_a_reel_however_long_it_is(site: Site) -> None:
    for _ in range(150):
        site.record(100_000)
    notices = [record for record in site.written if record.header.kind is Kind.EVICTED]
    entered = {(item.reel, item.lap) for item in (site.spool.append(site.node.segment(1000)),)}
    assert len(notices) <= next(iter(entered))[1] * site.reels
    last = notices[-1].header.manifest.detail
    assert isinstance(last, Range)
    assert last.first == 0


def test_losses_with_a_receipt_between_them_stay_two() -> None:
    def lost(first: int, last: int, kind: Kind = Kind.EVICTED) -> Loss:
        return Loss(kind, Range(chain=CHAIN, first=first, last=last, records=1))

    receipts = Receipted()
    assert joined([lost(5, 9), lost(0, 2)], receipts) == [
        Loss(Kind.EVICTED, Range(chain=CHAIN, first=0, last=9, records=2))
    ]
    receipts.known[CHAIN, 3] = "aa" * 32
    assert joined([lost(5, 9), lost(0, 2)], receipts) == [lost(0, 2), lost(5, 9)]
    assert joined([lost(0, 2), lost(4, 5, Kind.EXPIRED)], receipts) == [lost(0, 2), lost(4, 5, Kind.EXPIRED)]
