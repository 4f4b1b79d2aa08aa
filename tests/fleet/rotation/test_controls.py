"""Controls: with one guard taken away somebody is locked out, and the histories notice it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import pytest

from edge.fleet.rotation import fleet, ride
from edge.fleet.rotation.entry import Entry, joined
from edge.fleet.rotation.states import Event
from edge.fleet.rotation.store import Store
from tests.fleet.rotation.machines import Guards
from tests.fleet.rotation.world import FAULTS, Decision, World, draw
from tests.simulation.shrink import shrink

MACHINES, SEEDS = 12, range(1, 60)
SEEN = "locked out"
Take = Callable[[pytest.MonkeyPatch], dict[str, object]]


def _guards(**without: bool) -> Take:
    return lambda monkeypatch: {"guards": Guards(**without)}


def _without_sign_in(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    return {"believes": True}


def _pending_in_memory_alone(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What is pending is known to the process and reaches the disk with what follows."""
    kept = Store.keep
    memory: dict[tuple[int, str], Entry] = {}
    read = Store.entry

    def keep(self: Store, entry: Entry) -> None:
        memory[id(self), entry.node] = entry
        if entry.pending is None:
            kept(self, entry)

    def look(self: Store, node: str) -> Entry:
        return memory.get((id(self), node)) or read(self, node)

    monkeypatch.setattr(Store, "keep", keep)
    monkeypatch.setattr(Store, "entry", look)
    return {}


def _old_thrown_away(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The store forgets the old passwords as soon as others are made."""

    def forgetful(entry: Entry, *rest: object) -> Entry:
        return joined(entry, *rest).model_copy(update={"current": None, "previous": None})  # type: ignore[arg-type]

    monkeypatch.setattr(fleet, "joined", forgetful)
    return {}


def _settled_when_staged(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The store takes the new passwords for the machine's, and forgets the old ones, once it has them on trial."""
    taken = ride.Ride._stage

    def stage(self: ride.Ride) -> Event:
        event = taken(self)
        self._keep(self._entry.model_copy(update={"current": self._pending, "previous": None, "pending": None}))
        return event

    monkeypatch.setattr(ride.Ride, "_stage", stage)
    return {}


@pytest.mark.parametrize(
    ("take", "faults"),
    [
        pytest.param(_guards(timer=False), FAULTS, id="no timer"),
        pytest.param(_guards(start=False), ("garbled-cut",), id="no going back at a start"),
        pytest.param(_guards(saves=False), ("garbled-cut",), id="what was before is not saved"),
        pytest.param(_guards(settles=False), ("garbled", "cut"), id="new ones not synced before they are confirmed"),
        pytest.param(_without_sign_in, FAULTS, id="confirmed without a sign-in"),
        pytest.param(_pending_in_memory_alone, FAULTS, id="pending not durable"),
        pytest.param(_old_thrown_away, FAULTS, id="old ones not kept"),
        pytest.param(_settled_when_staged, FAULTS, id="settled before it was confirmed"),
    ],
)
def test_a_missing_guard_locks_somebody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, take: Take, faults: Sequence[str]
) -> None:
    without, plays = take(monkeypatch), count()

    def fails(decisions: tuple[Decision, ...]) -> bool:
        world = World(tmp_path / str(next(plays)), MACHINES, decisions, **without)  # type: ignore[arg-type]
        try:
            world.play()
            world.play(anew=True)
            world.require_all_new()
        except AssertionError as error:
            return SEEN in str(error)
        return False

    for seed in SEEDS:
        if fails(decisions := draw(seed, MACHINES, 0.5, faults)):
            small = shrink(decisions, fails, plays=60)
            assert 1 <= len(small) <= 3, small
            return
    pytest.fail("no history noticed it")
