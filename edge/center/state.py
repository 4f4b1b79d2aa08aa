"""A node's state from proof of recording: a pure decision, with what to say and what to do next.

The first that fits counts: out of service, frozen, new, silent, fault, blanked, visited, not recording, late,
recording. "Recording" needs a signed segment that moved on within 90 s; a node's own word alone never gives it. Its
word that somebody works at it excuses that it does not record, for no longer than a visit may last.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edge.base.clock import SECOND_US
from edge.wire.status import RecorderState

SILENT_US = 120 * SECOND_US
"""Four heartbeats missed."""
STILL_US = 90 * SECOND_US
"""Three heartbeats without a newer signed segment."""
LATE_US = 300 * SECOND_US
CLOCK_US = 600 * SECOND_US
VISIT_US = (45 + 5) * 60 * SECOND_US
"""A visit ends after 45 minutes; the recorder is back within five."""


class State(StrEnum):
    """What staff see; the order is that of urgency."""

    FROZEN = "frozen"
    FAULT = "fault"
    NOT_RECORDING = "not-recording"
    SILENT = "silent"
    BLANKED = "blanked"
    VISITED = "visited"
    LATE = "late"
    PROVISIONAL = "provisional"
    RECORDING = "recording"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the state is decided from; times are UTC, microseconds.

    Attributes:
        heard_us: newest heartbeat or upload.
        moved_us: when the proof last moved on, by heartbeat or by a stored segment.
        proven_us: end of the newest signed segment, by the node's clock.
        stored_us: end of the newest stored segment.
        claimed: the recorder's own word.
        uploads_all: the node sends everything without being asked.
        fork_us: since when a fork holds a chain.
        visit_us: since when, by the node's word, a visit has the camera.
    """

    heard_us: int | None
    moved_us: int | None
    proven_us: int | None
    stored_us: int | None
    proven_blanked: bool
    claimed: RecorderState | None
    uploads_all: bool
    provisional: bool
    fork_us: int | None
    revoked_us: int | None
    visit_us: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state and since when it has been so, as far as is known."""

    state: State
    since_us: int | None


def decide(facts: Facts, now_us: int) -> Verdict:
    """Returns a node's state."""
    if facts.revoked_us is not None:
        return Verdict(State.RETIRED, facts.revoked_us)
    if facts.fork_us is not None:
        return Verdict(State.FROZEN, facts.fork_us)
    if facts.heard_us is None:
        return Verdict(State.PROVISIONAL if facts.provisional else State.SILENT, None)
    if now_us - facts.heard_us > SILENT_US:
        return Verdict(State.SILENT, facts.heard_us)
    return _of_living(facts, now_us)


def _of_living(facts: Facts, now_us: int) -> Verdict:
    if facts.claimed is RecorderState.FAULT:
        return Verdict(State.FAULT, facts.moved_us)
    if facts.proven_blanked or facts.claimed is RecorderState.BLANKED:
        return Verdict(State.BLANKED, None)
    if facts.moved_us is None or now_us - facts.moved_us > STILL_US:
        return _of_still(facts, now_us)
    if facts.proven_us is not None and abs(now_us - facts.proven_us) > CLOCK_US:
        return Verdict(State.FAULT, facts.proven_us)
    if facts.uploads_all and (facts.proven_us or 0) - (facts.stored_us or 0) > LATE_US:
        return Verdict(State.LATE, facts.stored_us)
    return Verdict(State.RECORDING, None)


def _of_still(facts: Facts, now_us: int) -> Verdict:
    """A visit accounts for the time without footage as far as one may last, by the center's time and by the node's."""
    excused = facts.visit_us is not None and abs(now_us - facts.visit_us) <= VISIT_US
    if excused and (facts.moved_us is None or now_us - facts.moved_us <= VISIT_US):
        return Verdict(State.VISITED, facts.visit_us)
    return Verdict(State.NOT_RECORDING, facts.moved_us)
