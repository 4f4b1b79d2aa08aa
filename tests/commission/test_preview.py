"""Preview pictures: what a visit may see, that it is painted as recording paints, and that paint hides everything."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.base.errors import Refused
from edge.base.frame import Frame, Geometry, Picture
from edge.commission.preview import Preview
from edge.commission.previewlink import (
    DRAFT_LIMIT_BYTES,
    HEAD_LIMIT_BYTES,
    LENGTHS,
    Inbox,
    Message,
    Request,
    Shown,
    pack,
    parse_head,
)
from edge.commission.previewrule import Sight, sight_of
from edge.mask import maskset
from edge.mask.paint import Painter
from edge.mask.raster import Raster, rasterise
from edge.wire.visit import Scope
from tests.mask.samples import NODE, document, mask, parsed, rectangle, soft, written

GEOMETRY = Geometry(160, 120, 192)
DRAFT = document(mask(polygon=rectangle(0.2, 0.2, 0.6, 0.7)))


def floor_of(tree: object = DRAFT, geometry: Geometry = GEOMETRY) -> Raster:
    return rasterise(parsed(tree), geometry)


def frame(seed: int = 1) -> Frame:
    return soft(GEOMETRY, seed)


def shown(preview: Preview, sight: Sight, seed: int = 1) -> Shown:
    result = preview.show(frame(seed), sight)
    assert result is not None
    return result


def luma(jpeg: bytes) -> Picture:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return np.asarray(picture, np.uint8)


# --- who may see what

BARE = {(Scope.FIRST, False, False), (Scope.RE_AIM, False, False), (Scope.RE_AIM, False, True)}


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("signed_off", [False, True])
@pytest.mark.parametrize("has_floor", [False, True])
def test_bare_picture_is_for_first_and_re_aim_before_sign_off_alone(
    scope: Scope, signed_off: bool, has_floor: bool
) -> None:
    sight = sight_of(scope, signed_off=signed_off, has_floor=has_floor)
    assert (sight is Sight.DRAFT) == ((scope, signed_off, has_floor) in BARE)
    if scope in (Scope.COLLECT, Scope.DECOMMISSION) or (not has_floor and sight is not Sight.DRAFT):
        assert sight is Sight.NOTHING


@pytest.mark.parametrize("sight", [Sight.FLOOR, Sight.NOTHING])
def test_draft_counts_nowhere_but_before_a_sign_off(sight: Sight) -> None:
    """The floor is burnt in, or nothing is shown, whatever the page's process drafts."""
    preview = Preview(NODE, GEOMETRY, floor_of() if sight is Sight.FLOOR else None)
    preview.draft(written(document(masks=[], none_needed="nothing to mask")))
    result = preview.show(frame(), sight)
    if sight is Sight.NOTHING:
        assert result is None
    else:
        assert result is not None and result.head.painted and result.head.raster == floor_of().digest


def test_without_a_floor_nothing_is_shown_in_its_place() -> None:
    assert Preview(NODE, GEOMETRY, None).show(frame(), Sight.FLOOR) is None


def test_floor_of_another_size_leaves_a_re_aim_its_drafts_and_shows_nothing_in_its_place() -> None:
    preview = Preview(NODE, GEOMETRY, floor_of(geometry=Geometry(320, 240, 320)))
    assert preview.show(frame(), Sight.FLOOR) is None
    preview.draft(written(DRAFT))
    assert shown(preview, Sight.DRAFT).head.painted


# --- painted as recording paints


def test_draft_is_burnt_in_exactly_as_recording_does() -> None:
    preview = Preview(NODE, GEOMETRY, None)
    assert not shown(preview, Sight.DRAFT).head.painted
    preview.draft(written(DRAFT))
    masks = parsed(DRAFT)
    raster = rasterise(masks, GEOMETRY)
    previewed, recorded = frame(), frame()
    result = preview.show(previewed, Sight.DRAFT)
    Painter(raster, "", "").paint(recorded)
    assert np.array_equal(previewed.picture, recorded.picture)
    assert result is not None
    assert (result.head.painted, result.head.masks) == (True, maskset.digest(masks))
    assert (result.head.raster, result.head.covered) == (raster.digest, round(1000 * raster.share))
    assert int(luma(result.jpeg)[raster.y].max()) < 40 < int(luma(result.jpeg)[~raster.y].min())


def test_refused_draft_changes_nothing_and_says_why() -> None:
    preview = Preview(NODE, GEOMETRY, None)
    preview.draft(written(DRAFT))
    before = shown(preview, Sight.DRAFT)
    preview.draft(written(document(node="demo-2")))
    after = shown(preview, Sight.DRAFT)
    assert "this node is 'demo'" in after.head.refused
    assert (after.jpeg, after.head.masks) == (before.jpeg, before.head.masks)
    preview.draft(written(DRAFT))
    assert shown(preview, Sight.DRAFT).head.refused == ""


def test_sharpness_falls_when_the_lens_is_turned() -> None:
    geometry = Geometry(1280, 960, 1280)

    def sharp(blur: float) -> int:
        picture = np.ascontiguousarray(cv2.GaussianBlur(soft(geometry).picture, (0, 0), blur), np.uint8)
        result = Preview(NODE, geometry, None).show(Frame(picture, geometry, 0, 0, 0), Sight.DRAFT)
        assert result is not None
        return result.head.sharpness_middle

    figures = [sharp(blur) for blur in (0.8, 1.6, 3.2)]
    assert figures == sorted(figures, reverse=True) and figures[0] > 1.5 * figures[-1]


# --- twins: what paint hides changes no byte

Paint = Callable[[Preview], None]


def twins(raster: Raster) -> tuple[Frame, Frame]:
    """Returns two frames that differ in every sample behind the masks, and nowhere else."""
    one, other = frame(), frame()
    planes = other.planes()
    for plane, bits in ((planes.y, raster.y), (planes.u, raster.chroma), (planes.v, raster.chroma)):
        plane[bits] ^= 0xFF
    return one, other


corners = st.integers(0, 90).map(lambda percent: percent / 100)
sizes = st.integers(4, 10).map(lambda percent: percent / 100)


@settings(max_examples=40)
@given(corners, corners, sizes, sizes, st.sampled_from([Sight.DRAFT, Sight.FLOOR]))
def test_twins_give_the_same_preview(left: float, top: float, width: float, height: float, sight: Sight) -> None:
    tree = document(mask(polygon=rectangle(left, top, left + width, top + height)))
    raster = floor_of(tree)
    pictures = []
    for twin in twins(raster):
        preview = Preview(NODE, GEOMETRY, raster)
        preview.draft(written(tree))
        pictures.append(preview.show(twin, sight))
    assert pictures[0] == pictures[1] and pictures[0] is not None


@pytest.mark.parametrize("plane", ["y", "chroma"])
def test_one_sample_that_leaks_is_noticed(plane: str) -> None:
    """The control: a painter that leaves one sample bare gives twins away."""
    raster = floor_of()
    bits = raster.y.copy(), raster.chroma.copy()
    bare = bits[0] if plane == "y" else bits[1]
    row, column = np.argwhere(bare)[len(np.argwhere(bare)) // 2]
    bare[row, column] = False
    leaking = Raster(bits[0], bits[1], raster.digest)
    one, other = (Preview(NODE, GEOMETRY, leaking).show(twin, Sight.FLOOR) for twin in twins(raster))
    assert one != other


def test_bare_preview_shows_twins_apart() -> None:
    """The control: without paint they differ."""
    one, other = (Preview(NODE, GEOMETRY, None).show(twin, Sight.DRAFT) for twin in twins(floor_of()))
    assert one != other


# --- messages


def test_messages_come_back_however_they_are_cut() -> None:
    data = pack(Request(kind="draft"), b"masks") + pack(Request(kind="rate", fps=3), b"")
    inbox, messages = Inbox(DRAFT_LIMIT_BYTES), list[Message]()
    for place in range(len(data)):
        messages += inbox.feed(data[place : place + 1])
    assert [parse_head(Request, message) for message in messages] == [
        Request(kind="draft"), Request(kind="rate", fps=3),
    ]  # fmt: skip
    assert messages[0].body == b"masks"


@pytest.mark.parametrize("lengths", [(HEAD_LIMIT_BYTES + 1, 0), (2, DRAFT_LIMIT_BYTES + 1)])
def test_message_that_is_too_long_is_refused_by_its_lengths(lengths: tuple[int, int]) -> None:
    with pytest.raises(Refused):
        Inbox(DRAFT_LIMIT_BYTES).feed(LENGTHS.pack(*lengths))


@pytest.mark.parametrize("head", [b"{}", b'{"fps":0,"kind":"rate"}', b'{"fps":5,"kind":"unpaint"}', b"\xff"])
def test_other_requests_are_refused(head: bytes) -> None:
    with pytest.raises(Refused):
        parse_head(Request, Message(head, b""))
