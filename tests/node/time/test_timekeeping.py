"""How far the clock can be believed, and which receipt a record carries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.base.clock import ClockQuality
from edge.base.files import write_durably
from edge.node.time.knowntime import KnownTime
from edge.node.time.timekeeping import ReceiptTimes
from edge.node.time.timenotes import TimeNoteInbox
from edge.node.time.trust import AGREE_US
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.receipts import append_receipt, receipts_path
from edge.wire.timenote import TimeNote
from tests.clocks import HandClock
from tests.node.town import DAY_US, NODE, ROLES, SECOND_US, START_US, make_authority, make_key_list, make_receipt, seed

CHAIN, OTHER = "c0" * 16, "0c" * 16
HASH = "ab" * 32


class Post:
    """Receipts as the uplink files them, and the recorder's view of them."""

    def __init__(self, folder: Path, quality: ClockQuality, *, first_of_run: int = 0) -> None:
        self.folder, self.clock = folder, HandClock(START_US, quality)
        self.times = ReceiptTimes(
            folder,
            CHAIN,
            first_of_run,
            make_authority().payload,
            self.clock,
            KnownTime(folder.parent / "known-time", 0),
            TimeNoteInbox(folder.parent / "time-note.json", make_authority().payload, NODE),
        )

    def bring(self, sequence: int, time_us: int, *, chain: str = CHAIN, signer: int | None = None) -> str:
        """Files a receipt, lets the recorder look, and returns the receipt's hash."""
        receipt = make_receipt(chain, sequence, (HASH,), time_us, signer=None if signer is None else seed(signer))
        append_receipt(self.folder, receipt)
        self.times.poll()
        return receipt.sha256

    def note(
        self, sequence: int, time_us: int, *, chain: str = CHAIN, role: Role = Role.COMMAND, node: str = NODE
    ) -> None:
        """A desk's note of the time arrives."""
        note = TimeNote(node=node, chain=chain, sequence=sequence, sha256=HASH, time=time_us)
        write_durably(self.folder.parent / "time-note.json", signed.sign("time-note", note, ROLES[role]).data)
        self.times.poll()


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path, ClockQuality.UNTRUSTED)


def test_clock_is_as_good_as_the_kernel_says(tmp_path: Path) -> None:
    for quality in (ClockQuality.SYNCHRONISED, ClockQuality.SIMULATED):
        post = Post(tmp_path, quality)
        assert post.times.quality() is quality
        post.bring(0, START_US)
        assert post.times.quality() is quality


@pytest.mark.parametrize("offset_us", [0, AGREE_US, -AGREE_US])
def test_receipt_that_agrees_makes_the_clock_receipted(post: Post, offset_us: int) -> None:
    assert post.times.quality() is ClockQuality.UNTRUSTED
    post.bring(0, START_US + offset_us)
    assert post.times.quality() is ClockQuality.RECEIPTED


@pytest.mark.parametrize("offset_us", [AGREE_US + 1, -AGREE_US - 1, 10**14, -START_US])
def test_receipt_that_disagrees_leaves_the_clock_untrusted(post: Post, offset_us: int) -> None:
    post.bring(0, START_US + offset_us)
    assert post.times.quality() is ClockQuality.UNTRUSTED


def test_later_receipt_that_disagrees_takes_the_trust_away(post: Post) -> None:
    post.bring(0, START_US)
    post.clock.at_us -= 3600 * SECOND_US
    post.bring(1, START_US + SECOND_US)
    assert post.times.quality() is ClockQuality.UNTRUSTED


def test_foreign_receipts_count_for_nothing(post: Post) -> None:
    post.bring(0, START_US, signer=99)
    post.bring(0, START_US, chain=OTHER)
    assert post.times.quality() is ClockQuality.UNTRUSTED
    assert post.times.newest(START_US + SECOND_US) is None


def test_receipts_of_an_earlier_run_do_not_tell_the_present_time(tmp_path: Path) -> None:
    post = Post(tmp_path, ClockQuality.UNTRUSTED, first_of_run=10)
    post.bring(9, START_US)
    assert post.times.quality() is ClockQuality.UNTRUSTED
    post.bring(10, START_US)
    assert post.times.quality() is ClockQuality.RECEIPTED


def test_record_carries_the_newest_receipt_not_after_its_own_end(post: Post) -> None:
    first, second = post.bring(0, START_US), post.bring(1, START_US + 2 * SECOND_US)
    carried = [post.times.newest(START_US + offset) for offset in (-1, 0, 2 * SECOND_US - 1, 2 * SECOND_US, 10**9)]
    assert carried == [None, first, first, second, second]


def test_receipts_out_of_order_change_nothing(post: Post) -> None:
    later = post.bring(1, START_US + SECOND_US)
    post.bring(0, START_US)
    assert post.times.newest(START_US + SECOND_US) == later


def test_latest_time_is_the_newest_that_was_signed(post: Post) -> None:
    assert post.times.latest_us is None
    post.bring(1, START_US + SECOND_US)
    post.bring(0, START_US)
    post.bring(2, START_US + 9 * SECOND_US, signer=99)
    assert post.times.latest_us == START_US + SECOND_US


def test_torn_line_is_no_receipt(post: Post) -> None:
    path = receipts_path(post.folder, CHAIN, 0)
    path.write_bytes(make_receipt(CHAIN, 0, (HASH,), START_US).data[:-20])
    post.times.poll()
    assert post.times.newest(START_US) is None
    assert post.bring(1, START_US) == post.times.newest(START_US)


def test_desks_note_over_a_record_of_this_run_tells_the_time(tmp_path: Path) -> None:
    """A node without a line has no receipts; a board with its own clock is believed once a desk agrees with it."""
    post = Post(tmp_path, ClockQuality.UNTRUSTED, first_of_run=7)
    assert post.times.quality() is ClockQuality.UNTRUSTED
    post.note(7, START_US + AGREE_US)
    assert post.times.quality() is ClockQuality.RECEIPTED
    assert post.times.newest(START_US + 10 * SECOND_US) is None, "it is no receipt"
    post.clock.at_us -= 3600 * SECOND_US
    assert post.times.quality() is ClockQuality.UNTRUSTED


@pytest.mark.parametrize("off", [{"sequence": 6}, {"chain": OTHER}, {"role": Role.VISIT}, {"node": "demo-2"}], ids=str)
def test_note_of_an_earlier_run_another_chain_role_or_node_tells_nothing(tmp_path: Path, off: dict[str, Any]) -> None:
    post = Post(tmp_path, ClockQuality.UNTRUSTED, first_of_run=7)
    post.note(**{"sequence": 7, "time_us": START_US} | off)
    assert post.times.quality() is ClockQuality.UNTRUSTED


def test_note_that_disagrees_leaves_the_clock_untrusted_and_leads_the_known_time_by_a_day_at_most(post: Post) -> None:
    post.times.take_key_list(make_key_list().payload)
    before = post.times.known_us
    assert before is not None
    post.note(0, START_US + 30 * DAY_US)
    assert post.times.quality() is ClockQuality.UNTRUSTED
    assert post.times.known_us == before
    post.note(1, before + DAY_US // 2)
    assert post.times.quality() is ClockQuality.UNTRUSTED
    assert post.times.known_us == before + DAY_US // 2


def test_note_that_is_shown_again_tells_nothing(post: Post) -> None:
    post.note(0, START_US)
    post.clock.advance(3600)
    post.note(0, START_US)
    assert post.times.quality() is ClockQuality.RECEIPTED
