"""Cuts the power of a recording node at the block level, again and again, and looks at what is left each time.

A history is a disk over several lives: each begins with one of the states that a cut left of the life before, so cuts
in the middle of recovery are among them. Histories are numbered by their seeds: S, S+1, and so on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from edge.base.errors import MimamoriError
from edge.spool.disk import LocalDisk
from tests.crash.books import Books
from tests.crash.checks import corrupt, headers_on_medium, lost, note_medium
from tests.crash.devices import Lab
from tests.crash.life import Life, MakeDisk
from tests.crash.states import Cut, cuts, parse_log
from tests.spool.records import START_US

LIVES = 4
STEPS = 60
STATES_A_LIFE = 25
STATES_A_HISTORY = LIVES * STATES_A_LIFE


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


@dataclass(frozen=True)
class Verdict:
    """What one state came to.

    Attributes:
        after: the books as a next life takes them over.
    """

    lost: list[str]
    corrupt: list[str]
    remade: bool
    after: Books


def run(
    lab: Lab,
    states: int,
    seed: int,
    *,
    make_disk: MakeDisk = LocalDisk,
    until_fault: bool = False,
    progress: Callable[[Tally], None] = lambda tally: None,
    keep: Path | None = None,
) -> Tally:
    """Looks at ``states`` states.

    Args:
        make_disk: the spool's port to the disk; controls give one that leaves a step out.
        until_fault: ends with the first state that is lost or corrupt.
        keep: folder for the images of such states.
    """
    tally, started = Tally(), time.monotonic()
    while tally.states < states and not (until_fault and tally.faults):
        wanted = min(STATES_A_HISTORY, states - tally.states)
        for cut, verdict in _history(lab, seed, wanted, make_disk):
            _count(tally, verdict, seed)
            if keep is not None and (verdict.lost or verdict.corrupt):
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"seed-{seed}-state-{tally.states}.img").write_bytes(cut.image)
            if until_fault and tally.faults:
                break
        tally.seconds = time.monotonic() - started
        progress(tally)
        seed += 1
    return tally


def _count(tally: Tally, verdict: Verdict, seed: int) -> None:
    tally.states += 1
    tally.lost += bool(verdict.lost)
    tally.corrupt += bool(verdict.corrupt)
    tally.remade += verdict.remade
    found = [*verdict.lost, *verdict.corrupt]
    if found:
        tally.faults.append(f"SEED={seed}: {found[0]}" + (f" (and {len(found) - 1} more)" if found[1:] else ""))


def _history(lab: Lab, seed: int, states: int, make_disk: MakeDisk) -> Iterator[tuple[Cut, Verdict]]:
    random = Random(seed)
    lab.subject.format()
    image, books, now_us = lab.subject.content.read_bytes(), Books(), START_US
    while states > 0:
        position_books, log, now_us = _live(lab, image, books, random, now_us, make_disk)
        count = min(STATES_A_LIFE, states)
        states -= count
        goes_on = random.randrange(count)
        for number, cut in enumerate(cuts(image, parse_log(log), count, random)):
            verdict = judge(lab, cut, position_books.at(cut.position), now_us, _chain(random), make_disk)
            yield cut, verdict
            if number == goes_on and not verdict.remade:
                image, books = bytes(cut.image), verdict.after


def _live(
    lab: Lab, image: bytes, books: Books, random: Random, now_us: int, make_disk: MakeDisk
) -> tuple[Books, bytes, int]:
    """Runs one life from ``image`` on and returns its books, the disk's log and the time at its end."""
    lab.subject.fill(image)
    lab.forget()
    lab.subject.attach()
    own = deepcopy(books)
    try:
        life = Life(
            lab.subject.mount, lab.run, own, lab.position, now_us=now_us, make_disk=make_disk, chain=_chain(random)
        )
        try:
            life.live(STEPS, random)
            return own, lab.log(), life.node.now_us
        finally:
            life.close()
    finally:
        lab.subject.detach()


def judge(lab: Lab, cut: Cut, before: Books, now_us: int, chain: str, make_disk: MakeDisk) -> Verdict:
    """Mounts the state, lets the node come back by itself, and holds it against its books."""
    lab.bench.fill(cut.image)
    remade = False
    try:
        lab.bench.attach()
    except OSError:
        # Nothing of the file system can be read: the node makes a new one, and its records begin a new chain.
        remade, before = True, Books()
        lab.bench.format()
        lab.bench.attach()
    try:
        return _judge_mounted(lab, before, now_us, chain, make_disk, remade)
    finally:
        lab.bench.detach()


def _judge_mounted(lab: Lab, before: Books, now_us: int, chain: str, make_disk: MakeDisk, remade: bool) -> Verdict:
    mounted = lab.bench.mount
    twice = note_medium(before, list(headers_on_medium(mounted / "spool")))
    books = deepcopy(before)
    try:
        life = Life(mounted, lab.run, books, lambda: 0, now_us=now_us, make_disk=make_disk, chain=chain)
    except (MimamoriError, OSError) as error:
        return Verdict([], [*twice, f"the node does not come back: {error}"], remade, before)
    try:
        life.record(3000)
        after = deepcopy(before)
        faults = [*twice, *corrupt(after, life, life.written)]
        return Verdict(lost(books, life, mounted / "receipts", before), faults, remade, before)
    except (MimamoriError, OSError) as error:
        return Verdict([], [*twice, f"the node came back and cannot record: {error}"], remade, before)
    finally:
        life.close()


def _chain(random: Random) -> str:
    """Returns a chain id as a node would draw one, but the same for the same seed."""
    return random.randbytes(16).hex()
