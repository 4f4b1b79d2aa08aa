"""Updates of a node: a release that is well stays, every other one is led back, whenever the power goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.errors import BadInput, Refused, StorageFault
from edge.node.update import updater
from edge.node.update.gate import DEADLINE_S
from edge.node.update.record import Trial, UpdateRecord, read_record, write_record
from edge.node.update.slots import Slot, Slots
from edge.node.update.updater import CUT_OFF, GivenUp
from edge.wire.authority import Role
from edge.wire.release import WHEELS
from edge.wire.status import RecorderState
from tests.node.town import START_US
from tests.node.update.machine import (
    AUTHORITY,
    NEW,
    OLD,
    WELL,
    Board,
    PowerCut,
    Write,
    cut_between_writes,
    ill,
    release_folder,
)


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path / "node")


def test_release_that_is_well_stays(board: Board, tmp_path: Path) -> None:
    board.updater.update(release_folder(tmp_path, 3), AUTHORITY)
    assert board.running == NEW
    assert board.slots.current() is Slot.B
    assert read_record(board.record) == UpdateRecord(highest=3)


def test_next_release_goes_where_the_first_was(board: Board, tmp_path: Path) -> None:
    board.updater.update(release_folder(tmp_path, 1), AUTHORITY)
    board.well["1.2"] = WELL
    board.updater.update(release_folder(tmp_path, 2, "1.2"), AUTHORITY)
    assert (board.running, board.slots.current()) == ("1.2", Slot.A)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"segments": 1}, "1 of 2 segments"),
        ({"self_check": None}, "no self-check"),
        ({"guard": "moved"}, "guard says moved"),
        ({"state": RecorderState.FAULT, "message": "the card failed"}, "the card failed"),
        ({"faults": {"camera": "gone"}}, "new faults: camera"),
    ],
)
def test_release_that_is_ill_is_led_back(board: Board, tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    board.well[NEW] = ill(**changes)
    with pytest.raises(GivenUp, match="the one before runs again"):
        board.updater.update(release_folder(tmp_path), AUTHORITY)
    record = read_record(board.record)
    assert (board.running, board.slots.current(), record.trial, record.highest) == (OLD, Slot.A, None, 0)
    assert record.failure is not None and reason in record.failure.reason
    assert board.clock.monotonic_ns() >= DEADLINE_S * 1e9


def test_release_whose_recorder_says_nothing_is_led_back(board: Board, tmp_path: Path) -> None:
    del board.well[NEW]
    with pytest.raises(GivenUp, match=f"says nothing as {NEW}"):
        board.updater.update(release_folder(tmp_path), AUTHORITY)
    assert board.running == OLD


def test_release_that_was_given_up_may_be_tried_again(board: Board, tmp_path: Path) -> None:
    folder = release_folder(tmp_path)
    well = board.well.pop(NEW)
    with pytest.raises(GivenUp):
        board.updater.update(folder, AUTHORITY)
    board.well[NEW] = well
    board.updater.update(folder, AUTHORITY)
    assert board.running == NEW


@pytest.mark.parametrize(
    ("changes", "failure"),
    [({"role": Role.COMMAND}, "bad-signature"), ({"number": 4}, "old-version"), ({"number": 5}, "old-version")],
)
def test_release_that_this_node_may_not_take_changes_nothing(
    board: Board, tmp_path: Path, changes: dict[str, object], failure: str
) -> None:
    write_record(board.record, UpdateRecord(highest=5))
    with pytest.raises(Refused) as caught:
        board.updater.update(release_folder(tmp_path, **({"number": 6} | changes)), AUTHORITY)  # type: ignore[arg-type]
    assert caught.value.failure == failure
    assert (board.running, board.log) == (OLD, [])


def test_way_back_is_taken_once_where_it_is_signed_for(board: Board, tmp_path: Path) -> None:
    write_record(board.record, UpdateRecord(highest=5))
    board.updater.update(release_folder(tmp_path, 4, may_replace=5), AUTHORITY)
    assert (board.running, read_record(board.record).highest) == (NEW, 5)
    board.well["1.2"] = WELL
    board.updater.update(release_folder(tmp_path, 6, "1.2"), AUTHORITY)
    with pytest.raises(Refused, match="not above 6"):
        board.updater.update(release_folder(tmp_path, 4, may_replace=5), AUTHORITY)


def test_release_with_another_byte_is_refused(board: Board, tmp_path: Path) -> None:
    folder = release_folder(tmp_path)
    next((folder / WHEELS).iterdir()).write_bytes(b"other")
    with pytest.raises(Refused, match="not the file that release 1 names"):
        board.updater.update(folder, AUTHORITY)
    assert board.running == OLD


def test_folder_without_a_release_is_bad_input(board: Board, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"release\.json"):
        board.updater.update(tmp_path, AUTHORITY)


def test_full_disk_while_the_slot_is_filled_changes_nothing(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_board: Board, *_: object) -> None:
        raise StorageFault("no room")

    monkeypatch.setattr(Board, "build", full)
    with pytest.raises(StorageFault):
        board.updater.update(release_folder(tmp_path), AUTHORITY)
    assert (board.running, board.slots.current(), read_record(board.record)) == (OLD, Slot.A, UpdateRecord())


def test_full_disk_while_the_trial_is_kept_changes_nothing(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _record: UpdateRecord) -> None:
        raise StorageFault("no room")

    monkeypatch.setattr(updater, "write_record", full)
    with pytest.raises(StorageFault):
        board.updater.update(release_folder(tmp_path), AUTHORITY)
    assert (board.running, board.slots.current()) == (OLD, Slot.A)


def steps_of(tmp_path: Path, patch: pytest.MonkeyPatch, *, well: bool) -> list[str]:
    board = Board(tmp_path / "counted")
    if not well:
        del board.well[NEW]
    cut_between_writes(patch, board)
    try:
        board.updater.update(release_folder(tmp_path), AUTHORITY)
    except GivenUp:
        assert not well
    patch.undo()
    return board.log


def check_every_cut(tmp_path: Path, *, well: bool, write: Write = write_record) -> None:
    """The power goes before every step in turn; at the next start a whole version runs, and the update can be done."""
    patch = pytest.MonkeyPatch()
    steps = steps_of(tmp_path, patch, well=well)
    assert len(steps) >= 10
    for number, step in enumerate(steps):
        board = Board(tmp_path / f"cut-{number}")
        folder = release_folder(tmp_path)
        if not well:
            ill_one = board.well.pop(NEW)
        board.cut_at = number
        cut_between_writes(patch, board, write)
        with pytest.raises(PowerCut):
            board.updater.update(folder, AUTHORITY)
        board.boot()
        assert board.running == OLD, f"cut before {step}"
        assert read_record(board.record).trial is None, f"cut before {step}"
        if not well:
            board.well[NEW] = ill_one
        board.updater.update(folder, AUTHORITY)
        assert board.running == NEW
        patch.undo()


def test_power_cut_at_any_step_leads_back_to_a_whole_release(tmp_path: Path) -> None:
    check_every_cut(tmp_path, well=True)


def test_power_cut_at_any_step_of_the_way_back_ends_it_too(tmp_path: Path) -> None:
    check_every_cut(tmp_path, well=False)


def test_control_trial_that_is_not_kept_leaves_a_release_that_never_proved_itself(tmp_path: Path) -> None:
    def forget_the_trial(path: Path, record: UpdateRecord) -> None:
        if record.trial is None:
            write_record(path, record)

    with pytest.raises(AssertionError, match="cut before"):
        check_every_cut(tmp_path, well=True, write=forget_the_trial)


def test_update_that_was_killed_is_led_back_by_the_next_call_while_services_run(board: Board) -> None:
    board._fill(Slot.B, NEW)
    write_record(board.record, UpdateRecord(trial=Trial(slot=Slot.B, number=1, version=NEW, since=START_US)))
    board.slots.switch(Slot.B)
    board.running = NEW
    assert board.updater.resume()
    record = read_record(board.record)
    assert (board.running, board.slots.current()) == (OLD, Slot.A)
    assert record.failure is not None and record.failure.reason == CUT_OFF
    assert not board.updater.resume()


def test_damaged_record_stops_updates_and_says_so(board: Board, tmp_path: Path) -> None:
    board.record.write_bytes(b"{")
    with pytest.raises(BadInput, match="damaged"):
        board.updater.update(release_folder(tmp_path), AUTHORITY)


@pytest.mark.parametrize("made", [None, "c", "/etc"])
def test_link_that_names_no_slot_is_said(tmp_path: Path, made: str | None) -> None:
    if made is not None:
        (tmp_path / "current").symlink_to(made)
    with pytest.raises(Exception, match="no link to a or b"):
        Slots(tmp_path).current()
