"""What the frame loop hands to the sealing thread, in order."""

from __future__ import annotations

from dataclasses import dataclass

from edge.base.frame import Frame
from edge.encode.segments import Segment
from edge.mask.inforce import InForce, MaskChange
from edge.seal.manifest import Cause

LEFT_TO_A_VISIT = "visit"
"""SHUTDOWN's reason where the recorder left the camera to a visit."""


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on both clocks: UTC microseconds, monotonic microseconds."""

    wall_us: int
    mono_us: int

    @property
    def offset_us(self) -> int:
        """Wall less monotonic time: only setting the wall clock changes it."""
        return self.wall_us - self.mono_us

    @classmethod
    def of(cls, frame: Frame) -> Instant:
        """Returns a frame's exposure."""
        return cls(frame.wall_us, frame.mono_ns // 1000)


@dataclass(frozen=True, slots=True)
class Finished:
    """A segment, with the masks that every frame of it was painted with.

    Attributes:
        pause: what kept frames away, where there was a pause before it.
        moved: the camera was not where its masks were drawn, or nobody can tell that it was: not to be sealed.
    """

    segment: Segment
    masks: InForce
    pause: Cause = Cause.CAMERA
    moved: bool = False


@dataclass(frozen=True, slots=True)
class MasksChanged:
    """Other masks hold from this instant on.

    Attributes:
        by_guard: the moved-camera guard painted pictures over, or no longer.
        reference: of the city's order that changed them.
    """

    change: MaskChange
    at: Instant
    by_guard: bool = False
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class SettingChanged:
    """A setting has another value from this instant on."""

    name: str
    value: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Ended:
    """The last matter of a run; ``at`` is the last frame's time, None where no frame came."""

    reason: str
    at: Instant | None


Matter = Finished | MasksChanged | SettingChanged | Ended


def moment_of(matter: Matter) -> Instant | None:
    """Returns how far time has come with a matter; None where it does not tell."""
    if isinstance(matter, Finished):
        return Instant(matter.segment.wall_end_us, matter.segment.mono_end_ns // 1000)
    return matter.at
