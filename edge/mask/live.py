"""The masks in force while the recorder runs, and what happens when they change.

Rules:

  1. Without a valid mask set that the floor allows, ``LiveMasks`` cannot be made: the recorder stops with status 78.
  2. A changed file is parsed, rasterised and held against the floor before a frame sees it; it takes effect between two
     frames, whole.
  3. Once the file is missing, unreadable or against a rule, every picture is painted over until it is valid again.
     So they are where a valid set's floor cannot be written, at the start too.
  4. The same for a failed self-check, until the recorder is started anew, and for a moved camera, until it is back in
     place (``edge.mask.guard``, which looks at each picture with the masks burnt in, before it is painted over).
  5. Whatever changes is told as a ``MaskChange``, which the recorder signs as a MASKS record.

Any thread may change the masks: a change replaces one reference, which ``paint`` reads once a frame. One thread paints.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path

from edge.base.errors import BadConfiguration, StorageFault
from edge.base.files import version_of, write_durably
from edge.base.frame import Frame, Geometry, PaintedFrame
from edge.mask import floor, maskset
from edge.mask.guard import Guard, Verdict
from edge.mask.inforce import Cause, InForce, MaskChange, Reasons
from edge.mask.paint import Painter
from edge.mask.past import Keep
from edge.mask.raster import Raster, rasterise
from edge.mask.reference import keep_reference, known_reference
from edge.mask.text import Stamp

_POLL_NS = 1_000_000_000


class LiveMasks:
    """Paints every frame with the masks in force.

    Args:
        path: ``masks.json``.
        node: whose masks they must be.
        geometry: size of the recorded pictures.
        floor_path: the mask floor, in the recorder's own state; created at the first sign-off.
        camera: camera number for the text.
        zone: local time for the text.
        guard_path: the moved-camera guard's reference, in the recorder's own state; learnt at the first sign-off.
        floor_expected: the node has recorded before, so that a missing floor file is a fault.
        floor_signed: digest of the floor that the newest record names: masks of that very raster make a missing file
            anew, for it is one that could not be written.
        visit_authorised: a visit's sign-off starts the recorder; it may shrink the floor.

    Attributes:
        guard_fault: why the guard learns its reference anew though nobody signed off; empty otherwise.

    Raises:
        BadConfiguration: no valid mask set, or the floor forbids it; no frame was painted.
    """

    def __init__(
        self,
        path: Path,
        node: str,
        geometry: Geometry,
        floor_path: Path,
        guard_path: Path,
        *,
        camera: str,
        zone: tzinfo,
        floor_expected: bool = False,
        floor_signed: str | None = None,
        visit_authorised: bool = False,
    ) -> None:
        self._path, self._node, self._geometry, self._floor_path = path, node, geometry, floor_path
        self._camera, self._zone = camera, zone
        self._writing = threading.Lock()
        self._next_poll_ns = 0
        self._version = version_of(path)
        self._floor = floor.read(floor_path, visit_authorised=visit_authorised)
        signed_off = maskset.load(path, node)
        missing = floor_expected and self._floor is None and not visit_authorised
        if missing and rasterise(signed_off, geometry).digest != floor_signed:
            raise BadConfiguration(f"{floor_path}: the mask floor is gone; sign off the masks again in a visit")
        self._force = self._first(signed_off, visit_authorised=visit_authorised)
        self._painted_with = self._force
        reference, self.guard_fault = (None, "") if visit_authorised else known_reference(guard_path)
        self._guard = Guard(
            reference,
            self._force.painter.raster,
            self._force.text_box,
            self._force.margin_px,
            keep=lambda reference: keep_reference(guard_path, reference),
        )
        self._verdict: Verdict | None = None
        self._guard_change: MaskChange | None = None

    def _first(self, signed_off: maskset.MaskSet, *, visit_authorised: bool) -> InForce:
        """Returns the masks to begin with; while their floor cannot be kept, whole pictures are painted over."""
        try:
            return self._admit(signed_off, str(self._path), visit_authorised=visit_authorised)
        except StorageFault as error:
            self._version = None
            covered = ((Cause.INVALID, str(error)),)
            return replace(self._in_force(signed_off, rasterise(signed_off, self._geometry)), covered=covered)

    @property
    def in_force(self) -> InForce:
        """What the next frame is painted with, unless the guard covers it."""
        return self._force

    @property
    def painted_with(self) -> InForce:
        """What the last frame was painted with; asked by the thread that paints."""
        return self._painted_with

    @property
    def verdict(self) -> Verdict | None:
        """What the moved-camera guard said last; asked by the thread that paints."""
        return self._verdict

    def paint(self, frame: Frame) -> PaintedFrame:
        """Burns masks, or the whole picture, and then the text into the frame.

        Raises:
            BadInput: the frame has another size than the masks; it must be dropped.
        """
        force = self._force
        painted = force.painter.paint(frame)
        if force.painter.raster is not self._guard.raster:
            self._guard.repaint(force.painter.raster, force.text_box, force.margin_px)
        verdict = self._guard.look(painted.frame.planes().y, frame.mono_ns)
        if verdict is not None:
            self._guarded(verdict)
            force = self._force
        if force.covered:
            painted = force.painter.blank(frame)
        force.stamp.burn(painted)
        self._painted_with = force
        return painted

    def guard_change(self) -> MaskChange | None:
        """Returns, once, what the guard changed since it was last asked; asked by the thread that paints."""
        change, self._guard_change = self._guard_change, None
        return change

    def may_keep(self, start_ns: int, end_ns: int) -> Keep:
        """Returns what is to be done with footage of that time, by what the guard saw."""
        return self._guard.past(start_ns, end_ns)

    def poll(self, now_ns: int) -> MaskChange | None:
        """Looks at the file, at most once a second of ``now_ns``; returns what changed for the frames to come."""
        if now_ns < self._next_poll_ns:
            return None
        self._next_poll_ns = now_ns + _POLL_NS
        version = version_of(self._path)
        if version == self._version:
            return None
        self._version = version
        try:
            return self._take(maskset.load(self._path, self._node))
        except BadConfiguration as error:
            return self.cover(Cause.INVALID, str(error))
        except StorageFault as error:
            self._version = None  # the set is good, the card is not: try again at the next poll
            return self.cover(Cause.INVALID, str(error))

    def offer(self, data: bytes, *, visit_authorised: bool = False) -> MaskChange | None:
        """Takes the bytes of a changed ``masks.json``, or paints pictures over where it is not valid.

        Raises:
            StorageFault: the floor cannot be written; what was in force stays.
        """
        try:
            offered = maskset.parse(data, self._node, source=str(self._path))
            return self._take(offered, visit_authorised=visit_authorised)
        except BadConfiguration as error:
            return self.cover(Cause.INVALID, str(error))

    def enlarge(self, data: bytes, *, custodians_authorised: bool = False) -> MaskChange | None:
        """Takes the masks of an order, and writes them to the file first, so that a restart keeps them.

        A power cut in between leaves masks that the floor allows.

        Raises:
            BadConfiguration: they are not valid, or the floor forbids them; what was in force stays.
            StorageFault: the disk refused; what was in force stays.
        """
        offered = maskset.parse(data, self._node, source="mask order")
        raster = rasterise(offered, self._geometry)
        refused = floor.refusal(raster, self._floor, custodians_authorised=custodians_authorised)
        if refused:
            raise BadConfiguration(f"mask order: {refused}")
        write_durably(self._path, data)
        self._version = version_of(self._path)
        return self._take(offered, custodians_authorised=custodians_authorised)

    def cover(self, cause: Cause, reason: str) -> MaskChange | None:
        """Paints whole pictures over from the next frame on."""
        with self._writing:
            return self._replace(replace(self._force, covered=(*self._without(cause), (cause, reason))))

    def uncover(self, cause: Cause) -> MaskChange | None:
        """Ends one cause of painting over; a failed self-check ends with the process only."""
        if cause is Cause.SELF_CHECK:
            raise ValueError("a failed self-check ends with the process only")
        with self._writing:
            return self._replace(replace(self._force, covered=self._without(cause)))

    def _guarded(self, verdict: Verdict) -> None:
        """Paints pictures over, or no longer, as the guard says."""
        before, self._verdict = self._verdict, verdict
        if verdict.covered == (before is not None and before.covered):
            return
        if verdict.covered:
            reason = f"the camera is not where its masks were drawn: {verdict.look.words}"
            self._guard_change = self.cover(Cause.MOVED, reason)
        else:
            self._guard_change = self.uncover(Cause.MOVED)

    def _take(self, offered: maskset.MaskSet, **authorised: bool) -> MaskChange | None:
        with self._writing:
            force = self._admit(offered, str(self._path), **authorised)
            return self._replace(replace(force, covered=self._without(Cause.INVALID)))

    def _admit(self, offered: maskset.MaskSet, source: str, **authorised: bool) -> InForce:
        """Holds a set against the floor, raises the floor to it, and makes what paints it."""
        raster = rasterise(offered, self._geometry)
        refused = floor.refusal(raster, self._floor, **authorised)
        if refused:
            raise BadConfiguration(f"{source}: {refused}")
        if self._floor is None or self._floor.digest != raster.digest:
            floor.write(self._floor_path, raster)
            self._floor = raster
        return self._in_force(offered, raster)

    def _in_force(self, offered: maskset.MaskSet, raster: Raster) -> InForce:
        painter = Painter(raster, maskset.digest(offered), raster.digest)
        stamp = Stamp(self._geometry, self._camera, self._zone, raster)
        return InForce(painter, stamp, offered.least_margin_px)

    def _without(self, cause: Cause) -> Reasons:
        return tuple(item for item in self._force.covered if item[0] is not cause)

    def _replace(self, force: InForce) -> MaskChange | None:
        """Puts ``force`` in force; returns None where it says the same as before."""
        old, self._force = self._force, force
        old_digest, new_digest = old.painter.mask_digest, force.painter.mask_digest
        if (old_digest, old.reason) == (new_digest, force.reason):
            return None
        return MaskChange(old_digest, new_digest, force.painter.floor_digest, not force.blanked, force.reason)
