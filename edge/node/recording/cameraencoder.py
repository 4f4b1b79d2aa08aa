"""The encoder that belongs to the camera, as the rest knows encoders: painted frames in, access units out."""

from __future__ import annotations

from collections.abc import Callable

from edge.base.frame import PaintedFrame
from edge.capture.port import Coded, Coder
from edge.encode.access_unit import AccessUnit, FrameStamp
from edge.encode.awaiting import Awaiting


class CameraEncoder:
    """See ``edge.encode.h264.Encoder``; a frame that the camera's encoder leaves out counts as missed."""

    def __init__(self, start: Callable[[], Coder]) -> None:
        self._coder, self._awaiting = start(), Awaiting("of the camera")
        self._first = True

    def encode(self, painted: PaintedFrame, *, keyframe: bool) -> list[AccessUnit]:
        """See ``Encoder``."""
        stamp = FrameStamp.of(painted)
        self._awaiting.expect(stamp.mono_ns, stamp, keyframe=keyframe or self._first)
        self._first = False
        return [self._unit(coded) for coded in self._coder.code(painted, keyframe=keyframe)]

    def flush(self) -> list[AccessUnit]:
        """See ``Encoder``."""
        return [self._unit(coded) for coded in self._coder.stop()]

    def _unit(self, coded: Coded) -> AccessUnit:
        self._awaiting.left_out_before(coded.mono_ns)
        return self._awaiting.unit(coded.mono_ns, coded.data)
