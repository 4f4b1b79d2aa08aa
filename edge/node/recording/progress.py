"""What each of the recorder's threads does now: marks that they leave, and that the monitor reads.

A mark is an object of its own, so the same one seen again means that nothing moved on between two looks. Leaving one
takes no lock and waits for nobody.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from edge.base.clock import Clock
from edge.base.errors import AlreadyRunning, BadConfiguration, StorageFault
from edge.seal.manifest import Cause


class Stage(StrEnum):
    """What a thread can be busy with, or wait for."""

    VISIT = "waiting for the camera"
    OPEN_CAMERA = "opening the camera"
    OPEN_SPOOL = "opening the spool"
    BEGIN = "signing the start"
    CAMERA = "waiting for a frame"
    MASKS = "looking at the masks file"
    ENCODER = "painting and encoding"
    HAND_OVER = "waiting for the sealing thread"
    SEALING = "sealing and syncing"
    STOP = "ending"
    IDLE = "waiting for segments"


CAUSES = {
    Stage.OPEN_CAMERA: Cause.CAMERA,
    Stage.OPEN_SPOOL: Cause.STORAGE,
    Stage.BEGIN: Cause.STORAGE,
    Stage.CAMERA: Cause.CAMERA,
    Stage.MASKS: Cause.STORAGE,
    Stage.ENCODER: Cause.ENCODER,
    Stage.HAND_OVER: Cause.STORAGE,
    Stage.SEALING: Cause.STORAGE,
    Stage.STOP: Cause.STORAGE,
}
"""What keeps a thread that does not come out of a stage; the stages that are not here may take for ever."""


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """A thread entered a stage."""

    stage: Stage


class Progress:
    """Marks of one run.

    Args:
        clock: measures how long the frame loop's stages take.

    Attributes:
        frame_s: the camera's nominal time from frame to frame, seconds; set once it is open.
        loop: where the frame loop (or the start before it) is.
        sealing: where the sealing thread is.
        failed_in: the stage that an error ended the frame loop in; none without one.
        handed_over, done: how many matters the frame loop gave away and the sealing thread has finished.
    """

    def __init__(self, clock: Clock) -> None:
        self.loop, self.sealing = Mark(Stage.OPEN_CAMERA), Mark(Stage.IDLE)
        self.frame_s = 0.0
        self.failed_in: Stage | None = None
        self.handed_over = self.done = 0
        self._clock, self._since_ns = clock, clock.monotonic_ns()
        self._spent_ns: Counter[Stage] = Counter()

    def enter(self, stage: Stage) -> None:
        """The frame loop begins with ``stage``."""
        now_ns = self._clock.monotonic_ns()
        self._spent_ns[self.loop.stage] += now_ns - self._since_ns
        self.loop, self._since_ns = Mark(stage), now_ns

    def slowest(self) -> Cause:
        """Returns what took the frame loop longest since this was last asked; it asks at each frame."""
        self.enter(self.loop.stage)
        stage = max(self._spent_ns, key=lambda stage: self._spent_ns[stage])
        self._spent_ns.clear()
        return CAUSES.get(stage, Cause.UNKNOWN)

    def failed(self) -> None:
        """An error ends the frame loop where it is now."""
        self.failed_in = self.loop.stage

    def blame(self, error: Exception) -> Cause | None:
        """Returns what an error that ends the run is put down to; None where a person must act first."""
        if isinstance(error, BadConfiguration | AlreadyRunning):
            return None
        return Cause.STORAGE if isinstance(error, StorageFault) else CAUSES[self.failed_in or self.loop.stage]

    def seal(self) -> None:
        """The sealing thread begins with a matter."""
        self.sealing = Mark(Stage.SEALING)

    def sealed(self) -> None:
        """The sealing thread has finished a matter."""
        self.done += 1
        self.rest()

    def rest(self) -> None:
        """The sealing thread waits for the next matter."""
        self.sealing = Mark(Stage.IDLE)
