"""Values: the masks in force at one moment, and what a change of them says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edge.base.frame import Geometry
from edge.mask.paint import Painter
from edge.mask.raster import Raster, whole
from edge.mask.text import Stamp, TextBox


class Cause(StrEnum):
    """Why the whole picture is painted over."""

    INVALID = "masks-invalid"
    SELF_CHECK = "self-check"
    MOVED = "moved"


Reasons = tuple[tuple[Cause, str], ...]


@dataclass(frozen=True, slots=True)
class MaskChange:
    """What a MASKS record says: the sets before and after, and whether pictures are shown or painted over.

    Attributes:
        old_digest: hex SHA-256 of the set before.
        new_digest: of the set now in force; while ``valid`` is False that of the last valid one.
        floor_digest: of the mask floor now.
        valid: False while whole pictures are painted over.
        reason: why they are, one line a cause; empty when valid.
    """

    old_digest: str
    new_digest: str
    floor_digest: str
    valid: bool
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class InForce:
    """The masks that the next frame is painted with; the self-check needs them for the segment that follows.

    Attributes:
        margin_px: the smallest margin of a mask: so far a camera may move before a masked place shows.
    """

    painter: Painter
    stamp: Stamp
    margin_px: int
    covered: Reasons = ()

    @property
    def blanked(self) -> bool:
        """Whether the whole picture is painted over."""
        return bool(self.covered)

    @property
    def raster(self) -> Raster:
        """The pixels that are solid in a frame painted now, but for ``text_box``."""
        if not self.covered:
            return self.painter.raster
        width, height = self.painter.raster.size
        return whole(Geometry(width, height, width))

    @property
    def text_box(self) -> TextBox:
        """Where the timestamp stands."""
        return self.stamp.box

    @property
    def reason(self) -> str:
        """Why the picture is painted over; empty when it is not."""
        return "\n".join(f"{cause}: {reason}" for cause, reason in sorted(self.covered))
