"""Whose turn it is at a demonstration's camera: the recorder's, or aim's while a visit needs it.

On a real node systemd starts either; here the demonstration does, and by the same file.
"""

from __future__ import annotations

from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import MimamoriError
from edge.demo.cast import Cast
from edge.wire.visitreport import read_visit

AGAIN_S = 2.0
"""An aim that ended though its visit goes on is started again, no sooner than that."""


class Turns:
    """Starts the recorder, gives the camera to visits, and takes it back.

    Args:
        config: of the node.
        report: in which the installer's page says how a visit stands.
    """

    def __init__(self, cast: Cast, config: Path, report: Path, clock: Clock) -> None:
        self._cast, self._config, self._report, self._clock = cast, config, report, clock
        self._visited = False
        self._next_aim_ns = 0

    def begin(self, seconds: float | None) -> None:
        """Starts the recorder, for so much footage or until it is stopped."""
        self._visited = False
        self._cast.stop("recorder")
        self._cast.start_recorder(self._config, seconds)

    def go_on(self) -> bool:
        """Starts whose turn it is; False once the recorder has ended for another reason than a visit."""
        wanted = visit_needs_camera(self._report)
        self._visited |= wanted
        if wanted:
            self._aim()
        elif self._visited and not self._cast.runs("recorder"):
            self._cast.stop("aim")
            self.begin(None)
        return wanted or self._cast.runs("recorder")

    def _aim(self) -> None:
        now_ns = self._clock.monotonic_ns()
        if not self._cast.runs("aim") and now_ns >= self._next_aim_ns:
            self._next_aim_ns = now_ns + round(AGAIN_S * 1e9)
            self._cast.stop("aim")
            self._cast.start_aim(self._config)


def visit_needs_camera(report: Path) -> bool:
    """Whether a visit is open that needs the camera; what is missing or damaged tells of none."""
    try:
        return read_visit(report).needs_camera
    except MimamoriError:
        return False
