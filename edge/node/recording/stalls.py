"""How long each stage may stand still, what is said then, and when the process ends itself: one table, no I/O.

The limits hold in every state (starting, recording, blanked, waiting for keys, fault): blanked pictures are encoded
and a segment that must not or cannot be sealed becomes a signed GAP, so "no progress" means the same in each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from edge.node.recording.progress import CAUSES, Mark, Progress, Stage
from edge.seal.manifest import Cause

LOOK_S = 0.5
"""How often somebody looks. A look that comes late says that the whole process stood still; it counts as two."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Of one stage.

    Attributes:
        alarm_s: standing still so long is a fault of the status; systemd's watchdog is not fed any more.
        end_s: so long, and the process ends itself, for a thread that hangs in the kernel cannot be called back.
        exit_status: it ends with this; each of them lets systemd start it again.
    """

    alarm_s: float
    end_s: float
    exit_status: int


_START, _FRAMES = Limit(10, 120, 75), Limit(4, 8, 75)
_STORAGE = Limit(4.5, 29.5, 74)
LIMITS = {
    Stage.OPEN_CAMERA: _START,
    Stage.OPEN_SPOOL: _START,
    Stage.BEGIN: _START,
    Stage.CAMERA: _FRAMES,
    Stage.MASKS: _STORAGE,
    Stage.ENCODER: Limit(4, 8, 70),
    Stage.SEALING: _STORAGE,
    Stage.STOP: Limit(10, 60, 74),
}
"""A camera with less than a frame a second gets so much more; HAND_OVER waits for SEALING, whose limit
holds; IDLE may take for ever, and VISIT bounds itself (``edge.node.visit.cameralock``)."""


@dataclass(frozen=True, slots=True)
class Stall:
    """Something has stood still for too long; ``exit_status`` is set where the process must end."""

    cause: Cause
    message: str
    exit_status: int | None = None


class Stopwatch:
    """How long a mark has been the same, by the looks at it."""

    def __init__(self) -> None:
        self._mark: object = None
        self.still_s = 0.0

    def look(self, mark: object, passed_s: float) -> float:
        """Returns for how long it has been the same, seconds."""
        self.still_s = self.still_s + passed_s if mark == self._mark else 0.0
        self._mark = mark
        return self.still_s


class Stalls:
    """Looks at a run's marks again and again.

    The sealing thread is watched twice: one matter must not take for ever, and what was handed over must not wait for
    long, as it does behind a card that is slow and does not hang. The second is an alarm only.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._loop, self._sealing, self._queue = Stopwatch(), Stopwatch(), Stopwatch()
        self._target = 0

    def look(self, passed_s: float) -> list[Stall]:
        """Returns what stands still.

        Args:
            passed_s: time since the last look, seconds.
        """
        progress, passed_s = self._progress, min(passed_s, 2 * LOOK_S)
        loop, sealing = progress.loop, progress.sealing
        stalls = [
            *_of(loop, _limit(loop.stage, progress.frame_s), self._loop.look(loop, passed_s)),
            *_of(sealing, _limit(sealing.stage), self._sealing.look(sealing, passed_s)),
        ]
        behind_s = self._behind(passed_s)
        if not stalls and behind_s >= _STORAGE.alarm_s:
            waiting = progress.handed_over - progress.done
            stalls.append(
                Stall(Cause.STORAGE, f"the card is {behind_s:.0f} s behind, {waiting} segments wait in memory")
            )
        return stalls

    def _behind(self, passed_s: float) -> float:
        """Returns for how long what had been handed over then is not done yet."""
        progress = self._progress
        if progress.done >= self._target:
            self._target = progress.handed_over
        waits = progress.done < progress.handed_over
        return self._queue.look(self._target, passed_s) if waits else 0.0


def _limit(stage: Stage, frame_s: float = 0.0) -> Limit | None:
    limit = LIMITS.get(stage)
    if limit is None or stage is not Stage.CAMERA or frame_s <= 1:
        return limit
    return replace(limit, alarm_s=limit.alarm_s * frame_s, end_s=limit.end_s * frame_s)


def _of(mark: Mark, limit: Limit | None, still_s: float) -> Iterator[Stall]:
    if limit is None or still_s < limit.alarm_s:
        return
    message = f"{mark.stage} has taken {still_s:.0f} s and is not done; it may take {limit.end_s:.0f} s"
    yield Stall(CAUSES[mark.stage], message, limit.exit_status if still_s >= limit.end_s else None)
