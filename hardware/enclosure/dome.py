"""The eaves case: a puck of 109 x 47 mm that looks like a sensor, in three pieces.

z = 0 is the soffit, z grows towards the street; the lens looks along +x, tilted towards +z. The front is cut flat at
the lens's own angle, so that the view crosses a flat window and nothing else.
"""

from __future__ import annotations

import math

import cadquery as cq

from hardware.enclosure.sizes import size_mm, tilt_deg

RADIUS, HEIGHT = 54.5, 47.0
PLATE, FLANGE, WALL = 4.0, 5.0, 2.6
FOOT, SHOULDER, TOP = (48.5, PLATE + FLANGE), (46.5, 31.0), (29.0, HEIGHT)
FACET = (39.0, 31.0)  # x and z of the window's middle
WINDOW, CLEAR, SEAT = 26.4, 22.4, 2.2  # of the seat, of the hole, its depth
LIP = 2.8  # wall behind the window
SCREWS, GROOVE = 51.4, (46.7, 48.9)
BOARD = (-28.0, -32.5, 11.0)  # corner of the Zero, component side towards the plate
GLAND = (14.0, 27.0)
BUTTON = (12.5, 18.0)  # x and z; its axis is -y
LIGHT = (9.0, -17.5)
VENT = (-15.0, 0.0)
TILT = tilt_deg("eaves")


def facet() -> cq.Plane:
    """The window's outer face; its normal is the lens's axis."""
    turn = math.radians(TILT)
    return cq.Plane((FACET[0], 0, FACET[1]), (0, 1, 0), (math.cos(turn), 0, math.sin(turn)))


def _revolved(inset: float, top: float) -> cq.Workplane:
    """The puck's outline turned, ``inset`` mm inside its surface, up to ``top``."""
    foot, shoulder = (FOOT[0] - inset, FOOT[1]), (SHOULDER[0] - inset, SHOULDER[1])
    bend = (
        TOP[0] + (SHOULDER[0] - TOP[0]) * math.sqrt(0.5) - inset * 0.7,
        SHOULDER[1] + (HEIGHT - SHOULDER[1] - inset) * math.sqrt(0.5),
    )
    outline = cq.Workplane("XZ").moveTo(0, PLATE).lineTo(foot[0], PLATE).lineTo(*foot).lineTo(*shoulder)
    return outline.threePointArc(bend, (TOP[0], top)).lineTo(0, top).close().revolve(360, (0, 0), (0, 1))


def _in_front() -> cq.Workplane:
    return cq.Workplane(facet()).rect(200, 200).extrude(60)


def shell() -> cq.Workplane:
    """The white dome: flange, puck, flat front with the window's seat, brow, holes."""
    flange = cq.Workplane("XY", origin=(0, 0, PLATE)).circle(RADIUS).extrude(FLANGE).faces(">Z").edges().fillet(2.0)
    room = _revolved(WALL, HEIGHT - WALL)
    behind = cq.Workplane(facet()).workplane(offset=-SEAT - LIP).rect(200, 200).extrude(60)
    body = _revolved(0, HEIGHT).union(flange).cut(_in_front()).cut(room.cut(behind))
    body = body.union(_brow()).cut(cq.Workplane(facet()).circle(WINDOW / 2).extrude(-SEAT))
    body = body.cut(cq.Workplane(facet()).circle(CLEAR / 2).extrude(-SEAT - LIP - 1))
    body = body.cut(cq.Workplane(facet()).workplane(offset=-SEAT - 1.1).circle(12.4).extrude(1.1))  # O-ring 23 x 1.5
    return body.cut(_shell_holes())


def _brow() -> cq.Workplane:
    """A drip edge over the window, outside of the view: what creeps down from the soffit drops off before it."""
    ring = cq.Workplane("XY", origin=(0, 0, 12.5)).circle(RADIUS).circle(45.5).extrude(4.0)
    wedge = cq.Workplane("XY", origin=(0, 0, 12.0)).polyline([(0, 0), (70, 37), (70, -37)]).close().extrude(6)
    return ring.intersect(wedge).edges("|Z").fillet(2.0)


def _shell_holes() -> cq.Workplane:
    points = _around(SCREWS, 45, 4)
    holes = cq.Workplane("XY", origin=(0, 0, PLATE)).pushPoints(points).circle(1.7).extrude(FLANGE)
    heads = cq.Workplane("XY", origin=(0, 0, PLATE + 2.6)).pushPoints(points).circle(3.0).extrude(6)
    groove = cq.Workplane("XY", origin=(0, 0, PLATE)).circle(GROOVE[1]).circle(GROOVE[0]).extrude(1.5)
    service = cq.Workplane("XZ", origin=(BUTTON[0], -35, BUTTON[1])).circle(5.0).extrude(25)
    light = cq.Workplane("XY", origin=(*LIGHT, 40)).circle(1.6).extrude(10)
    vent = cq.Workplane("XY", origin=(*VENT, 40)).circle(1.5).extrude(10)
    film = cq.Workplane("XY", origin=(*VENT, HEIGHT - WALL)).circle(6.3).extrude(0.5)
    return holes.union(heads).union(groove).union(service).union(light).union(vent).union(film)


def plate() -> cq.Workplane:
    """The aluminium plate: to the soffit by three screws, the dome by four, the chassis by three blind threads."""
    body = cq.Workplane("XY").circle(RADIUS).extrude(PLATE).edges().chamfer(0.5)
    body = body.cut(cq.Workplane("XY").pushPoints(_around(SCREWS, 45, 4)).circle(1.25).extrude(PLATE))
    body = body.cut(cq.Workplane("XY", origin=(0, 0, 1)).pushPoints(_around(40, 60, 3)).circle(1.25).extrude(PLATE))
    body = body.cut(cq.Workplane("XY").pushPoints([GLAND]).circle(8.1).extrude(PLATE))
    return body.faces(">Z").workplane(origin=(0, 0)).pushPoints(_around(38, 0, 3)).cskHole(4.6, 9.0, 90)


def _around(radius: float, first_deg: float, count: int) -> list[tuple[float, float]]:
    turns = [math.radians(first_deg + 360 / count * n) for n in range(count)]
    return [(radius * math.cos(turn), radius * math.sin(turn)) for turn in turns]


def chassis() -> cq.Workplane:
    """The black tray: pillars for the board, cradle for the camera, seats for button, light and case switch."""
    tray = cq.Workplane("XY", origin=(0, 0, PLATE)).circle(43.5).extrude(2.0)
    tray = tray.cut(cq.Workplane("XY").pushPoints(_around(40, 60, 3)).circle(1.7).extrude(10))
    tray = tray.cut(cq.Workplane("XY").pushPoints([GLAND]).circle(11.6).extrude(10))
    tray = tray.cut(cq.Workplane("XY").pushPoints(_around(38, 0, 3)).circle(5.0).extrude(10))
    tray = tray.cut(cq.Workplane("XY", origin=(BOARD[0] + 15, -6, 0)).rect(17, 17).extrude(10))  # heat block
    corners = [(BOARD[0] + x, BOARD[1] + y) for x in (3.5, 26.5) for y in (3.5, 61.5)]
    pillars = cq.Workplane("XY", origin=(0, 0, PLATE)).pushPoints(corners).circle(3.0).extrude(BOARD[2] - PLATE)
    bores = cq.Workplane("XY", origin=(0, 0, PLATE + 1)).pushPoints(corners).circle(1.05).extrude(12)
    camera = (
        camera_plane()
        .workplane(offset=-2.2)
        .rect(size_mm("imx219-m12")[1] + 1, size_mm("imx219-m12")[0] + 1)
        .extrude(30)
    )
    above = cq.Workplane("XY").circle(RADIUS).extrude(HEIGHT).cut(cq.Workplane("XY").circle(RADIUS).extrude(PLATE))
    return tray.union(pillars).cut(bores).union(_cradle()).union(_seats()).cut(camera).intersect(above)


def _cradle() -> cq.Workplane:
    """A frame behind the camera's board, on two cheeks that stand on the tray."""
    long, wide, _ = size_mm("imx219-m12")
    back = camera_plane().workplane(offset=-2.2)
    frame = back.rect(wide, long + 6).extrude(-2.4).cut(back.rect(wide - 7, long - 5).extrude(-2.4))
    turn = math.radians(TILT)
    origin = back.plane.origin
    reach = wide / 2
    low = (origin.x + reach * math.sin(turn), origin.z - reach * math.cos(turn))
    high = (origin.x - reach * math.sin(turn), origin.z + reach * math.cos(turn))
    side = [(high[0], high[1]), (low[0], max(low[1], PLATE + 1)), (low[0] + 2, PLATE), (high[0] - 5, PLATE)]
    cheek = cq.Workplane("XZ").polyline([*side]).close().extrude(2.6)
    both = cheek.translate((0, long / 2 + 3, 0)).union(cheek.translate((0, -long / 2 - 0.4, 0)))
    return frame.union(both)


def camera_plane() -> cq.Workplane:
    """The front of the camera's board, as far behind the window as camera and lens are deep; x of it runs downwards."""
    depth = size_mm("imx219-m12")[2] + size_mm("lens-1-6")[2] - 5.0  # the lens is screwed in by 5 mm
    return cq.Workplane(facet()).workplane(offset=-(SEAT + LIP + 0.5) - depth + 1.6)


def _seats() -> cq.Workplane:
    x, z = BUTTON
    button = cq.Workplane("XY", origin=(x, -25.5, PLATE)).rect(17, 3).extrude(z + 8 - PLATE)
    button = button.cut(cq.Workplane("XZ", origin=(x, -20, z)).circle(6.1).extrude(20))
    post = cq.Workplane("XY", origin=(LIGHT[0], LIGHT[1], PLATE)).rect(9, 7).extrude(28.0)
    post = post.cut(cq.Workplane("XY", origin=(LIGHT[0], LIGHT[1], 20)).circle(2.6).extrude(20))
    switch = cq.Workplane("XY", origin=(-33.5, 0, PLATE)).rect(2.0, 20).extrude(9.0)
    return button.union(post).union(switch)
