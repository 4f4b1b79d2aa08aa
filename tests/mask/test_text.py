"""The timestamp text: what it says, where it stands, and that it can be read after the encoder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from edge.base.frame import Frame, Geometry, PaintedFrame, Picture
from edge.mask.paint import Painter
from edge.mask.raster import Raster, from_luma
from edge.mask.selfcheck import _first_picture
from edge.mask.text import Stamp, line
from tests.mask.samples import WALL_US, frame, noise, segment, soft

TOKYO = ZoneInfo("Asia/Tokyo")
GEOMETRY = Geometry(480, 360, 512)
SECOND_US = 1_000_000

LINES = {
    "Japan": (TOKYO, "CAM demo  2026-01-05 10:00:00 JST (+09:00)"),
    "summer time": (ZoneInfo("Europe/Berlin"), "CAM demo  2026-01-05 02:00:00 CET (+01:00)"),
    "a zone without a name": (ZoneInfo("America/Sao_Paulo"), "CAM demo  2026-01-04 22:00:00 -03:00"),
    "a fixed offset": (timezone(timedelta(hours=5, minutes=30)), "CAM demo  2026-01-05 06:30:00 +05:30"),
    "UTC": (UTC, "CAM demo  2026-01-05 01:00:00 UTC (+00:00)"),
}


@pytest.mark.parametrize(("zone", "text"), LINES.values(), ids=LINES)
def test_text_has_camera_local_time_and_zone(zone: tzinfo, text: str) -> None:
    assert line("demo", datetime(2026, 1, 5, 1, tzinfo=UTC).astimezone(zone)) == text


def masks(*corners: str, geometry: Geometry = GEOMETRY) -> Raster:
    """A raster that masks the named corners of the picture, an eighth of each side."""
    bits = np.zeros((geometry.height, geometry.width), np.bool_)
    down, across = geometry.height // 8, geometry.width // 8
    rows = {"t": slice(None, down), "b": slice(-down, None)}
    columns = {"l": slice(None, across), "r": slice(-across, None)}
    for corner in corners:
        bits[rows[corner[0]], columns[corner[1]]] = True
    return from_luma(bits)


def burnt(stamp: Stamp, source: Frame, raster: Raster | None = None) -> PaintedFrame:
    nothing = from_luma(np.zeros((source.geometry.height, source.geometry.width), np.bool_))
    painted = Painter(raster or nothing, "", "").paint(source)
    stamp.burn(painted)
    return painted


def at(seconds: float, geometry: Geometry = GEOMETRY) -> Frame:
    return replace(frame(geometry), wall_us=WALL_US + round(seconds * SECOND_US))


def tile(painted: PaintedFrame, stamp: Stamp) -> Picture:
    return painted.frame.planes().y[stamp.box.grown(0)]


WIDE = Geometry(1280, 360, 1280)
PLACES = {
    "nothing masked": ((), "top", "left"),
    "top left masked": (("tl",), "top", "right"),
    "top masked": (("tl", "tr"), "bottom", "left"),
    "all but bottom right masked": (("tl", "tr", "bl"), "bottom", "right"),
    "all corners masked": (("tl", "tr", "bl", "br"), "top", "left"),
}


@pytest.mark.parametrize(("corners", "row", "column"), PLACES.values(), ids=PLACES)
def test_text_stands_in_the_first_corner_without_masks(corners: tuple[str, ...], row: str, column: str) -> None:
    box = Stamp(WIDE, "demo", TOKYO, masks(*corners, geometry=WIDE)).box
    assert (box.top < 180, box.left < 640) == (row == "top", column == "left")


def test_text_changes_its_box_and_nothing_else() -> None:
    stamp = Stamp(GEOMETRY, "demo", TOKYO, masks())
    seen, before = burnt(stamp, at(0)).frame, at(0)
    rows, columns = stamp.box.grown(0)
    for plane, old, scale in zip(
        (seen.planes().y, seen.planes().u, seen.planes().v),
        (before.planes().y, before.planes().u, before.planes().v),
        (1, 2, 2),
        strict=True,
    ):
        outside = np.ones(plane.shape, np.bool_)
        outside[rows.start // scale : rows.stop // scale, columns.start // scale : columns.stop // scale] = False
        assert np.array_equal(plane[outside], old[outside])
        assert scale == 1 or (plane[~outside] == 128).all()
    assert np.array_equal(seen.picture[:360, 480:], noise(GEOMETRY)[:360, 480:])


def test_text_changes_with_the_second_and_only_then() -> None:
    stamp = Stamp(GEOMETRY, "demo", TOKYO, masks())
    first, same, next_second = (tile(burnt(stamp, at(seconds)), stamp).copy() for seconds in (0.0, 0.999, 1.0))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, next_second)


def test_only_the_digits_move_from_one_second_to_the_next() -> None:
    stamp = Stamp(GEOMETRY, "demo", TOKYO, masks())
    first, second = (tile(burnt(stamp, at(seconds)), stamp).astype(int) for seconds in (0, 1))
    columns = np.flatnonzero((first != second).any(axis=0))
    assert columns.max() - columns.min() < 16


@pytest.mark.parametrize(("width", "height"), [(2, 2), (32, 16), (160, 120), (320, 240), (1280, 960), (1920, 1080)])
def test_text_fits_any_picture(width: int, height: int) -> None:
    geometry = Geometry(width, height, width)
    stamp = Stamp(geometry, "demo", TOKYO, masks(geometry=geometry))
    burnt(stamp, frame(geometry))
    box = stamp.box
    assert box.left + box.width <= width
    assert box.top + box.height <= height
    assert [side % 2 for side in (box.left, box.top, box.width, box.height)] == [0, 0, 0, 0]


@pytest.mark.parametrize("geometry", [GEOMETRY, Geometry(1280, 960, 1280)], ids=["480x360", "1280x960"])
def test_text_ends_within_its_box(geometry: Geometry) -> None:
    stamp = Stamp(geometry, "demo", ZoneInfo("Europe/Berlin"), masks(geometry=geometry))
    for month in range(1, 13):
        moment = datetime(2026, month, 28, 20, 8, 8, tzinfo=UTC).timestamp()
        seen = tile(burnt(stamp, replace(frame(geometry), wall_us=round(moment * SECOND_US))), stamp)
        rim = np.concatenate([seen[:2].ravel(), seen[-2:].ravel(), seen[:, :3].ravel(), seen[:, -3:].ravel()])
        assert (rim == 16).all()


def test_text_reads_after_the_encoder_at_few_bits() -> None:
    """Each second's decoded tile is nearest to its own text among all ten last digits."""
    stamp = Stamp(GEOMETRY, "demo", TOKYO, masks())
    clean = [tile(burnt(stamp, at(second)), stamp).astype(float) for second in range(10)]
    for second in range(10):
        painted = burnt(stamp, replace(soft(GEOMETRY), wall_us=WALL_US + second * SECOND_US))
        decoded = _first_picture(segment([painted], crf=38)).y[stamp.box.grown(0)].astype(float)
        distances = [float(np.abs(decoded - text).mean()) for text in clean]
        assert int(np.argmin(distances)) == second
        assert distances[second] < 12
