"""Goes through the steps that are left, and says where it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge.base.clock import SECOND_US, Clock
from edge.base.errors import MimamoriError
from edge.firstboot.card import Card
from edge.firstboot.progress import DONE, Light, Progress
from edge.firstboot.steps import STEPS, Step
from edge.firstboot.system import System

Say = Callable[[str], None]


def make_node(system: System, card: Card, clock: Clock, say: Say, steps: Sequence[Step] = STEPS) -> None:
    """Does every step that is not done yet; once all are, does nothing.

    Raises:
        MimamoriError: a step cannot be done; the next boot tries it again.
    """
    if system.exists(DONE):
        return
    progress, light = Progress(system), Light(system)
    light.work()
    require_time(system, card, clock, say)
    for number, step in enumerate(steps, start=1):
        if progress.has(step.name):
            continue
        say(f"{card.node}: step {number} of {len(steps)}: {step.about}")
        try:
            step.do(system, card)
        except MimamoriError as error:
            light.fail()
            say(f"{card.node}: step {number} of {len(steps)} ({step.name}) failed: {error}")
            raise
        progress.add(step.name)
    progress.finish()
    light.rest()
    say(f"{card.node}: ready for its visit")


def require_time(system: System, card: Card, clock: Clock, say: Say) -> None:
    """Sets a clock forward that is behind the time when the card was written.

    A board without a battery starts long ago, and its ticket would not count yet; a time service, where there is a
    line, sets it right.
    """
    written_s = card.written_us // SECOND_US
    if clock.now_us() < card.written_us:
        say(f"{card.node}: the clock is behind the card; set to the time when the card was written")
        system.run("date", "--utc", f"--set=@{written_s}")
