"""The moved-camera guard: what it notices, what it bears, when it covers the picture and when no longer."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from edge.base.errors import BadConfiguration
from edge.mask.condition import FOCUS_EVERY_S, Condition
from edge.mask.guard import LOOKS_A_SECOND, Guard
from edge.mask.raster import Raster
from edge.mask.reference import Reference, read_reference, write_reference
from edge.mask.sight import Sight
from edge.mask.stand import TABLE, Stand, diagram
from tests.guard.disturb import (
    Disturbance,
    Move,
    covered,
    crowd,
    defocus,
    exposure,
    headlights,
    lens_dirt,
    shifts,
    sway,
)
from tests.guard.scenes import Pictures, street, street_raster
from tests.guard.trials import LEARN_LOOKS, new_guard, trial, watch

WIDTH = 640
SECOND = 1_000_000_000


@cache
def day() -> Pictures:
    return street(10, seconds=17, width=WIDTH)


@cache
def raster() -> Raster:
    return street_raster(WIDTH)


def longer(pictures: Pictures, seconds: float) -> Pictures:
    """Repeats pictures for so many seconds."""
    return np.resize(pictures, (int(seconds * LOOKS_A_SECOND), *pictures.shape[1:]))


def disturbed(disturbance: Disturbance | None, seconds: float) -> Pictures:
    """A few disturbed pictures, repeated for so many seconds."""
    few = day()[:4] if disturbance is None else np.array([disturbance(picture, 0) for picture in day()[:4]])
    return longer(few, seconds)


def learnt() -> Guard:
    guard = new_guard(raster())
    watch(guard, day()[:LEARN_LOOKS])
    assert guard.stand is Stand.WATCHING
    return guard


@pytest.mark.parametrize("by_px", [16, 24, 60, 200])
def test_a_shift_beyond_the_margin_is_noticed_at_once_in_every_direction(by_px: int) -> None:
    for move in shifts(by_px):
        outcome = trial(day()[: LEARN_LOOKS + 3], raster(), move)
        assert [verdict.look.sight.trusted for verdict in outcome.verdicts] == [False] * 3, move


@pytest.mark.parametrize("disturbance", [Move(turn_deg=5), Move(zoom=1.1), Move(zoom=0.9), Move(dx=20, turn_deg=3)])
def test_turn_and_zoom_are_noticed(disturbance: Move) -> None:
    assert trial(day()[: LEARN_LOOKS + 3], raster(), disturbance).share(Sight.IN_PLACE) == 0


@pytest.mark.parametrize(
    "disturbance",
    [
        Move(dx=4),
        Move(dy=-4),
        sway(5),
        headlights,
        crowd(0.5),
        lens_dirt(0.3),
        exposure(0.6),
        exposure(1.4, 10),
        defocus(1.5),
    ],
    ids=["right", "up", "sway", "headlights", "crowd", "dirt", "darker", "brighter", "soft"],
)
def test_what_leaves_the_masks_where_they_belong_keeps_the_footage(disturbance: Disturbance) -> None:
    outcome = trial(day(), raster(), disturbance)
    assert outcome.share(Sight.IN_PLACE) == 1
    assert outcome.covered_s is None


def test_moved_for_two_seconds_covers_the_picture() -> None:
    assert trial(day(), raster(), Move(dx=20)).covered_s == 2.0


def test_lost_for_ten_seconds_covers_the_picture() -> None:
    assert trial(longer(day(), 20), raster(), Move(dx=300, dy=100)).covered_s == 10.0


def test_a_moment_is_not_enough_to_cover() -> None:
    guard = learnt()
    watch(guard, day()[:3], Move(dx=20), start_s=5)
    outcome = watch(guard, day()[3:10], start_s=6.5)
    assert outcome.covered_s is None
    assert guard.stand is Stand.WATCHING


def test_back_in_place_for_a_minute_uncovers_and_not_before() -> None:
    guard = learnt()
    watch(guard, day()[:6], Move(dx=20), start_s=5)
    assert guard.stand is Stand.COVERED
    outcome = watch(guard, longer(day(), 61), start_s=8)
    stands = [verdict.stand for verdict in outcome.verdicts]
    assert stands[: 60 * LOOKS_A_SECOND] == [Stand.RETURNING] * 60 * LOOKS_A_SECOND
    assert stands[-1] is Stand.WATCHING


def test_moving_again_starts_the_minute_anew() -> None:
    guard = learnt()
    watch(guard, day()[:6], Move(dx=20), start_s=5)
    watch(guard, longer(day(), 50), start_s=8)
    watch(guard, day()[:1], Move(dx=20), start_s=58)
    outcome = watch(guard, longer(day(), 50), start_s=58.5)
    assert {verdict.covered for verdict in outcome.verdicts} == {True}


@pytest.mark.parametrize("stand", [Stand.WATCHING, Stand.COVERED])
def test_what_cannot_be_told_holds_the_state(stand: Stand) -> None:
    guard = learnt()
    if stand is Stand.COVERED:
        watch(guard, day()[:6], Move(dx=20), start_s=5)
    outcome = watch(guard, disturbed(covered(), 62), start_s=8)
    assert outcome.share(Sight.UNVERIFIABLE) == 1
    assert {verdict.stand for verdict in outcome.verdicts} == {stand}


def test_nothing_to_see_at_first_learns_nothing_and_goes_on_trying() -> None:
    guard = new_guard(raster())
    stands = [watch(guard, day()[:LEARN_LOOKS], covered()).verdicts[-1].stand]
    stands.append(watch(guard, day()[:LEARN_LOOKS], start_s=5).verdicts[-1].stand)
    assert stands == [Stand.LEARNING, Stand.WATCHING]


def test_nothing_is_learnt_from_paint() -> None:
    """Landmarks on a mask's edge would stay in place however the camera moves."""
    guard = learnt()
    assert guard.reference is not None
    scale = WIDTH / 320
    for landmark in guard.reference.views[0].landmarks:
        rows = slice(int((landmark.y - 10) * scale), int((landmark.y + 11) * scale))
        columns = slice(int((landmark.x - 10) * scale), int((landmark.x + 11) * scale))
        assert not raster().y[rows, columns].any()


def test_control_landmarks_on_paint_would_hide_a_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """With everything allowed, a soft street's guard learns the masks' edges, and these do not move with the camera."""
    spots = np.zeros((WIDTH * 3 // 4, WIDTH), np.bool_)
    for row, column in np.random.default_rng(5).integers(4, 50, (60, 2)):
        spots[row * 8 : row * 8 + 8, column * 12 : column * 12 + 16] = True
    spotted, soft = replace(raster(), y=spots), np.array([defocus(8)(picture, 0) for picture in day()[:20]])
    in_place = []
    for allow_paint in (False, True):
        if allow_paint:
            monkeypatch.setattr("edge.mask.guard._allowed", lambda *_: np.ones((240, 320), np.bool_))
        guard = new_guard(spotted)
        watch(guard, soft)
        in_place.append(watch(guard, soft[:4], Move(dx=200, dy=60), start_s=10).share(Sight.IN_PLACE))
    assert in_place == [0.0, 1.0]


def test_other_light_is_learnt_while_in_place_so_that_night_is_known() -> None:
    guard = learnt()
    for hour in np.arange(14.0, 20.6, 0.2):
        watch(guard, street(float(hour), seconds=4.5, width=WIDTH), start_s=float(hour) * 3600)
    night = street(21, seconds=3, width=WIDTH)
    known = watch(guard, night, start_s=21 * 3600)
    unknown = watch(learnt(), night[:4], start_s=21 * 3600)
    assert min(verdict.look.found for verdict in known.verdicts) > 20
    assert max(verdict.look.found for verdict in unknown.verdicts) < 16
    assert watch(guard, night, Move(dx=20), start_s=21 * 3600 + 5).share(Sight.MOVED) == 1


def test_learning_light_never_follows_a_camera_that_creeps() -> None:
    """Half a pixel at a time while the light changes: it is noticed before the margin is used up."""
    guard = learnt()
    noticed_px = None
    for step in range(40):
        by_px, hour = step * 0.5, 14 + step * 0.1
        outcome = watch(guard, street(hour, seconds=4.5, width=WIDTH), Move(dx=by_px), start_s=hour * 3600)
        if outcome.share(Sight.MOVED) > 0:
            noticed_px = by_px
            break
    assert noticed_px is not None
    assert noticed_px <= 16


def test_reference_survives_a_restart(tmp_path: Path) -> None:
    guard = learnt()
    assert guard.reference is not None
    write_reference(tmp_path / "guard", guard.reference)
    again = new_guard(raster(), read_reference(tmp_path / "guard"))
    assert watch(again, day()[:4]).share(Sight.IN_PLACE) == 1
    moved = new_guard(raster(), read_reference(tmp_path / "guard"))
    assert watch(moved, day()[:4], Move(dx=20)).share(Sight.MOVED) == 1


def test_reference_holds_no_picture(tmp_path: Path) -> None:
    """Three values a work pixel, in a few patches: less than a hundredth of the picture's bits."""
    guard = learnt()
    assert guard.reference is not None
    write_reference(tmp_path / "guard", guard.reference)
    assert (tmp_path / "guard").stat().st_size < WIDTH * WIDTH * 3 / 4 / 30


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe", b'{"floor":"x","version":1,"views":[]}'])
def test_a_damaged_reference_is_said(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "guard").write_bytes(damage)
    with pytest.raises(BadConfiguration, match="re-aim visit"):
        read_reference(tmp_path / "guard")


def test_no_reference_is_none(tmp_path: Path) -> None:
    assert read_reference(tmp_path / "guard") is None


@pytest.mark.parametrize(
    ("disturbance", "condition"),
    [
        (None, Condition.CLEAR),
        (exposure(0.6), Condition.CLEAR),
        (defocus(3), Condition.DEFOCUSED),
        (covered(120), Condition.COVERED),
        (covered(18), Condition.DARK),
    ],
)
def test_condition_is_told_once_it_has_lasted_a_minute(disturbance: Disturbance | None, condition: Condition) -> None:
    outcome = watch(learnt(), disturbed(disturbance, 60 + FOCUS_EVERY_S + 1), start_s=5)
    conditions = [verdict.condition for verdict in outcome.verdicts]
    assert set(conditions[: 60 * LOOKS_A_SECOND]) == {Condition.CLEAR}
    assert conditions[-1] is condition


def test_looks_come_twice_a_second_however_many_frames_there_are() -> None:
    guard = new_guard(raster())
    looks = [guard.look(day()[0], at) for at in range(0, 2 * SECOND, SECOND // 15)]
    assert sum(look is not None for look in looks) == 4


def test_every_state_is_reached_and_left_and_drawn() -> None:
    reached = {Stand.LEARNING, *TABLE.values()}
    assert reached == set(Stand)
    assert {before for before, _ in TABLE} == set(Stand)
    assert all(f"{before} --> {after}: {event}" in diagram() for (before, event), after in TABLE.items())
    assert diagram() in (Path(__file__).parents[2] / "docs" / "moved-camera.md").read_text()


def test_learnt_views_are_bounded() -> None:
    guard = learnt()
    assert guard.reference is not None
    reference: Reference = guard.reference
    for _ in range(40):
        reference = reference.with_view(reference.views[0])
    assert len(reference.views) == 12
