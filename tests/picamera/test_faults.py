"""What goes wrong with a camera, its memory and its encoder: each is told, and what can be brought back is."""

from __future__ import annotations

import threading

import pytest

from edge.base.clock import SystemClock
from edge.base.errors import BadInput, Stop, TryAgain
from edge.capture.picamera import camera as adapter
from edge.capture.picamera import coding
from edge.node.recording.progress import Stage
from edge.node.recording.stalls import LIMITS
from tests.picamera import board
from tests.picamera.clocks import HastyClock
from tests.picamera.footage import encoder, painter, read, record

pytestmark = pytest.mark.usefixtures("scenario")


def test_frames_that_stop_are_asked_for_anew_once_and_then_told() -> None:
    scenario = board.begin()
    with board.camera(HastyClock()) as camera:
        read(camera)
        scenario.faults.add("frames stop")
        with pytest.raises(TryAgain, match="no frame for 5 s"):
            for _ in range(10):
                read(camera)
        assert len(board.sensor().started_with) == 2


def test_frames_that_come_back_after_a_new_start_go_on_with_what_was_missed() -> None:
    scenario = board.begin()

    def heal() -> None:
        if len(board.sensor().started_with) == 2:
            scenario.faults.clear()

    with board.camera(HastyClock(at=dict.fromkeys(range(1, 40), heal))) as camera:
        before = read(camera).number
        scenario.faults.add("frames stop")
        numbers = [read(camera).number for _ in range(8)]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] - before > len(numbers)


def test_recovery_ends_before_the_monitor_ends_the_process() -> None:
    assert adapter.RECOVER_S < adapter.SILENCE_S < LIMITS[Stage.CAMERA].end_s
    assert LIMITS[Stage.ENCODER].alarm_s > coding.STALL_S


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_camera_that_is_pulled_out_is_told() -> None:
    scenario = board.begin()
    with board.camera(HastyClock()) as camera:
        read(camera)
        scenario.faults.add("unplugged")
        with pytest.raises(BadInput, match="No such device"):
            for _ in range(10):
                read(camera)
        scenario.faults.clear()


def test_no_camera_at_all_is_told_with_where_to_look() -> None:
    board.begin(cameras=0)
    with pytest.raises(BadInput, match=r"there is no camera.*rpicam-hello"), board.camera():
        pass


def test_a_sensor_without_tuning_is_told() -> None:
    board.begin(model="imx999")
    with pytest.raises(BadInput, match="imx999 has no tuning file"), board.camera():
        pass


def test_too_little_contiguous_memory_is_told_with_what_to_do() -> None:
    board.begin(cma_bytes=300_000)
    with pytest.raises(BadInput, match=r"no contiguous memory is left.*cma-128"), board.camera():
        pass


def test_a_camera_that_does_not_start_is_told() -> None:
    board.begin(faults={"start fails"})
    with board.camera() as camera, pytest.raises(BadInput, match="cannot be started"):
        camera.read()


def test_an_encoder_that_stands_still_ends_the_run_as_the_encoders_fault() -> None:
    board.begin(faults_at={"codec stalls": 4})
    with board.camera(HastyClock()) as camera:
        paint, segments = painter(camera), encoder(camera)
        with pytest.raises(Stop, match=r"encoder has given nothing for 2 s, 3 frames are inside"):
            for _ in range(20):
                segments.push(paint.paint(read(camera)))


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_frame_that_is_not_in_the_cameras_hand_is_not_coded() -> None:
    with board.camera() as camera:
        paint, coder = painter(camera), camera.coder(1_000_000, "superfast", 600)
        earlier = paint.paint(read(camera))
        read(camera)
        with pytest.raises(Stop, match="not in the camera's hand"):
            coder.code(earlier, keyframe=False)
        coder.stop()


def test_a_frame_that_nobody_painted_is_painted_over_in_both_pictures() -> None:
    looked: list[tuple[int, int]] = []
    with board.camera(small=board.SMALL) as camera:
        library = camera._session._camera

        def look(request: object) -> None:
            from picamera2 import MappedArray

            for name in ("main", "lores"):
                with MappedArray(request, name, reshape=False, write=False) as mapped:
                    luma_bytes = len(mapped.array) * 2 // 3
                    looked.append((int(mapped.array[:luma_bytes].max()), int(mapped.array[luma_bytes:].max())))

        library.post_callback = look
        for _ in range(4):
            read(camera)
    assert looked and set(looked) == {(16, 128)}


def longest_silence_s(fault: str) -> float:
    """Returns for how long no other thread of the process ran while a camera that hangs in ``stop`` was closed."""
    board.begin(faults={fault})
    clock, ended, gaps = SystemClock(), threading.Event(), [0]

    def tick() -> None:
        last_ns = clock.monotonic_ns()
        while not ended.is_set():
            clock.sleep(0.01, ended)
            now_ns = clock.monotonic_ns()
            gaps.append(now_ns - last_ns)
            last_ns = now_ns

    watching = threading.Thread(target=tick)
    with board.camera() as camera:
        read(camera)
        watching.start()
        camera.close()
    ended.set()
    watching.join(30)
    return max(gaps) / 1e9


def test_a_kernel_that_hangs_in_stop_freezes_every_thread_so_that_no_watchdog_of_our_own_could_end_it() -> None:
    assert longest_silence_s("stop holds every thread") >= 2.4
    assert longest_silence_s("stop takes its time") < 2.4  # the control: the same hang, which lets other threads run


def test_closing_does_not_wait_for_a_frame_that_nobody_takes() -> None:
    with board.camera() as camera:
        record(camera, 2)
        closing = threading.Thread(target=camera.close)
        closing.start()
        closing.join(30)
        assert not closing.is_alive()
        assert camera.read() is None
