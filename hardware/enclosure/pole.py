"""The pole case: a box of 150 x 200 x 90 mm with a turret for camera and infrared light, a lid, and a sun shield.

z = 0 is the box's back towards the pole, z grows towards the street, y up. The turret's face is tilted as the lens.
"""

from __future__ import annotations

import math

import cadquery as cq

from hardware.enclosure.sizes import size_mm, tilt_deg

WIDE, TALL, DEEP = 150.0, 200.0, 90.0
WALL, FLANGE, LID = 4.0, 12.0, 4.0
WINDOW, CLEAR, SEAT, LIP = 60.4, 53.0, 3.2, 2.8
EYES = {"camera": -36.0, "light": 36.0}  # x of the two windows
TURRET = 52.0  # y of the turret's middle
TURRET_TALL, TURRET_BASE = 82.0, 6.0  # its height, and how far its upper edge stands before the lid
TILT = tilt_deg("pole")
SHIELD = [(x, z) for x in (-50.0, 50.0) for z in (20.0, 66.0)]  # screws of the sun shield, x and z
PI, PI_Z = (8.0, -84.0), 10.0  # the board's corner, and how high it stands
GLANDS = [(-40.0, 30.0), (30.0, 30.0)]
VENT, BUTTON, LIGHT = (0.0, 30.0), (55.0, 60.0), (55.0, 40.0)


def face() -> cq.Plane:
    """The turret's outer face: x as the box's, its normal looks out and down."""
    turn = math.radians(TILT)
    rise = TURRET_TALL / 2 * math.tan(turn)
    middle = (0.0, TURRET, DEEP + LID + TURRET_BASE + rise)
    return cq.Plane(middle, (1, 0, 0), (0, -math.sin(turn), math.cos(turn)))


def body() -> cq.Workplane:
    """The box: gasket flange with six screw pillars, rail seat, holes below, two saddles for bands behind."""
    box = cq.Workplane("XY").rect(WIDE, TALL).extrude(DEEP).edges("|Z").fillet(8)
    box = box.cut(
        cq.Workplane("XY", origin=(0, 0, WALL))
        .rect(WIDE - 2 * WALL, TALL - 2 * WALL)
        .extrude(DEEP)
        .edges("|Z")
        .fillet(5)
    )
    rim = cq.Workplane("XY", origin=(0, 0, DEEP - 6)).rect(WIDE, TALL).extrude(6).edges("|Z").fillet(8)
    rim = rim.cut(cq.Workplane("XY", origin=(0, 0, DEEP - 6)).rect(WIDE - 18, TALL - 18).extrude(6))
    ears = cq.Workplane("XY", origin=(0, 0, DEEP - 18)).pushPoints(_ears()).circle(7).extrude(18)
    box = (
        box.union(rim)
        .union(ears)
        .cut(cq.Workplane("XY", origin=(0, 0, DEEP - 14)).pushPoints(_ears()).circle(2.1).extrude(14))
    )
    box = box.cut(_groove()).cut(_low_holes()).union(_saddles()).union(_pillars())
    pads = cq.Workplane("XZ", origin=(0, TALL / 2 - WALL, 0)).pushPoints(SHIELD).rect(11, 11).extrude(7)
    blind = cq.Workplane("XZ", origin=(0, TALL / 2, 0)).pushPoints(SHIELD).circle(1.25).extrude(8)
    return box.union(pads).cut(blind)


def _ears() -> list[tuple[float, float]]:
    """The screws stand outside of the gasket, on ears of the box."""
    return [(side * (WIDE / 2 + 3), y) for side in (-1, 1) for y in (-70.0, 0.0, 70.0)]


def _groove() -> cq.Workplane:
    outer = (
        cq.Workplane("XY", origin=(0, 0, DEEP - 2.2)).rect(WIDE - 8.0, TALL - 8.0).extrude(2.2).edges("|Z").fillet(5)
    )
    return outer.cut(
        cq.Workplane("XY", origin=(0, 0, DEEP - 2.2)).rect(WIDE - 14.8, TALL - 14.8).extrude(2.2).edges("|Z").fillet(2)
    )


def _low_holes() -> cq.Workplane:
    """Everything that could let water in is below: two glands M16, the vent M12, service plug and light."""
    low = cq.Workplane("XZ", origin=(0, -TALL / 2 + WALL + 1, 0))
    holes = low.pushPoints(GLANDS).circle(8.1).extrude(10).union(low.pushPoints([VENT]).circle(6.1).extrude(10))
    return holes.union(low.pushPoints([BUTTON]).circle(5.0).extrude(10)).union(
        low.pushPoints([LIGHT]).circle(1.6).extrude(10)
    )


def _saddles() -> cq.Workplane:
    """Two V-saddles for poles of 100 to 350 mm, each with a tunnel for a band of 20 mm."""
    outline = [(-55, 0), (55, 0), (55, -19), (40, -19), (0, -9), (-40, -19), (-55, -19)]
    saddle = cq.Workplane("XZ").polyline(outline).close().extrude(26).translate((0, 13, 0))
    one = saddle.cut(cq.Workplane("XY", origin=(0, 0, -1.5)).rect(120, 21).extrude(-3))
    return one.translate((0, 65, 0)).union(one.translate((0, -65, 0)))


def _pillars() -> cq.Workplane:
    """Four pillars for the board, and a rail's two feet."""
    x0, y0 = PI
    corners = [(x0 + 3.5 + x, y0 + 3.5 + y) for x in (0, 49) for y in (0, 58)]
    pillars = cq.Workplane("XY", origin=(0, 0, WALL)).pushPoints(corners).circle(3.5).extrude(PI_Z - WALL)
    pillars = pillars.cut(cq.Workplane("XY", origin=(0, 0, WALL + 1)).pushPoints(corners).circle(1.05).extrude(12))
    feet = cq.Workplane("XY", origin=(0, 0, WALL)).pushPoints([(-60, -39), (-4, -39)]).rect(10, 20).extrude(6)
    return pillars.union(
        feet.cut(cq.Workplane("XY", origin=(0, 0, WALL + 1)).pushPoints([(-60, -39), (-4, -39)]).circle(1.6).extrude(6))
    )


def lid() -> cq.Workplane:
    """The lid: plate with ears, turret, two windows with a wall between them, a drip skirt above and at the sides."""
    plate = cq.Workplane("XY", origin=(0, 0, DEEP)).rect(WIDE, TALL).extrude(LID).edges("|Z").fillet(8)
    plate = plate.union(cq.Workplane("XY", origin=(0, 0, DEEP)).pushPoints(_ears()).circle(7).extrude(LID))
    outer = _turret(0.0, DEEP)
    inner = _turret(WALL, DEEP - 1).intersect(
        cq.Workplane(face()).workplane(offset=-SEAT - LIP).rect(400, 400).extrude(-200)
    )
    divider = cq.Workplane("XY", origin=(0, TURRET, DEEP)).rect(2.4, TURRET_TALL).extrude(80).intersect(outer)
    case = (
        plate.union(outer)
        .cut(inner)
        .union(divider)
        .cut(cq.Workplane("XY", origin=(0, 0, DEEP)).pushPoints(_ears()).circle(2.2).extrude(9))
    )
    windows = cq.Workplane(face()).pushPoints([(x, 0) for x in EYES.values()])
    case = case.cut(windows.circle(WINDOW / 2).extrude(-SEAT)).cut(windows.circle(CLEAR / 2).extrude(-SEAT - LIP - 2))
    return case.union(_skirt())


def _turret(inset: float, foot: float) -> cq.Workplane:
    """The wedge between lid and face, ``inset`` mm inside its surface."""
    slope = math.tan(math.radians(TILT))
    low, high = TURRET - TURRET_TALL / 2 + inset, TURRET + TURRET_TALL / 2 - inset
    front = DEEP + LID + TURRET_BASE + inset * slope  # looking out and down, the face's upper edge stands out further
    outline = [(low, foot), (high, foot), (high, front + (high - low) * slope), (low, front)]
    return cq.Workplane("YZ").polyline(outline).close().extrude((WIDE - 4) / 2 - inset, both=True)


def _skirt() -> cq.Workplane:
    """Overlaps the box by 5 mm above, so that no water stands at the gasket."""
    cap = cq.Workplane("XY", origin=(0, TALL / 2, DEEP)).rect(WIDE - 20, 6.4).extrude(LID)
    return cap.union(cq.Workplane("XY", origin=(0, TALL / 2 + 1.9, DEEP - 5)).rect(WIDE - 20, 2.6).extrude(5 + LID))


def shield() -> cq.Workplane:
    """A roof 11 mm over the box on four spacers, that comes before the turret; outside of the view."""
    wide, deep, high = size_mm("pole-shield")
    thick = 3.0
    at = TALL / 2 + 11.0 + thick
    roof = (
        cq.Workplane("XZ", origin=(0, at, 0)).center(0, deep / 2).rect(wide, deep).extrude(thick).edges("|Y").fillet(6)
    )
    cheek = cq.Workplane("XY", origin=(0, at - high / 2, 0)).rect(2.4, high).extrude(deep - 20)
    cheeks = cheek.translate((wide / 2 - 1.2, 0, 10)).union(cheek.translate((1.2 - wide / 2, 0, 10)))
    spacers = cq.Workplane("XZ", origin=(0, at - thick, 0)).pushPoints(SHIELD).circle(5).extrude(11)
    holes = cq.Workplane("XZ", origin=(0, at, 0)).pushPoints(SHIELD).circle(1.7).extrude(11 + thick)
    return roof.union(cheeks).union(spacers).cut(holes)
