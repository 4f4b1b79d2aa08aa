"""What a lens sees: fields of view, pixels across a face, the reach of faces and plates, the blind ground below.

``python -m hardware.lens --build eaves --height 2.8 --tilt 35`` prints it. A lens draws by r = f k tan(angle / k):
k = 1 draws straight lines straight, a large k equal angles equally; f and k follow from the picture and two angles.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass

from hardware.assumptions import Assumptions, read_assumptions
from hardware.bom import Bom, BuildName, Lens, read_bom

FARTHEST_M, STEP_M = 30.0, 0.05
_K_LIMITS = (1.0001, 50.0)


@dataclass(frozen=True, slots=True)
class Optics:
    """A lens before a picture of ``width_px`` x ``height_px``; ``focal_px`` is pixels a radian at the axis."""

    focal_px: float
    k: float
    width_px: int
    height_px: int

    def radius_px(self, angle: float) -> float:
        """Returns how far from the middle a direction is drawn that is ``angle`` radians off the axis."""
        return self.focal_px * self.k * math.tan(angle / self.k)

    def angle(self, radius_px: float) -> float:
        """Returns the inverse of ``radius_px``, radians."""
        return self.k * math.atan(radius_px / (self.focal_px * self.k))

    @property
    def field_deg(self) -> tuple[float, float, float]:
        """Horizontal, vertical, diagonal field, degrees."""
        sides = (self.width_px, self.height_px, math.hypot(self.width_px, self.height_px))
        across, down, corner = (math.degrees(2 * self.angle(side / 2)) for side in sides)
        return across, down, corner


@dataclass(frozen=True, slots=True)
class Station:
    """A lens in its place: metres above the road, its axis ``tilt_deg`` below the horizon."""

    optics: Optics
    height_m: float
    tilt_deg: float

    def pixel(self, ahead_m: float, aside_m: float, above_m: float) -> tuple[float, float] | None:
        """Returns where a point is drawn, pixels right of and below the middle; None where it is not in the picture."""
        tilt, drop = math.radians(self.tilt_deg), self.height_m - above_m
        along = ahead_m * math.cos(tilt) + drop * math.sin(tilt)
        down = drop * math.cos(tilt) - ahead_m * math.sin(tilt)
        off = math.hypot(aside_m, down)
        angle = math.atan2(off, along)
        if angle >= math.pi / 2:
            return None
        radius = self.optics.radius_px(angle)
        x, y = (radius * aside_m / off, radius * down / off) if off else (0.0, 0.0)
        inside = abs(x) <= self.optics.width_px / 2 and abs(y) <= self.optics.height_px / 2
        return (x, y) if inside else None

    def across_px(self, ahead_m: float, aside_m: float, above_m: float, wide_m: float) -> float:
        """Returns the pixels across what is ``wide_m`` wide and faces the camera; 0 where not all is seen."""
        distance = math.hypot(ahead_m, aside_m) or 1e-9
        half = (wide_m / 2 * -aside_m / distance, wide_m / 2 * ahead_m / distance)
        ends = [self.pixel(ahead_m + side * half[0], aside_m + side * half[1], above_m) for side in (-1, 1)]
        return math.dist(ends[0], ends[1]) if ends[0] and ends[1] else 0.0

    def reach_m(
        self, above_m: float, wide_m: float, needed_px: float, bearing_deg: float = 0.0
    ) -> tuple[float, float] | None:
        """Returns the nearest and farthest distance at which that many pixels lie across; None for nowhere."""
        turn = math.radians(bearing_deg)
        steps = [STEP_M * n for n in range(1, int(FARTHEST_M / STEP_M))]
        good = [
            d for d in steps if self.across_px(d * math.cos(turn), d * math.sin(turn), above_m, wide_m) >= needed_px
        ]
        return (good[0], good[-1]) if good else None

    @property
    def blind_m(self) -> float:
        """How far the ground below is out of the picture, metres."""
        lowest = math.radians(self.tilt_deg) + self.optics.angle(self.optics.height_px / 2)
        return 0.0 if lowest >= math.pi / 2 else self.height_m / math.tan(lowest)

    @property
    def above_horizon_deg(self) -> float:
        """How far above the horizon the picture's upper edge looks, degrees."""
        return math.degrees(self.optics.angle(self.optics.height_px / 2)) - self.tilt_deg


def fitted(lens: Lens, width_px: int, height_px: int) -> Optics:
    """Returns the lens that draws the two stated angles into a picture of the sensor's shape.

    Raises:
        ValueError: no lens of this kind draws both.
    """
    sides = {"horizontal": lens.sensor_mm[0], "vertical": lens.sensor_mm[1], "diagonal": math.hypot(*lens.sensor_mm)}
    (one, two) = sorted(lens.field_deg, key=lambda name: sides[name])
    small, large = (math.radians(lens.field_deg[name].value / 2) for name in (one, two))
    wanted = sides[two] / sides[one]

    def ratio(k: float) -> float:
        return math.tan(large / k) / math.tan(small / k)

    low, high = _K_LIMITS
    if not ratio(high) - 0.02 <= wanted <= ratio(low) + 0.02:
        raise ValueError(f"{lens.name}: {one} and {two} field do not go with a sensor of {lens.sensor_mm} mm")
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if ratio(middle) > wanted else (low, middle)
    full = sides[two] / 2 / (low * math.tan(large / low))  # the focal length, mm
    # what the sensor has beyond the picture's shape is cut away
    scale = max(width_px / lens.sensor_mm[0], height_px / lens.sensor_mm[1])
    return Optics(full * scale, low, width_px, height_px)


def station(
    bom: Bom, assumed: Assumptions, build: BuildName, height_m: float | None = None, tilt_deg: float | None = None
) -> Station:
    """Returns a build's lens in its place, or in another."""
    lens = next(lens for lens in bom.lens if lens.build == build)
    mount = bom.build[build].mount
    optics = fitted(lens, assumed.lens.width_px, assumed.lens.height_px)
    return Station(optics, height_m or mount.height_m, mount.tilt_deg if tilt_deg is None else tilt_deg)


def table(at: Station, assumed: Assumptions) -> list[tuple[str, str]]:
    """Returns what is seen from there, as rows of name and value."""
    across, down, corner = at.optics.field_deg
    needed = [
        (name, assumed.lens.person_m, assumed.lens.face_m.value, px.value) for name, px in assumed.lens.face_px.items()
    ]
    plate = ("plate", 0.6, 1.0, assumed.lens.plate_px_per_m.value)
    rows = [
        ("field_deg", f"{across:.1f} x {down:.1f} ({corner:.1f})"),
        ("above_horizon_deg", f"{at.above_horizon_deg:.1f}"),
        ("blind_ground_m", f"{at.blind_m:.2f}"),
    ]
    for name, above, wide, px in [*needed, plate]:
        ahead, aside = (at.reach_m(above, wide, px, bearing) for bearing in (0.0, 40.0))
        rows.append((f"{name}_m", f"{_span(ahead)} ahead, {_span(aside)} at 40 degrees"))
    return rows


def _span(reach: tuple[float, float] | None) -> str:
    return "nowhere" if reach is None else f"{reach[0]:.1f} to {reach[1]:.1f}"


def main(arguments: list[str] | None = None) -> int:
    """Prints what a build's lens sees from a height and a tilt."""
    parser = argparse.ArgumentParser(prog="python -m hardware.lens", description=__doc__)
    parser.add_argument("--build", choices=["eaves", "pole"], default="eaves")
    parser.add_argument("--height", type=float, help="lens above the road, metres")
    parser.add_argument("--tilt", type=float, help="axis below the horizon, degrees")
    given = parser.parse_args(arguments)
    assumed = read_assumptions()
    at = station(read_bom(), assumed, given.build, given.height, given.tilt)
    print(f"{given.build}: {at.height_m} m, {at.tilt_deg} degrees, {at.optics.width_px} x {at.optics.height_px}")
    print("\n".join(f"{name:18} {value}" for name, value in table(at, assumed)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
