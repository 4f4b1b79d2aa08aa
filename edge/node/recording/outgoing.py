"""What goes from the frame loop to the sealing thread, in order, each segment with the masks that it was painted with.

Rules:
  1. A change of masks goes after the last segment that was painted with the old ones.
  2. A segment goes once the moved-camera guard says whether it may be kept; what comes after it waits behind it.
  3. At the end of a run nobody can tell any more: what still waits is not kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from edge.base.frame import PaintedFrame
from edge.encode.segments import Segment
from edge.mask.inforce import InForce
from edge.mask.live import LiveMasks
from edge.mask.past import Keep
from edge.node.matters import Finished, Matter
from edge.seal.manifest import Cause

_Digests = tuple[str, str, bool]


class Outgoing:
    """A queue of matters in front of the sealing thread's own.

    Args:
        masks: whose guard decides.
        hand_over: gives a matter to the sealing thread; may raise ``StorageFault``.
    """

    def __init__(self, masks: LiveMasks, hand_over: Callable[[Matter], None]) -> None:
        self._masks, self._hand_over = masks, hand_over
        self._stretches: deque[tuple[_Digests, InForce]] = deque()
        self._waiting: deque[Matter] = deque()

    def painted(self, frame: PaintedFrame) -> None:
        """Remembers the last frame's masks for the segments that come of it, be it some frames later."""
        digests = (frame.mask_digest, frame.floor_digest, frame.blanked)
        if not self._stretches or self._stretches[-1][0] != digests:
            self._stretches.append((digests, self._masks.painted_with))

    def segments(self, segments: Iterable[Segment], pauses: dict[int, Cause]) -> None:
        """Takes finished segments.

        Args:
            pauses: what kept frames away before a segment, by its monotonic start in nanoseconds; the segment's is
                taken out.
        """
        for segment in segments:
            pause = pauses.pop(segment.mono_start_ns, Cause.CAMERA)
            self._waiting.append(Finished(segment, self._masks_of(segment), pause))
        self._release(ended=False)

    def matter(self, matter: Matter) -> None:
        """Takes anything else."""
        self._waiting.append(matter)
        self._release(ended=False)

    def close(self) -> None:
        """Lets go of everything (rule 3)."""
        self._release(ended=True)

    def _release(self, *, ended: bool) -> None:
        while self._waiting:
            first = self._waiting[0]
            if isinstance(first, Finished):
                keep = self._masks.may_keep(first.segment.mono_start_ns, first.segment.mono_end_ns)
                if keep is Keep.WAIT and not ended:
                    return
                first = Finished(first.segment, first.masks, first.pause, moved=keep is not Keep.YES)
            self._waiting.popleft()
            self._hand_over(first)

    def _masks_of(self, segment: Segment) -> InForce:
        """Returns the masks that all of a segment's frames were painted with."""
        key = (segment.mask_digest, segment.floor_digest, segment.blanked)
        while self._stretches[0][0] != key:
            self._stretches.popleft()  # all of its segments are out; rasters are large
        return self._stretches[0][1]
