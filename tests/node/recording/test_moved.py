"""A camera that is pushed aside while it records: what is kept, what is signed, and when it shows the street again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.base.frame import Picture
from edge.mask.guard import Guard
from edge.node.masks.masknotices import MOVED_AWAY, MOVED_BACK
from edge.seal.manifest import Cause, Kind
from tests.guard.disturb import Move
from tests.node.rig import BRIGHT, GEOMETRY, Rig, ScriptedCamera
from tests.node.town import FPS, Town

PUSHED_S, RETURNED_S, END_S = 10, 20, 90


def street() -> Picture:
    """A bright picture with much to recognise."""
    noise = np.random.default_rng(3).normal(0, 1, (GEOMETRY.height, GEOMETRY.width)).astype(np.float32)
    shapes = cv2.GaussianBlur(noise, (0, 0), 1.2) > 0
    picture = np.full(GEOMETRY.shape, 128, np.uint8)
    picture[: GEOMETRY.height] = np.where(shapes, 200, BRIGHT + 40)
    return picture


def pushed(picture: Picture) -> Picture:
    moved = picture.copy()
    moved[: GEOMETRY.height] = Move(dx=5, dy=1)(picture[: GEOMETRY.height], 0)
    return moved


def record(town: Town, until_s: int = END_S) -> None:
    there, away = street(), pushed(street())
    begin, end = PUSHED_S * FPS, RETURNED_S * FPS
    Rig(town).record(ScriptedCamera(town, until_s * FPS, look=lambda given: away if begin <= given < end else there))


def seconds(town: Town, kind: Kind) -> list[tuple[float, float]]:
    """Start and end of each record of a kind, in seconds of the run."""
    headers = [record.header for record in town.records() if record.header.kind is kind]
    return [(header.manifest.mono_start_us / 1e6, header.manifest.mono_end_us / 1e6) for header in headers]


def test_not_a_second_of_a_moved_camera_shows_anything(town: Town) -> None:
    record(town)
    shown = [
        (record.header.manifest.mono_start_us / 1e6, record.header.manifest.mono_end_us / 1e6)
        for record in town.records()
        if record.header.manifest.segment is not None and not record.header.manifest.segment.blanked
    ]
    assert shown, "nothing at all was shown"
    assert [span for span in shown if span[1] > PUSHED_S and span[0] < RETURNED_S + 60] == []
    assert next(start for start, _ in shown if start > PUSHED_S) < RETURNED_S + 64


def test_what_is_not_kept_is_a_gap_with_its_cause_and_what_follows_is_painted_over(town: Town) -> None:
    record(town)
    gaps = [gap for gap in town.details(Kind.GAP) if gap.cause is Cause.MOVED]
    assert gaps
    (away, back) = town.details(Kind.MOVED)
    assert (away.state, back.state) == (MOVED_AWAY, MOVED_BACK)
    assert "moved by" in away.note
    (away_at, _), (back_at, _) = seconds(town, Kind.MOVED)
    assert PUSHED_S + 2 <= away_at <= PUSHED_S + 3
    assert RETURNED_S + 60 <= back_at <= RETURNED_S + 61
    town.require_chained()


def test_status_says_so_meanwhile(town: Town) -> None:
    rig = Rig(town)
    there, away = street(), pushed(street())
    begin = PUSHED_S * FPS
    tally = rig.record(ScriptedCamera(town, (PUSHED_S + 6) * FPS, look=lambda given: away if given >= begin else there))
    status = tally.status(0)
    assert status.guard == "moved"
    assert "not where its masks were drawn" in status.faults["masks"]


def test_control_without_looks_everything_is_shown(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Guard, "look", lambda *_: None)
    record(town, RETURNED_S + 4)
    assert town.details(Kind.MOVED) == []
    assert [gap for gap in town.details(Kind.GAP) if gap.cause is Cause.MOVED] == []
    assert any(start > PUSHED_S and end < RETURNED_S for start, end in seconds(town, Kind.SEGMENT))


def test_a_moment_that_hides_everything_costs_no_footage(town: Town) -> None:
    there = street()
    hidden = np.full_like(there, 128)
    hidden[: GEOMETRY.height] = cv2.resize(street()[: GEOMETRY.height][::-1, ::-1], (GEOMETRY.width, GEOMETRY.height))
    camera = ScriptedCamera(town, 20 * FPS, look=lambda given: hidden if 100 <= given < 110 else there)
    Rig(town).record(camera)
    assert [gap for gap in town.details(Kind.GAP) if gap.cause is Cause.MOVED] == []
    town.require_chained()


def test_reference_is_learnt_once(town: Town) -> None:
    record(town, 8)
    away = pushed(street())
    Rig(town).record(ScriptedCamera(town, 8 * FPS, look=lambda _: away))
    assert [notice.state for notice in town.details(Kind.MOVED)] == [MOVED_AWAY]
