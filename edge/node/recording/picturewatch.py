"""Tells when the camera sends one picture again and again; what it sends is recorded all the same."""

from __future__ import annotations

from edge.base.frame import PaintedFrame
from edge.health.frozen import FrozenPicture
from edge.mask.inforce import InForce
from edge.mask.unpainted import UnpaintedPixels
from edge.node.records.tally import Tally
from edge.wire.status import RecorderState


class PictureWatch:
    """Looks at painted frames, one a second."""

    def __init__(self, tally: Tally) -> None:
        self._tally, self._frozen = tally, FrozenPicture()
        self._seen: tuple[InForce, UnpaintedPixels] | None = None

    def look(self, painted: PaintedFrame, masks: InForce) -> None:
        """Takes a frame that was painted with ``masks``."""
        if not self._frozen.due(painted.frame.mono_ns):
            return
        if self._seen is None or self._seen[0] is not masks:
            self._seen = masks, UnpaintedPixels(masks.raster, masks.text_box)
        sample = None if painted.blanked else self._seen[1].sample(painted)
        still_s = self._frozen.look(sample, painted.frame.mono_ns)
        if still_s:
            message = f"the camera has sent the same picture for {still_s} s; restart it, look at its cable"
            self._tally.fault("frozen", RecorderState.FAULT, message)
        else:
            self._tally.clear("frozen")
