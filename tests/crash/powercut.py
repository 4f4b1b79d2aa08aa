"""Cuts the power of a working program at the block level, again and again, and looks at what is left each time.

A history is a disk over several lives: each begins with one of the states that a cut left of the life before, so cuts
in the middle of recovery are among them. Histories are numbered by their seeds: S, S+1, and so on. What works on the
disk is a *target*: the node's spool, the center's store and index, a custodian's key store.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol, TypeVar

from tests.crash.devices import Lab
from tests.crash.states import Cut, cuts, parse_log

LIVES = 4
STATES_A_LIFE = 25
STATES_A_HISTORY = LIVES * STATES_A_LIFE

Position = Callable[[], int]
"""Tells how far the disk's log has got: what was synced before lies below it."""


class Books(Protocol):
    """What a power cut must not undo: every acknowledgement with the log position at which it was given."""

    def at(self: B, position: int) -> B:
        """Returns a copy of what had been acknowledged when the power went, for a life that begins with that state."""


B = TypeVar("B", bound=Books)


@dataclass(frozen=True)
class Findings:
    """What does not hold in a state; nothing does where both are empty.

    Attributes:
        lost: what was acknowledged and is no longer there.
        corrupt: anything else that was promised.
    """

    lost: list[str]
    corrupt: list[str]


@dataclass(frozen=True)
class Left:
    """What a cut left.

    Attributes:
        mounted: the file system, mounted again.
        medium: the disk's bytes, before anything was done to them.
        remade: they could not be mounted; the file system is a new one.
    """

    mounted: Path
    medium: bytearray
    remade: bool


class Target(Protocol[B]):
    """A program that writes what must survive."""

    def begin(self) -> B:
        """Returns the books of an empty disk."""

    def live(self, mounted: Path, books: B, position: Position, random: Random) -> None:
        """Works on a mounted file system until the power goes, and notes in ``books`` what is acknowledged."""

    def judge(self, left: Left, before: B, random: Random) -> Findings:
        """Starts the program on what a cut left, has it work, and holds the result against ``before``.

        Where either of two was allowed, what the medium decided is noted in ``before``, for a life that begins so.
        """


@dataclass
class Tally:
    """How many states were looked at, and what was found in them.

    Attributes:
        faults: one line for each state that was lost or corrupt, with the seed of its history.
    """

    states: int = 0
    lost: int = 0
    corrupt: int = 0
    remade: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.states} states, {self.lost} lost, {self.corrupt} corrupt, {self.remade} unmountable and re-made"

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.states + other.states,
            self.lost + other.lost,
            self.corrupt + other.corrupt,
            self.remade + other.remade,
            self.seconds + other.seconds,
            self.faults + other.faults,
        )


def run(
    lab: Lab,
    target: Target[B],
    states: int,
    seed: int,
    *,
    until_fault: bool = False,
    progress: Callable[[Tally], None] = lambda tally: None,
    keep: Path | None = None,
) -> Tally:
    """Looks at ``states`` states.

    Args:
        until_fault: ends with the first state that is lost or corrupt.
        keep: folder for the images of such states.
    """
    tally, started = Tally(), time.monotonic()
    while tally.states < states and not (until_fault and tally.faults):
        wanted = min(STATES_A_HISTORY, states - tally.states)
        for cut, findings, remade in _history(lab, target, seed, wanted):
            _count(tally, findings, seed, remade=remade)
            if keep is not None and (findings.lost or findings.corrupt):
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"seed-{seed}-state-{tally.states}.img").write_bytes(cut.image)
            if until_fault and tally.faults:
                break
        tally.seconds = time.monotonic() - started
        progress(tally)
        seed += 1
    return tally


def _count(tally: Tally, findings: Findings, seed: int, *, remade: bool) -> None:
    tally.states += 1
    tally.lost += bool(findings.lost)
    tally.corrupt += bool(findings.corrupt)
    tally.remade += remade
    found = [*findings.lost, *findings.corrupt]
    if found:
        tally.faults.append(f"SEED={seed}: {found[0]}" + (f" (and {len(found) - 1} more)" if found[1:] else ""))


def _history(lab: Lab, target: Target[B], seed: int, states: int) -> Iterator[tuple[Cut, Findings, bool]]:
    random = Random(seed)
    lab.subject.format()
    image, books = lab.subject.content.read_bytes(), target.begin()
    while states > 0:
        life, count = books.at(0), min(STATES_A_LIFE, states)
        log = _live(lab, target, image, life, random)
        states -= count
        goes_on = random.randrange(count)
        for number, cut in enumerate(cuts(image, parse_log(log), count, random)):
            before = life.at(cut.position)
            findings, remade = judge(lab, target, cut, before, random)
            yield cut, findings, remade
            if number == goes_on and not (remade or findings.lost or findings.corrupt):
                image, books = bytes(cut.image), before


def _live(lab: Lab, target: Target[B], image: bytes, books: B, random: Random) -> bytes:
    """Runs one life from ``image`` on and returns the disk's log."""
    lab.subject.fill(image)
    lab.forget()
    lab.subject.attach()
    try:
        target.live(lab.subject.mount, books, lab.position, random)
        return lab.log()
    finally:
        lab.subject.detach()


def judge(lab: Lab, target: Target[B], cut: Cut, before: B, random: Random) -> tuple[Findings, bool]:
    """Mounts the state and has the target judge it; tells whether the file system had to be made anew."""
    lab.bench.fill(cut.image)
    remade = False
    try:
        lab.bench.attach()
    except OSError:
        # Nothing of the file system can be read: what it held is lost, and the program begins on an empty one.
        remade, before = True, target.begin()
        lab.bench.format()
        lab.bench.attach()
    try:
        return target.judge(Left(lab.bench.mount, cut.image, remade), before, random), remade
    finally:
        lab.bench.detach()
