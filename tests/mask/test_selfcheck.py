"""The self-check fires on a sabotaged painter and only then."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import cv2
import numpy as np
import pytest

from edge.base.frame import Frame, Geometry, PaintedFrame, Picture
from edge.mask.paint import Painter, apply, plan
from edge.mask.raster import Raster, from_luma, rasterise, spread, touched, whole
from edge.mask.selfcheck import Deviation, _first_picture, check, check_planes
from edge.mask.text import Stamp
from tests.mask.samples import document, mask, parsed, rectangle, segment, soft

GEOMETRY = Geometry(320, 240, 384)
CLIPS = Path(__file__).parents[2] / ".." / "shared" / "clips"
DOORS = parsed(document(mask(margin_px=8), mask(id="b", polygon=rectangle(0.7, 0.5, 0.9, 0.9))))
RASTER = rasterise(DOORS, GEOMETRY)


def nothing_of(geometry: Geometry) -> Raster:
    return from_luma(np.zeros((geometry.height, geometry.width), np.bool_))


NOTHING = nothing_of(GEOMETRY)
STAMP = Stamp(GEOMETRY, "demo", ZoneInfo("Asia/Tokyo"), RASTER)


def painted_by(raster: Raster, source: Frame) -> PaintedFrame:
    painted = Painter(raster, "", "").paint(source)
    STAMP.burn(painted)
    return painted


@pytest.mark.parametrize("crf", [18, 30, 42, 51])
def test_burnt_in_masks_are_found_solid(crf: int) -> None:
    verdict = check(segment([painted_by(RASTER, soft(GEOMETRY))], crf), RASTER, STAMP.box)
    assert verdict.ok
    assert verdict.reason == ""
    assert verdict.worst is not None


def test_picture_painted_over_is_found_solid_but_for_its_text() -> None:
    painted = Painter(RASTER, "", "").blank(soft(GEOMETRY))
    STAMP.burn(painted)
    mp4 = segment([painted])
    assert check(mp4, whole(GEOMETRY), STAMP.box).ok
    assert not check(mp4, whole(GEOMETRY), None).ok


def test_nothing_masked_is_solid() -> None:
    verdict = check(segment([painted_by(NOTHING, soft(GEOMETRY))]), NOTHING, STAMP.box)
    assert verdict.ok
    assert verdict.worst is None


def no_paint(frame: Frame) -> None:
    """A painter that does nothing."""


def one_mask_missing(frame: Frame) -> None:
    apply(replace(whole_plan := plan(RASTER), y=whole_plan.y[:1]), frame)


def no_chroma(frame: Frame) -> None:
    apply(replace(plan(RASTER), chroma=()), frame)


def shifted(frame: Frame) -> None:
    apply(plan(from_luma(np.roll(RASTER.y, 12, axis=1))), frame)


def one_macroblock_bare(frame: Frame) -> None:
    bits = RASTER.y.copy()
    bits[160:176, 240:256] = False  # in the middle of the second mask
    apply(plan(from_luma(bits)), frame)


def painted_then_drawn_over(frame: Frame) -> None:
    apply(plan(RASTER), frame)
    frame.planes().v[60:66, 60:66] = 190


@pytest.mark.parametrize(
    "sabotage", [no_paint, one_mask_missing, no_chroma, shifted, one_macroblock_bare, painted_then_drawn_over]
)
def test_sabotaged_painter_is_found_out(sabotage: Callable[[Frame], None]) -> None:
    source = soft(GEOMETRY)
    sabotage(source)
    verdict = check(segment([painted_by(NOTHING, source)]), RASTER, STAMP.box)
    assert not verdict.ok
    assert verdict.worst is not None
    assert verdict.worst.plane in verdict.reason


@pytest.mark.parametrize(
    ("plane", "row", "column", "value"),
    [("y", 130, 240, 41), ("u", 80, 120, 141), ("v", 80, 120, 115)],
)
def test_one_sample_beyond_its_tolerance_is_named(plane: str, row: int, column: int, value: int) -> None:
    source = painted_by(RASTER, soft(GEOMETRY)).frame
    planes = source.planes()
    samples = getattr(planes, plane)
    samples[row, column] = value + (1 if value < 128 and plane != "y" else -1)
    assert check_planes(planes, RASTER, STAMP.box).ok
    samples[row, column] = value
    verdict = check_planes(planes, RASTER, STAMP.box)
    assert not verdict.ok
    assert verdict.worst == Deviation(plane, column, row, value)
    assert verdict.reason == f"a masked pixel is not solid: {plane} {value} at column {column}, row {row}"


def test_rim_of_the_painted_area_may_ring() -> None:
    source = painted_by(RASTER, soft(GEOMETRY)).frame
    planes = source.planes()
    columns = np.flatnonzero(RASTER.y[180])
    planes.y[180, columns.max()] = 200
    assert check_planes(planes, RASTER, STAMP.box).ok
    planes.y[180, columns.max() - 1] = 200
    assert not check_planes(planes, RASTER, STAMP.box).ok


@pytest.mark.parametrize(("depth", "most"), [(1, 64), (8, 64), (9, 40)])
def test_twice_as_much_is_allowed_near_the_edge(depth: int, most: int) -> None:
    source = painted_by(RASTER, soft(GEOMETRY)).frame
    planes = source.planes()
    column = int(np.flatnonzero(RASTER.y[160]).max()) - depth
    planes.y[160, column] = most
    assert check_planes(planes, RASTER, STAMP.box).ok
    planes.y[160, column] = most + 1
    assert not check_planes(planes, RASTER, STAMP.box).ok


def test_mask_at_the_rim_of_the_picture_is_looked_at_to_the_last_pixel() -> None:
    raster = rasterise(parsed(document(mask(polygon=rectangle(0.8, 0.8, 1, 1)))), GEOMETRY)
    source = painted_by(raster, soft(GEOMETRY)).frame
    source.planes().y[-1, -1] = 90
    assert check_planes(source.planes(), raster, STAMP.box).worst == Deviation("y", 319, 239, 90)


def test_segment_of_another_size_is_not_ok() -> None:
    mp4 = segment([painted_by(NOTHING, soft(GEOMETRY))])
    verdict = check(mp4, rasterise(DOORS, Geometry(160, 120, 160)), STAMP.box)
    assert (verdict.ok, verdict.worst) == (False, None)
    assert "320x240, the masks are 160x120" in verdict.reason


def sound_only() -> bytes:
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48_000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 48_000
        container.mux(stream.encode(silence))
        container.mux(stream.encode())
    return sink.getvalue()


def other_format() -> bytes:
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv444p"
        picture = av.VideoFrame.from_ndarray(np.zeros((3, 48, 64), np.uint8), format="yuv444p")
        container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return sink.getvalue()


def headers_only() -> bytes:
    mp4 = segment([painted_by(RASTER, soft(GEOMETRY))])
    return mp4[: mp4.index(b"moof") - 4]


UNDECODABLE = {
    "nothing": lambda: b"",
    "rubbish": lambda: b"\0" * 4096,
    "headers without pictures": headers_only,
    "sound without pictures": sound_only,
    "another pixel format": other_format,
}


@pytest.mark.parametrize("made", UNDECODABLE.values(), ids=UNDECODABLE)
def test_segment_that_cannot_be_decoded_is_not_ok(made: Callable[[], bytes]) -> None:
    verdict = check(made(), RASTER, STAMP.box)
    assert (verdict.ok, verdict.worst) == (False, None)
    assert "cannot be decoded" in verdict.reason


def of_clip(name: str) -> tuple[Picture, Geometry]:
    with av.open(str(CLIPS / name)) as container:
        decoded = next(container.decode(container.streams.video[0]))
        picture = np.ascontiguousarray(decoded.to_ndarray(format="yuv420p"), np.uint8)
    return picture, Geometry(decoded.width, decoded.height, decoded.width)


def decoded_with(raster: Raster, picture: Picture, geometry: Geometry) -> bytes:
    return segment([Painter(raster, "", "").paint(Frame(picture.copy(), geometry, 0, 0, 0))], crf=38)


def strictly_solid(mp4: bytes, raster: Raster) -> bool:
    """ "Solid" without the self-check's leniency at the rim."""
    planes = _first_picture(mp4)
    return not any(
        np.abs(plane.astype(int) - colour)[cv2.erode(bits.astype(np.uint8), np.ones((3, 3))) > 0].max() > most
        for plane, bits, colour, most in (
            (planes.y, raster.y, 16, 24),
            (planes.u, raster.chroma, 128, 12),
            (planes.v, raster.chroma, 128, 12),
        )
    )


SLANTED = parsed(
    document(mask(margin_px=16), mask(id="b", margin_px=16, polygon=[[0.02, 0.6], [0.2, 0.55], [0.25, 0.9]]))
)
clips = pytest.mark.parametrize("name", ["campus-pedestrians.mp4", "car-park.mp4"])
beside = pytest.mark.skipif(not CLIPS.is_dir(), reason="the real footage is not beside the checkout")


@pytest.mark.clips
@beside
@clips
def test_real_footage_at_few_bits_passes_when_painted_only(name: str) -> None:
    picture, geometry = of_clip(name)
    raster = rasterise(SLANTED, geometry)
    assert check(decoded_with(raster, picture, geometry), raster, None).ok
    assert not check(decoded_with(nothing_of(geometry), picture, geometry), raster, None).ok


@pytest.mark.clips
@beside
@clips
def test_real_footage_at_few_bits_is_solid_thanks_to_whole_blocks(name: str) -> None:
    """The control: the same masks with edges that cut through transform blocks are not."""
    picture, geometry = of_clip(name)
    raster = rasterise(SLANTED, geometry)
    edges = [spread(touched(one.polygon, geometry.width, geometry.height), one.margin_px) for one in SLANTED.masks]
    cutting = from_luma(edges[0] | edges[1])
    assert strictly_solid(decoded_with(raster, picture, geometry), raster)
    assert not strictly_solid(decoded_with(cutting, picture, geometry), cutting)
