"""The node's spool under the lab: a recorder's calls until the power goes, and a node that comes back by itself."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from random import Random

from edge.base.errors import MimamoriError
from edge.spool.disk import LocalDisk
from tests.crash.books import Books
from tests.crash.checks import corrupt, headers_on_medium, lost, note_medium
from tests.crash.life import Life, MakeDisk
from tests.crash.powercut import Findings, Left, Position

STEPS = 60


class SpoolTarget:
    """See ``Target``.

    Args:
        run: folder in memory for what a power cut always takes.
        make_disk: the spool's port to the disk; controls give one that leaves a step out.
    """

    def __init__(self, run: Path, make_disk: MakeDisk = LocalDisk) -> None:
        self._run, self._make_disk = run, make_disk

    def begin(self) -> Books:
        return Books()

    def live(self, mounted: Path, books: Books, position: Position, random: Random) -> None:
        life = self._life(mounted, books, position, _chain(random))
        try:
            life.live(STEPS, random)
            books.now_us = life.node.now_us
        finally:
            life.close()

    def judge(self, left: Left, before: Books, random: Random) -> Findings:
        twice = note_medium(before, list(headers_on_medium(left.mounted / "spool")))
        books = deepcopy(before)
        try:
            life = self._life(left.mounted, books, lambda: 0, _chain(random))
        except (MimamoriError, OSError) as error:
            return Findings([], [*twice, f"the node does not come back: {error}"])
        try:
            life.record(3000)
            faults = [*twice, *corrupt(deepcopy(before), life, life.written)]
            return Findings(lost(books, life, before), faults)
        except (MimamoriError, OSError) as error:
            return Findings([], [*twice, f"the node came back and cannot record: {error}"])
        finally:
            life.close()

    def _life(self, mounted: Path, books: Books, position: Position, chain: str) -> Life:
        return Life(mounted, self._run, books, position, now_us=books.now_us, make_disk=self._make_disk, chain=chain)


def _chain(random: Random) -> str:
    """Returns a chain id as a node would draw one, but the same for the same seed."""
    return random.randbytes(16).hex()
