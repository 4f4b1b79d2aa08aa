"""A card that takes nothing: footage goes on in memory under a chain of its own, and everybody is told."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.base.errors import BadConfiguration, StorageFault
from edge.node import record as process
from edge.node.masks.firstmasks import require_floor
from edge.node.statefiles import FLOOR
from edge.node.uplink import places_of
from edge.seal.manifest import Boot, Cause, Gap, Kind, Range
from edge.seal.reel import read_position
from edge.spool.disk import LocalReelFile
from edge.spool.writer import REELS_TRIED
from edge.uplink.receipted import Receipted
from edge.uplink.spool_reader import SpoolReader
from edge.wire.status import RecorderState, RecorderStatus, read_status
from tests.node.rig import Rig, ScriptedCamera, play, until
from tests.node.stored import Stored, stored
from tests.node.town import DAY_US, START_US, Town, decoded, make_authority, opened

Make = Callable[..., Town]


class Card:
    """Makes the disk refuse what is written to a folder's reels.

    Syncs go through: a record whose sync failed may be there all the same, which the faults at every call play.

    Attributes:
        refusals: how many come; then it is well again.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.refusals = 0
        write, folder_of = LocalReelFile.write, {}
        begin = LocalReelFile.__init__

        def remember(reel: LocalReelFile, path: Path) -> None:
            begin(reel, path)
            folder_of[reel] = path.parent

        def write_or_refuse(reel: LocalReelFile, data: bytes, offset: int) -> None:
            if folder_of[reel] == folder and self.refusals > 0:
                self.refusals -= 1
                raise OSError(errno.EROFS, "Read-only file system")
            write(reel, data, offset)

        monkeypatch.setattr(LocalReelFile, "__init__", remember)
        monkeypatch.setattr(LocalReelFile, "write", write_or_refuse)

    def fail(self) -> None:
        self.refusals = 2**31

    def mend(self) -> None:
        self.refusals = 0


def frames(town: Town, *folders: Path) -> int:
    """How many pictures are stored and can be opened."""
    return sum(len(decoded(opened(record))) for record in stored(*folders).of(Kind.SEGMENT))


def memory(town: Town) -> Path:
    return town.config.memory


def told(town: Town) -> RecorderStatus:
    return read_status(town.run / "recorder.json")


def test_card_that_takes_nothing_costs_no_picture(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card(monkeypatch, town.spool)
    tally = play(town, 100, steps={45: card.fail})
    assert frames(town, town.spool, memory(town)) == 100
    tally.recording()
    status = tally.status(START_US)
    assert status.state is RecorderState.FAULT
    assert status.faults["memory"].startswith("the card takes nothing; footage is only in memory, the last 32 MiB")
    assert status.spool_bytes == 32 * 2**20


def test_chain_in_memory_is_whole_and_names_the_cards(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    play(town, 100, steps={45: Card(monkeypatch, town.spool).fail})
    on_card, volatile = stored(town.spool), stored(memory(town))
    assert len(volatile.chains) == 1
    volatile.require_linked()
    first = volatile.records[0].header
    assert isinstance(first.manifest.detail, Boot)
    assert first.manifest.detail.predecessor in on_card.chains
    assert first.manifest.chain not in on_card.chains
    position = read_position(town.run / "position")
    assert position is not None and position.held is not None
    assert position.chain == first.manifest.chain
    newest = max(record.header.sequence for record in on_card.records)
    assert position.held.end == newest + 1


def test_card_is_tried_again_at_the_next_start(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card(monkeypatch, town.spool)
    play(town, 60, steps={25: card.fail})
    card.mend()
    left = stored(memory(town))
    town.clock.advance_to(START_US + 60_000_000)
    tally = Rig(town).record(ScriptedCamera(town, 40, begin_us=START_US + 60_000_000))
    assert frames(town, town.spool, memory(town)) == 100
    assert "memory" not in tally.status(START_US).faults
    assert stored(memory(town)).records == left.records, "it stays for the uplink"
    stored(town.spool).require_linked()


@pytest.mark.parametrize(("days", "stays"), [(6, True), (8, False)])
def test_what_was_left_in_memory_goes_with_its_age(
    town: Town, monkeypatch: pytest.MonkeyPatch, days: int, stays: bool
) -> None:
    """The card is well again, and nobody cuts the power; the retention is seven days."""
    card = Card(monkeypatch, town.spool)
    play(town, 60, steps={25: card.fail})
    card.mend()
    later_us = START_US + days * DAY_US
    town.clock.advance_to(later_us)
    Rig(town).record(ScriptedCamera(town, 40, begin_us=later_us))
    assert bool(list(memory(town).glob("reel-*"))) == stays


def test_folder_that_refuses_to_be_emptied_ends_no_recording(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    memory(town).mkdir(parents=True)
    (memory(town) / "reel-00000").mkdir()
    rig = Rig(town)
    rig.spool.close()
    keeper = process._memory(rig.node)
    keeper.forget_old(0)
    keeper.forget_old(8 * DAY_US)
    assert "cannot be taken away" in caplog.text


def test_uplink_finds_what_is_on_the_card_and_what_is_in_memory(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    play(town, 100, steps={45: Card(monkeypatch, town.spool).fail})
    places = places_of(town.config)
    reader = SpoolReader(places.spool, places.position, Receipted(places.receipts, make_authority().payload))
    while reader.refresh():
        pass
    found = {(entry.chain, entry.sequence) for reel in reader.reels() for entry in reel.entries()}
    held = {(record.header.manifest.chain, record.header.sequence) for record in stored(*places.spool).records}
    assert found == held


def test_chain_in_memory_goes_on_after_a_restart_on_a_dead_card(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card(monkeypatch, town.spool)
    play(town, 60, steps={25: card.fail})
    town.clock.advance_to(START_US + 60_000_000)
    Rig(town).record(ScriptedCamera(town, 40, begin_us=START_US + 60_000_000))
    volatile = stored(memory(town))
    volatile.require_linked()
    assert len(volatile.chains) == 1
    assert frames(town, town.spool, memory(town)) == 100


def test_spool_that_cannot_be_opened_is_left_for_memory(town: Town) -> None:
    play(town, 20)
    town.spool.rename(town.folder / "away")
    town.spool.write_bytes(b"")
    tally = play(town, 40)
    assert frames(town, memory(town)) == 40
    assert "cannot be made" in tally.status(START_US).faults["memory"]


def test_memory_is_no_place_to_begin_before_anybody_signed_off_masks_here(town: Town) -> None:
    town.spool.write_bytes(b"")
    assert not (town.state / FLOOR).exists()
    rig = Rig(town)
    with pytest.raises(BadConfiguration, match="needs a card that works"):
        require_floor(rig.node.config, rig.spool)
    rig.spool.close()


def test_full_memory_gives_up_its_oldest_reel_and_signs_it(make_town: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    town = make_town(spool={"memory_bytes": 3 * 2**20})
    card = Card(monkeypatch, town.spool)
    tally = play(town, 20 * 160, steps={5: card.fail})
    volatile = stored(memory(town))
    details = [record.header.manifest.detail for record in volatile.of(Kind.EVICTED)]
    notices = [detail for detail in details if isinstance(detail, Range)]
    assert notices
    assert tally.status(START_US).evicted_24h >= sum(notice.records for notice in notices)
    assert volatile.of(Kind.SEGMENT)[-1].header.manifest.end_us == START_US + 320_000_000
    assert sum(path.stat().st_size for path in memory(town).glob("reel-*")) == 3 * 2**20


def test_seconds_that_neither_card_nor_memory_took_are_a_signed_gap(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, ring = Card(monkeypatch, town.spool), Card(monkeypatch, memory(town))
    seen: list[RecorderState] = []

    def refuse_one_record() -> None:
        until(lambda: (town.run / "recorder.json").exists() and told(town).segments == 4)
        assert "memory" in told(town).faults
        ring.refusals = REELS_TRIED

    def look() -> None:
        until(lambda: "unrecorded" in told(town).faults)
        seen.append(told(town).state)

    tally = play(town, 240, steps={45: card.fail, 85: refuse_one_record, 110: look})
    volatile: Stored = stored(memory(town))
    gaps = [record.header.manifest for record in volatile.of(Kind.GAP)]
    assert [gap.detail.cause for gap in gaps if isinstance(gap.detail, Gap)] == [Cause.STORAGE]
    lost = sum(gap.detail.frames_missed for gap in gaps if isinstance(gap.detail, Gap))
    assert lost + frames(town, town.spool, memory(town)) == 240
    volatile.require_linked()
    assert seen == [RecorderState.FAULT]
    assert "unrecorded" not in tally.status(START_US).faults


def test_control_a_recorder_that_knows_no_memory_ends_with_the_card(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.node.record._memory", lambda _node: None)
    play(town, 100, steps={45: Card(monkeypatch, town.spool).fail})
    assert frames(town, town.spool) < 100


def test_neither_card_nor_memory_at_the_start_is_a_storage_fault(town: Town) -> None:
    play(town, 20)
    town.spool.rename(town.folder / "away")
    town.spool.write_bytes(b"")
    memory(town).write_bytes(b"")
    with pytest.raises(StorageFault, match="reels"):
        play(town, 20)
