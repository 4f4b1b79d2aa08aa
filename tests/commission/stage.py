"""The steps in a visit over real TLS on this machine, with a street in front of the camera."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from edge.base.clock import ClockQuality, SystemClock
from edge.base.frame import Frame
from edge.capture.pace import Pace
from edge.capture.street.camera import StreetCamera
from edge.commission.register import Register
from edge.commission.states import Event
from edge.commission.steps import Site, Steps, Ticket
from edge.commission.steps_line import Line
from edge.commission.steps_rooms import Shot, StepRooms
from edge.commission.visit import Visit
from edge.mask import maskset
from edge.mask.condition import focus_of
from edge.mask.maskset import MaskSet
from edge.mask.paint import Painter
from edge.mask.raster import rasterise
from edge.wire.line import Access, Way
from edge.wire.visit import Scope
from tests.clocks import HandClock
from tests.commission.house import House
from tests.commission.installer import KEY_ID
from tests.commission.site import make_ticket
from tests.seal.samples import NODE, START_US

SIZE = (640, 480)
NOON_US = START_US + 3 * 3_600_000_000
LINE = Line(True, Access(Way.WIRELESS, -62), 84, None, ClockQuality.SYNCHRONISED)


class Street:
    """A camera's process: one still frame of the street, painted as it was last asked to.

    Attributes:
        painted: every ``masks.json`` that it was given.
    """

    def __init__(self) -> None:
        frame = StreetCamera(Pace(SystemClock(), fast=True, start_us=NOON_US), size=SIZE, fps=Fraction(5)).read()
        assert frame is not None
        self.geometry, self._picture = frame.geometry, frame.picture.copy()
        self.painted: list[bytes] = []
        self._blur_px = 0
        self._news = threading.Condition()
        self._painter: Painter | None = None
        self._number = 0

    def paint(self, masks: bytes) -> None:
        parsed = maskset.parse(masks, NODE, source="draft")
        raster = rasterise(parsed, self.geometry)
        with self._news:
            self.painted.append(masks)
            self._painter = Painter(raster, maskset.digest(parsed), raster.digest)
            self._turn()

    def focus(self, blur_px: int) -> None:
        """Turns the lens out of focus; 0 is sharp."""
        with self._news:
            self._blur_px = blur_px
            self._turn()

    def newest(self, after: int, wait_s: float) -> Shot | None:
        with self._news:
            if not self._news.wait_for(lambda: self._number != after, wait_s):
                return None
            return self._shot()

    def _turn(self) -> None:
        self._number += 1
        self._news.notify_all()

    def _shot(self) -> Shot:
        picture = self._picture.copy()
        frame = Frame(picture, self.geometry, 0, 0, self._number)
        luma = frame.planes().y
        if self._blur_px:
            luma[...] = cv2.blur(luma, (self._blur_px, self._blur_px))
        if self._painter is not None:
            self._painter.paint(frame)
        _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_YUV2BGR_I420))
        return Shot(self._number, np.asarray(data).tobytes(), round(1000 * focus_of(luma)), START_US)


class Stage:
    """A node that is visited, with the button held already: its steps, its street, and what a test may change.

    Args:
        ticket: whether one of that scope is there, too.
    """

    def __init__(self, folder: Path, scope: Scope = Scope.FIRST, *, ticket: bool = True) -> None:
        self.street, self.line, self.clock, self.state = Street(), LINE, HandClock(), folder / "visit"
        self.entry = self.state / "register" / "entry.json"
        register = Register(self.entry, self.state / "register-acknowledged.json", NODE)
        zone = ZoneInfo("Asia/Tokyo")
        geometry = self.street.geometry
        site = Site(NODE, self.state, geometry, 2_000_000, zone, lambda: None, register, lambda: KEY_ID)
        self.steps = Steps(site, self.street, self.clock, lambda: self.visit.end(Event.SIGNED_OFF))
        rooms = StepRooms(self.steps, self.street, self._ticket, lambda: self.line).rooms()
        self.house = House(folder, rooms)
        if ticket:
            self.house.site.bring(make_ticket(scope))
        self.visit.press()

    def _ticket(self) -> Ticket:
        return self.visit.ticket()

    @property
    def visit(self) -> Visit:
        """The one visit."""
        return self.house.site.visit

    @property
    def masks(self) -> MaskSet:
        """The masks that the preview was last asked to burn in."""
        return maskset.parse(self.street.painted[-1], NODE, source="preview")
