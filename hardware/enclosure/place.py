"""Where everything stands in the cases: the envelopes of the bill of materials, placed; and what the lens sees."""

from __future__ import annotations

import math

import cadquery as cq

from hardware.enclosure import dome, pole
from hardware.enclosure.sizes import bill, size_mm

Placed = dict[str, cq.Workplane]
REACH = 120.0  # how far the view is followed, mm


def _block(part: str, corner: tuple[float, float, float], turned: str = "xyz") -> cq.Workplane:
    """A part's envelope from its lowest corner on; ``turned`` names which of its sides lies along x, y, z."""
    size = size_mm(part)
    x, y, z = (size["xyz".index(side)] for side in turned)
    return cq.Workplane("XY", origin=corner).box(x, y, z, centered=False)


def _eye(plane: cq.Workplane, camera: str, lens: str, back_mm: float) -> Placed:
    """Camera and lens on the lens's axis; ``plane`` is the front of the camera's board, x of it runs along its side."""
    long, wide, deep = size_mm(camera)
    reach = deep + size_mm(lens)[2] - 5.0
    return {
        camera: plane.rect(wide, long).extrude(deep - back_mm).union(plane.rect(wide, long).extrude(-back_mm)),
        lens: plane.workplane(offset=deep - back_mm + 0.01).circle(size_mm(lens)[0] / 2).extrude(reach - deep),
    }


def view(plane: cq.Plane, behind_mm: float, build: str) -> cq.Workplane:
    """The pyramid of the stated angles, from the pupil ``behind_mm`` behind a plane on; its x is horizontal."""
    across, down = fields(build)
    face = cq.Workplane(plane).workplane(offset=-behind_mm)
    half = [math.tan(math.radians(angle / 2)) for angle in (across, down)]
    near = face.workplane(offset=0.1).rect(0.2 * half[0], 0.2 * half[1])
    return near.workplane(offset=REACH).rect(2 * (REACH + 0.1) * half[0], 2 * (REACH + 0.1) * half[1]).loft()


def fields(build: str) -> tuple[float, float]:
    """Returns the horizontal and vertical field of a build's lens, degrees; of the diagonal where that is stated."""
    lens = next(lens for lens in bill()["lens"] if lens.get("build") == build)
    known = {name: float(figure["is"]) for name, figure in lens["field_deg"].items()}
    if "vertical" not in known:  # nearly equidistant: angles stand to each other as the sensor's sides
        width, height = lens["sensor_mm"]
        known["vertical"] = known["diagonal"] * height / math.hypot(width, height)
    return known["horizontal"], known["vertical"]


def eaves() -> Placed:
    """The dome's parts."""
    x, y, z = dome.BOARD
    camera = dome.camera_plane()
    placed = {
        "zero2w": _zero(),
        "header": cq.Workplane("XY", origin=(x + 1.0, y + 7.0, z + 1.51)).box(5.1, 51.0, 8.5, centered=False),
        "rtc": _block("rtc", (-26.0, 10.0, 21.5), "yxz"),
        "desiccant": _block("desiccant", (-27.0, -31.0, 21.5), "yxz"),
        "case-switch": _block("case-switch", (-42.0, -10.0, 6.1), "yxz"),
        "thermal-pad": _block("thermal-pad", (x + 7.5, -13.5, dome.PLATE)),
        "led": _block("led", (dome.LIGHT[0] - 3, dome.LIGHT[1] - 3, 32.1), "xyz"),
        "button": cq.Workplane("XZ", origin=(dome.BUTTON[0], -22.4, dome.BUTTON[1])).circle(6.0).extrude(18.0),
        "gland-m16": cq.Workplane("XY", origin=(*dome.GLAND, dome.PLATE)).circle(11.0).extrude(6.0),
        "cable": cq.Workplane("XY", origin=(*dome.GLAND, dome.PLATE + 6.0)).circle(5.5).extrude(14.0),
        "window-26": cq.Workplane(dome.facet()).circle(13.0).extrude(-2.0),
    }
    return placed | _eye(camera, "imx219-m12", "lens-1-6", 1.6)


def _zero() -> cq.Workplane:
    """The Zero, component side down: room for the pillars at its corners, for the heat block below its processor."""
    x, y, z = dome.BOARD
    long, wide, high = size_mm("zero2w")
    below = cq.Workplane("XY", origin=(x, y, z + 1.5 - high)).box(wide, long, high, centered=False)
    corners = [(x + across, y + along) for across in (3.5, 26.5) for along in (3.5, 61.5)]
    pillars = cq.Workplane("XY").pushPoints(corners).circle(3.3).extrude(z)
    return below.cut(pillars).cut(cq.Workplane("XY", origin=(x + 15, -6, 0)).rect(16, 16).extrude(z - 1.5))


def pole_case() -> Placed:
    """The pole box's parts."""
    x, y = pole.PI
    face = cq.Workplane(pole.face())
    eye = face.center(pole.EYES["camera"], 0)
    deep = size_mm("imx477-ircut")[2] + size_mm("lens-4-7")[2] - 5.0
    camera = eye.workplane(offset=-(pole.SEAT + pole.LIP + 0.5) - deep + 1.6)
    placed = {
        "cm4": _block("cm4", (x, y, pole.PI_Z), "yxz"),
        "lte-hat": _block("lte-hat", (x, y + 3, pole.PI_Z + 18.1), "yxz"),
        "hdr-60-5": _block("hdr-60-5", (-69.0, -84.0, 10.0)),
        "surge-ac": _block("surge-ac", (-15.5, -84.0, 10.0)),
        "fan": _block("fan", (-20.0, 10.0, 10.0)),
        "rtc": _block("rtc", (12.0, -40.0, 55.0)),
        "desiccant": _block("desiccant", (-66.0, 60.0, 6.0)),
        "ir-filter-driver": _block("ir-filter-driver", (-60.0, 20.0, 6.0)),
        "case-switch": _block("case-switch", (-70.0, 35.0, 70.0), "yxz"),
        "button": cq.Workplane("XZ", origin=(pole.BUTTON[0], -78.0, pole.BUTTON[1])).circle(6.5).extrude(18.0),
        "gland-m16": cq.Workplane("XZ", origin=(0, -96.0, 0)).pushPoints(pole.GLANDS).circle(11.0).extrude(-6.0),
        "vent-m12": cq.Workplane("XZ", origin=(0, -96.0, 0)).pushPoints([pole.VENT]).circle(8.0).extrude(-5.0),
        "ir-board": face.center(pole.EYES["light"], 0).workplane(offset=-8.0).rect(40, 40).extrude(-12.0),
        "window-60": face.pushPoints([(at, 0) for at in pole.EYES.values()]).circle(30.0).extrude(-3.0),
    }
    return placed | _eye(camera, "imx477-ircut", "lens-4-7", 1.6)
