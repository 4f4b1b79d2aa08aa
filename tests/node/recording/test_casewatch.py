"""The recorder follows the panel: TAMPER records on the card, faults in the status, over restarts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edge.base import strictjson
from edge.base.errors import StorageFault
from edge.node.kept import Kept
from edge.node.matters import Instant
from edge.node.recording import casestate
from edge.node.recording.casewatch import SILENT_S, CaseWatch
from edge.node.records.journal import Journal
from edge.node.records.tally import Names, Tally
from edge.node.statefiles import CASE
from edge.seal.manifest import Kind
from edge.wire.authority import Role
from edge.wire.status import RecorderState
from edge.wire.visit import Scope
from tests.clocks import HandClock
from tests.node.recording.test_casestate import report
from tests.node.rig import Rig, ScriptedCamera, Steps
from tests.node.town import NODE, ROLES, START_US, Town
from tests.node.visits import make_ticket
from tests.node.visits import report as report_visit

Make = Callable[..., Town]


@pytest.fixture
def town(make_town: Make) -> Town:
    town = make_town(panel={"kind": "mock"})
    town.run.mkdir()
    return town


class Hands:
    """Writes the panel's file, as the panel does each second."""

    def __init__(self, town: Town) -> None:
        self._town, self._fields = town, report(opened=0).model_dump()

    def __call__(self, **changes: Any) -> Callable[[], None]:
        """Returns the step that reports so from then on."""

        def say() -> None:
            self._fields |= changes
            self._fields["updated"] = self._town.clock.now_us()
            (self._town.run / "panel.json").write_bytes(strictjson.dump(self._fields))

        return say


@pytest.fixture
def hands(town: Town) -> Hands:
    return Hands(town)


def play(town: Town, frames: int, steps: Steps) -> Tally:
    """Records; each of ``frames`` is a tenth of a second."""
    return Rig(town).record(ScriptedCamera(town, frames, steps=steps, begin_us=town.clock.now_us()))


def signed(town: Town) -> list[tuple[str, str]]:
    return [(detail.state, detail.note) for detail in town.details(Kind.TAMPER)]


def faults(town: Town, tally: Tally) -> set[str]:
    return set(tally.status(town.clock.now_us()).faults)


def test_opening_and_closing_are_signed_and_told(town: Town, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casestate, "SETTLED_S", 5)  # a minute of frames tells no more
    opened = {0: hands(), 40: hands(case_open=True, case_opened=1)}
    tally = play(town, 180, {**opened, 90: hands(case_open=False), 130: hands()})
    assert signed(town) == [("case-open", ""), ("case-closed", "")]
    assert "shut again" in tally.status(town.clock.now_us()).faults["tampered"]
    town.require_chained()


def test_case_that_is_open_is_a_fault_while_footage_goes_on(town: Town, hands: Hands) -> None:
    seen: list[RecorderState] = []
    open_, rig = hands(case_open=True, case_opened=1), Rig(town)
    steps = {0: open_, 60: open_, 99: lambda: seen.append(rig.tally.status(town.clock.now_us()).state)}
    rig.record(ScriptedCamera(town, 100, steps=steps))
    assert seen == [RecorderState.FAULT]
    assert len(town.of(Kind.SEGMENT)) == 5


def test_opening_between_two_runs_is_signed(town: Town, hands: Hands) -> None:
    play(town, 30, {0: hands()})
    hands(case_opened=2)()
    play(town, 30, {0: hands()})
    assert signed(town) == [("case-open", "opened 2 times since the last look")]


def test_restart_signs_nothing_twice_and_goes_on_telling(town: Town, hands: Hands) -> None:
    play(town, 30, {0: hands(case_open=True, case_opened=1)})
    tally = play(town, 30, {0: hands()})
    assert signed(town) == [("case-open", "")]
    assert faults(town, tally) == {"tampered"}


def test_restart_would_sign_it_twice_if_nothing_were_kept(town: Town, hands: Hands) -> None:
    """Control of both tests above."""
    play(town, 30, {0: hands(case_open=True, case_opened=1)})
    (town.state / "case.json").unlink()
    play(town, 30, {0: hands()})
    assert signed(town) == [("case-open", "")] * 2


def test_record_that_nothing_took_is_signed_at_the_next_look(
    town: Town, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[int] = []
    notice = Journal.notice

    def refuse_once(journal: Journal, *arguments: Any) -> None:
        if not refused:
            refused.append(1)
            raise StorageFault("no room")
        notice(journal, *arguments)

    monkeypatch.setattr(Journal, "notice", refuse_once)
    play(town, 90, {0: hands(), 30: hands(case_open=True, case_opened=1)})
    assert refused and signed(town) == [("case-open", "")]


def test_opening_in_a_visit_names_the_ticket_that_the_recorder_has_checked(town: Town, hands: Hands) -> None:
    ticket = make_ticket(Scope.COLLECT)
    report_visit(town, ticket)
    tally = play(town, 60, {0: hands(), 25: hands(case_open=True, case_opened=1)})
    assert [detail.reference for detail in town.details(Kind.TAMPER)] == [ticket.payload.ticket]
    assert faults(town, tally) == set()


def test_opening_in_a_visit_of_nobody_known_is_tampering(town: Town, hands: Hands) -> None:
    """Control of the test above: the same, with a ticket that another role signed."""
    report_visit(town, make_ticket(Scope.COLLECT, signer=ROLES[Role.MASK]))
    tally = play(town, 60, {0: hands(), 25: hands(case_open=True, case_opened=1)})
    assert [detail.reference for detail in town.details(Kind.TAMPER)] == [None]
    assert faults(town, tally) == {"tampered"}


def test_opening_while_a_visit_had_the_camera_names_its_ticket(town: Town, hands: Hands) -> None:
    ticket = make_ticket(Scope.COLLECT)
    report_visit(town, ticket)
    play(town, 30, {0: hands()})
    report_visit(town, None)
    hands(case_opened=1)()
    tally = play(town, 30, {0: hands()})
    assert [detail.reference for detail in town.details(Kind.TAMPER)] == [ticket.payload.ticket]
    assert faults(town, tally) == set()


def test_stuck_button_is_told_until_it_is_let_go(town: Town, hands: Hands) -> None:
    assert faults(town, play(town, 50, {0: hands(stuck=True)})) == {"button"}
    assert faults(town, play(town, 50, {0: hands(stuck=False)})) == set()


class Silence:
    """A panel that reports, or does not, before a recorder that looks every two seconds."""

    def __init__(self, town: Town) -> None:
        self.clock, self._hands = HandClock(START_US), Hands(town)
        self.tally = Tally(Names(NODE, "b0" * 16, "0.1.0"), town.config.status, 0)
        path, state = town.config.panel_report, town.state / CASE
        self._watch = CaseWatch(path, state, NODE, self.tally, self.clock, lambda: None)
        self._town = town

    def last(self, seconds: int, *, speaking: bool) -> set[str]:
        """Returns the faults after so long."""
        for _ in range(seconds // 2):
            self.clock.advance(2)
            self._town.clock.advance_to(self.clock.now_us())
            if speaking:
                self._hands()()
            self._watch.look(None, Instant(self.clock.now_us(), 0))  # type: ignore[arg-type]  # nothing is signed
        return faults(self._town, self.tally)


def test_panel_that_says_nothing_is_told_until_it_speaks_again(town: Town) -> None:
    panel = Silence(town)
    assert panel.last(120, speaking=True) == set()
    assert panel.last(SILENT_S - 2, speaking=False) == set()
    assert panel.last(2, speaking=False) == {"panel"}
    assert panel.last(2, speaking=True) == set()


def test_panel_that_was_never_there_is_told(town: Town) -> None:
    assert Silence(town).last(SILENT_S, speaking=False) == {"panel"}


@pytest.mark.parametrize("panel", [None, {"kind": "none"}])
def test_node_without_a_panel_watches_nothing(make_town: Make, panel: dict[str, str] | None) -> None:
    town = make_town(panel=panel)
    town.run.mkdir()
    tally = play(town, 50, {0: Hands(town)(case_open=True, case_opened=1)})
    assert signed(town) == [] and faults(town, tally) == set()
    assert not (town.state / "case.json").exists()


GOOD = report(opened=1, case_open=True).model_dump()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff" * 500,
        b"[" * 900,
        strictjson.dump(GOOD) + b" " * 2000,
        strictjson.dump(GOOD | {"node": "other"}),
        strictjson.dump(GOOD | {"case_open": 1}),
        strictjson.dump(GOOD | {"case_opened": -1}),
        strictjson.dump(GOOD | {"run": "evil\nrun"}),
    ],
)
def test_file_that_is_no_report_changes_nothing(town: Town, data: bytes) -> None:
    path = town.run / "panel.json"
    tally = play(town, 25, {0: lambda: path.write_bytes(data)})
    assert signed(town) == [] and faults(town, tally) == set()


def test_report_of_the_same_bytes_would_be_taken_if_it_were_good(town: Town) -> None:
    """Control of the test above."""
    path = town.run / "panel.json"
    play(town, 25, {0: lambda: path.write_bytes(strictjson.dump(GOOD))})
    assert signed(town) == [("case-open", "")]


def test_damaged_memory_is_told_and_ends_nothing(town: Town, hands: Hands) -> None:
    (town.state / "case.json").write_bytes(b"{}")
    tally = play(town, 30, {0: hands()})
    assert faults(town, tally) == set()  # the next writing replaced it
    assert len(town.of(Kind.SEGMENT)) == 2


def test_contact_that_chatters_does_not_wear_out_the_card(
    town: Town, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    write = Kept.write

    def note(kept: Kept, data: bytes) -> None:
        written.append(data)
        write(kept, data)

    monkeypatch.setattr(Kept, "write", note)
    play(town, 200, {frame: hands(case_open=frame % 40 == 0, case_opened=frame // 20) for frame in range(0, 200, 20)})
    assert signed(town) == [("case-open", "")]
    assert len([data for data in written if b'"opened"' in data]) == 2
