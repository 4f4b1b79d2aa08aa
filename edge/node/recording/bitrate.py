"""Follows the uplink's advice on the bitrate: at the next segment a new encoder takes over, and no frame is lost.

Rules:
  1. Only rungs of the configured ladder count (``edge.wire.advice``); without a good advice, the configured bitrate.
  2. It looks every ``LOOK_S`` and steps at most once in ``REST_S``, whatever the file says: each step costs a record.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from edge.base.frame import Frame
from edge.capture.port import BoardCamera, Camera
from edge.encode.cut import CutRules
from edge.encode.h264 import Codec, MakeEncoder, PyavEncoder
from edge.encode.segments import SegmentEncoder
from edge.node.config import NodeConfig
from edge.node.recording.cameraencoder import CameraEncoder
from edge.wire.advice import advised_bps

LOOK_S = 10
REST_S = 120
LONGEST_GOP_S = 60
"""An encoder in hardware wants a number; IDRs are asked for where segments are cut, far sooner."""

_log = logging.getLogger(__name__)


class Bitrate:
    """The bitrate of one run.

    Args:
        path: the advice.
        rungs: bitrates that may be used; the first is the configured one.
        make: returns what makes encoders of a bitrate.

    Attributes:
        in_force: bits a second, of the segments that are made now.
    """

    def __init__(self, path: Path, node: str, rungs: tuple[int, ...], make: Callable[[int], MakeEncoder]) -> None:
        self._path, self._node, self._rungs, self._make = path, node, rungs, make
        self.in_force = self._asked = rungs[0]
        self._look_ns = self._rest_ns = 0

    def follow(self, frame: Frame, encoder: SegmentEncoder) -> None:
        """Looks for advice where it is time, before ``frame`` is encoded."""
        if frame.mono_ns < self._look_ns:
            return
        self._look_ns = frame.mono_ns + LOOK_S * 10**9
        advised = advised_bps(self._path, self._node, self._rungs, frame.wall_us)
        if advised != self._asked and frame.mono_ns >= self._rest_ns:
            self._asked, self._rest_ns = advised, frame.mono_ns + REST_S * 10**9
            encoder.renew(self._make(advised))

    def stepped(self, encoder: SegmentEncoder) -> bool:
        """Tells, once, that the last frame began a segment at another bitrate."""
        if self._asked == self.in_force or encoder.renewing:
            return False
        _log.warning("bitrate: %d bit/s from here on, %d before", self._asked, self.in_force)
        self.in_force = self._asked
        return True


def make_encoder(config: NodeConfig, camera: Camera, codec: Codec) -> tuple[Bitrate, SegmentEncoder]:
    """Begins at the configured bitrate; advice that still counts is followed from the first segment on.

    Args:
        codec: encodes for a camera that is no board's own.
    """

    def encoders(bitrate_bps: int) -> MakeEncoder:
        settings = config.encoder.settings(camera.fps, bitrate_bps)
        if isinstance(camera, BoardCamera):
            start = partial(camera.coder, bitrate_bps, settings.preset.value, round(LONGEST_GOP_S * camera.fps))
            return lambda _width, _height: CameraEncoder(start)
        return lambda width, height: PyavEncoder(settings, width, height, codec)

    bitrate = Bitrate(config.advice, config.node, config.encoder.rungs, encoders)
    rules = CutRules.of(config.encoder.settings(camera.fps), config.zone)
    return bitrate, SegmentEncoder(encoders(bitrate.in_force), rules)
