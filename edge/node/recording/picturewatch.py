"""Looks at what the street's unpainted pixels say of the camera: whether it sends one picture again and again, and how
bright it is. What it sends is recorded all the same."""

from __future__ import annotations

from edge.base.frame import PaintedFrame, Picture
from edge.capture.exposure import EVERY_NS
from edge.capture.port import BoardCamera, Camera
from edge.health.frozen import FrozenPicture
from edge.mask.inforce import InForce
from edge.mask.unpainted import UnpaintedPixels
from edge.node.records.tally import Tally
from edge.wire.status import RecorderState


class PictureWatch:
    """Looks at painted frames, some a second; a board's own camera sets its exposure by them."""

    def __init__(self, tally: Tally, camera: Camera) -> None:
        self._tally, self._frozen = tally, FrozenPicture()
        self._board = camera if isinstance(camera, BoardCamera) else None
        self._seen: tuple[InForce, UnpaintedPixels] | None = None
        self._meter_ns = 0

    def look(self, painted: PaintedFrame, masks: InForce) -> None:
        """Takes a frame that was painted with ``masks``."""
        now_ns = painted.frame.mono_ns
        frozen, metered = self._frozen.due(now_ns), self._board is not None and now_ns >= self._meter_ns
        if not (frozen or metered):
            return
        sample = None if painted.blanked else self._sample(painted, masks)
        if metered and sample is not None and sample.size:
            self._expose(float(sample.mean()), now_ns)
        if frozen:
            self._tell(self._frozen.look(sample, now_ns))

    def _expose(self, level: float, now_ns: int) -> None:
        assert self._board is not None
        self._meter_ns = now_ns + EVERY_NS
        self._board.meter(level)
        self._tally.night = self._board.night

    def _sample(self, painted: PaintedFrame, masks: InForce) -> Picture:
        if self._seen is None or self._seen[0] is not masks:
            self._seen = masks, UnpaintedPixels(masks.raster, masks.text_box)
        return self._seen[1].sample(painted)

    def _tell(self, still_s: int) -> None:
        if still_s:
            message = f"the camera has sent the same picture for {still_s} s; restart it, look at its cable"
            self._tally.fault("frozen", RecorderState.FAULT, message)
        else:
            self._tally.clear("frozen")
