"""The camera and the encoder as the sealing thread sees them: finished segments, one after another."""

from __future__ import annotations

import functools
import hashlib
from random import Random

from edge.base.frame import Geometry
from edge.encode.segments import Segment
from edge.mask import selfcheck
from edge.mask.inforce import InForce, MaskChange
from edge.mask.maskset import MARGIN_PX_DEFAULT
from edge.mask.paint import Painter
from edge.mask.raster import Raster, whole
from edge.mask.text import Stamp, TextBox
from edge.node.matters import Finished, Instant
from tests.simulation.city import SECOND_US, ZONE

_NOISE = hashlib.shake_128(b"picture").digest(256 * 1024)
FLOOR = "f0" * 32


def solid(mp4: bytes, raster: Raster, text_box: TextBox | None) -> selfcheck.Verdict:
    """Stands in for the self-check: there is no picture to decode."""
    return selfcheck.Verdict(ok=True, worst=None, reason="")


class Camera:
    """Makes a segment whenever one is due.

    Attributes:
        since: when the present segment began, on the node's clocks; None while no frames come.
        silent_until_us: no frames come before then, the city's UTC.
    """

    def __init__(self, pace_s: int, body_bytes: int, seed: int) -> None:
        self.pace_us, self._body_bytes, self._random = pace_s * SECOND_US, body_bytes, Random(seed)
        self.since: Instant | None = None
        self.due_us = self.silent_until_us = 0
        self._masks = 1

    def begin(self, at: Instant, now_us: int) -> None:
        """The first frame of a segment."""
        self.since, self.due_us = at, now_us + self.pace_us

    def finish(self, at: Instant, now_us: int) -> Finished:
        """The segment is full; the next one begins at once."""
        assert self.since is not None
        size = max(1, min(len(_NOISE), int(self._random.expovariate(1 / self._body_bytes))))
        start = self._random.randrange(len(_NOISE) - size + 1)
        segment = Segment(
            mp4=_NOISE[start : start + size],
            wall_start_us=self.since.wall_us,
            wall_end_us=self.since.wall_us + at.mono_us - self.since.mono_us,
            mono_start_ns=self.since.mono_us * 1000,
            mono_end_ns=at.mono_us * 1000,
            frames=max(1, self.pace_us // 66_667),
            frames_missed=0,
            width=1280,
            height=960,
            mask_digest=self._digest(),
            floor_digest=FLOOR,
            blanked=False,
        )
        self.begin(at, now_us)
        return Finished(segment, _in_force())

    def change_masks(self) -> MaskChange:
        """Another mask set is in force."""
        before = self._digest()
        self._masks += 1
        return MaskChange(before, self._digest(), FLOOR, valid=True, reason="")

    def digests(self) -> tuple[str, str]:
        """Masks and floor in force."""
        return self._digest(), FLOOR

    def _digest(self) -> str:
        return hashlib.sha256(str(self._masks).encode()).hexdigest()


@functools.cache
def _in_force() -> InForce:
    geometry = Geometry(64, 48, 64)
    raster = whole(geometry)
    return InForce(Painter(raster, "00" * 32, FLOOR), Stamp(geometry, "1", ZONE, raster), MARGIN_PX_DEFAULT)
