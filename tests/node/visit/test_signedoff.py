"""A visit's sign-off at the recorder's start: what counts, once, and what leaves the masks as they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edge.base.clock import ClockQuality
from edge.base.errors import BadConfiguration
from edge.mask import floor
from edge.node.records.journal import Journal
from edge.node.records.tally import Tally
from edge.node.statefiles import FLOOR, GUARD, SIGNED_OFF
from edge.node.visit.signedoff import LATE_US, SignOffs
from edge.node.visit.usedtickets import UsedTickets
from edge.seal.manifest import Kind
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.signed import Signed
from edge.wire.visit import Scope, VisitTicket
from tests.mask.samples import document, mask, put, rectangle, written
from tests.node.rig import Rig, ScriptedCamera, play
from tests.node.town import ROLES, SECOND_US, START_US, Town, seed
from tests.node.visits import HOUR_US, make_ticket, sign_off

WIDE = document(mask(polygon=rectangle(0.2, 0.2, 0.6, 0.8)))
SMALL = document(mask(polygon=rectangle(0.3, 0.3, 0.4, 0.4)))


@pytest.fixture
def recorded(town: Town) -> Town:
    """A node that has recorded with wide masks."""
    put(town.masks, WIDE)
    play(town, 20)
    return town


def again(town: Town, frames: int = 20) -> Tally:
    """Records once more, a minute after the newest record."""
    begin_us = town.clock.now_us() + 60 * SECOND_US
    town.clock.advance_to(begin_us)
    return Rig(town).record(ScriptedCamera(town, frames, begin_us=begin_us))


def floor_digest(town: Town) -> str:
    raster = floor.read(town.state / FLOOR)
    assert raster is not None
    return raster.digest


def told(town: Town) -> list[Any]:
    return town.details(Kind.SIGNOFF)


def test_re_aim_makes_masks_smaller_and_is_signed(recorded: Town) -> None:
    before, ticket = floor_digest(recorded), make_ticket()
    signed_off = sign_off(recorded, ticket, SMALL)
    tally = again(recorded)
    assert "sign-off" not in tally.status(0).faults
    assert recorded.masks.read_bytes() == written(SMALL)
    assert floor_digest(recorded) != before
    notice = told(recorded)[0]
    assert (notice.state, notice.reference) == ("re-aim", ticket.payload.ticket)
    assert notice.note == f"masks {signed_off.digest} K-0001"
    signoff = recorded.of(Kind.SIGNOFF)[0].header.manifest
    assert (signoff.masks, signoff.floor) == (signed_off.digest, floor_digest(recorded))
    assert recorded.kinds()[3:6] == ["BOOT", "GAP", "SIGNOFF"]
    assert recorded.records()[-2].header.manifest.masks == signed_off.digest
    recorded.require_chained()


def test_first_sign_off_starts_a_node_that_never_recorded(town: Town) -> None:
    town.masks.unlink()
    sign_off(town, make_ticket(Scope.FIRST), SMALL)
    play(town, 20)
    assert town.kinds() == ["BOOT", "SIGNOFF", "SEGMENT", "SHUTDOWN"]


def test_installer_is_named_in_no_record(recorded: Town) -> None:
    sign_off(recorded, make_ticket(installer="Yamada"), SMALL)
    again(recorded)
    assert told(recorded)
    assert not any(b"Yamada" in reel.read_bytes() for reel in recorded.spool.glob("reel-*"))


def test_moved_camera_guard_learns_anew(recorded: Town) -> None:
    put(recorded.state / GUARD, b"learnt where the camera looked before")
    sign_off(recorded, make_ticket(), SMALL)
    again(recorded)
    assert told(recorded) and not (recorded.state / GUARD).exists()


def test_old_reference_is_read_where_nobody_signed_off(recorded: Town) -> None:
    """The control of the test above: this one is found damaged, and told."""
    put(recorded.state / GUARD, b"learnt where the camera looked before")
    assert "reference is damaged" in again(recorded).status(0).faults["guard"]


LONG_AGO_US = START_US - LATE_US


def spoil_sign_off(town: Town) -> None:
    sign_off(town, make_ticket(), SMALL)
    put(town.folder / "visit" / "signoff.json", b"{")


def spoil_used_tickets(town: Town) -> None:
    put(town.state / SIGNED_OFF, b"{")
    sign_off(town, make_ticket(), SMALL)


REFUSED: dict[str, tuple[Callable[[Town], object], str]] = {
    "inspect": (lambda town: sign_off(town, make_ticket(Scope.INSPECT), SMALL), "changes no masks"),
    "collect": (lambda town: sign_off(town, make_ticket(Scope.COLLECT), SMALL), "changes no masks"),
    "first": (lambda town: sign_off(town, make_ticket(Scope.FIRST), SMALL), "re-aim ticket"),
    "another signer": (lambda town: sign_off(town, make_ticket(signer=seed(99)), SMALL), "no valid signature"),
    "mask role": (lambda town: sign_off(town, make_ticket(signer=ROLES[Role.MASK]), SMALL), "no valid signature"),
    "ticket of another node": (lambda town: sign_off(town, make_ticket(node="demo-2"), SMALL), "demo-2"),
    "for another node": (lambda town: sign_off(town, make_ticket(), SMALL, node="demo-2"), "demo-2"),
    "before its hours": (lambda town: sign_off(town, make_ticket(begins=START_US + 2 * HOUR_US), SMALL), "count now"),
    "long after its hours": (lambda town: sign_off(town, make_ticket(begins=0, ends=LONG_AGO_US), SMALL), "count now"),
    "another digest": (lambda town: sign_off(town, make_ticket(), SMALL, digest="00" * 32), "digest"),
    "no masks": (lambda town: sign_off(town, make_ticket(), SMALL, masks="{}"), "sign-off: "),
    "damaged": (spoil_sign_off, ""),
    "used tickets damaged": (spoil_used_tickets, "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize(("write", "said"), REFUSED.values(), ids=REFUSED)
def test_sign_off_that_does_not_count_changes_nothing(
    recorded: Town, write: Callable[[Town], object], said: str
) -> None:
    before = floor_digest(recorded)
    write(recorded)
    tally = again(recorded)
    fault = tally.status(0).faults["sign-off"]
    assert "the sign-off is not taken" in fault and said in fault
    assert (floor_digest(recorded), recorded.masks.read_bytes(), told(recorded)) == (before, written(WIDE), [])


def test_masks_file_alone_never_makes_masks_smaller(recorded: Town) -> None:
    """The control: what a sign-off may do, nobody else may."""
    put(recorded.masks, SMALL)
    with pytest.raises(BadConfiguration, match="only a visit may make masks smaller"):
        again(recorded)


def test_sign_off_of_the_last_minute_still_counts(recorded: Town) -> None:
    sign_off(recorded, make_ticket(ends=recorded.clock.now_us() + 1), SMALL)
    again(recorded)
    assert len(told(recorded)) == 1


def test_node_that_nobody_told_the_time_takes_its_first_sign_off(town: Town) -> None:
    """Its clock may stand long before the ticket's hours."""
    town.masks.unlink()
    sign_off(town, make_ticket(Scope.FIRST, begins=START_US + HOUR_US, ends=START_US + 2 * HOUR_US), SMALL, at=0)
    Rig(town, quality=ClockQuality.UNTRUSTED).record(ScriptedCamera(town, 20))
    assert len(told(town)) == 1


def test_ticket_counts_once(recorded: Town) -> None:
    ticket = make_ticket()
    sign_off(recorded, ticket, WIDE)
    again(recorded)
    sign_off(recorded, ticket, SMALL)
    tally = again(recorded)
    assert recorded.masks.read_bytes() == written(WIDE)
    assert len(told(recorded)) == 1
    assert "sign-off" not in tally.status(0).faults


def test_ticket_would_count_twice_if_nobody_remembered(recorded: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above."""
    monkeypatch.setattr(UsedTickets, "of", lambda *_: None)
    ticket = make_ticket()
    sign_off(recorded, ticket, WIDE)
    again(recorded)
    sign_off(recorded, ticket, SMALL)
    again(recorded)
    assert len(told(recorded)) == 2


class Cut(Exception):
    """The power."""


def cut_at(step: tuple[type, str], patch: pytest.MonkeyPatch, *, after: bool = False) -> None:
    owner, name = step
    whole = getattr(owner, name)

    def cut(*words: Any, **more: Any) -> None:
        if after:
            whole(*words, **more)
        raise Cut

    patch.setattr(owner, name, cut)


STEPS = [(UsedTickets, "remember"), (SignOffs, "take"), (Journal, "notice"), (SignOffs, "done")]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
def test_power_cut_at_any_step_leaves_one_sign_off(
    recorded: Town, step: tuple[type, str], after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_off = sign_off(recorded, make_ticket(ends=recorded.clock.now_us() + SECOND_US), SMALL)
    with monkeypatch.context() as patch, pytest.raises(Cut):
        cut_at(step, patch, after=after)
        again(recorded)
    tally = again(recorded)
    assert "sign-off" not in tally.status(0).faults
    assert [notice.note.split()[1] for notice in told(recorded)] == [signed_off.digest]
    assert recorded.masks.read_bytes() == written(SMALL)
    sign_off(recorded, signed_ticket(signed_off.ticket), WIDE)
    again(recorded)
    assert len(told(recorded)) == 1, "the ticket counted twice"


def signed_ticket(text: str) -> Signed[VisitTicket]:
    return signed.parse("visit-ticket", VisitTicket, text.encode())


def test_ticket_of_a_sign_off_that_was_cut_off_is_no_other_ones(
    recorded: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = make_ticket()
    sign_off(recorded, ticket, WIDE)
    with monkeypatch.context() as patch, pytest.raises(Cut):
        cut_at((UsedTickets, "remember"), patch, after=True)
        again(recorded)
    sign_off(recorded, ticket, SMALL)
    assert "another sign-off" in again(recorded).status(0).faults["sign-off"]
    assert told(recorded) == []


def test_re_aim_mends_a_damaged_floor_and_nothing_else_does(recorded: Town) -> None:
    put(recorded.state / FLOOR, b"{")
    with pytest.raises(BadConfiguration, match="in a visit"):
        again(recorded)
    sign_off(recorded, make_ticket(), SMALL)
    again(recorded)
    assert len(told(recorded)) == 1 and floor_digest(recorded)
