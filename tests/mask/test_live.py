"""Masks in force: no frame without them, changes between two frames, painted over while they are invalid."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from edge.base.errors import BadConfiguration, BadInput
from edge.base.frame import Geometry, PaintedFrame
from edge.mask import floor, maskset
from edge.mask.inforce import Cause, MaskChange
from edge.mask.live import LiveMasks
from edge.mask.raster import Bits, rasterise
from tests.mask.samples import document, frame, mask, parsed, put, rectangle, written

GEOMETRY = Geometry(320, 240, 384)
SECOND_NS = 1_000_000_000
SMALL = document(mask(polygon=rectangle(0.4, 0.4, 0.5, 0.5)))
LARGE = document(mask(polygon=rectangle(0.3, 0.4, 0.6, 0.6)))
ELSEWHERE = document(mask(polygon=rectangle(0.7, 0.7, 0.8, 0.8)))
HUGE = document(mask(polygon=rectangle(0.1, 0.1, 0.9, 0.9)))


class Node:
    """A node's folder with its masks and floor."""

    def __init__(self, folder: Path, tree: object = SMALL) -> None:
        self.masks, self.floor = folder / "masks.json", folder / "floor"
        put(self.masks, tree)

    def start(self, geometry: Geometry = GEOMETRY, **options: Any) -> LiveMasks:
        zone = ZoneInfo("Asia/Tokyo")
        return LiveMasks(
            self.masks, "demo", geometry, self.floor, self.floor.with_name("guard"), camera="demo", zone=zone, **options
        )


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def raster_of(tree: Any) -> Bits:
    return rasterise(parsed(tree), GEOMETRY).y


def digest_of(tree: Any) -> str:
    return maskset.digest(parsed(tree))


def solid(painted: PaintedFrame, live: LiveMasks) -> Bits:
    """Returns which luma pixels are black; the text's box is left out."""
    black: Bits = painted.frame.planes().y == 16
    black[live.in_force.text_box.grown(0)] = False
    return black


def test_masks_are_painted_and_the_floor_is_made(node: Node) -> None:
    live = node.start()
    painted = live.paint(frame(GEOMETRY))
    assert np.array_equal(solid(painted, live), raster_of(SMALL))
    assert painted.mask_digest == digest_of(SMALL)
    kept = floor.read(node.floor)
    assert kept is not None
    assert painted.floor_digest == kept.digest
    assert live.in_force.raster is live.in_force.painter.raster


def test_time_is_burnt_into_every_picture_even_one_that_is_painted_over(node: Node) -> None:
    live = node.start()
    shown = live.paint(frame(GEOMETRY))
    live.cover(Cause.MOVED, "knocked")
    covered = live.paint(frame(GEOMETRY))
    for painted in (shown, covered):
        box = painted.frame.planes().y[live.in_force.text_box.grown(0)]
        assert box.max() > 200 and (box == 16).mean() > 0.5


@pytest.mark.parametrize("tree", [b"", b"{}", document(masks=[]), document(signed_off=...), document(node="other")])
def test_without_valid_masks_nothing_starts(tmp_path: Path, tree: Any) -> None:
    node = Node(tmp_path, tree)
    with pytest.raises(BadConfiguration):
        node.start()
    assert not node.floor.exists()


def test_without_a_file_nothing_starts(node: Node) -> None:
    node.masks.unlink()
    with pytest.raises(BadConfiguration):
        node.start()


def test_smaller_masks_do_not_start_but_in_a_visit(node: Node) -> None:
    node.start()
    put(node.masks, ELSEWHERE)
    with pytest.raises(BadConfiguration, match="only a visit may make masks smaller"):
        node.start()
    node.start(visit_authorised=True)
    assert node.start().in_force.painter.mask_digest == digest_of(ELSEWHERE)


def test_damaged_floor_does_not_start_and_is_kept(node: Node) -> None:
    node.start()
    node.floor.write_bytes(b"{}")
    with pytest.raises(BadConfiguration):
        node.start()
    assert node.floor.read_bytes() == b"{}"


def test_missing_floor_of_a_node_that_recorded_before_does_not_start(node: Node) -> None:
    with pytest.raises(BadConfiguration, match="the mask floor is gone"):
        node.start(floor_expected=True)
    node.start(floor_expected=True, visit_authorised=True)
    node.start(floor_expected=True)


def test_missing_floor_is_made_anew_of_the_very_masks_that_the_newest_record_names(node: Node) -> None:
    signed = node.start().in_force.painter.floor_digest
    node.floor.unlink()
    put(node.masks, LARGE)
    with pytest.raises(BadConfiguration, match="the mask floor is gone"):
        node.start(floor_expected=True, floor_signed=signed)
    assert not node.floor.exists()
    put(node.masks, SMALL)
    node.start(floor_expected=True, floor_signed=signed)
    kept = floor.read(node.floor)
    assert kept is not None and kept.digest == signed


def test_larger_masks_take_effect_at_the_next_frame_and_raise_the_floor(node: Node) -> None:
    live = node.start()
    put(node.masks, LARGE)
    assert live.poll(SECOND_NS) == MaskChange(
        digest_of(SMALL), digest_of(LARGE), rasterise(parsed(LARGE), GEOMETRY).digest, valid=True, reason=""
    )
    assert np.array_equal(solid(live.paint(frame(GEOMETRY)), live), raster_of(LARGE))
    put(node.masks, SMALL)
    with pytest.raises(BadConfiguration, match="uncovers"):
        node.start()


INVALID = {
    "missing": (None, "masks.json: cannot be read"),
    "cut off": (written(LARGE)[:-5], "not a JSON document"),
    "not signed off": (document(signed_off=...), "not signed off"),
    "smaller": (ELSEWHERE, "uncovers"),
    "over half": (HUGE, "both custodians"),
}


@pytest.mark.parametrize(("tree", "words"), INVALID.values(), ids=INVALID)
def test_invalid_masks_paint_the_whole_picture_over_until_they_are_valid(node: Node, tree: Any, words: str) -> None:
    live = node.start()
    node.masks.unlink() if tree is None else put(node.masks, tree)
    change = live.poll(SECOND_NS)
    assert change is not None
    assert (change.valid, change.old_digest, change.new_digest) == (False, digest_of(SMALL), digest_of(SMALL))
    assert words in change.reason
    assert change.reason.startswith("masks-invalid: ")
    painted = live.paint(frame(GEOMETRY))
    assert painted.blanked
    assert live.in_force.raster.share == 1
    everywhere = np.ones_like(raster_of(SMALL))
    everywhere[live.in_force.text_box.grown(0)] = False
    assert np.array_equal(solid(painted, live), everywhere)
    assert live.poll(2 * SECOND_NS) is None
    put(node.masks, LARGE)
    change = live.poll(3 * SECOND_NS)
    assert change is not None
    assert (change.valid, change.reason) == (True, "")
    assert np.array_equal(solid(live.paint(frame(GEOMETRY)), live), raster_of(LARGE))


def test_file_is_looked_at_once_a_second_at_most(node: Node) -> None:
    live = node.start()
    assert live.poll(0) is None
    put(node.masks, LARGE)
    assert live.poll(SECOND_NS - 1) is None
    assert live.poll(SECOND_NS) is not None


def test_rewritten_file_that_means_the_same_is_no_change(node: Node) -> None:
    live = node.start()
    put(node.masks, written(SMALL) + b"\n")
    assert live.poll(0) is None


def test_file_with_the_same_size_and_time_is_seen_as_changed(node: Node) -> None:
    live = node.start()
    times = node.masks.stat()
    put(node.masks, written(SMALL).replace(b"K-0001", b"K-0002"))
    os.utime(node.masks, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert live.poll(0) is not None


def test_good_masks_on_a_bad_card_are_tried_again(node: Node) -> None:
    live = node.start()
    put(node.masks, LARGE)
    blocker = node.floor.with_name(".floor.new")
    blocker.mkdir()
    change = live.poll(0)
    assert change is not None
    assert not change.valid
    assert "cannot be written" in change.reason
    assert live.poll(SECOND_NS) is None
    blocker.rmdir()
    change = live.poll(2 * SECOND_NS)
    assert change is not None
    assert change.valid
    assert change.new_digest == digest_of(LARGE)


def test_while_the_first_floor_cannot_be_kept_whole_pictures_are_painted_over(node: Node) -> None:
    node.floor.with_name(".floor.new").mkdir()
    live = node.start()
    assert live.in_force.blanked and "cannot be written" in live.in_force.reason
    node.floor.with_name(".floor.new").rmdir()
    change = live.poll(0)
    assert change is not None and change.valid
    assert node.floor.exists()


def test_offered_bytes_are_taken_or_paint_over(node: Node) -> None:
    live = node.start()
    taken = live.offer(written(LARGE))
    assert taken is not None
    assert taken.valid
    refused = live.offer(b"")
    assert refused is not None
    assert not refused.valid
    assert refused.new_digest == digest_of(LARGE)
    visit = live.offer(written(ELSEWHERE), visit_authorised=True)
    assert visit is not None
    assert visit.valid


def test_failed_self_check_paints_over_until_the_process_ends(node: Node) -> None:
    live = node.start()
    change = live.cover(Cause.SELF_CHECK, "y 90 at column 1, row 2")
    assert change is not None
    assert change.reason == "self-check: y 90 at column 1, row 2"
    put(node.masks, LARGE)
    later = live.poll(0)
    assert later is not None
    assert not later.valid
    assert live.paint(frame(GEOMETRY)).blanked
    with pytest.raises(ValueError, match="ends with the process only"):
        live.uncover(Cause.SELF_CHECK)


def test_causes_of_painting_over_end_one_by_one(node: Node) -> None:
    live = node.start()
    live.cover(Cause.MOVED, "by 12 px")
    node.masks.unlink()
    both = live.poll(0)
    assert both is not None
    assert both.reason.splitlines()[-1] == "moved: by 12 px"
    put(node.masks, SMALL)
    one = live.poll(SECOND_NS)
    assert one is not None
    assert not one.valid
    none = live.uncover(Cause.MOVED)
    assert none is not None
    assert none.valid
    assert live.uncover(Cause.MOVED) is None
    assert not live.paint(frame(GEOMETRY)).blanked


def test_same_cause_told_twice_is_one_change(node: Node) -> None:
    live = node.start()
    assert live.cover(Cause.MOVED, "by 12 px") is not None
    assert live.cover(Cause.MOVED, "by 12 px") is None


def test_frame_of_another_size_is_refused(node: Node) -> None:
    with pytest.raises(BadInput):
        node.start().paint(frame(Geometry(160, 120, 160)))


def test_other_picture_size_needs_a_visit(node: Node) -> None:
    node.start()
    with pytest.raises(BadConfiguration, match="signed off for a picture of 320x240"):
        node.start(Geometry(640, 480, 640))
    node.start(Geometry(640, 480, 640), visit_authorised=True)


def test_every_frame_is_painted_whole_while_another_thread_changes_masks(node: Node) -> None:
    """A swap never shows between two planes or half-way: each picture is solid by the old set, the new one or all."""
    live = node.start()
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            live.offer(b"")
            live.offer(written(LARGE))

    changer = threading.Thread(target=change, name="changer")
    changer.start()
    try:
        for number in range(60):
            painted = live.paint(frame(GEOMETRY, number=number))
            assert painted.blanked or painted.mask_digest in {digest_of(SMALL), digest_of(LARGE)}
            expected = np.ones_like(raster_of(SMALL))
            if not painted.blanked:
                expected = raster_of(SMALL if painted.mask_digest == digest_of(SMALL) else LARGE).copy()
            expected[live.in_force.text_box.grown(0)] = False
            assert np.array_equal(solid(painted, live), expected)
    finally:
        stop.set()
        changer.join(timeout=30)
    assert not changer.is_alive()


def test_a_reference_that_cannot_be_read_is_told_and_learnt_anew(tmp_path: Path) -> None:
    node = Node(tmp_path)
    (tmp_path / "guard").write_bytes(b"damaged")
    assert "re-aim visit" in node.start().guard_fault
    (tmp_path / "guard").unlink()
    assert node.start().guard_fault == ""
