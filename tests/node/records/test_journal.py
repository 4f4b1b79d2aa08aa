"""What the recorder signs beside footage: losses before they happen, clock quality, the time between two runs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from queue import Empty, Queue
from typing import Any

import pytest

from edge.base.clock import ClockQuality, SimulatedClock
from edge.node.matters import Ended, Instant, Matter
from edge.node.record import _make_sealer
from edge.node.recording.progress import Progress
from edge.node.recording.sealer import Sealer
from edge.node.records.earlier import account, last_words
from edge.node.records.journal import Earlier, Journal
from edge.node.records.tally import Names, Tally
from edge.node.statefiles import TRUSTED_DAY
from edge.node.time.trustedday import TrustedDay
from edge.seal.chain import InForce
from edge.seal.manifest import Cause, Kind, Range
from edge.seal.record import Record
from edge.spool.spool import Spool
from edge.wire.status import RecorderState
from tests.mask.samples import put
from tests.node.rig import Rig, ScriptedCamera, play, until
from tests.node.town import DAY, DAY_US, START_US, WEEK, Town, make_key_list

Make = Callable[..., Town]
SECOND_US = 1_000_000
BOOT = "b0" * 16


# --- between two runs


def manifests(town: Town, kind: Kind) -> list[Any]:
    return [record.header.manifest for record in town.of(kind)]


def again(town: Town, after_s: int, *, boot: str = "b0" * 16, frames: int = 10) -> None:
    """Starts the recorder anew, some seconds after the newest record."""
    end_us = town.records()[-1].header.manifest.end_us
    town.clock.advance_to(end_us + after_s * SECOND_US)
    camera = ScriptedCamera(town, frames, begin_us=end_us + after_s * SECOND_US)
    Rig(town, boot).record(camera)


def test_run_in_order_leaves_a_start_gap(town: Town) -> None:
    play(town, 20)
    again(town, 60)
    town.require_chained()
    assert town.kinds() == ["BOOT", "SEGMENT", "SHUTDOWN", "BOOT", "GAP", "SEGMENT", "SHUTDOWN"]
    gap = manifests(town, Kind.GAP)[0]
    assert gap.detail.cause is Cause.START
    assert (gap.start_us, gap.end_us) == (START_US + 2 * SECOND_US, START_US + 62 * SECOND_US)


def cut(town: Town, frames: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ends without a word, as by a power cut."""
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "shutdown", lambda *_: None)
        play(town, frames)


def test_cut_run_leaves_a_power_gap(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    cut(town, 20, monkeypatch)
    again(town, 60, boot="b1" * 16)
    records = town.require_chained()
    assert town.kinds() == ["BOOT", "SEGMENT", "BOOT", "GAP", "SEGMENT", "SHUTDOWN"]
    gap = records[3].header.manifest
    assert town.details(Kind.GAP)[0].cause is Cause.POWER
    assert (gap.start_us, gap.end_us) == (START_US + 2 * SECOND_US, START_US + 62 * SECOND_US)


def test_killed_run_blames_no_power(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel runs on, so its power was never gone."""
    cut(town, 20, monkeypatch)
    again(town, 60)
    assert [gap.cause for gap in town.details(Kind.GAP)] == [Cause.UNKNOWN]


@pytest.mark.parametrize("cause", [Cause.CAMERA, Cause.ENCODER, Cause.STORAGE])
def test_run_that_ended_in_a_stall_leaves_a_gap_of_that_cause(
    town: Town, cause: Cause, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recorder's own last word, with the frames that were lost with it; all else says "unknown"."""
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "shutdown", lambda *_: None)
        tally = play(town, 20)
    tally.failed(cause.value, "it stood still")
    tally.counts.frames_seen += 7
    tally.publish(town.clock.now_us())
    again(town, 60)
    gap = town.details(Kind.GAP)[0]
    assert (gap.cause, gap.note, gap.frames_missed) == (cause, "it stood still", 7)


def test_only_the_words_of_this_boot_and_frames_that_nothing_accounts_for_count(town: Town) -> None:
    tally = play(town, 20)
    tally.failed("camera", "it stood still")
    tally.counts.frames_seen += 7
    tally.publish(town.clock.now_us())
    newest = town.records()[-1].header.manifest
    words = last_words(town.config.status, BOOT)
    assert account(newest, newest, words, BOOT) == Earlier(
        Instant(newest.end_us, newest.mono_end_us), Cause.CAMERA, "it stood still", 7
    )
    assert words is not None
    synced_after = words.model_copy(update={"accounted_until": newest.end_us - 1})
    assert account(newest, newest, synced_after, BOOT).frames == 0  # type: ignore[union-attr]
    assert last_words(town.config.status, "b1" * 16) is None
    put(town.config.status, b"{")
    assert last_words(town.config.status, BOOT) is None


def test_stall_that_was_told_when_somebody_stopped_the_run_is_not_why_it_ended(town: Town) -> None:
    tally = play(town, 20)
    tally.fault("storage", RecorderState.FAULT, "the card is 6 s behind")
    tally.publish(town.clock.now_us())
    again(town, 60)
    assert [gap.cause for gap in town.details(Kind.GAP)] == [Cause.START]


def test_runs_without_footage_lose_no_second(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    cut(town, 20, monkeypatch)
    again(town, 60, frames=0)
    again(town, 60, frames=0)
    again(town, 60)
    gaps = manifests(town, Kind.GAP)
    assert [gap.detail.cause for gap in gaps] == [Cause.UNKNOWN, Cause.START, Cause.START]
    for before, after in pairwise(gaps):
        assert before.end_us == after.start_us
    assert manifests(town, Kind.SEGMENT)[-1].start_us == gaps[-1].end_us


def test_gap_within_one_boot_covers_the_monotonic_time_too(town: Town) -> None:
    """Completeness is judged by it (``edge.seal.completeness``)."""
    play(town, 20)
    again(town, 60)
    last, gap, following = (
        manifests(town, Kind.SEGMENT)[0],
        manifests(town, Kind.GAP)[0],
        manifests(town, Kind.SEGMENT)[1],
    )
    assert gap.mono_start_us <= last.mono_end_us
    assert following.mono_start_us <= gap.mono_end_us + 2 * SECOND_US


def test_gap_of_another_boot_counts_from_that_boot(town: Town) -> None:
    play(town, 20)
    again(town, 60, boot="b1" * 16)
    assert manifests(town, Kind.GAP)[0].mono_start_us == 0


# --- losses


def test_what_is_evicted_is_signed_before_it_is_overwritten(make_town: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the moment when a notice is written the records that it names are still on the card."""
    town = make_town()
    announced: list[tuple[Range, bool]] = []
    append = Spool.append

    def look(self: Spool, record: Record) -> object:
        position = append(self, record)
        if record.header.kind is Kind.EVICTED:
            detail = record.header.manifest.detail
            assert isinstance(detail, Range)
            there = {item.header.sequence for item in town.records()}
            announced.append((detail, set(range(detail.first, detail.last + 1)) <= there))
        return position

    monkeypatch.setattr(Spool, "append", look)
    tally = play(town, 20 * 100)
    assert announced and all(there for _, there in announced)
    sequences = [record.header.sequence for record in town.records()]
    assert sequences == list(range(sequences[0], sequences[-1] + 1))
    assert max(detail.last for detail, _ in announced) + 1 == sequences[0]
    assert tally.status(town.clock.now_us()).evicted_24h == sum(detail.records for detail, _ in announced)


def test_overwriting_without_asking_first_is_noticed(make_town: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a journal that does not ask overwrites first, and the notice comes too late."""
    monkeypatch.setattr(Spool, "prepare", lambda *_: ())
    with pytest.raises(AssertionError):
        test_what_is_evicted_is_signed_before_it_is_overwritten(make_town, monkeypatch)


def test_receipted_records_go_without_a_notice(town: Town) -> None:
    tally = play(town, 20 * 30)
    town.receipt(town.records(), town.clock.now_us())
    begin_us = town.clock.now_us()
    Rig(town).record(ScriptedCamera(town, 20 * 60, begin_us=begin_us))
    assert "EVICTED" not in town.kinds()
    assert town.records()[0].header.sequence > 0
    assert tally.status(begin_us).evicted_24h == 0


def test_expired_records_are_signed_and_gone(town: Town) -> None:
    play(town, 20)
    body = town.of(Kind.SEGMENT)[0].body
    put(town.state / "key-list.json", make_key_list(days=("2026-01-05", "2026-01-15"), weeks=(WEEK, "2026-W03")).data)
    again(town, 10 * DAY_US // SECOND_US)
    assert [detail.first for detail in town.details(Kind.EXPIRED)] == [0]
    assert not any(body in reel.read_bytes() for reel in town.spool.glob("reel-*"))


@pytest.mark.parametrize(
    ("quality", "receipted", "expired"),
    [
        (ClockQuality.SYNCHRONISED, True, 1),
        (ClockQuality.UNTRUSTED, True, 1),
        (ClockQuality.SYNCHRONISED, False, 0),
        (ClockQuality.UNTRUSTED, False, 0),
    ],
    ids=str,
)
def test_no_clock_alone_erases_what_is_old(town: Town, quality: ClockQuality, receipted: bool, expired: int) -> None:
    """A clock that jumped ahead, or a false time server, must not cost the whole card."""

    def receipt() -> None:
        until(lambda: "GAP" in town.kinds_so_far())
        town.receipt(town.of(Kind.BOOT)[-1:], town.clock.now_us())

    play(town, 20)
    town.clock.advance_to(START_US + 10 * DAY_US)
    put(town.state / "key-list.json", make_key_list(days=("2026-01-05", "2026-01-15"), weeks=(WEEK, "2026-W03")).data)
    camera = ScriptedCamera(town, 60, begin_us=START_US + 10 * DAY_US, steps={30: receipt} if receipted else {})
    Rig(town, quality=quality).record(camera)
    assert town.kinds().count("EXPIRED") == expired


# --- clock quality


def kept_day(town: Town) -> str | None:
    return TrustedDay(town.state / TRUSTED_DAY).day


def test_day_is_kept_for_a_clock_that_stands_behind_after_a_restart(town: Town) -> None:
    later_us = START_US + 2 * DAY_US
    town.clock.advance_to(later_us)
    Rig(town).record(ScriptedCamera(town, 20, begin_us=later_us))
    assert kept_day(town) == "2026-01-07"
    town.clock = SimulatedClock.create(town.folder / "clock", START_US)
    Rig(town, boot="b1" * 16).record(ScriptedCamera(town, 20))
    assert [detail.day for detail in town.details(Kind.SEGMENT)] == ["2026-01-07"] * 2


def test_day_of_an_untrusted_clock_is_not_noted(town: Town) -> None:
    Rig(town, quality=ClockQuality.UNTRUSTED).record(ScriptedCamera(town, 20))
    assert [detail.period for detail in town.details(Kind.SEGMENT)] == [WEEK]
    assert kept_day(town) is None


def test_receipt_tells_an_untrusted_clock_the_week(town: Town) -> None:
    """The clock stands where it did weeks ago: that week's spare may be destroyed by now."""

    def receipt() -> None:
        until(lambda: "SEGMENT" in town.kinds_so_far())
        town.receipt(town.records()[:1], START_US + 14 * DAY_US)

    put(town.state / "key-list.json", make_key_list(weeks=(WEEK, "2026-W04")).data)
    Rig(town, quality=ClockQuality.UNTRUSTED).record(ScriptedCamera(town, 100, steps={50: receipt}))
    periods = [detail.period for detail in town.details(Kind.SEGMENT)]
    assert (periods[0], periods[-1]) == (WEEK, "2026-W04") and periods == sorted(periods)
    assert kept_day(town) == "2026-01-19"
    assert "CLOCK" not in town.kinds()


def test_receipt_that_agrees_makes_a_clock_record(town: Town) -> None:
    """Until then footage is sealed to the week's spare, from then on to the day's pair."""

    def receipt() -> None:
        until(lambda: "SEGMENT" in town.kinds_so_far())
        boot = town.records()[:1]
        receipts.append(town.receipt(boot, town.clock.now_us()))

    receipts: list[Any] = []
    rig = Rig(town, quality=ClockQuality.UNTRUSTED)
    rig.record(ScriptedCamera(town, 100, steps={50: receipt}))
    records = town.require_chained()
    change = town.details(Kind.CLOCK)
    assert [(item.before, item.after) for item in change] == [(ClockQuality.UNTRUSTED, ClockQuality.RECEIPTED)]
    place = town.kinds().index("CLOCK")
    segments = [(record.header.sequence > place, record.header.manifest) for record in records if record.body]
    assert {manifest.clock for later, manifest in segments if not later} == {ClockQuality.UNTRUSTED}
    assert {manifest.clock for later, manifest in segments if later} == {ClockQuality.RECEIPTED}
    periods = [(later, manifest.segment.period) for later, manifest in segments if manifest.segment]
    assert {period for later, period in periods if not later} == {WEEK}
    assert {period for later, period in periods if later} == {DAY}
    carried = {manifest.receipt for _, manifest in segments if manifest.end_us >= receipts[0].payload.time}
    assert receipts[0].sha256 in carried
    assert len(town.pictures()) == 100


# --- keys


def test_footage_without_a_key_is_a_gap_and_said(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    (town.state / "key-list.json").unlink()
    tally = play(town, 40)
    assert town.kinds() == ["BOOT", "GAP", "GAP", "SHUTDOWN"]
    assert {gap.cause for gap in town.details(Kind.GAP)} == {Cause.KEYS}
    tally.recording()
    status = tally.status(START_US)
    assert (status.state, status.gaps_24h) == (RecorderState.FAULT, {"keys": 4})
    assert "no key list yet" in status.message
    assert caplog.text.count("no footage is kept: there is no key list yet") == 1


def test_key_list_that_comes_later_ends_the_gap(town: Town) -> None:
    (town.state / "key-list.json").unlink()

    def arrive() -> None:
        until(lambda: "GAP" in town.kinds_so_far())
        put(town.uplink / "inbox" / "key-list.json", make_key_list().data)

    tally = play(town, 60, steps={30: arrive})
    kinds = town.kinds()
    assert kinds[1] == "GAP" and kinds[-2] == "SEGMENT" and kinds.count("GAP") + kinds.count("SEGMENT") == 3
    tally.recording()
    assert tally.status(START_US).state is RecorderState.RECORDING
    assert tally.status(START_US).key_list_version == 1


def test_what_only_looks_like_a_key_is_not_sealed_to(town: Town) -> None:
    """Its letters are those of a recipient, its checksum is not."""
    listed = make_key_list().payload
    spoilt = listed.days[0].model_copy(update={"operator": "age1" + "q" * 58})
    days = (spoilt, *listed.days[1:])
    (town.state / "key-list.json").write_bytes(make_key_list(pairs=days).data)
    tally = play(town, 20)
    assert town.kinds() == ["BOOT", "GAP", "SHUTDOWN"]
    tally.recording()
    assert tally.status(START_US).state is RecorderState.FAULT


def test_card_that_takes_seconds_for_a_record_is_told(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    append = Spool.append

    def slow(self: Spool, record: Record) -> None:
        append(self, record)
        if record.header.kind is Kind.SHUTDOWN:
            town.clock.advance_to(town.clock.now_us() + 3 * SECOND_US)

    monkeypatch.setattr(Spool, "append", slow)
    status = play(town, 20).status(town.clock.now_us())
    assert (status.slow_syncs_24h, status.slowest_sync_24h_ms) == (1, 3000)


# --- without frames


class Silent(Queue[Matter]):
    """No matter comes for a while, then the run ends."""

    def get(self, block: bool = True, timeout: float | None = None) -> Matter:
        assert timeout is not None
        if self.empty():
            self.put(Ended("stopped", None))
            raise Empty
        return super().get(block, timeout)


def test_sealing_thread_looks_around_where_no_matter_comes(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nothing would expire behind a dead camera; ``tests/simulation`` has what must happen in a look."""
    looks = list[Sealer]()

    def look_around(self: Sealer) -> None:
        looks.append(self)

    monkeypatch.setattr(Sealer, "look_around", look_around)
    rig = Rig(town)
    tally = Tally(Names("demo", BOOT, "0.1.0"), rig.node.config.status, rig.spool.capacity_bytes)
    sealer = _make_sealer(rig.node, rig.spool, tally, InForce(), rig.leaks)
    sealer.run(Silent(), Progress(rig.node.clock))
    rig.spool.close()
    assert looks == [sealer]
    assert town.kinds() == ["BOOT", "SHUTDOWN"]
