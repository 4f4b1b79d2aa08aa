from __future__ import annotations

from collections.abc import Sequence

import pytest

from edge.base.clock import SECOND_US, ClockQuality
from edge.seal.manifest import Range
from edge.seal.reel import ERASED, Located, parse_reel_header, scan
from edge.spool.ageing import REELS_A_CALL, find_expired
from edge.spool.expiry import LOOK_EVERY_US
from tests.spool.records import CHAIN, DAY_US, SEGMENT_US, START_US, Node
from tests.spool.site import REEL_BYTES, Site

UNTRUSTED = ClockQuality.UNTRUSTED
RETENTION_US = 2 * DAY_US


def write(site: Site, ages_s: Sequence[float], clock: ClockQuality = ClockQuality.SYNCHRONISED) -> None:
    """Writes segments that end so many seconds before the retention's limit at START_US + 10 days."""
    site.node.clock = clock
    for age_s in ages_s:
        site.node.now_us = NOW_US - RETENTION_US - int(age_s * 1e6) - SEGMENT_US
        site.record()


NOW_US = START_US + 10 * DAY_US


@pytest.fixture
def aged(site: Site) -> Site:
    """A BOOT, three records too old by a minute, two that are not."""
    site.boot()
    write(site, [60, 60, 60, -60, -60])
    return site


def left(site: Site) -> list[int]:
    return sorted(sequence for _, sequence in site.on_card())


def test_expired_records_are_announced_and_then_unreadable(aged: Site) -> None:
    bodies = [record.body for record in aged.written]
    assert aged.expire(NOW_US) == [Range(chain=CHAIN, first=0, last=3, records=4)]
    assert left(aged) == [4, 5, 6]
    medium = bytes(aged.data(0))
    assert [body in medium for body in bodies[1:]] == [False, False, False, True, True]


def test_erasure_survives_a_cut(aged: Site) -> None:
    aged.expire(NOW_US)
    recovery = aged.cut()
    assert recovery.oldest == 4
    assert left(aged) == [4, 5, 6]


def test_nothing_is_erased_by_an_untrusted_clock(aged: Site) -> None:
    assert aged.expire(NOW_US, trusted=False) == []
    assert aged.spool.erase_expired(NOW_US, trusted=False) == 0
    assert left(aged) == [0, 1, 2, 3, 4, 5]


def test_nothing_is_erased_before_its_notice_is_durable(aged: Site) -> None:
    assert aged.spool.expired(NOW_US, trusted=True)
    assert aged.spool.erase_expired(NOW_US, trusted=True) == 0
    assert left(aged) == [0, 1, 2, 3, 4, 5]


def test_nothing_is_erased_by_a_clock_that_was_set_back_in_between(aged: Site) -> None:
    for loss in aged.spool.expired(NOW_US, trusted=True):
        aged.append(aged.node.notice(loss.kind, loss.detail))
    assert aged.spool.erase_expired(NOW_US - 1, trusted=True) == 0
    assert left(aged) == [0, 1, 2, 3, 4, 5, 6]


def test_reel_that_was_overwritten_in_between_is_not_erased(site: Site) -> None:
    site.boot()
    write(site, [60] * 36)
    losses = site.spool.expired(NOW_US, trusted=True)
    site.receipts.take(*site.written)
    while site.spool.position is not None and site.spool.position.lap == 1:
        site.record()
    for loss in losses:
        site.append(site.node.notice(loss.kind, loss.detail))
    site.spool.erase_expired(NOW_US, trusted=True)
    newest = [record.header.sequence for record in site.written[-2:]]
    assert set(newest) <= set(left(site))


def test_nothing_young_expires_and_the_reels_are_left_alone_until_something_can(aged: Site) -> None:
    assert aged.expire(NOW_US - 10 * DAY_US) == []
    aged.expire(NOW_US)
    assert aged.expire(NOW_US) == []
    aged.disk.calls.clear()
    assert aged.expire(NOW_US + 1) == []
    assert aged.disk.calls == []


def test_what_grows_too_old_within_ten_minutes_goes_with_one_notice(site: Site) -> None:
    site.boot()
    write(site, [60, -120, -240, -360, -3600, -3600])
    assert site.expire(NOW_US) == [Range(chain=CHAIN, first=0, last=1, records=2)]
    assert site.expire(NOW_US + 300 * SECOND_US) == []
    assert site.expire(NOW_US + LOOK_EVERY_US) == [Range(chain=CHAIN, first=2, last=4, records=3)]


def test_clock_that_ran_ahead_and_was_set_back_does_not_end_expiry(site: Site) -> None:
    site.boot()
    write(site, [60, -120, -240, -3600])
    site.expire(NOW_US)
    site.expire(NOW_US - DAY_US)
    assert site.expire(NOW_US + 300 * SECOND_US) == [Range(chain=CHAIN, first=2, last=3, records=2)]


def test_newest_record_stays_however_old(site: Site) -> None:
    site.boot()
    write(site, [60, 60])
    lost = site.spool.expired(NOW_US, trusted=True)
    assert [loss.detail.last for loss in lost] == [1]
    assert site.cut().tip is not None


def test_whole_reels_are_emptied_and_used_before_any_other(site: Site) -> None:
    site.boot()
    write(site, [60] * 25 + [-60])
    before = site.spool.position
    assert site.expire(NOW_US)[0].first == 0
    header = parse_reel_header(bytes(site.data(0)))
    assert header is not None
    assert (header.first, header.lap) == (ERASED, 1)
    assert not any(site.data(0)[4096:])
    assert before is not None
    recovery = site.cut()
    assert recovery.oldest == before.sequence
    site.boot()
    while (position := site.spool.position) and position.reel == before.reel:
        site.record()
    assert position is not None
    assert position.reel == 3, "the reel never used comes first in the ring's order"
    while (position := site.spool.position) and position.reel == 3:
        assert site.announce(100_000) == []
        site.append(site.node.segment())
    assert position is not None
    assert (position.reel, position.lap) == (0, 2)


def test_record_without_a_believed_time_expires_with_the_next_that_has_one(site: Site) -> None:
    site.boot()
    write(site, [-60], UNTRUSTED)
    write(site, [60])
    write(site, [90], UNTRUSTED)
    write(site, [-60])
    assert [lost.last for lost in site.expire(NOW_US)] == [2]
    assert left(site) == [3, 4, 5]


def test_time_in_the_future_is_not_believed(site: Site) -> None:
    site.boot()
    write(site, [-10 * 86_400.0, 60, -60])
    assert [lost.last for lost in site.expire(NOW_US)] == [2]


def test_clock_that_once_ran_behind_erases_nothing_younger(site: Site) -> None:
    site.boot()
    write(site, [-60, 86_400.0, -60])
    assert [lost.last for lost in site.expire(NOW_US)] == [0]
    assert left(site) == [1, 2, 3, 4]


def test_reels_without_a_believed_time_wait_for_one_that_has(site: Site) -> None:
    site.node.clock = UNTRUSTED
    site.boot()
    write(site, [60] * 12, UNTRUSTED)
    assert site.expire(NOW_US) == []
    write(site, [60] * 10)
    site.restart()
    site.boot()
    assert site.expire(NOW_US)[0].first == 0
    assert min(left(site)) >= 21


def test_newest_record_without_a_believed_time_stays(site: Site) -> None:
    site.boot()
    write(site, [60], UNTRUSTED)
    assert [lost.last for lost in site.expire(NOW_US)] == [0]


def test_records_of_an_earlier_chain_expire_too(site: Site) -> None:
    site.boot()
    write(site, [60] * 12)
    (site.folder / "spool.json").unlink()
    site.spool.close()
    site.make(chain="ee" * 16)
    site.open()
    site.node = Node("ee" * 16, now_us=NOW_US)
    site.boot()
    assert [(lost.chain, lost.first, lost.last) for lost in site.expire(NOW_US)] == [(CHAIN, 0, 12)]
    assert [chain for chain, _ in site.on_card()] == ["ee" * 16] * 2


def test_reel_that_cannot_be_erased_is_abandoned(aged: Site) -> None:
    aged.disk.fail.add(("zero", "reel-00000"))
    aged.expire(NOW_US)
    assert aged.spool.abandoned == (0,)
    assert aged.expire(NOW_US) == [], "it is not tried again before the next start"


def test_damaged_rest_of_a_reel_goes_without_a_notice(site: Site) -> None:
    site.boot()
    write(site, [60] * 12)
    site.data(0)[8192 + 300] ^= 1
    assert site.expire(NOW_US)
    assert not any(site.data(0)[4096:])


def records_of(site: Site, index: int) -> list[Located]:
    data = site.data(index)
    header = parse_reel_header(bytes(data[:4096]))
    return (
        [] if header is None else list(scan(lambda length, at: bytes(data[at : at + length]), header, end=REEL_BYTES))
    )


def test_record_at_a_reels_end_that_cannot_be_read_is_named_by_the_notice(site: Site) -> None:
    site.boot()
    while not records_of(site, 1):
        filled = records_of(site, 0)
        full = len(filled) > 1 and filled[-1].offset + 2 * filled[-1].header.record_bytes > REEL_BYTES
        write(site, [-60 if full else 60])
    last = records_of(site, 0)[-1]
    site.data(0)[last.offset + 10] ^= 1
    (notice,) = site.expire(NOW_US)
    assert (notice.first, notice.last) == (0, last.header.sequence)
    assert not any(site.data(0)[4096:])


def test_record_that_cannot_be_read_before_one_that_stays_is_named_by_the_notice(aged: Site) -> None:
    damaged = records_of(aged, 0)[3]
    aged.data(0)[damaged.offset + 10] ^= 1
    assert aged.expire(NOW_US) == [Range(chain=CHAIN, first=0, last=damaged.header.sequence, records=3)]


def test_card_lost_its_newest_records_and_the_reel_being_written_stays_in_use(site: Site) -> None:
    site.boot()
    write(site, [60, 60])
    site.receipts.take(*site.written)
    site.data(0)[4096 + 4096 + 25 * 4096 :] = bytes(REEL_BYTES - 8192 - 25 * 4096)
    site.cut()
    assert site.expire_silently(NOW_US) == 0
    position = site.boot()
    assert position.reel == 0
    assert site.on_card().keys() >= {(CHAIN, position.sequence)}


def test_long_absence_is_worked_off_a_few_reels_at_a_time(site: Site) -> None:
    site.boot()
    write(site, [60] * 36)
    reels = [reel for reel in site.spool._ring if reel.holds]
    found = find_expired(reels * 4, REEL_BYTES, NOW_US, RETENTION_US, 10**6)
    assert len(found.erasures) == REELS_A_CALL
