"""The video file as a camera."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from edge.base.errors import BadInput
from edge.base.frame import Frame
from edge.capture.file import FileCamera
from edge.capture.pace import Pace
from tests.capture import videos
from tests.clocks import HandClock


def fast() -> Pace:
    return Pace(SystemClock(), fast=True, start_us=0)


def seen(frame: Frame) -> int:
    """Returns which picture of the test video a frame shows."""
    return videos.index_of(float(frame.planes().y.mean()))


def played(camera: FileCamera, limit: int = 100) -> list[tuple[int, int, int]]:
    """Returns picture, milliseconds and number of each frame."""
    result: list[tuple[int, int, int]] = []
    with camera:
        while len(result) < limit and (frame := camera.read()):
            result.append((seen(frame), round(frame.wall_us / 1000), frame.number))
    return result


def test_every_picture_comes_once_at_its_time(tmp_path: Path) -> None:
    camera = FileCamera(videos.write(tmp_path / "a.mp4", pictures=5), fast())
    assert (camera.geometry.width, camera.geometry.height, camera.fps) == (64, 48, Fraction(10))
    assert played(camera) == [(index, index * 100, index) for index in range(5)]


def test_variable_rate_keeps_its_times(tmp_path: Path) -> None:
    times = [0, 40, 400, 450, 2000]
    path = videos.write(tmp_path / "a.mkv", pictures=5, at_ms=times)
    assert [at for _, at, _ in played(FileCamera(path, fast()))] == times


@pytest.mark.parametrize(
    ("fps", "expected"),
    [
        (Fraction(5), [0, 2, 4]),
        (Fraction(10), [0, 1, 2, 3, 4]),
        (Fraction(20), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]),
        (Fraction(4), [0, 2]),
    ],
)
def test_steady_rate_picks_pictures_and_misses_none(tmp_path: Path, fps: Fraction, expected: list[int]) -> None:
    frames = played(FileCamera(videos.write(tmp_path / "a.mp4", pictures=5), fast(), fps=fps))
    assert [picture for picture, _, _ in frames] == expected
    assert [number for _, _, number in frames] == list(range(len(expected)))
    assert [at for _, at, _ in frames] == [round(index * 1000 / fps) for index in range(len(expected))]


def test_loop_goes_on_without_a_break_in_the_times(tmp_path: Path) -> None:
    path = videos.write(tmp_path / "a.mp4", pictures=3)
    frames = played(FileCamera(path, fast(), loop=True), limit=7)
    assert frames == [(index % 3, index * 100, index) for index in range(7)]


def test_loop_whose_file_was_replaced_by_another_size_stops(tmp_path: Path) -> None:
    path = videos.write(tmp_path / "a.mp4", pictures=3)
    with FileCamera(path, fast(), loop=True) as camera:
        assert camera.read()
        path.unlink()
        videos.write(path, pictures=3, size=(96, 48))
        with pytest.raises(BadInput, match=r"picture size changed from 64x48 to 96x48.*masks would not fit"):
            [camera.read() for _ in range(4)]


@pytest.mark.parametrize(
    ("pix_fmt", "codec", "name"),
    [
        ("yuv422p", "libx264", "a.mp4"),
        ("yuv444p", "libx264", "a.mp4"),
        ("yuvj420p", "mjpeg", "a.avi"),
        ("gray", "ffv1", "a.mkv"),
        ("yuv420p10le", "ffv1", "a.mkv"),
        ("bgr0", "ffv1", "a.mkv"),
    ],
)
def test_other_pixel_formats_become_limited_range_i420(tmp_path: Path, pix_fmt: str, codec: str, name: str) -> None:
    path = videos.write(tmp_path / name, pictures=3, pix_fmt=pix_fmt, codec=codec)
    with FileCamera(path, fast()) as camera:
        for index in range(3):
            frame = camera.read()
            assert frame is not None
            assert abs(float(frame.planes().y.mean()) - videos.brightness(index)) <= 2
            assert abs(float(frame.planes().u.mean()) - 128) <= 1


def test_odd_sides_lose_their_last_column_and_row(tmp_path: Path) -> None:
    path = videos.write(tmp_path / "a.mkv", pictures=2, size=(63, 47), codec="ffv1")
    camera = FileCamera(path, fast())
    assert (camera.geometry.width, camera.geometry.height) == (62, 46)
    assert [picture for picture, _, _ in played(camera)] == [0, 1]


def test_scales_to_the_size_asked_for(tmp_path: Path) -> None:
    camera = FileCamera(videos.write(tmp_path / "a.mp4", pictures=2), fast(), size=(100, 30))
    assert camera.geometry.shape == (45, 100)
    assert [picture for picture, _, _ in played(camera)] == [0, 1]


def test_more_than_a_second_late_skips_and_counts(tmp_path: Path) -> None:
    clock = HandClock()
    with FileCamera(videos.write(tmp_path / "a.mp4", pictures=25), Pace(clock)) as camera:
        assert camera.read()
        clock.advance(0.9)
        on_time = camera.read()
        assert on_time is not None
        assert on_time.number == 1
        clock.advance(1.2)
        late = camera.read()
        assert late is not None
        assert (seen(late), late.number) == (21, 21)


def test_late_at_the_end_ends(tmp_path: Path) -> None:
    clock = HandClock()
    with FileCamera(videos.write(tmp_path / "a.mp4", pictures=5), Pace(clock)) as camera:
        assert camera.read()
        clock.advance(60)
        assert camera.read() is None


def make_missing(folder: Path) -> Path:
    return folder / "nowhere.mp4"


def make_text(folder: Path) -> Path:
    path = folder / "notes.mp4"
    path.write_text("not a video\n" * 100)
    return path


def make_empty(folder: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def make_folder(folder: Path) -> Path:
    return folder


def make_sound(folder: Path) -> Path:
    return videos.write_sound(folder / "sound.m4a")


def make_headless(folder: Path) -> Path:
    path = videos.write(folder / "a.mov")
    path.write_bytes(path.read_bytes()[:300])
    return path


def make_without_pictures(folder: Path) -> Path:
    return videos.write(folder / "none.avi", pictures=0, codec="mjpeg", pix_fmt="yuvj420p")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (make_missing, "cannot be opened"),
        (make_text, "not a video"),
        (make_empty, "not a video"),
        (make_folder, "cannot be opened"),
        (make_sound, "no video stream"),
        (make_headless, "not a video"),
        (make_without_pictures, "(holds no picture|not a video)"),
    ],
)
def test_unusable_file_is_refused_in_one_line(tmp_path: Path, make: object, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        FileCamera(make(tmp_path), fast())  # type: ignore[operator]
    assert "\n" not in str(caught.value)
    assert "; give" in str(caught.value)


def test_name_like_a_protocol_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    videos.write(tmp_path / "plain.mp4", pictures=2).rename(tmp_path / "concat:plain.mp4")
    assert len(played(FileCamera(Path("concat:plain.mp4"), fast()))) == 2


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])


def scribble(path: Path) -> None:
    """Writes nonsense over the last pictures."""
    data = bytearray(path.read_bytes())
    data[len(data) * 6 // 10 :] = b"\xa5" * (len(data) - len(data) * 6 // 10)
    path.write_bytes(data)


@pytest.mark.parametrize("spoil", [cut, scribble])
def test_cut_or_damaged_file_gives_what_it_has_then_says_so(tmp_path: Path, spoil: object) -> None:
    path = videos.write(tmp_path / "a.mp4", pictures=20, codec="mjpeg", pix_fmt="yuvj420p")
    spoil(path)  # type: ignore[operator]
    seen_before = 0
    with FileCamera(path, fast()) as camera, pytest.raises(BadInput, match=r"(cut off|damaged).*give a whole file"):
        while camera.read():
            seen_before += 1
    assert 5 <= seen_before <= 14


@pytest.mark.parametrize("suffix", ["mkv", "webm"])
@pytest.mark.parametrize("tagged", [True, False])
def test_matroska_that_ends_before_its_stated_length_is_cut_off(tmp_path: Path, suffix: str, *, tagged: bool) -> None:
    codec = "libx264" if suffix == "mkv" else "libvpx"
    path = videos.write(tmp_path / f"a.{suffix}", pictures=25, codec=codec)
    if not tagged:  # as a program writes it that tags no stream; the length of the whole file is still there
        path.write_bytes(path.read_bytes().replace(b"DURATION", b"DURATIOM"))
    assert len(played(FileCamera(path, fast()))) == 25
    cut(path)
    with FileCamera(path, fast()) as camera, pytest.raises(BadInput, match="s short of the length that it states"):
        [camera.read() for _ in range(26)]


def test_matroska_with_sound_that_goes_on_longer_is_whole(tmp_path: Path) -> None:
    path = videos.write_with_sound(tmp_path / "a.mkv", pictures=5, sound_s=3)
    assert len(played(FileCamera(path, fast()))) == 5


def test_change_of_size_stops(tmp_path: Path) -> None:
    path = videos.write_two_sizes(tmp_path / "a.h264", tmp_path)
    with FileCamera(path, fast()) as camera, pytest.raises(BadInput, match="picture size changed from 64x48 to 96x48"):
        [camera.read() for _ in range(9)]


def test_change_of_size_stops_even_where_pictures_are_scaled(tmp_path: Path) -> None:
    path = videos.write_two_sizes(tmp_path / "a.h264", tmp_path)
    with (
        FileCamera(path, fast(), size=(32, 32)) as camera,
        pytest.raises(BadInput, match="masks would not fit"),
    ):
        [camera.read() for _ in range(9)]


def test_jump_in_the_times_is_damage(tmp_path: Path) -> None:
    path = videos.write(tmp_path / "a.mkv", pictures=3, at_ms=[0, 100, 60_000])
    with FileCamera(path, fast()) as camera, pytest.raises(BadInput, match="times jump by 59 s"):
        [camera.read() for _ in range(4)]
