"""What verification says: four answers apart, and one exit status."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """One answer."""

    OK = "ok"
    ALTERED = "altered"
    INCOMPLETE = "incomplete"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome with its reasons; none are needed where it is ok."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MissingTime:
    """A signed gap: cause as the node claims it, UTC microseconds."""

    cause: str
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Trust:
    """What the reader trusts beforehand: the root's 32 public bytes, and whether it is a demonstration's."""

    root: bytes
    demo: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The four answers, and what was looked at.

    Attributes:
        start_us, end_us: what the whole records cover, as they claim; None where there is none. A bundle cannot know
            what somebody asked for: that is for the reader to compare.
        not_before_us, not_after_us: the tightest proven bounds over all pictures; None where there is none.
    """

    authenticity: Answer
    provenance: Answer
    completeness: Answer
    time: Answer
    node: str | None
    records: int
    segments: int
    gaps: tuple[MissingTime, ...]
    start_us: int | None
    end_us: int | None
    not_before_us: int | None
    not_after_us: int | None
    demo: bool

    @property
    def status(self) -> int:
        """0 when all is proven, 1 when something was altered, 2 when incomplete or it cannot tell."""
        outcomes = {answer.outcome for answer in (self.authenticity, self.provenance, self.completeness, self.time)}
        if outcomes == {Outcome.OK}:
            return 0
        return 1 if Outcome.ALTERED in outcomes else 2
