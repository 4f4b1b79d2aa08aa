"""How long each stage may stand still: alarms and ends come when they are promised, and to nobody who moves on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge.base.clock import SystemClock
from edge.node.recording.progress import CAUSES, Progress, Stage
from edge.node.recording.recorder import QUEUE_SEGMENTS
from edge.node.recording.stalls import LIMITS, LOOK_S, Stall, Stalls
from edge.seal.manifest import Cause

FRAMES = (Stage.CAMERA, Stage.ENCODER)
RESTART_S = 1.0
"""What systemd waits before it starts a process again (``RestartSec=``)."""


def enter(progress: Progress, stage: Stage) -> None:
    if stage is Stage.SEALING:
        progress.enter(Stage.HAND_OVER)
        progress.seal()
    else:
        progress.enter(stage)


def watch(
    stalls: Stalls, seconds: float, move: Callable[[], object] = lambda: None, from_s: float = LOOK_S
) -> list[tuple[float, Stall]]:
    """Looks for so long; returns each stall with the time of the look, seconds."""
    found, at_s = [], from_s
    while at_s <= seconds:
        found += [(at_s, stall) for stall in stalls.look(LOOK_S)]
        move()
        at_s += LOOK_S
    return found


@pytest.mark.parametrize("stage", LIMITS)
def test_what_stands_still_is_alarmed_and_then_ended(stage: Stage) -> None:
    progress = Progress(SystemClock())
    enter(progress, stage)
    limit = LIMITS[stage]
    found = watch(Stalls(progress), limit.end_s + 2)
    assert {stall.cause for _, stall in found} == {CAUSES[stage]}
    alarm_s = min(at_s for at_s, _ in found)
    end_s = min(at_s for at_s, stall in found if stall.exit_status is not None)
    assert limit.alarm_s <= alarm_s <= limit.alarm_s + LOOK_S
    assert limit.end_s <= end_s <= limit.end_s + LOOK_S
    assert {stall.exit_status for _, stall in found} == {None, limit.exit_status}
    assert stage in found[0][1].message


@pytest.mark.parametrize("stage", FRAMES)
def test_stalled_frames_and_encoder_are_noticed_within_5_s_and_restarted_within_10(stage: Stage) -> None:
    limit = LIMITS[stage]
    assert limit.alarm_s + LOOK_S <= 5
    assert limit.end_s + LOOK_S + RESTART_S <= 10


def test_hung_disk_is_alarmed_within_5_s_and_ended_within_30_while_memory_holds_what_comes() -> None:
    limit = LIMITS[Stage.SEALING]
    assert limit.alarm_s + LOOK_S <= 5
    assert limit.end_s + LOOK_S <= 30 <= 2 * QUEUE_SEGMENTS


@pytest.mark.parametrize(("frame_s", "alarm_s"), [(1 / 15, 4), (1.0, 4), (5.0, 20)])
def test_camera_of_less_than_a_frame_a_second_gets_so_much_more(frame_s: float, alarm_s: float) -> None:
    """A film of still pictures, say."""
    progress = Progress(SystemClock())
    progress.frame_s = frame_s
    progress.enter(Stage.CAMERA)
    found = watch(Stalls(progress), 60)
    assert found[0][0] == alarm_s + LOOK_S
    assert next(at_s for at_s, stall in found if stall.exit_status) == 2 * alarm_s + LOOK_S


@pytest.mark.parametrize("stage", LIMITS)
def test_every_limit_lets_systemd_start_it_again(stage: Stage) -> None:
    assert LIMITS[stage].exit_status not in (0, 78)


@pytest.mark.parametrize("stage", LIMITS)
def test_what_moves_on_is_never_alarmed(stage: Stage) -> None:
    progress = Progress(SystemClock())
    enter(progress, stage)
    assert watch(Stalls(progress), 300, lambda: enter(progress, stage)) == []


@pytest.mark.parametrize("stage", [Stage.HAND_OVER, Stage.IDLE])
def test_waiting_for_work_or_for_the_other_thread_may_take_for_ever(stage: Stage) -> None:
    progress = Progress(SystemClock())
    enter(progress, stage)
    assert watch(Stalls(progress), 300) == []


def test_process_that_stood_still_as_a_whole_is_not_ended_for_it() -> None:
    """Stopped from outside, or without CPU: the camera is not to blame, and may give its frame at once."""
    progress = Progress(SystemClock())
    progress.enter(Stage.CAMERA)
    stalls = Stalls(progress)
    assert stalls.look(LOOK_S) == stalls.look(3600) == []


def test_card_that_is_slow_and_does_not_hang_is_alarmed_and_never_ended() -> None:
    """A segment every 2 s, and 3 s for each: memory fills, but each of them gets there."""
    progress = Progress(SystemClock())
    enter(progress, Stage.HAND_OVER)
    half_seconds = 0

    def move() -> None:
        nonlocal half_seconds
        half_seconds += 1
        progress.handed_over += half_seconds % 4 == 0
        if half_seconds % 6 == 0 and progress.done < progress.handed_over:
            progress.sealed()
            progress.seal()

    found = watch(Stalls(progress), 120, move)
    assert {(stall.cause, stall.exit_status) for _, stall in found} == {(Cause.STORAGE, None)}
    assert "segments wait in memory" in found[-1][1].message


def test_full_queue_that_drains_at_once_is_not_behind() -> None:
    """A film that is played as fast as it goes always has its queue full."""
    progress = Progress(SystemClock())
    enter(progress, Stage.HAND_OVER)
    progress.handed_over = QUEUE_SEGMENTS

    def move() -> None:
        progress.handed_over += QUEUE_SEGMENTS
        progress.done += QUEUE_SEGMENTS

    assert watch(Stalls(progress), 120, move) == []
