"""What the moved-camera guard holds, and what leads from one state to the next: one table, and its picture."""

from __future__ import annotations

from enum import StrEnum


class Stand(StrEnum):
    """What the guard holds."""

    LEARNING = "learning"
    WATCHING = "watching"
    SUSPECTING = "suspecting"
    COVERED = "covered"
    RETURNING = "returning"


TABLE: dict[tuple[Stand, str], Stand] = {
    (Stand.LEARNING, "reference learnt"): Stand.WATCHING,
    (Stand.WATCHING, "moved or lost"): Stand.SUSPECTING,
    (Stand.SUSPECTING, "in place"): Stand.WATCHING,
    (Stand.SUSPECTING, "for too long"): Stand.COVERED,
    (Stand.COVERED, "in place"): Stand.RETURNING,
    (Stand.RETURNING, "moved or lost"): Stand.COVERED,
    (Stand.RETURNING, "for long enough"): Stand.WATCHING,
}


def diagram() -> str:
    """Returns ``TABLE`` as a Mermaid state diagram."""
    lines = [f"    {before} --> {after}: {event}" for (before, event), after in TABLE.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {Stand.LEARNING}", *lines])
