"""The street as seen: the still part, drawn anew when the light changes, and on it everything that moves."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from edge.base.frame import Geometry, Picture, Planes, split
from edge.capture.street import bicycles, people, poles, rooms, scene, vehicles
from edge.capture.street.canvas import Canvas, Window
from edge.capture.street.indoors import Behind, Indoors
from edge.capture.street.lens import Lens
from edge.capture.street.light import Daylight, daylight
from edge.capture.street.raster import Raster, rasterise
from edge.capture.street.shading import Shading
from edge.capture.street.surfaces import Corner, Surface
from edge.capture.street.traffic import Traveller, travellers
from edge.capture.street.weather import Weather

_PARKED = Traveller("car", 5.75, 25.0, (-1.0, 0.0), 0.0, 0.0, bytes((1, 0, 0, 0, 0, 4, *range(10))))


_NEAR_Y = 1.0

_DRAW: dict[str, Callable[[Canvas, Traveller, float], None]] = {
    "car": lambda canvas, who, _: vehicles.car(canvas, who),
    "bicycle": lambda canvas, who, _: bicycles.bicycle(canvas, who),
    "person": lambda canvas, who, rain: people.person(canvas, who, rain=rain),
}


@lru_cache(maxsize=1)
def _still_street(width: int, height: int) -> tuple[list[Surface], Raster]:
    """Returns the still street before light, the same for every seed; kept for the next camera of that size."""
    surfaces = scene.surfaces()
    return surfaces, rasterise(surfaces, width, height)


class View:
    """Draws frames of one street into an I420 array.

    Args:
        geometry: of the array.
        zone: of the local time that decides between day and night.
    """

    def __init__(self, geometry: Geometry, *, seed: int, zone: ZoneInfo, rain: float, behind: Behind) -> None:
        size = geometry.width, geometry.height
        self._geometry = geometry
        self._seed = seed
        self._zone = zone
        self._rain = rain
        surfaces, raster = _still_street(*size)
        self._circuits = {surface.circuit for surface in surfaces if surface.circuit}
        self._shading = Shading(raster, surfaces, scene.shadow_boxes())
        self._occluders = self._shading.occluders()
        self._canvas = Canvas(Lens(*size), size)
        self._indoors = Indoors(self._canvas.lens, size, behind, self._occluders)
        self._weather = Weather(size, seed, rain)
        self._whole: Window = np.s_[0 : geometry.height, 0 : geometry.width]
        self._still: Picture | None = None
        self._still_i420: Picture = np.zeros(geometry.shape, np.uint8)
        self._light: Daylight | None = None

    def draw(self, picture: Picture, number: int, fps: Fraction, wall_us: int) -> None:
        """Draws frame ``number`` into ``picture``; nothing but its arguments and the street's own show in it."""
        light = daylight(wall_us, self._zone, self._rain)
        if self._still is None or light != self._light:
            self._relight(light)
        at_s = float(number / fps)
        self._indoors.draw(self._canvas, at_s)
        changed = list(self._indoors.windows)
        for who in travellers(self._seed, at_s, light.hour):
            changed += self._add(who)
        self._store(picture, changed)
        self._weather.apply(split(picture, self._geometry), number, light.lamps)

    def _relight(self, light: Daylight) -> None:
        """Draws the still street, and from it the canvas and the I420 picture that frames begin with."""
        canvas = self._canvas
        canvas.picture[:] = self._shading.picture(light, rooms.lit(self._circuits, light, self._seed))
        canvas.relight(light, self._shading.sunlit)
        self._light = light
        self._add(_PARKED)
        canvas.open(self._whole)
        self._hang_wires()
        self._bloom()
        self._still = canvas.picture.copy()
        _convert(canvas.picture, split(self._still_i420, self._geometry), self._whole)

    def _add(self, who: Traveller) -> list[Window]:
        """Draws a traveller, puts back what of the still street stands before it, and returns where that was."""
        window = self._around(who)
        if window is None:
            return []
        self._canvas.open(window)
        before = self._canvas.picture[window].copy()
        _DRAW[who.kind](self._canvas, who, self._rain)
        depth_m = self._canvas.lens.place(who.x, who.y, 0.8)[2]
        hidden = (self._occluders[window] < max(0, int(100 * (depth_m - 0.4)))).view(np.uint8)
        if hidden.any():
            cv2.copyTo(before, hidden, self._canvas.picture[window])
        return [window]

    def _around(self, who: Traveller) -> Window | None:
        """Returns the part of the picture in which a traveller, its shadow and its lamps may show."""
        corners = [self._canvas.lens.place(*corner) for corner in self._space(who)]
        if min(depth for _, _, depth in corners) < 0.5:
            return self._whole
        columns, rows = [x for x, _, _ in corners], [y for _, y, _ in corners]
        left, right = _even(min(columns), max(columns), self._geometry.width)
        top, bottom = _even(min(rows), max(rows), self._geometry.height)
        return np.s_[top:bottom, left:right] if left < right and top < bottom else None

    def _space(self, who: Traveller) -> list[Corner]:
        """Returns corners of the space that a traveller takes up, with its shadow and what its headlights reach."""
        light = self._canvas.light
        is_car = who.kind == "car"
        half = 2.7 if is_car else 1.0
        spans = [(0.0, 0.0)]
        if light.sun().any():
            x, y, z = light.direction().tolist()
            reach = min(3.0, 1.4 / max(z, 0.2)) if is_car else min(6.0, 1.9 / max(z, 0.1))
            spans.append((-x * reach, -y * reach))
        if is_car and light.lamps:
            spans.append((who.heading[0] * 6.5, who.heading[1] * 6.5))
        return [
            (who.x + dx + across, max(_NEAR_Y, who.y + dy + along), z)
            for dx, dy in spans
            for across in (-half, half)
            for along in (-half, half)
            for z in ((0.0, 2.4) if dx == dy == 0 else (0.0,))
        ]

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

    def _store(self, picture: Picture, changed: list[Window]) -> None:
        """Writes the frame as I420 and wipes the canvas; only what changed costs a conversion."""
        assert self._still is not None
        np.copyto(picture, self._still_i420)
        planes = split(picture, self._geometry)
        for window in changed:
            _convert(self._canvas.picture, planes, window)
        for window in changed:
            self._canvas.picture[window] = self._still[window]


def _convert(picture: Picture, planes: Planes, window: Window) -> None:
    """Converts an even-sided window of a BGR picture to I420."""
    (top, bottom), (left, right) = ((part.start, part.stop) for part in window)
    width, height = right - left, bottom - top
    dense = split(
        np.asarray(cv2.cvtColor(np.ascontiguousarray(picture[window]), cv2.COLOR_BGR2YUV_I420), np.uint8),
        Geometry(width, height, width),
    )
    planes.y[top:bottom, left:right] = dense.y
    half = np.s_[top // 2 : bottom // 2, left // 2 : right // 2]
    planes.u[half], planes.v[half] = dense.u, dense.v


def _even(low: float, high: float, limit: int) -> tuple[int, int]:
    """Returns a span widened to even ends within 0 to ``limit``."""
    return max(0, int(low) // 2 * 2), min(limit, int(high) // 2 * 2 + 2)
