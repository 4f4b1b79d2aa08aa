"""The moved-camera guard: looks at painted frames and says when footage must not be kept, and when to cover it all.

Rules:
  1. It looks ``LOOKS_A_SECOND`` times a second, at frames in which the masks are burnt already.
  2. What is not in place is not kept: the segment becomes a GAP (``edge.mask.past``).
  3. Moved for 2 s, or lost for 10 s: the whole picture is painted over. In place again for 60 s: no longer.
  4. Where nobody can tell, the state holds as it is, and the guard says that it cannot tell.
  5. The reference is learnt once, at sign-off; later only other light (``edge.mask.reference``).

The states and what leads from one to the next are in ``edge.mask.stand``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from edge.base.frame import Picture
from edge.mask.condition import Condition, Focus, Lasting, condition_of, focus_of, light_of
from edge.mask.landmarks import WORK_WIDTH, Allowed, Signer, Signs, density, find, work_scale
from edge.mask.past import Keep, Past
from edge.mask.raster import Raster
from edge.mask.reference import DEPTH_MAX, Reference, View, make_view
from edge.mask.sight import MARGIN_SHARE, Look, Points, Sight, judge
from edge.mask.stand import TABLE, Stand
from edge.mask.text import TextBox

LOOKS_A_SECOND = 2
COVER_MOVED_S = 2.0
COVER_LOST_S = 10.0
UNCOVER_S = 60.0
_PICTURES = 8
"""As many looks make a view: 4 s, so that who walks past is not learnt."""
_STALE_SHARE = 0.5
"""With fewer of a view's landmarks left the light has changed: another view is learnt."""
_LEARN_EVERY_S = 300.0
"""A crowd hides landmarks, too: no card is worn by learning it again and again."""
_STILL_PX = 1.0
"""Work pixels up to which the camera stands well enough to learn."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from a look.

    Attributes:
        condition: what is wrong with the view since a while.
    """

    look: Look
    stand: Stand
    condition: Condition

    @property
    def covered(self) -> bool:
        """Whether the whole picture is to be painted over."""
        return self.stand in (Stand.COVERED, Stand.RETURNING)


@dataclass(slots=True)
class _Since:
    """Since when pictures are trusted, not trusted, or cannot be told, monotonic nanoseconds."""

    kind: str = ""
    ns: int = 0

    def lasting_s(self, sight: Sight, now_ns: int) -> float:
        kind = "bad" if not sight.trusted else sight.value
        if kind != self.kind:
            self.kind, self.ns = kind, now_ns
        return (now_ns - self.ns) / 1e9


@dataclass(slots=True, eq=False)
class Guard:
    """Watches one camera.

    Args:
        reference: what was learnt before; None learns it from the first pictures.
        raster, text_box: what is painted, where nothing can be learnt.
        margin_px: the smallest mask margin.
        keep: makes a new reference durable.
    """

    reference: Reference | None
    raster: Raster
    text_box: TextBox
    margin_px: int
    keep: Callable[[Reference], None]
    stand: Stand = Stand.WATCHING
    _next_ns: int = 0
    _since: _Since = field(default_factory=_Since)
    _pictures: list[Signs] = field(default_factory=list)
    _past: Past = field(default_factory=Past)
    _lasting: Lasting = field(default_factory=Lasting)
    _focus: Focus = field(default_factory=Focus)
    _fitting: int = 0
    _learn_ns: int = 0
    _allowed: Allowed = field(init=False)
    _masked: Points = field(init=False)
    _signer: Signer = field(init=False)

    def __post_init__(self) -> None:
        if self.reference is not None and self.reference.size != self.raster.size:
            self.reference = None
        if self.reference is None:
            self.stand = Stand.LEARNING
        self.repaint(self.raster, self.text_box, self.margin_px)

    def repaint(self, raster: Raster, text_box: TextBox, margin_px: int) -> None:
        """Takes other masks of the same picture."""
        self.raster, self.text_box, self.margin_px = raster, text_box, margin_px
        self._allowed = _allowed(raster, text_box)
        self._masked = _outermost(raster)
        self._signer = Signer(raster.size)
        if self.reference is not None:
            self.reference = self.reference.without(self._allowed)

    def look(self, luma: Picture, now_ns: int) -> Verdict | None:
        """Looks at a painted luma plane, uint8 (height, width); None where no look is due."""
        if now_ns < self._next_ns:
            return None
        self._next_ns = now_ns + int(1e9 / LOOKS_A_SECOND)
        signs = self._signer.signs(luma)
        condition = Condition.CLEAR
        if self.reference is None:
            look = self._learn_first(signs, luma)
        else:
            view, look = self._best(self.reference, signs)
            self._learn_light(self.reference, view, look, signs, now_ns)
            condition = self._condition(view, signs, luma, now_ns, self.reference.focus)
        self.stand = self._next_stand(look.sight, now_ns)
        self._past.add(now_ns, look.sight)
        return Verdict(look, self.stand, self._lasting.take(condition, now_ns))

    def past(self, start_ns: int, end_ns: int) -> Keep:
        """Returns what is to be done with footage of that time."""
        return self._past.keep(start_ns, end_ns)

    def _condition(self, view: View, signs: Signs, luma: Picture, now_ns: int, focus_reference: float) -> Condition:
        seen = density(signs, self._allowed) / max(view.density, 1e-6)
        return condition_of(
            seen, lambda: light_of(luma, self._allowed), lambda: self._focus.of(luma, now_ns), focus_reference
        )

    def _learn_first(self, signs: Signs, luma: Picture) -> Look:
        view = self._gather(signs, None)
        if view is None:
            return Look(Sight.UNVERIFIABLE, 0, 0)
        self._take(Reference(self.raster.size, (view,), focus_of(luma)))
        return Look(Sight.IN_PLACE, len(view.landmarks), len(view.landmarks))

    def _best(self, reference: Reference, signs: Signs) -> tuple[View, Look]:
        """Returns the view that fits best; the one that fitted last is tried first, and is mostly enough."""
        views = [reference.views[self._fitting % len(reference.views)], *reference.views]
        best: tuple[View, Look] | None = None
        for view in views:
            look = self._judge(view, signs)
            if best is None or look.found > best[1].found:
                best = view, look
            if _plenty(look):
                break
        assert best is not None
        self._fitting = reference.views.index(best[0])
        return best

    def _judge(self, view: View, signs: Signs) -> Look:
        seen = density(signs, self._allowed) / max(view.density, 1e-6)
        finds = find(view.landmarks, signs)
        limit_px = MARGIN_SHARE * self.margin_px
        scale = work_scale(self.raster.size[0])
        return judge(finds, len(view.landmarks), masked=self._masked, seen=seen, scale=scale, limit_px=limit_px)

    def _learn_light(self, reference: Reference, view: View, look: Look, signs: Signs, now_ns: int) -> None:
        still = look.sight is Sight.IN_PLACE and look.moved_px <= _STILL_PX * work_scale(self.raster.size[0])
        if not still or _plenty(look) or view.depth >= DEPTH_MAX or now_ns < self._learn_ns:
            self._pictures.clear()
            return
        new = self._gather(signs, view, look.dx, look.dy)
        if new is not None:
            self._learn_ns = now_ns + int(_LEARN_EVERY_S * 1e9)
            self._take(reference.with_view(new))

    def _gather(self, signs: Signs, seen_by: View | None, dx: float = 0.0, dy: float = 0.0) -> View | None:
        """Collects pictures until they make a view."""
        self._pictures.append(signs.copy())
        if len(self._pictures) < _PICTURES:
            return None
        pictures, self._pictures = self._pictures, []
        return make_view(pictures, self._allowed, seen_by, dx, dy)

    def _take(self, reference: Reference) -> None:
        self.reference = reference
        self.keep(reference)

    def _next_stand(self, sight: Sight, now_ns: int) -> Stand:
        lasting_s = self._since.lasting_s(sight, now_ns)
        return TABLE.get((self.stand, self._event(sight, lasting_s)), self.stand)

    def _event(self, sight: Sight, lasting_s: float) -> str:
        """Returns what happened, in the words of ``TABLE``; where nobody can tell nothing did."""
        if self.stand is Stand.LEARNING:
            return "reference learnt" if self.reference is not None else ""
        if sight is Sight.UNVERIFIABLE:
            return ""
        if sight is Sight.IN_PLACE:
            return "for long enough" if self.stand is Stand.RETURNING and lasting_s >= UNCOVER_S else "in place"
        limit_s = COVER_MOVED_S if sight is Sight.MOVED else COVER_LOST_S
        return "for too long" if self.stand is Stand.SUSPECTING and lasting_s >= limit_s else "moved or lost"


def _plenty(look: Look) -> bool:
    return look.found >= _STALE_SHARE * look.known


def _allowed(raster: Raster, text_box: TextBox) -> Allowed:
    """Returns the work pixels that hold no paint."""
    painted = raster.y.astype(np.uint8)
    rows, columns = text_box.grown(0)
    painted[rows, columns] = 1
    width, height = raster.size
    size = (WORK_WIDTH, max(1, round(height / work_scale(width))))
    free: Allowed = cv2.resize(painted * np.uint8(255), size, interpolation=cv2.INTER_AREA) == 0
    return free


def _outermost(raster: Raster) -> Points:
    """Returns the corners of the masked area's hull, work pixels; none where nothing is masked."""
    rows, columns = np.nonzero(raster.y)
    points = np.stack([columns, rows], axis=1).astype(np.float32)
    hull = cv2.convexHull(points).reshape(-1, 2) if len(points) else points
    return np.asarray(hull / work_scale(raster.size[0]), np.float32)
