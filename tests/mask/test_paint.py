"""The painter: exactly the masked samples, in place, and the only way to a painted frame.

Each test of the promise has a control: ``leaking`` plans leave out one row or one chroma sample, and the same test must
notice.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import edge
from edge.base.errors import BadInput
from edge.base.frame import Frame, Geometry, Picture, split
from edge.mask.paint import Painter, PaintPlan, apply, cover, plan
from edge.mask.raster import Bits, Raster, from_luma, rasterise
from tests.mask.sabotage import leaking_plans
from tests.mask.samples import document, frame, mask, noise, parsed, rectangle, segment

GEOMETRIES = st.builds(
    lambda columns, rows, padding: Geometry(2 * columns, 2 * rows, 2 * (columns + padding)),
    st.integers(1, 24),
    st.integers(1, 16),
    st.integers(0, 9),
)


def random_raster(geometry: Geometry, seed: int) -> Raster:
    """A few rectangles, some of which touch, plus single pixels."""
    rng = np.random.default_rng(seed)
    bits = rng.random((geometry.height, geometry.width)) < 0.01
    for _ in range(rng.integers(0, 4)):
        top, left = rng.integers(geometry.height), rng.integers(geometry.width)
        bits[top : top + rng.integers(1, 12), left : left + rng.integers(1, 16)] = True
    return from_luma(bits)


def leaks(painted: Frame, raster: Raster) -> list[str]:
    """Returns the planes in which a masked sample is not solid."""
    planes = painted.planes()
    looked = (("y", planes.y, raster.y, 16), ("u", planes.u, raster.chroma, 128), ("v", planes.v, raster.chroma, 128))
    return [name for name, plane, bits, colour in looked if np.any(plane[bits] != colour)]


def rest(seen: Frame, raster: Raster) -> tuple[bytes, bytes, bytes]:
    planes = seen.planes()
    return planes.y[~raster.y].tobytes(), planes.u[~raster.chroma].tobytes(), planes.v[~raster.chroma].tobytes()


def padding(seen: Frame) -> bytes:
    geometry, flat = seen.geometry, seen.picture.reshape(-1)
    luma = geometry.height * geometry.stride
    rows = flat[:luma].reshape(geometry.height, geometry.stride)[:, geometry.width :]
    chroma_rows = flat[luma:].reshape(geometry.height, geometry.stride // 2)[:, geometry.width // 2 :]
    return rows.tobytes() + chroma_rows.tobytes()


@given(GEOMETRIES, st.integers(0, 2**32 - 1))
def test_masked_samples_are_solid_and_nothing_else_changes(geometry: Geometry, seed: int) -> None:
    raster, before, after = random_raster(geometry, seed), frame(geometry), frame(geometry)
    painted = Painter(raster, "m" * 64, "f" * 64).paint(after)
    assert painted.frame is after
    assert (painted.mask_digest, painted.floor_digest, painted.blanked) == ("m" * 64, "f" * 64, False)
    assert leaks(after, raster) == []
    assert rest(after, raster) == rest(before, raster)
    assert padding(after) == padding(before)


@given(GEOMETRIES, st.integers(0, 2**32 - 1))
def test_sources_that_differ_behind_masks_paint_to_the_same_bytes(geometry: Geometry, seed: int) -> None:
    raster = random_raster(geometry, seed)
    one, other = frame(geometry), differing_behind(raster, geometry)
    painter = Painter(raster, "", "")
    painter.paint(one)
    painter.paint(other)
    assert one.picture.tobytes() == other.picture.tobytes()


def differing_behind(raster: Raster, geometry: Geometry) -> Frame:
    """The noise of ``frame``, with other noise behind the masks."""
    planes, strange = split(picture := noise(geometry), geometry), split(noise(geometry, seed=2), geometry)
    planes.y[raster.y] = strange.y[raster.y]
    planes.u[raster.chroma] = strange.u[raster.chroma]
    planes.v[raster.chroma] = strange.v[raster.chroma]
    return Frame(picture, geometry, 0, 0, 0)


DOOR = parsed(document(mask(), mask(id="door-2", polygon=rectangle(0.7, 0.6, 0.9, 0.9))))
GEOMETRY = Geometry(96, 64, 128)


def test_control_one_leaking_row_or_chroma_sample_is_noticed() -> None:
    raster = rasterise(DOOR, GEOMETRY)
    plans = list(leaking_plans(plan(raster)))
    assert len(plans) > 100
    for name, leaking in plans:
        seen, other = frame(GEOMETRY), differing_behind(raster, GEOMETRY)
        apply(leaking, seen)
        apply(leaking, other)
        assert leaks(seen, raster) != [], name
        assert seen.picture.tobytes() != other.picture.tobytes(), name


def encoded(paint_plan: PaintPlan, source: Frame) -> bytes:
    apply(paint_plan, source)
    return segment([Painter(from_luma(np.zeros((64, 96), np.bool_)), "", "").paint(source)])


def test_segments_of_sources_that_differ_behind_masks_are_the_same_bytes() -> None:
    """The control: with one luma row leaking they are not."""
    raster = rasterise(DOOR, GEOMETRY)
    sound = plan(raster)
    assert encoded(sound, frame(GEOMETRY)) == encoded(sound, differing_behind(raster, GEOMETRY))
    _, leaking = next(leaking_plans(sound))
    assert encoded(leaking, frame(GEOMETRY)) != encoded(leaking, differing_behind(raster, GEOMETRY))


def lenient_chroma(luma: Bits) -> Bits:
    """Chroma masked only where all four luma pixels are: the mistake that R-MATSUDO-13 is about."""
    height, width = luma.shape
    return np.asarray(luma.reshape(height // 2, 2, width // 2, 2).all(axis=(1, 3)), np.bool_)


def test_control_chroma_that_follows_luma_inwards_leaks() -> None:
    raster = from_luma(np.roll(rasterise(DOOR, GEOMETRY).y, 1, axis=(0, 1)))
    seen = frame(GEOMETRY)
    apply(plan(replace(raster, chroma=lenient_chroma(raster.y))), seen)
    assert leaks(seen, raster) == ["u", "v"]


@given(GEOMETRIES)
def test_blank_leaves_padding_alone_and_nothing_of_the_picture(geometry: Geometry) -> None:
    seen = frame(geometry)
    painted = Painter(rasterise(DOOR, geometry), "", "").blank(seen)
    assert painted.blanked
    planes = seen.planes()
    assert (planes.y == 16).all()
    assert (planes.u == 128).all()
    assert (planes.v == 128).all()
    assert padding(seen) == padding(frame(geometry))


def test_frame_of_another_size_is_refused_untouched() -> None:
    painter = Painter(rasterise(DOOR, GEOMETRY), "", "")
    other = frame(Geometry(96, 62, 128))
    with pytest.raises(BadInput, match="frame of 96x62, but the masks are for 96x64"):
        painter.paint(other)
    assert other.picture.tobytes() == noise(other.geometry).tobytes()


def test_cover_takes_a_frame_of_any_size() -> None:
    seen = frame(Geometry(2, 2, 4))
    cover(seen)
    assert seen.planes().y.max() == 16


@pytest.mark.parametrize("turn", [np.fliplr, np.flipud, lambda picture: np.rot90(picture, 2)])
def test_picture_that_is_only_looked_at_from_another_side_is_refused_untouched(
    turn: Callable[[Picture], Picture],
) -> None:
    """Planes are found by their place in memory: painting a mirrored view would paint somewhere else."""
    picture = noise(GEOMETRY)
    view = Frame(turn(picture), GEOMETRY, 0, 0, 0)
    with pytest.raises(ValueError, match="not a contiguous I420 picture"):
        Painter(rasterise(DOOR, GEOMETRY), "", "").paint(view)
    assert picture.tobytes() == noise(GEOMETRY).tobytes()


@given(st.integers(2, 4), st.integers(0, 2**32 - 1), st.integers(4, 12))
def test_smaller_raster_covers_all_that_the_larger_one_hides(shrink: int, seed: int, margin_px: int) -> None:
    """A second, smaller stream of one camera shows nothing that the first hides, whatever the scaler."""
    points = np.random.default_rng(seed).random((3, 2)).round(6).tolist()
    masks = parsed(document(mask(polygon=points, margin_px=margin_px)))
    height, width = 32 * shrink, 48 * shrink
    large = rasterise(masks, Geometry(width, height, width)).y
    small = rasterise(masks, Geometry(48, 32, 48)).y
    assert not np.any(large & ~small.repeat(shrink, axis=0).repeat(shrink, axis=1))


def makers(source: str) -> list[int]:
    """Returns the lines that call ``PaintedFrame``, under its own name or another."""
    tree = ast.parse(source)
    names = {"PaintedFrame"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname for alias in node.names if alias.name == "PaintedFrame" and alias.asname}
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if called(call.func) in names]


def called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_only_the_painter_makes_painted_frames() -> None:
    package = Path(edge.__file__).parent
    found = {str(path.relative_to(package)) for path in package.rglob("*.py") if makers(path.read_text("utf-8"))}
    assert found == {"mask/paint.py"}


@pytest.mark.parametrize(
    "source",
    [
        "PaintedFrame(f, '', '', blanked=False)",
        "frame.PaintedFrame(f, '', '', blanked=False)",
        "from edge.base.frame import PaintedFrame as P\nP(f, '', '', blanked=False)",
    ],
)
def test_control_another_maker_is_found(source: str) -> None:
    assert makers(source)
