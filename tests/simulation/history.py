"""Plays one history: a setting, a list of decisions, then calm, and at last the verdict over all that is left."""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.simulation.acts import carry_out
from tests.simulation.books import Violation
from tests.simulation.center import make_template
from tests.simulation.city import SECOND_US, START_US
from tests.simulation.decisions import Decision, Setting
from tests.simulation.remembered import remembered
from tests.simulation.verdict import judge
from tests.simulation.world import World

_MEMORY = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a history came to.

    Attributes:
        violation: the first promise that was broken; None for none.
        log: what happened, a line each; the same for the same seed.
        hours: of the city's time.
        records: that were signed.
    """

    violation: Violation | None
    log: tuple[str, ...]
    hours: float
    records: int

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.log).encode()).hexdigest()


class Stage:
    """A folder in memory where histories are played one after another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = make_template(folder / "template.db")

    def play(self, setting: Setting, decisions: Sequence[Decision]) -> Outcome:
        """Plays a history in a new world."""
        folder = self._folder / "world"
        folder.mkdir()
        world = World(folder, self._template, setting)
        violation = None
        try:
            for number, decision in enumerate(decisions):
                world.note(f"{number}: {decision}")
                carry_out(world, decision)
            world.calm_down(Random(setting.seed))
            judge(world)
        except Violation as broken:
            violation = broken
            world.note(str(broken))
        except Exception as error:
            error.add_note(f"seed {setting.seed}")
            raise
        finally:
            world.close()
            shutil.rmtree(folder)
        hours = (world.time.now_us - START_US) / (3600 * SECOND_US)
        return Outcome(violation, tuple(world.log), hours, len(world.board.books.made_us))


@contextmanager
def open_stage(*, remembers: bool = True) -> Iterator[Stage]:
    """Sets the stage up; what the product logs is not heard, since every fault is meant.

    Args:
        remembers: what follows from bytes alone is worked out once.
    """
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="simulate-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder,
            remembered() if remembers else nullcontext(),
        ):
            yield Stage(Path(folder))
    finally:
        logging.disable(before)
