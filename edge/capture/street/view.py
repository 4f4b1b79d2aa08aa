"""The street as seen: the still part, drawn anew when the light changes, and on it everything that moves."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from edge.base.frame import Geometry, Picture, split
from edge.capture.street import bicycles, people, poles, rooms, scene, vehicles
from edge.capture.street.canvas import Canvas
from edge.capture.street.indoors import Behind, Indoors
from edge.capture.street.lens import Lens
from edge.capture.street.light import Daylight, daylight
from edge.capture.street.raster import rasterise
from edge.capture.street.shading import Shading
from edge.capture.street.traffic import Traveller, travellers
from edge.capture.street.weather import Weather

_PARKED = Traveller("car", 5.75, 25.0, (-1.0, 0.0), 0.0, 0.0, bytes((1, 0, 0, 0, 0, 4, *range(10))))


_DRAW: dict[str, Callable[[Canvas, Traveller, float], None]] = {
    "car": lambda canvas, who, _: vehicles.car(canvas, who),
    "bicycle": lambda canvas, who, _: bicycles.bicycle(canvas, who),
    "person": lambda canvas, who, rain: people.person(canvas, who, rain=rain),
}


class View:
    """Draws frames of one street into an I420 array.

    Args:
        geometry: of the array.
        zone: of the local time that decides between day and night.
    """

    def __init__(self, geometry: Geometry, *, seed: int, zone: ZoneInfo, rain: float, behind: Behind) -> None:
        size = geometry.width, geometry.height
        surfaces = scene.surfaces()
        self._geometry = geometry
        self._seed = seed
        self._zone = zone
        self._rain = rain
        self._circuits = {surface.circuit for surface in surfaces if surface.circuit}
        self._shading = Shading(rasterise(surfaces, *size), surfaces, scene.shadow_boxes())
        self._occluders = self._shading.occluders()
        self._canvas = Canvas(Lens(*size), size)
        self._indoors = Indoors(size, behind)
        self._weather = Weather(size, seed, rain)
        self._still: Picture | None = None
        self._light: Daylight | None = None

    def draw(self, picture: Picture, number: int, fps: Fraction, wall_us: int) -> None:
        """Draws frame ``number`` into ``picture``; nothing but its arguments and the street's own show in it."""
        light = daylight(wall_us, self._zone, self._rain)
        if self._still is None or light != self._light:
            self._relight(light)
        assert self._still is not None
        canvas, at_s = self._canvas, float(number / fps)
        np.copyto(canvas.picture, self._still)
        self._indoors.draw(canvas, at_s)
        if self._rain > 0:
            self._weather.splashes(canvas.picture, number)
        for who in travellers(self._seed, at_s, light.hour):
            self._add(who)
        self._store(picture)
        self._weather.apply(split(picture, self._geometry), number, light.lamps)

    def _relight(self, light: Daylight) -> None:
        self._still = self._shading.picture(light, rooms.lit(self._circuits, light, self._seed))
        self._light = light
        self._canvas.relight(light, self._shading.sunlit)
        self._canvas.picture[:] = self._still
        self._add(_PARKED)
        self._hang_wires()
        self._bloom()
        self._still[:] = self._canvas.picture

    def _add(self, who: Traveller) -> None:
        """Draws a traveller, then puts back what of the still street stands before it."""
        window = self._around(who)
        if window is None:
            return
        before = self._canvas.picture[window].copy()
        _DRAW[who.kind](self._canvas, who, self._rain)
        depth = float(self._canvas.lens.project(((who.x, who.y, 0.8),))[1][0])
        hidden = (self._occluders[window] < int(100 * (depth - 0.4))).view(np.uint8)
        if hidden.any():
            cv2.copyTo(before, hidden, self._canvas.picture[window])

    def _around(self, who: Traveller) -> tuple[slice, slice] | None:
        """Returns the part of the picture in which a traveller and its shadow may show."""
        reach = 8.0 if who.kind == "car" else 5.0
        corners = [(who.x + dx, who.y + dy, z) for dx in (-reach, reach) for dy in (-reach, reach) for z in (0.0, 2.4)]
        pixels, depth = self._canvas.lens.project(corners)
        limits = np.array((self._geometry.width, self._geometry.height))
        if depth.min() < 0.5:
            return np.s_[0 : int(limits[1]), 0 : int(limits[0])]
        low, high = np.clip(pixels.min(0), 0, limits).astype(int), np.clip(pixels.max(0) + 1, 0, limits).astype(int)
        if (high <= low).any():
            return None
        return np.s_[int(low[1]) : int(high[1]), int(low[0]) : int(high[0])]

    def _hang_wires(self) -> None:
        colour = self._canvas.spot(3.7, 20.0).shown((60, 58, 56))
        for wire in poles.wires():
            pixels, depth = self._canvas.lens.project(wire)
            seen = pixels[depth > 0.5]
            if len(seen) > 1:
                self._canvas.line(seen, self._geometry.width / 1280, colour)

    def _bloom(self) -> None:
        """Lets bright lamps and windows shine into the dark around them."""
        assert self._light is not None
        if self._light.lamps <= 0:
            return
        picture = self._canvas.picture
        small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        bright = cv2.subtract(small, np.full_like(small, 120))
        soft = cv2.addWeighted(cv2.GaussianBlur(bright, (0, 0), 3), 0.5, cv2.GaussianBlur(bright, (0, 0), 12), 0.6, 0)
        shine = cv2.resize(soft, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR)
        cv2.add(picture, cv2.convertScaleAbs(shine, alpha=self._light.lamps), dst=picture)

    def _store(self, picture: Picture) -> None:
        geometry = self._geometry
        if geometry.stride == geometry.width:
            cv2.cvtColor(self._canvas.picture, cv2.COLOR_BGR2YUV_I420, dst=picture)
            return
        dense = split(
            np.asarray(cv2.cvtColor(self._canvas.picture, cv2.COLOR_BGR2YUV_I420), np.uint8),
            Geometry(geometry.width, geometry.height, geometry.width),
        )
        planes = split(picture, geometry)
        planes.y[:], planes.u[:], planes.v[:] = dense.y, dense.u, dense.v
