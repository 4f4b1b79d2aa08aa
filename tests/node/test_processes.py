"""The recorder and the uplink as processes: exit statuses, messages, locks, signals, and what is on the card after."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from edge.seal.manifest import Cause, Kind
from edge.seal.reel import read_position
from edge.wire.status import RecorderState, read_status
from tests.mask.samples import document, mask, put, written
from tests.node.processes import Command
from tests.node.test_hardening import unlocked
from tests.node.town import HEIGHT, PACED, STREET, WIDTH, Town, ffmpeg, make_video

Run = Callable[..., Command]
Make = Callable[..., Town]


def record(run: Run, town: Town, *words: object) -> Command:
    return run("node", "record", "--config", town.config_path, *words)


def lines(command: Command) -> list[str]:
    """What the command says of why it ended; its log lines are not meant."""
    return [line for line in command.err.splitlines() if line.startswith("mimamori: ")]


# --- a run, as it should be


def test_source_that_ends_is_recorded_whole(town: Town, run: Run) -> None:
    command = record(run, town)
    assert command.wait() == 0, command.err
    town.require_chained()
    assert town.kinds() == ["BOOT", "SEGMENT", "SEGMENT", "SEGMENT", "SHUTDOWN"]
    assert town.pictures().shape == (50, HEIGHT, WIDTH)
    assert town.details(Kind.SHUTDOWN)[0].reason == "the source has ended"
    status = read_status(town.run / "recorder.json")
    assert (status.state, status.frames_encoded, status.segments, status.gaps_24h) == (
        RecorderState.STOPPED, 50, 3, {},
    )  # fmt: skip


def test_asked_length_ends_the_run(make_town: Make, run: Run) -> None:
    town = make_town(source=STREET)
    assert record(run, town, "--seconds", "2.5").wait() == 0
    assert sum(detail.frames for detail in town.details(Kind.SEGMENT)) == 25


def test_run_that_kept_nothing_is_no_success(town: Town, run: Run) -> None:
    """Every second of it is signed as a gap, and the status says that a person must act."""
    (town.state / "key-list.json").unlink()
    command = record(run, town)
    assert command.wait() == 78
    assert len(lines(command)) == 1 and "no footage was kept" in lines(command)[0] and "no key list" in command.err
    assert set(town.kinds()) == {"BOOT", "GAP", "SHUTDOWN"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_run_in_order(make_town: Make, run: Run, number: int) -> None:
    town = make_town(source=PACED)
    command = record(run, town)
    command.await_((town.run / "position").exists)
    os.kill(command.pid, number)
    assert command.wait() == 0, command.err
    assert town.kinds()[-1] == "SHUTDOWN"
    assert town.details(Kind.SHUTDOWN)[0].reason == "a stop was asked for"
    town.require_chained()


def test_recorder_leaves_no_memory_to_read(make_town: Make, run: Run) -> None:
    town = make_town(source=PACED)
    command = record(run, town)
    command.await_((town.run / "position").exists)
    limits = Path(f"/proc/{command.pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"]
    assert int(Path(f"/proc/{command.pid}/coredump_filter").read_text(), 16) == 0
    if os.geteuid() == 0:  # others may not lock memory unless systemd lets them
        assert unlocked(Path(f"/proc/{command.pid}/smaps").read_text()) == 0
    os.kill(command.pid, signal.SIGTERM)
    assert command.wait() == 0


# --- masks


BOW = [[0.2, 0.2], [0.8, 0.8], [0.8, 0.2], [0.2, 0.8]]
REFUSED_MASKS = {
    "missing": (None, "nothing is recorded without signed-off masks"),
    "a folder": (..., "nothing is recorded without signed-off masks"),
    "no JSON": (b"{", "not a JSON document"),
    "empty without reason": (written(document(masks=[])), "draw the masks, or give a reason"),
    "crosses itself": (written(document(mask(polygon=BOW))), "masks.0.polygon"),
    "outside": (written(document(mask(polygon=[[0.1, 0.1], [1.1, 0.1], [0.5, 0.5]]))), "outside 0..1"),
    "not signed off": (written(document(signed_off=None)), "not signed off"),
    "of another node": (written(document(node="demo-2")), "this node is 'demo'"),
}


@pytest.mark.parametrize(("data", "said"), REFUSED_MASKS.values(), ids=REFUSED_MASKS)
def test_nothing_is_recorded_without_valid_masks(town: Town, run: Run, data: object, said: str) -> None:
    town.masks.unlink()
    if isinstance(data, bytes):
        town.masks.write_bytes(data)
    elif data is ...:
        town.masks.mkdir()
    command = record(run, town)
    assert command.wait() == 78
    assert said in command.err and str(town.masks) in command.err
    assert len(lines(command)) == 1
    assert town.records() == []


def test_reason_instead_of_masks_is_taken(town: Town, run: Run) -> None:
    put(town.masks, document(masks=[], none_needed="the camera sees a river alone"))
    assert record(run, town, "--seconds", 1).wait() == 0
    assert "SEGMENT" in town.kinds()


def test_smaller_masks_need_a_visit(town: Town, run: Run) -> None:
    assert record(run, town, "--seconds", 1).wait() == 0
    before = town.kinds()
    put(town.masks, document(masks=[], none_needed="they say"))
    command = record(run, town, "--seconds", 1)
    assert command.wait() == 78
    assert "mask floor" in command.err
    assert town.kinds() == before


def test_lost_floor_of_a_node_that_recorded_needs_a_visit(town: Town, run: Run) -> None:
    """Else whoever deletes one file could put smaller masks in its place (R-MATSUDO-13)."""
    assert record(run, town, "--seconds", 1).wait() == 0
    before = town.kinds()
    (town.state / "floor").unlink()
    put(town.masks, document(masks=[], none_needed="they say"))
    command = record(run, town, "--seconds", 1)
    assert command.wait() == 78
    assert "the mask floor is gone" in command.err
    assert town.kinds() == before


# --- configuration and documents


def test_every_configuration_fault_is_told_at_once(make_town: Make, run: Run) -> None:
    town = make_town(retention_days=99, colour="red", demo=False, camera="host\nevil")
    command = record(run, town)
    assert command.wait() == 78
    for path in ("retention_days", "colour", "clock", "camera"):
        assert f"{town.config_path}: {path}: " in command.err
    assert not town.spool.exists()


def spoil_root(town: Town) -> None:
    (town.folder / "root.pub").write_text("ab" * 32 + "\n")


def put_a_photo_in_the_spool(town: Town) -> None:
    town.spool.mkdir()
    (town.spool / "photo.jpg").touch()


SPOILT: dict[str, tuple[Callable[[Town], object], str]] = {
    "no signing key": (lambda town: (town.state / "signing.pem").unlink(), "mimamori node init"),
    "signing key of rubbish": (lambda town: (town.state / "signing.pem").write_text("x"), "mimamori node init"),
    "no authority": (lambda town: (town.folder / "authority.json").unlink(), "copy the city's authority.json again"),
    "another root": (spoil_root, "another root"),
    "foreign file in the spool": (put_a_photo_in_the_spool, "a folder of its own"),
}


@pytest.mark.parametrize(("spoil", "said"), SPOILT.values(), ids=SPOILT)
def test_spoilt_provisioning_stops_with_advice(
    town: Town, run: Run, spoil: Callable[[Town], object], said: str
) -> None:
    spoil(town)
    command = record(run, town)
    assert command.wait() == 78
    assert said in command.err
    assert len(lines(command)) == 1
    assert town.records() == []


# --- one recorder a spool


def test_second_recorder_is_refused(make_town: Make, run: Run) -> None:
    town = make_town(source=PACED)
    first = record(run, town)
    first.await_((town.run / "position").exists)
    second = record(run, town)
    assert second.wait() == 75
    assert "another recorder" in second.err
    os.kill(first.pid, signal.SIGTERM)
    assert first.wait() == 0
    assert town.kinds().count("BOOT") == 1
    town.require_chained()


# --- sources


def no_video(folder: Path) -> Path:
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", str(folder / "sound.mp4"))
    return folder / "sound.mp4"


def text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("no film\n" * 100)
    return folder / "text.mp4"


UNUSABLE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "none.mp4", "cannot be opened"),
    "no video stream": (no_video, "no video stream"),
    "no video": (text, "not a video"),
    "folder": (lambda folder: folder, "cannot be opened"),
}


@pytest.mark.parametrize(("make", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_source_is_named(
    make_town: Make, run: Run, tmp_path: Path, make: Callable[..., Path], said: str
) -> None:
    source = make(tmp_path)
    town = make_town(source={"path": str(source)})
    command = record(run, town)
    assert command.wait() == 66, command.err
    assert said in command.err and str(source) in command.err
    assert len(lines(command)) == 1


def cut_off(film: Path, folder: Path) -> Path:
    """A film whose last third is missing; its index comes first, so that what is there can be read."""
    whole = folder / "whole.mp4"
    ffmpeg("-i", str(film), "-c", "copy", "-movflags", "+faststart", str(whole))
    data = whole.read_bytes()
    (folder / "cut.mp4").write_bytes(data[: len(data) * 2 // 3])
    return folder / "cut.mp4"


def resized(film: Path, folder: Path) -> Path:
    """A transport stream that goes on in another size."""
    large = make_video(folder / "large.mp4", seconds=2, size="160x120")
    parts = []
    for source in (film, large):
        ffmpeg("-i", str(source), "-c", "copy", "-bsf:v", "h264_mp4toannexb", "-f", "mpegts", str(folder / "part.ts"))
        parts.append((folder / "part.ts").read_bytes())
    (folder / "resized.ts").write_bytes(b"".join(parts))
    return folder / "resized.ts"


BREAKING = {"cut off": (cut_off, "cut off"), "another size": (resized, "picture size changed")}


@pytest.mark.parametrize(("make", "said"), BREAKING.values(), ids=BREAKING)
def test_source_that_breaks_leaves_what_was_recorded(
    make_town: Make, run: Run, tmp_path: Path, film: Path, make: Callable[..., Path], said: str
) -> None:
    town = make_town(source={"path": str(make(film, tmp_path))})
    command = record(run, town)
    assert command.wait() == 66
    assert said in command.err
    town.require_chained()
    assert town.kinds()[0] == "BOOT" and town.kinds()[-1] == "SHUTDOWN" and "SEGMENT" in town.kinds()
    assert len(town.pictures()) >= 20
    assert said in town.details(Kind.SHUTDOWN)[0].reason


@pytest.mark.parametrize(
    ("size", "recorded"), [("129x97", (128, 96)), ("99x71", (98, 70)), ("98x70", (98, 70)), ("64x48", (64, 48))]
)
def test_picture_of_any_size_is_recorded_cut_to_an_even_one(
    make_town: Make, run: Run, tmp_path: Path, size: str, recorded: tuple[int, int]
) -> None:
    film = tmp_path / "odd.avi"
    source = f"testsrc2=size={size}:rate=10:duration=1"
    ffmpeg("-f", "lavfi", "-i", source, "-pix_fmt", "yuv444p", "-c:v", "ffv1", str(film))
    town = make_town(source={"path": str(film)})
    command = record(run, town)
    assert command.wait() == 0, command.err
    assert town.kinds() == ["BOOT", "SEGMENT", "SHUTDOWN"]  # no GAP: its masked pixels were solid
    assert {(detail.width, detail.height) for detail in town.details(Kind.SEGMENT)} == {recorded}


# --- power and disk


def test_killed_recorder_goes_on_with_its_chain(make_town: Make, run: Run) -> None:
    town = make_town(source=PACED)
    killed = record(run, town)
    killed.await_(lambda: "SEGMENT" in town.kinds_so_far())
    killed.process.kill()
    assert killed.wait() == -signal.SIGKILL
    before = town.records()
    assert record(run, town, "--seconds", 1).wait() == 0
    records = town.require_chained()
    assert records[: len(before)] == before
    boot, gap = records[len(before) : len(before) + 2]
    assert boot.header.kind is Kind.BOOT
    assert boot.header.manifest.detail.resumes == before[-1].header.sequence  # type: ignore[union-attr]
    assert gap.header.kind is Kind.GAP and gap.header.manifest.detail.cause is Cause.UNKNOWN  # type: ignore[union-attr]
    assert abs(gap.header.manifest.start_us - before[-1].header.manifest.end_us) <= 1  # two clocks, each rounded
    assert gap.header.manifest.end_us == boot.header.manifest.start_us
    assert len({record.header.sequence for record in records}) == len(records)


def test_every_second_is_accounted_for_even_over_a_run_without_footage(
    make_town: Make, run: Run, tmp_path: Path
) -> None:
    """A start that fails for its source must not swallow the time since the run before."""
    town = make_town()
    assert record(run, town, "--seconds", 1).wait() == 0
    town.configure(source=PACED)
    cut = record(run, town)
    cut.await_(lambda: town.kinds_so_far()[-2:] == ["BOOT", "GAP"])
    cut.process.kill()
    cut.wait()
    town.configure(source={"fast": True})
    assert record(run, town, "--seconds", 1).wait() == 0
    covered = [record.header.manifest for record in town.records() if record.header.kind in (Kind.SEGMENT, Kind.GAP)]
    assert len(covered) > 3
    for before, after in pairwise(covered):
        assert after.start_us - before.end_us <= 1_000_000


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[Path]:
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False, timeout=60).returncode:
        pytest.skip("may not mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=60)


def test_card_that_is_too_small_is_named(make_town: Make, run: Run, tmp_path: Path) -> None:
    with small_disk(tmp_path / "card", 2 * 2**20) as card:
        town = make_town(spool={"folder": str(card / "spool")})
        command = record(run, town)
        assert command.wait() == 78
        assert "No space left on device" in command.err and str(card) in command.err
        assert "the first start after a sign-off needs a card that works" in command.err


def test_full_state_ends_no_recording_but_shows_no_picture_without_a_floor(
    make_town: Make, run: Run, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "full", 2**20) as full:
        town = make_town()
        state = full / "state"
        state.mkdir()
        for name in ("signing.pem", "key-list.json"):
            (state / name).write_bytes((town.state / name).read_bytes())
        with pytest.raises(OSError, match="No space"), (full / "ballast").open("wb", buffering=0) as ballast:
            while ballast.write(bytes(4096)):
                pass
        town.configure(state=str(state))
        command = record(run, town)
        assert command.wait() == 0, command.err
        assert "No space left on device" in command.err
        assert [detail.blanked for detail in town.details(Kind.SEGMENT)] == [True] * 3


def test_position_tells_what_is_on_the_card(town: Town, run: Run) -> None:
    assert record(run, town, "--seconds", 3).wait() == 0
    position = read_position(town.run / "position")
    assert position is not None and position.sequence == len(town.records()) - 1
