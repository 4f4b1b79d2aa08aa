"""The uplink against a real HTTPS server: what is sent, what is receipted, what is kept over a restart."""

from __future__ import annotations

import struct
import threading
import zlib
from pathlib import Path

import pytest

from edge.base import strictjson
from edge.base.errors import AlreadyRunning, BadConfiguration, StorageFault
from edge.uplink import plan as planning
from edge.uplink import receipted, sender
from edge.uplink.plan import Share
from edge.uplink.receipted import Receipted
from edge.uplink.sender import FAULTS_LIMIT, KEEP_TRIES
from edge.wire.receipt import BATCH_LIMIT
from edge.wire.receipts import append_receipt, read_receipts
from tests.clocks import HandClock
from tests.uplink.town import (
    DAY_START_US,
    SECOND_US,
    Action,
    Town,
    command,
    seed,
    work,
)


def fill(town: Town, segments: int = 6) -> None:
    town.spool.boot()
    town.spool.segments(segments)
    town.spool.publish()


def receipts_of(town: Town) -> list[int]:
    """Every sequence that a receipt on the disk covers, once for each receipt."""
    chain = town.spool.chain.chain
    found = read_receipts(town.places.receipts, chain, 0)
    return sorted(number for item in found for number in range(item.payload.first, item.payload.last + 1))


def test_all_records_are_sent_and_receipted(town: Town) -> None:
    fill(town, 10)
    uplink = town.uplink()
    work(uplink, town.clock)
    assert town.center.sequences() == list(range(11)) == receipts_of(town)
    progress = uplink.progress()
    assert (progress.receipted, progress.backlog_records, progress.backlog_bytes) == (11, 0, 0)
    assert progress.connected
    assert progress.last_error == ""


def test_nothing_to_do_without_a_position(town: Town) -> None:
    town.spool.segments(3)
    work(town.uplink(), town.clock)
    assert town.center.puts() == []


def test_nothing_beyond_the_synced_position_is_sent(town: Town) -> None:
    fill(town, 3)
    town.spool.segments(4)
    uplink = town.uplink()
    work(uplink, town.clock)
    assert town.center.sequences() == [0, 1, 2, 3]
    town.spool.publish()
    work(uplink, town.clock)
    assert town.center.sequences() == list(range(8))


def test_restart_sends_nothing_that_was_receipted(town: Town) -> None:
    fill(town)
    uplink = town.uplink()
    work(uplink, town.clock)
    uplink.close()
    town.spool.segments(2)
    town.spool.publish()
    town.center.seen.clear()
    work(town.uplink(), town.clock)
    assert town.center.puts() == ["7-8"]
    assert receipts_of(town) == list(range(9))


def test_restart_sends_all_again_where_receipts_are_not_read_back(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the test above."""
    fill(town)
    uplink = town.uplink()
    work(uplink, town.clock)
    uplink.close()
    town.center.seen.clear()
    monkeypatch.setattr(Receipted, "load", lambda *_: None)
    work(town.uplink(), town.clock)
    assert town.center.puts() == ["0-6"]


TRANSIENT: list[Action] = [
    "500", "503", "429", "503-later", "401", "rubbish", "empty", "huge", "html-400", "disk-full", "close",
    "close-mid-body", "other-hash", "other-signer", "other-range", "other-node", "lost-answer", "redirect",
]  # fmt: skip


@pytest.mark.parametrize("action", TRANSIENT)
def test_batch_is_sent_again_after_a_bad_answer(town: Town, action: Action) -> None:
    fill(town)
    town.center.actions = [action, action]
    uplink = town.uplink()
    work(uplink, town.clock)
    assert town.center.sequences() == list(range(7))
    assert town.center.puts() == ["0-6"] * 3
    assert receipts_of(town) == list(range(7))


@pytest.mark.parametrize("action", ["rubbish", "empty", "other-hash", "other-signer", "other-range", "other-node"])
def test_false_receipt_is_counted_and_never_stored(town: Town, action: Action) -> None:
    fill(town)
    town.center.usually = action
    uplink = town.uplink()
    uplink.step()
    assert uplink.progress().false_receipts == 1
    assert "is no receipt" in uplink.progress().last_error
    assert receipts_of(town) == []
    assert uplink.progress().backlog_records == 7


@pytest.mark.parametrize("action", ["other-hash", "other-range", "other-node"])
def test_false_receipt_is_stored_where_the_match_is_not_required(
    town: Town, action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control of the test above."""
    monkeypatch.setattr(sender, "require_match", lambda *_: None)
    fill(town)
    town.center.usually = action
    town.uplink().step()
    assert receipts_of(town) != [] or list(town.places.receipts.iterdir())


def test_silent_center_counts_as_gone(town: Town) -> None:
    fill(town)
    town.center.actions = ["stall"]
    uplink = town.uplink(answer_timeout_s=0.05)
    uplink.step()
    assert "no answer in time" in uplink.progress().last_error
    assert not uplink.progress().connected


def test_center_that_is_not_there_is_tried_again(town: Town) -> None:
    fill(town)
    uplink = town.uplink(center_url="https://127.0.0.1:9")
    for _ in range(3):
        town.clock.advance(uplink.step())
    assert "cannot be reached" in uplink.progress().last_error
    assert uplink.progress().backlog_records == 7


def test_center_names_how_long_to_wait(town: Town) -> None:
    fill(town)
    town.center.actions = ["429"]
    uplink = town.uplink()
    uplink.step()
    town.clock.advance(6.9)
    uplink.step()
    assert len(town.center.puts()) == 1
    town.clock.advance(0.1 + 1.0)  # what was asked for, and the first failure's jitter
    uplink.step()
    assert len(town.center.puts()) == 2


def test_fork_freezes_its_chain_and_leaves_others_going(town: Town) -> None:
    fill(town, 2)
    forked = town.spool.chain.chain
    town.center.usually = "fork"
    uplink = town.uplink()
    uplink.step()
    assert uplink.progress().frozen == (forked,)
    town.center.usually = "ok"
    town.spool.new_chain("c1" * 16, 1)
    town.spool.segments(3)
    town.spool.publish()
    work(uplink, town.clock)
    assert {chain for chain, _ in town.center.stored} == {"c1" * 16}


def test_fork_is_tried_for_ever_where_nothing_freezes(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the test above: without the freeze the same batch goes out again."""
    fill(town, 2)
    town.center.usually = "fork"
    uplink = town.uplink()
    for _ in range(3):
        uplink.step()
        uplink._frozen.thaw()
    assert town.center.puts() == ["0-2"] * 3


def test_forked_chain_stays_frozen_over_a_restart(town: Town) -> None:
    fill(town, 2)
    town.center.usually = "fork"
    first = town.uplink()
    first.step()
    first.close()
    second = town.uplink()
    work(second, town.clock)
    assert town.center.puts() == ["0-2"]
    assert second.progress().frozen == (town.spool.chain.chain,)


def test_forked_chain_is_tried_at_each_start_where_it_is_not_kept(town: Town) -> None:
    """Control of the test above."""
    fill(town, 2)
    town.center.usually = "fork"
    first = town.uplink()
    first.step()
    first.close()
    town.places.frozen.unlink()
    work(town.uplink(), town.clock)
    assert town.center.puts() == ["0-2"] * 2


def test_released_chain_goes_on_with_the_next_look_through_the_spool(town: Town) -> None:
    """A person releases it at the center, and nobody tells the node."""
    fill(town, 2)
    town.center.usually = "fork"
    uplink = town.uplink()
    uplink.step()
    town.center.usually = "ok"
    work(uplink, town.clock)
    assert town.center.sequences() == []
    town.clock.advance(6 * 3600)
    work(uplink, town.clock)
    assert town.center.sequences() == [0, 1, 2]
    assert uplink.progress().frozen == ()


@pytest.mark.parametrize("data", [b"", b"{", b'{"v":1,"chains":["x"]}', b'{"v":2,"chains":[]}', b'{"v":1,"chains":{}}'])
def test_damaged_list_of_frozen_chains_is_no_reason_to_end(town: Town, data: bytes) -> None:
    fill(town, 2)
    town.places.frozen.write_bytes(data)
    work(town.uplink(), town.clock)
    assert town.center.sequences() == [0, 1, 2]


def test_fork_freezes_where_the_disk_refuses_the_list(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise StorageFault("no room")

    monkeypatch.setattr("edge.uplink.frozen.write_durably", refuse)
    fill(town, 2)
    town.center.usually = "fork"
    uplink = town.uplink()
    work(uplink, town.clock)
    assert town.center.puts() == ["0-2"]
    assert uplink.progress().frozen == (town.spool.chain.chain,)


@pytest.mark.parametrize("action", ["bad", "too-long"])
def test_refused_record_is_set_aside_and_the_rest_goes_on(town: Town, action: Action) -> None:
    fill(town)
    town.center.for_record = {3: action}
    uplink = town.uplink()
    work(uplink, town.clock)
    assert town.center.sequences() == [0, 1, 2, 4, 5, 6]
    assert uplink.progress().refused == 1
    assert "0-6" in town.center.puts()


def test_record_that_was_set_aside_comes_up_again(town: Town) -> None:
    fill(town)
    town.center.for_record = {3: "bad"}
    uplink = town.uplink()
    work(uplink, town.clock)
    town.center.for_record = {}
    town.clock.advance(6 * 3600)
    work(uplink, town.clock)
    assert town.center.sequences() == list(range(7))


def test_record_that_breaks_the_center_does_not_block_the_line(town: Town) -> None:
    fill(town)
    town.center.for_record = {3: "500"}
    uplink = town.uplink()
    work(uplink, town.clock)
    assert town.center.sequences() == [0, 1, 2, 4, 5, 6]
    assert town.center.puts().count("3-3") == FAULTS_LIMIT


def test_batches_do_not_cross_midnight(town: Town) -> None:
    town.spool.boot()
    town.spool.segments(2)
    town.spool.gap()
    town.spool.segment(day="2026-01-06")
    town.spool.publish()
    work(town.uplink(), town.clock)
    assert town.center.puts() == ["0-3", "4-4"]


def test_batch_has_at_most_so_many_records(town: Town) -> None:
    town.spool.boot()
    for reel in (1, 2, 3):
        town.spool.enter(reel)
        for _ in range(50):
            town.spool.gap()
    town.spool.publish()
    uplink = town.uplink()
    uplink._rate.bytes_per_s = 1e9
    work(uplink, town.clock)
    sizes = [int(put.split("-")[1]) - int(put.split("-")[0]) + 1 for put in town.center.puts()]
    assert max(sizes) == BATCH_LIMIT
    assert town.center.sequences() == list(range(151))


def test_reel_reused_under_our_feet_costs_nothing_that_is_still_there(town: Town) -> None:
    fill(town, 3)
    uplink = town.uplink(center_url="https://127.0.0.1:9")
    uplink.step()
    assert uplink.progress().backlog_records == 4
    uplink.close()
    uplink = town.uplink()
    uplink._look()
    town.spool.enter(0)
    town.spool.segments(2)
    town.spool.oldest = 4
    plan = planning.next_plan(uplink._reader.reels(), uplink._rules(), Share())
    assert plan is not None
    assert [entry.sequence for entry in plan.entries] == [0, 1, 2, 3]
    uplink._sender.send(plan, town.clock, uplink._rate, uplink._budget)
    town.spool.publish()
    work(uplink, town.clock)
    assert town.center.sequences() == [4, 5]
    assert uplink.progress().damaged == 0


def test_older_reels_are_sent_and_reused_ones_dropped(town: Town) -> None:
    fill(town, 2)
    for reel in (1, 2, 0):
        town.spool.enter(reel)
        town.spool.segments(2)
    town.spool.publish()
    work(town.uplink(), town.clock)
    assert town.center.sequences() == [3, 4, 5, 6, 7, 8]


def test_damaged_record_is_a_hole_and_counted(town: Town) -> None:
    fill(town)
    town.spool.write(bytes(8), 4096 * 3)
    uplink = town.uplink()
    work(uplink, town.clock)
    assert town.center.sequences() == [0, 2, 3, 4, 5, 6]
    assert uplink.progress().damaged == 1


def test_damaged_header_costs_its_own_record(town: Town) -> None:
    fill(town)
    town.spool.write(bytes(64), 4096 * 2)
    work(town.uplink(), town.clock)
    assert town.center.sequences() == [0, 2, 3, 4, 5, 6]


def test_record_of_a_foreign_key_is_never_sent(town: Town) -> None:
    town.spool.boot()
    town.spool.chain._signer = seed(66)
    town.spool.segment()
    town.spool.publish()
    uplink = town.uplink()
    work(uplink, town.clock)
    assert town.center.sequences() == [0]
    assert uplink.progress().damaged == 1


def test_abandoned_chain_is_sent_as_well(town: Town) -> None:
    fill(town, 2)
    town.spool.new_chain("c1" * 16, 1)
    town.spool.segments(2)
    town.spool.publish()
    work(town.uplink(), town.clock)
    assert len(town.center.stored) == 5


def test_mode_none_sends_nothing(town: Town) -> None:
    fill(town)
    uplink = town.uplink(upload="none")
    uplink.command(command(1, town.clock.now_us(), DAY_START_US, DAY_START_US + SECOND_US))
    work(uplink, town.clock)
    assert town.center.puts() == []
    assert uplink.progress().backlog_records == 0


def test_mode_on_request_sends_windows_and_records_without_a_picture(town: Town) -> None:
    town.spool.boot()
    town.spool.segments(5)
    town.spool.gap()
    town.spool.segments(5)
    town.spool.publish()
    uplink = town.uplink(upload="on_request")
    work(uplink, town.clock)
    assert town.center.sequences() == [0, 6]
    start_us = DAY_START_US + 5 * SECOND_US
    uplink.command(command(1, town.clock.now_us(), start_us, start_us + 2 * SECOND_US))
    work(uplink, town.clock)
    assert town.center.sequences() == [0, 3, 4, 6]


def test_window_asked_for_is_kept_over_a_restart(town: Town) -> None:
    fill(town)
    uplink = town.uplink(upload="on_request", center_url="https://127.0.0.1:9")
    uplink.command(command(1, town.clock.now_us(), DAY_START_US, DAY_START_US + SECOND_US))
    uplink.step()
    uplink.close()
    work(town.uplink(upload="on_request"), town.clock)
    assert town.center.sequences() == [0, 1]


def test_command_of_another_signer_changes_nothing(town: Town) -> None:
    fill(town)
    uplink = town.uplink(upload="on_request")
    uplink.command(b"{}")
    uplink.command(command(1, town.clock.now_us(), DAY_START_US, DAY_START_US + SECOND_US)[:-9])
    work(uplink, town.clock)
    assert town.center.sequences() == [0]


def test_asked_for_windows_take_at_most_half_of_the_line(town: Town) -> None:
    town.spool.segments(30)
    town.spool.publish()
    uplink = town.uplink()
    uplink.command(command(1, town.clock.now_us(), DAY_START_US + 41 * SECOND_US, DAY_START_US + 60 * SECOND_US))
    uplink._rate.bytes_per_s = 1.0
    firsts: list[int] = []
    for _ in range(8):
        uplink._rate.bytes_per_s = 1.0
        town.clock.advance(uplink.step())
    firsts = [int(put.split("-")[0]) for put in town.center.puts()]
    assert firsts == [20, 0, 21, 1, 22, 2, 23, 3]


def test_quiet_hours_let_only_windows_pass(town: Town) -> None:
    fill(town)
    town.clock.at_us = DAY_START_US + 3 * 3600 * SECOND_US
    uplink = town.uplink(quiet_hours=("22:00-06:00",))
    uplink.command(command(1, town.clock.now_us(), DAY_START_US, DAY_START_US + SECOND_US))
    work(uplink, town.clock)
    assert town.center.sequences() == [0, 1]
    town.clock.advance(4 * 3600)
    work(uplink, town.clock)
    assert town.center.sequences() == list(range(7))


def test_spent_budget_lets_only_windows_pass(town: Town) -> None:
    town.spool.boot()
    for reel in range(1, 9):
        town.spool.enter(reel)
        town.spool.segment(size=200_000)
    town.spool.publish()
    uplink = town.uplink(monthly_budget_bytes=1_000_000)
    work(uplink, town.clock)
    sent = len(town.center.sequences())
    assert 4 <= sent < 9
    uplink.command(command(1, town.clock.now_us(), DAY_START_US, DAY_START_US + 3600 * SECOND_US))
    work(uplink, town.clock)
    assert len(town.center.sequences()) == 9


def test_full_disk_is_survived_and_the_batch_sent_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(town)
    refusals = [True, True]

    def refuse(folder: Path, receipt: object) -> None:
        if refusals:
            refusals.pop()
            raise StorageFault("receipts: disk full")
        original(folder, receipt)  # type: ignore[arg-type]

    original = append_receipt
    monkeypatch.setattr(receipted, "append_receipt", refuse)
    uplink = town.uplink()
    work(uplink, town.clock)
    assert town.center.puts() == ["0-6"] * 3
    assert receipts_of(town) == list(range(7))


def test_disk_that_keeps_no_receipt_does_not_hold_up_what_waits_behind(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card is dead, and footage is only in memory: it must leave the node all the same."""

    def refuse(folder: Path, receipt: object) -> None:
        raise StorageFault("receipts: read-only")

    fill(town)
    monkeypatch.setattr(receipted, "append_receipt", refuse)
    uplink = town.uplink()
    work(uplink, town.clock)
    town.spool.segments(2)
    town.spool.publish()
    work(uplink, town.clock)
    assert town.center.puts() == ["0-6"] * KEEP_TRIES + ["7-8"]
    assert receipts_of(town) == []
    assert uplink.progress().backlog_records == 0


def test_second_uplink_on_the_same_state_is_refused(town: Town) -> None:
    town.uplink()
    with pytest.raises(AlreadyRunning, match="uplink"):
        town.uplink()


def test_uplink_without_an_enrolment_says_what_to_do(town: Town) -> None:
    town.places.enrolment.unlink()
    with pytest.raises(BadConfiguration, match="mimamori node init"):
        town.uplink()


def test_receipts_of_records_that_left_the_card_are_deleted(town: Town) -> None:
    fill(town)
    uplink = town.uplink()
    work(uplink, town.clock)
    assert list(town.places.receipts.iterdir())
    town.spool.oldest = 10_000
    town.spool.publish()
    uplink.step()
    assert list(town.places.receipts.iterdir()) == []


def test_receipts_of_an_abandoned_chain_are_deleted_once_its_last_reel_is_reused(town: Town) -> None:
    fill(town)
    old = town.spool.chain.chain
    town.spool.new_chain("c1" * 16, 1)
    town.spool.segments(2)
    town.spool.publish()
    uplink = town.uplink()
    work(uplink, town.clock)
    assert chains_with_receipts(town) == {old, "c1" * 16}
    town.spool.enter(0)
    town.spool.segment()
    town.spool.oldest = 4096
    town.spool.publish()
    work(uplink, town.clock)
    assert chains_with_receipts(town) == {"c1" * 16}


def test_receipts_of_an_abandoned_chain_stay_as_long_as_it_has_a_reel(town: Town) -> None:
    """Control of the test above."""
    fill(town)
    old = town.spool.chain.chain
    town.spool.new_chain("c1" * 16, 1)
    town.spool.segments(2)
    town.spool.publish()
    uplink = town.uplink()
    work(uplink, town.clock)
    town.spool.enter(2)
    town.spool.segment()
    town.spool.oldest = 4096
    town.spool.publish()
    work(uplink, town.clock)
    assert old in chains_with_receipts(town)


def chains_with_receipts(town: Town) -> set[str]:
    return {path.name.partition("-")[0] for path in town.places.receipts.iterdir()}


def test_damaged_position_is_reported_and_survived(town: Town) -> None:
    fill(town)
    good = town.spool.position_file.read_bytes()

    data = strictjson.dump({"chain": "x"})
    town.spool.position_file.write_bytes((struct.pack(">I", zlib.crc32(data)) + data).ljust(1024, b"\0"))
    uplink = town.uplink()
    uplink.step()
    assert "position" in uplink.progress().last_error
    town.spool.position_file.write_bytes(good)
    work(uplink, town.clock)
    assert town.center.sequences() == list(range(7))


class _StopsWhenDone(HandClock):
    """Sets the stop event of the one who sleeps, once the center has everything."""

    def __init__(self, town: Town) -> None:
        super().__init__(town.clock.now_us())
        self._center = town.center

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        super().sleep(seconds, stop)
        if stop is not None and self._center.sequences() == list(range(7)):
            stop.set()


def test_run_ends_when_told_to(town: Town) -> None:
    fill(town)
    town.clock = _StopsWhenDone(town)
    town.uplink().run(threading.Event())
    assert receipts_of(town) == list(range(7))


def test_heartbeats_count_for_the_data_budget(town: Town) -> None:
    uplink = town.uplink(monthly_budget_bytes=1_000_000)
    uplink.beaten(3000)
    uplink.beaten(3000)
    uplink.step()
    assert uplink.progress().figures.budget_sent_bytes == 6600
