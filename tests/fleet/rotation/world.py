"""A fleet of simulated machines with their controller, and what goes wrong by a list of decisions.

The controller is the real one, on a real store; killing it raises through it, and what it left on the disk is what the
next run finds. (``test_killed.py`` kills real processes.)
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Literal

import pyrage

from edge.base.clock import ClockQuality
from edge.base.errors import Refused, StorageFault, Unavailable
from edge.base.files import publish
from edge.fleet.rotation.entry import Kind
from edge.fleet.rotation.fleet import Report, Rotation
from edge.fleet.rotation.store import Key, Store, Write
from edge.fleet.rotation.targets import Target
from edge.passwords.messages import Answer, Request, parse_answer
from tests.fleet.rotation.machines import Guards, SimulatedMachine

What = Literal[
    "lost-request", "lost-answer", "cut", "garbled", "garbled-cut", "disk-full", "sudo", "late", "away", "kill-before",
    "kill-after", "kill-writing", "store-full",
]  # fmt: skip
FAULTS: tuple[What, ...] = What.__args__  # type: ignore[attr-defined]
RUNS_MOST = 400
LONG_S = 400
START_S = 1_800_000_000


@dataclass(frozen=True, slots=True)
class Decision:
    """At its ``request``-th request a machine, or the controller, meets this; ``step`` is where power fails.

    Where ``what`` is ``kill-writing`` or ``store-full``, ``request`` counts the store's writes of that machine.
    """

    what: str
    node: int
    request: int
    step: int = 0


class Killed(BaseException):
    """The controller's process is gone."""


class WorldClock:
    """The controller's clock: moves when the world says so."""

    def __init__(self) -> None:
        self.now_s = float(START_S)

    def now_us(self) -> int:
        return int(self.now_s * 1_000_000)

    def monotonic_ns(self) -> int:
        return int(self.now_s * 1_000_000_000)

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        self.now_s += seconds

    def quality(self) -> ClockQuality:
        return ClockQuality.SYNCHRONISED


class World:
    """So many machines and a controller.

    Args:
        folder: where the store is made.
        guards: of the machines; a control takes one away.
        believes: a control's: takes every sign-in for a good one.
        write: what the store writes by; nobody cuts the controller's power here, so it syncs nothing.
    """

    def __init__(
        self,
        folder: Path,
        machines: int,
        decisions: Sequence[Decision],
        seed: int = 1,
        *,
        guards: Guards | None = None,
        believes: bool = False,
        write: Write = publish,
    ) -> None:
        self.random, self.clock, self.believes, self._write = Random(seed), WorldClock(), believes, write
        self.machines: dict[str, SimulatedMachine] = {}
        self.targets: dict[str, Target] = {}
        for number in range(machines):
            self._add(f"node-{number:03d}", number, guards or Guards())
        self._decisions = {(d.node, d.request, d.what.startswith(("kill-w", "store"))): d for d in decisions}
        self._requests: Counter[str] = Counter()
        self._writes: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        self.key = Key("controller-1", str(pyrage.x25519.Identity.generate()), os.urandom(32))
        self._folder = folder / "store"
        Store.create(self._folder, self.key, {"controller-1": self.key.recipient})
        self.seen = self.store()

    def _add(self, node: str, number: int, guards: Guards) -> None:
        kinds: dict[str, Kind] = {"console": "wifi", "access-point": "wifi"}
        if number % 25 == 3:
            kinds["index"] = "database"
        factory = {name: f"factory-{node}-{name}" for name in kinds}
        self.machines[node] = SimulatedMachine(node, factory, kinds, Random(self.random.random()), guards)
        self.targets[node] = Target(node=node, address="203.0.113.1", accounts=kinds)

    def store(self) -> Store:
        """Opens the store as a new process would."""
        return Store(self._folder, self.key, self._keep)

    def rotation(self) -> Rotation:
        """Returns a controller that has just been started."""
        return Rotation(self.store(), self.targets, self, self.clock, workers=1)

    def run(self, *, anew: bool = False) -> Report | None:
        """Runs the controller once; None where it was killed, or its disk was full."""
        try:
            return self.rotation().run(anew=anew)
        except (Killed, StorageFault):
            return None

    def advance(self, seconds: float = LONG_S) -> None:
        """Lets time pass for everybody."""
        self.clock.now_s += seconds
        for machine in self.machines.values():
            machine.advance(seconds)

    def play(self, *, anew: bool = False) -> Report:
        """Gives the same command again and again until the round is through.

        Raises:
            AssertionError: a machine is locked out, or the round never ends.
        """
        for attempt in range(RUNS_MOST):
            report = self.run(anew=anew and attempt == 0)
            self.require_nobody_locked_out()
            if report is not None and len(report.audited) == len(self.targets) and not self._open():
                return report
            self.advance()
            self.require_nobody_locked_out()  # as if no controller ever came back
        raise AssertionError(f"the round is not through after {RUNS_MOST} runs")

    def require_nobody_locked_out(self) -> None:
        """Every machine signs in with a password that the store holds, now or once its trial is over."""
        store = self.seen
        locked = [node for node, machine in self.machines.items() if not self._opens(store, machine)]
        assert not locked, f"locked out: {', '.join(locked)}"

    def require_all_new(self) -> None:
        """Every machine takes its newest password and refuses the one before it."""
        store = self.seen
        for node, machine in self.machines.items():
            entry = store.entry(node)
            assert entry.current is not None, node
            for name, slot in machine.accounts.items():
                assert slot.signs_in(entry.current.words[name]), f"{node} {name}: the new password is refused"
                old = entry.previous.words[name] if entry.previous else f"factory-{node}-{name}"
                assert not slot.signs_in(old), f"{node} {name}: the old password is taken"

    def ask(self, target: Target, request: Request) -> Answer:
        """The link: hands a request over, or what the decisions make of it."""
        machine, number = self.machines[target.node], int(target.node[-3:])
        self._requests[target.node] += 1
        decision = self._decisions.pop((number, self._requests[target.node], False), None)
        what = "" if decision is None else decision.what
        self.met[what] += 1
        if what == "kill-before":
            raise Killed
        if what in ("lost-request", "away") or not machine.on:
            raise Unavailable(f"{target.node}: not reached")
        if what == "sudo":
            raise Refused("not-run", f"{target.node}: sudo: a password is required")
        if what == "late":
            self.advance()
        machine.full, machine.garbles = what == "disk-full", what.startswith("garbled")
        cut_at = decision.step if decision and what.startswith(("cut", "garbled-cut")) else None
        answer = machine.ask(request.dump(), cut_at=cut_at)
        machine.full = machine.garbles = False
        if what == "kill-after":
            raise Killed
        if answer is None or what == "lost-answer":
            raise Unavailable(f"{target.node}: no answer")
        parsed = parse_answer(answer)
        return replace(parsed, signed_in=True) if self.believes else parsed

    def _keep(self, path: Path, data: bytes) -> None:
        node = path.stem
        self._writes[node] += 1
        number = int(node[-3:]) if node in self.machines else -1
        decision = self._decisions.pop((number, self._writes[node], True), None)
        if decision is not None and decision.what == "store-full":
            self.met["store-full"] += 1
            raise StorageFault(f"{path}: no space left on device")
        if decision is not None and decision.step % 2:
            self.met["kill-writing"] += 1
            raise Killed
        self._write(path, data)
        if decision is not None:
            self.met["kill-writing"] += 1
            raise Killed

    def _open(self) -> bool:
        store = self.seen
        return any(store.entry(node).pending is not None for node in self.targets)

    def _opens(self, store: Store, machine: SimulatedMachine) -> bool:
        if not machine.on or machine.armed:
            return True  # it goes back when it starts, or when its trial is over; the next look is after that
        entry = store.entry(machine.node)
        factory = [f"factory-{machine.node}-{name}" for name in machine.accounts] if entry.current is None else []
        return all(any(slot.signs_in(word) for word in entry.known() + factory) for slot in machine.accounts.values())


def draw(seed: int, machines: int, share: float, faults: Sequence[str] = FAULTS) -> tuple[Decision, ...]:
    """Returns what goes wrong in the history of ``seed``."""
    random = Random(seed)
    found = []
    for node in range(machines):
        while random.random() < share:
            found.append(Decision(random.choice(faults), node, random.randint(1, 6), random.randrange(12)))
    return tuple(found)
