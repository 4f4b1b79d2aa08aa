"""What picamera2 does that one would not expect, seen on the real package, and that our camera does not suffer from it.

The number beside a test is that of the fact:

 1. An exception in a callback ends its loop: frames stop, nothing says so.
 2. So does a control of the wrong type, later.
 3. Frames that stop raise nothing (``test_faults.py``).
 4. A hang of ``stop`` holds every thread (``test_faults.py``).
 5. Rows are aligned to 64 or 128 bytes, and what pads them is not zero.
 6. After a failed ``configure`` a bare ``start`` runs a preview.
 7. libx264 with several threads holds packets back; packets are known by their time.
 8. ``pre_callback`` runs under a lock.
 9. Slow callbacks drop frames silently.
10. An array of ``MappedArray`` that is kept breaks the next ``configure``.
11. A failed opening tells why only in ``__cause__``; an encoder that failed to start says that it runs.
12. ``start`` forgets controls.
13. ``pre_callback`` comes first.
14. Release 0.3.32 does not flush the processor's cache; hardware's rate is fixed when it starts.
15. ``FrameWallClock`` came in microseconds; times restart with each encoder.
16. Boards with 512 MB have little contiguous memory.
17. Debian's package lies outside of an environment.
"""

from __future__ import annotations

import gc
import threading
import warnings
from importlib import metadata
from typing import Any

import numpy as np
import pytest
import videodev2
from libcamera import codec, dma
from picamera2 import MappedArray, Picamera2
from picamera2.encoders.h264_encoder import H264Encoder
from picamera2.encoders.libav_h264_encoder import LibavH264Encoder
from picamera2.outputs import Output

from edge.base.clock import SystemClock
from edge.base.errors import BadConfiguration, BadInput, Stop
from edge.capture.picamera import library
from edge.capture.picamera.coding import CameraCoder
from edge.capture.picamera.session import BUFFERS
from tests.picamera import board
from tests.picamera.clocks import HastyClock
from tests.picamera.footage import encoder, encoders, painter, raster, read, record, solid

PATIENCE_S = 30.0
BOARDS = ("vc4", "pisp")
pytestmark = pytest.mark.usefixtures("scenario")


class Raw:
    """picamera2 as its manual shows it, for the controls: what happens to who does not know."""

    def __init__(self, **configuration: Any) -> None:
        self.camera = Picamera2()
        asked = {"main": {"size": board.SIZE, "format": "YUV420"}, "raw": None} | configuration
        self.camera.configure(self.camera.create_video_configuration(**asked))
        self.seen = 0

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        if self.camera._preview is not None:
            self.camera.stop_preview()
        self.camera.close()
        self.camera.allocator = None

    @property
    def loop(self) -> threading.Thread:
        """The thread that runs callbacks."""
        thread: threading.Thread = self.camera._preview.thread
        return thread


def silent(error: Any) -> None:
    """Takes what a dying thread says, as it happens on a node: it is not raised anywhere."""


@pytest.fixture
def unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that ends a thread is nobody's."""
    monkeypatch.setattr(threading, "excepthook", silent)


@pytest.mark.usefixtures("unheard")
def test_an_exception_in_a_callback_ends_picamera2s_loop_and_nothing_says_so() -> None:  # 1, the control
    def broken(request: Any) -> None:
        raise ValueError("broken")

    with Raw() as raw:
        raw.camera.pre_callback = broken
        raw.camera.start()
        raw.loop.join(PATIENCE_S)
        assert not raw.loop.is_alive()
        assert raw.camera.started


def test_a_frame_that_cannot_be_taken_is_painted_over_told_and_the_next_one_comes() -> None:  # 1
    scenario = board.begin(stepped=True)
    looked: list[int] = []
    with board.camera() as camera:
        camera._session._camera.post_callback = lambda request: looked.append(window(request))
        scenario.faults.add("no timestamp")
        expose_when_started(camera)
        with pytest.raises(Stop, match="SensorTimestamp"):
            camera.read()
        scenario.faults.clear()
        board.sensor().expose()
        assert read(camera).number == 0
        assert looked == [16]


@pytest.mark.usefixtures("unheard")
def test_where_painting_over_fails_too_the_loop_ends_before_anything_else_sees_the_frame() -> None:  # 1
    board.begin(faults={"buffers cannot be written"})
    looked: list[int] = []
    with board.camera() as camera:
        camera._session._camera.post_callback = lambda request: looked.append(window(request))
        with pytest.raises(Stop, match="cannot be taken"):
            camera.read()
        camera._session._camera._preview.thread.join(PATIENCE_S)
        assert not looked


@pytest.mark.usefixtures("unheard")
def test_a_loop_that_ended_is_brought_back() -> None:  # 1 and 2, with the control of 2
    with board.camera(HastyClock()) as camera:
        before = read(camera).number
        loop = camera._session._camera._preview.thread
        camera._session._camera.set_controls({"AnalogueGain": 2})  # an int, past our own check
        frame = camera.read()
        loop.join(PATIENCE_S)
        assert not loop.is_alive()
        assert frame is not None and frame.number > before
        assert len(board.sensor().started_with) == 2


def test_a_control_of_another_type_is_made_right_or_refused_at_once() -> None:  # 2
    with board.camera() as camera:
        read(camera)
        camera._session.set({"AnalogueGain": 2})
        assert all(read(camera) for _ in range(3 * BUFFERS))
        assert board.sensor().settings["AnalogueGain"] == 2.0
        with pytest.raises(BadConfiguration, match="ExposureTime"):
            camera._session.set({"ExposureTime": 0.5})


def test_strides_are_the_granted_ones() -> None:  # 5
    for name, stride in (("vc4", 320), ("pisp", 384)):
        board.begin(name)
        with board.camera(size=(640, 480), small=(320, 240)) as camera:
            small = read(camera).small
            assert small is not None and camera.small is not None
            assert small.geometry.stride == camera.small.stride == stride
            assert small.picture.reshape(-1)[240 * stride - 1] == (0xA5 if stride > 320 else small.planes().y[-1, -1])


def test_a_bare_start_after_a_failed_configure_runs_a_preview_of_another_size() -> None:  # 6, the control
    scenario = board.begin()
    with Raw() as raw:
        scenario.faults.add("configuration is invalid")
        with pytest.raises(RuntimeError):
            raw.camera.configure(raw.camera.create_video_configuration(main={"size": board.SIZE, "format": "YUV420"}))
        scenario.faults.clear()
        raw.camera.start()
        assert raw.camera.camera_configuration()["main"]["size"] == (640, 480)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("configuration is invalid", "cannot be configured"),
        ("configuration fails", "cannot be configured"),
        ("another size is granted", r"grants \(256, 240\)"),
        ("stride is too short", "rows of 160 bytes"),
        ("no rotation is granted", "masks would lie elsewhere"),
    ],
)
def test_what_is_not_granted_is_not_started(fault: str, told: str) -> None:  # 6
    board.begin(faults={fault})
    with pytest.raises(BadInput, match=told), board.camera(rotation=180):
        pass
    assert not board.sensor().started_with


@pytest.mark.parametrize("name", BOARDS)
def test_packets_come_with_their_frames_and_none_is_left_inside(name: str) -> None:  # 7
    board.begin(name)
    with board.camera() as camera:
        assert sum(segment.frames for segment in record(camera, 10)) == 10
        coder = camera.coder(1_000_000, "superfast", 600)
        assert isinstance(coder, CameraCoder)
        assert isinstance(coder._encoder, {"vc4": H264Encoder, "pisp": LibavH264Encoder}[name])
        coder.stop()


def test_libx264_with_more_threads_holds_packets_back() -> None:  # 7, the control
    board.begin("pisp")
    with board.camera() as camera:
        paint, coder = painter(camera), camera.coder(1_000_000, "superfast", 600)
        assert isinstance(coder, CameraCoder)
        coder._encoder.stop()
        coder._encoder.threads = 4
        coder._begin(camera.geometry)
        with pytest.raises(Stop, match="has given nothing"):
            for _ in range(5):
                coder.code(paint.paint(read(camera)), keyframe=False)
        assert coder.stop()


def test_a_frame_that_the_encoder_leaves_out_is_counted_and_no_other_takes_its_place() -> None:  # 7
    board.begin(stepped=True, faults={"codec leaves one out"})
    with board.camera() as camera:
        start_ns = SystemClock().monotonic_ns() - 2_000_000_000
        paint, segments = painter(camera), encoder(camera)
        done = []
        for number in range(9):
            expose_when_started(camera, start_ns + number * 25_000_000)
            done += segments.push(paint.paint(read(camera)))
        (segment,) = done + segments.finish()
    assert (segment.frames, segment.frames_missed) == (8, 1)
    assert segment.mono_end_ns - segment.mono_start_ns == pytest.approx(9 * 25_000_000, abs=2000)


def test_controls_are_set_and_the_camera_closed_while_its_callback_waits_under_the_lock() -> None:  # 8
    with board.camera() as camera:
        read(camera)
        assert camera._session._camera.lock.locked()
        camera.meter(200.0)
        camera.close()
        assert camera.read() is None


def test_frames_dropped_behind_a_slow_reader_are_counted() -> None:  # 9
    board.begin(stepped=True)
    start_ns = SystemClock().monotonic_ns() - 2_000_000_000
    with board.camera() as camera:
        expose_when_started(camera, start_ns)
        first = read(camera)
        sensor = board.sensor()
        for number in range(1, 20):
            sensor.expose(start_ns + number * 25_000_000)
        until(lambda: sensor.shot == 20)
        numbers = [read(camera).number for _ in range(BUFFERS - 1)]
        sensor.expose(start_ns + 20 * 25_000_000)
        numbers.append(read(camera).number)
    assert first.number == 0
    assert numbers == [1, 2, 3, 20]


def test_an_array_that_is_kept_breaks_the_next_configuration() -> None:  # 10, the control
    with Raw() as raw:
        raw.camera.start()
        request = raw.camera.capture_request()
        with MappedArray(request, "main") as mapped:
            kept = mapped.array
        request.release()
        raw.camera.stop()
        with pytest.raises(BufferError):
            raw.camera.configure(raw.camera.create_video_configuration(raw=None))
        assert kept is not None
        del kept


def test_a_frame_that_is_kept_is_no_bar_to_closing() -> None:  # 10
    with board.camera() as camera:
        kept = read(camera)
    assert not dma.buffers
    assert kept.picture.any()


def test_why_a_camera_does_not_open_is_told() -> None:  # 11
    board.begin(faults={"busy"})
    with warnings.catch_warnings(record=True) as leaks:
        warnings.simplefilter("always")
        assert "busy" not in refusal()
        gc.collect()
    assert any("unclosed file" in str(leak.message) for leak in leaks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        with pytest.raises(BadInput, match="Device or resource busy"), board.camera():
            pass
        gc.collect()


def test_an_encoder_that_does_not_start_is_replaced_by_a_new_one() -> None:  # 11
    scenario = board.begin(faults={"codec is busy"})
    with board.camera() as camera:
        refused = H264Encoder(1_000_000)
        refused.output = Output()
        with pytest.raises(OSError, match="busy"):
            refused.start()
        assert refused.running
        with pytest.raises(Stop, match="cannot be started"):
            record(camera, 1)
        scenario.faults.clear()
        assert record(camera, 3)


def test_every_start_has_all_controls() -> None:  # 12, with its control
    scenario = board.begin()
    with board.camera(HastyClock(at={3: scenario.faults.clear})) as camera:
        read(camera)
        scenario.faults.add("frames stop")
        for _ in range(2 * BUFFERS):
            read(camera)
            if len(board.sensor().started_with) == 2:
                break
        first, second = ({control.name for control in start} for start in board.sensor().started_with)
    assert first - {"NoiseReductionMode"} == second
    assert {"FrameDurationLimits", "AeEnable", "AwbEnable", "ColourGains", "ExposureTime", "LensPosition"} <= second
    with Raw() as raw:
        for _ in range(2):
            raw.camera.start()
            raw.camera.stop()
        assert [len(start) for start in board.sensor().started_with[-2:]] == [2, 0]


def test_whoever_else_looks_sees_painted_pictures_only() -> None:  # 13
    looked: list[int] = []
    with board.camera(small=board.SMALL) as camera:
        library_camera = camera._session._camera
        library_camera.post_callback = lambda request: looked.append(window(request))
        paint, segments = painter(camera), encoder(camera)
        segments.push(paint.paint(read(camera)))
        captured: list[Any] = []
        job = threading.Thread(target=lambda: captured.append(library_camera.capture_array("main", wait=PATIENCE_S)))
        job.start()
        while not captured:
            segments.push(paint.paint(read(camera)))
        job.join(PATIENCE_S)
        segments.finish()
        masked = raster(camera).y
    assert set(looked) == {16}
    assert (captured[0][: masked.shape[0], : masked.shape[1]][masked] == 16).all()


@pytest.mark.parametrize("version", ["0.3.32", "0.3.31", "0.2.99", "0.3", "unknown", "0.3.33\n0"])
def test_releases_that_may_encode_what_is_under_masks_are_refused(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # 14
    monkeypatch.setattr(metadata, "version", lambda _: version)
    with pytest.raises(BadConfiguration, match=r"0\.3\.33 or later"), board.camera():
        pass


@pytest.mark.parametrize("version", ["0.3.33", "0.3.38", "0.4.0", "0.3.33-1", "1.0.0"])
def test_later_releases_are_taken(version: str) -> None:  # 14
    library.require(version)


def test_hardware_sees_paint_and_not_what_the_cache_still_holds() -> None:  # 14
    with board.camera() as camera:
        segments = record(camera, 12)
        assert segments and all(solid(segment, raster(camera)) for segment in segments)


def test_without_the_flush_hardware_encodes_what_is_under_masks() -> None:  # 14, the control
    with board.camera() as camera:
        paint, segments = painter(camera), encoder(camera)
        painted = paint.paint(read(camera))
        assert camera._held is not None
        flushes = camera._held.synced.pop_all()
        segments.push(painted)
        (segment,) = segments.finish()
        flushes.close()
        assert not solid(segment, raster(camera))


def test_the_encoder_has_its_rate_from_its_start_and_another_rate_takes_another_encoder() -> None:  # 14 and 15
    with board.camera() as camera:
        paint, segments = painter(camera), encoder(camera, 1_000_000)
        done = segments.push(paint.paint(read(camera)))
        segments.renew(encoders(camera, 500_000))
        while len(done) < 2:
            done += segments.push(paint.paint(read(camera)))
        done += segments.finish()
    rates = [made.controls[videodev2.V4L2_CID_MPEG_VIDEO_BITRATE] for made in codec.made]
    assert rates == [1_000_000, 500_000]
    assert all(videodev2.V4L2_CID_MPEG_VIDEO_H264_LEVEL not in made.controls for made in codec.made)  # 4.0
    assert -1_000 <= done[1].mono_start_ns - done[0].mono_end_ns < 1_000_000_000  # ends count in microseconds
    assert all(solid(segment, raster(camera)) for segment in done)


@pytest.mark.parametrize("unit_ns", [1, 1000, 0])
def test_wall_times_come_in_either_unit_or_not_at_all(unit_ns: int) -> None:  # 15
    board.begin(wall_unit_ns=unit_ns)
    clock = SystemClock()
    with board.camera(clock) as camera:
        before_us = clock.now_us()
        frames = [read(camera) for _ in range(BUFFERS + 1)]
        now_us = clock.now_us()
    assert before_us - 50_000 <= frames[-1].wall_us <= now_us
    assert all(0 < clock.monotonic_ns() - frame.mono_ns < PATIENCE_S * 1e9 for frame in frames)


def test_a_small_board_is_asked_for_little() -> None:  # 16
    with board.camera() as camera:
        read(camera)
        granted = camera._session._camera.camera_configuration()
        assert (granted["main"]["format"], granted["raw"], granted["buffer_count"]) == ("YUV420", None, BUFFERS)
        assert board.sensor().configured == 1
        assert not camera._session._camera.sensor_modes_
        assert sum(len(buffer.memory) for buffer in dma.buffers.values()) == BUFFERS * 320 * 240 * 3 // 2
        assert granted["queue"] is False


def test_a_missing_package_is_named_with_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:  # 17
    def missing(_name: str) -> str:
        raise metadata.PackageNotFoundError("picamera2")

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(BadConfiguration, match=r"python3-picamera2.*--system-site-packages"), board.camera():
        pass


def refusal() -> str:
    """What picamera2 says of a camera that does not open."""
    with pytest.raises(RuntimeError) as raised:
        Picamera2()
    return str(raised.value)


def window(request: Any) -> int:
    """What lies in the middle of the private window of a request's main picture."""
    with MappedArray(request, "main", write=False) as mapped:
        return int(mapped.array[int(0.27 * 240), int(0.72 * 320)])


def expose_when_started(camera: Any, at_ns: int | None = None) -> None:
    """Takes a picture with a stepped sensor, once somebody reads."""

    def expose() -> None:
        until(lambda: board.sensor().queued == BUFFERS or board.sensor().shot > 0)
        board.sensor().expose(at_ns)

    threading.Thread(target=expose, name="a hand at the sensor").start()


def until(condition: Any) -> None:
    """Waits for something of another thread."""
    clock = SystemClock()
    deadline_ns = clock.monotonic_ns() + round(PATIENCE_S * 1e9)
    while not condition():
        assert clock.monotonic_ns() < deadline_ns
        clock.sleep(0.005)


def test_luma_of_the_scene_is_far_from_paint() -> None:
    with board.camera() as camera:
        luma = read(camera).planes().y
        assert np.abs(luma.astype(int) - 16).min() > 8
