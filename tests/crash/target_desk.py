"""A custodian's key store and the desk's archive under the lab: keys are made, published and destroyed."""

from __future__ import annotations

from pathlib import Path
from random import Random

from edge.base.errors import MimamoriError
from tests.crash.desk_books import DeskBooks
from tests.crash.desk_checks import half_written, undone, unfinished_work
from tests.crash.desk_life import DeskLife, Keyring
from tests.crash.powercut import Findings, Left, Position

STEPS = 25


class DeskTarget:
    """See ``Target``."""

    def __init__(self) -> None:
        self._keyring = Keyring()

    def begin(self) -> DeskBooks:
        return DeskBooks()

    def live(self, mounted: Path, books: DeskBooks, position: Position, random: Random) -> None:
        DeskLife(self._keyring, mounted, books, position).live(STEPS, random)

    def judge(self, left: Left, before: DeskBooks, random: Random) -> Findings:
        if not left.remade and self._was_cut_off(left.mounted, before):
            return Findings([], [])
        try:
            life = DeskLife(self._keyring, left.mounted, before, lambda: 0)
        except (MimamoriError, OSError) as error:
            return Findings([f"the key store does not open: {error}"], [])
        try:
            lost, corrupt = undone(life, before, left.medium), half_written(life)
        except (MimamoriError, OSError) as error:
            return Findings([f"the key store opens and cannot be read: {error}"], [])
        life.books = before.at(0)
        try:
            return Findings(lost, [*corrupt, *unfinished_work(life, life.books)])
        except (MimamoriError, OSError) as error:
            return Findings(lost, [*corrupt, f"the next command does not work: {error}"])

    def _was_cut_off(self, mounted: Path, before: DeskBooks) -> bool:
        """Whether the store was still being made: nobody was told of it and nothing takes it for one."""
        return not before.facts.must_be(("store",), True) and not self._keyring.opens(mounted)
