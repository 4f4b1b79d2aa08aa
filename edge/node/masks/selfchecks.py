"""When the recorder looks at the masked pixels of what it encoded: the first segment after a start or mask change, then
one every 10 s."""

from __future__ import annotations

import logging
from collections.abc import Callable
from queue import SimpleQueue

from edge.mask import selfcheck
from edge.mask.inforce import InForce
from edge.mask.raster import Raster
from edge.mask.text import TextBox
from edge.node.matters import Finished
from edge.node.records.tally import Tally
from edge.wire.status import RecorderState

SELF_CHECK_EVERY_US = 10_000_000

_log = logging.getLogger(__name__)

Look = Callable[[bytes, Raster, TextBox], selfcheck.Verdict]
"""Decodes a segment and judges its masked pixels."""


class SelfChecks:
    """Those of one run.

    Args:
        leaks: takes why masked pixels were not solid; the frame loop paints everything over from then on.
    """

    def __init__(self, tally: Tally, leaks: SimpleQueue[str], look: Look) -> None:
        self._tally, self._leaks, self._look = tally, leaks, look
        self._checked_us: int | None = None
        self._checked_masks: InForce | None = None

    def passed(self, matter: Finished) -> bool:
        """Looks at a segment if one is due; False where its masked pixels are not solid."""
        segment, masks = matter.segment, matter.masks
        now_us = segment.mono_start_ns // 1000
        due = self._checked_us is None or now_us - self._checked_us >= SELF_CHECK_EVERY_US
        if masks is self._checked_masks and not due:
            return True
        verdict = self._look(segment.mp4, masks.raster, masks.text_box)
        if not verdict.ok:
            _log.critical("masked pixels are not solid, the picture is painted over: %s", verdict.reason)
            self._tally.fault("self-check", RecorderState.BLANKED, f"masked pixels were not solid: {verdict.reason}")
            self._leaks.put(verdict.reason)
            return False
        self._checked_us, self._checked_masks = now_us, masks
        self._tally.self_check_us = segment.wall_end_us
        return True
