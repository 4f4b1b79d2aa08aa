"""How the node is, for its LED: the first that fits.

1. ``visit``: a visit is open or waits for its code.
2. ``tampered``: the case is open, or was and the recorder still tells.
3. ``moved``: the camera is not where its masks were drawn.
4. ``starting``: the recorder has not come up yet, and the panel is young, too.
5. ``fault``: the recorder says nothing, has a fault, paints everything over, or has stopped; or the button is stuck.
6. ``line-down``: it records, and nobody has acknowledged anything for two minutes.
7. ``recording``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

YOUNG_S = 90.0
"""A board that boots starts its camera, card and clock meanwhile."""
TAMPERED, MOVED = "tampered", frozenset({"moved", "lost"})


class Condition(StrEnum):
    """What the LED can say of the node."""

    STARTING = "starting"
    RECORDING = "recording"
    LINE_DOWN = "line-down"
    VISIT = "visit"
    MOVED = "moved"
    FAULT = "fault"
    TAMPERED = "tampered"


@dataclass(frozen=True, slots=True)
class RecorderSeen:
    """What the panel takes of the recorder's status: state, faults by name, the moved-camera guard's word, night."""

    state: str
    faults: frozenset[str] = frozenset()
    guard: str | None = None
    night: bool | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at one moment.

    Attributes:
        recorder: none where there is no status, or an old one.
        young: the panel started less than ``YOUNG_S`` ago.
    """

    recorder: RecorderSeen | None
    line_up: bool
    visiting: bool
    case_open: bool
    stuck: bool
    young: bool


def judge(facts: Facts) -> Condition:
    """Returns what the LED says."""
    recorder = facts.recorder
    if facts.visiting:
        return Condition.VISIT
    if facts.case_open or (recorder is not None and TAMPERED in recorder.faults):
        return Condition.TAMPERED
    if recorder is not None and recorder.guard in MOVED:
        return Condition.MOVED
    return _of_untouched(facts)


def _of_untouched(facts: Facts) -> Condition:
    recorder = facts.recorder
    if facts.young and (recorder is None or (recorder.state == "starting" and not recorder.faults)):
        return Condition.STARTING
    if recorder is None or recorder.state != "recording" or recorder.faults or facts.stuck:
        return Condition.FAULT
    return Condition.RECORDING if facts.line_up else Condition.LINE_DOWN
