"""Real recorders whose camera or card stands still: systemd's socket, FUSE, and the chain that is left."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.base.clock import SystemClock
from edge.base.errors import MimamoriError
from edge.seal.manifest import Cause, Gap, Kind, Segment
from edge.wire.status import RecorderState, RecorderStatus, read_status
from tests.node.hanging_disk import hanging_disk
from tests.node.processes import Command
from tests.node.systemd import Systemd
from tests.node.town import FPS, PACED, Town, ffmpeg

Make = Callable[..., Town]
Run = Callable[..., Command]
_PIPE_BYTES = 1024 * 1024


def status(town: Town) -> RecorderStatus:
    return read_status(town.config.status)


def says(town: Town, fact: Callable[[RecorderStatus], bool]) -> bool:
    """Whether there is a status and ``fact`` holds of it."""
    try:
        return fact(status(town))
    except MimamoriError:
        return False


def record(run: Run, town: Town, systemd: Systemd, *words: object) -> Command:
    return run("node", "record", "--config", town.config_path, *words, NOTIFY_SOCKET=str(systemd.path))


def await_alarm(command: Command, systemd: Systemd, town: Town, name: str) -> None:
    command.await_(lambda: systemd.fed() > 0 and says(town, lambda found: name in found.faults))


def await_end_unfed(command: Command, systemd: Systemd, within_s: float) -> int:
    """Waits for the end; systemd hears nothing from now on."""
    clock, fed = SystemClock(), systemd.fed()
    begin_ns = clock.monotonic_ns()
    exit_status = command.wait()
    assert systemd.fed() == fed
    assert clock.monotonic_ns() - begin_ns < within_s * 1e9
    return exit_status


def require_accounted(town: Town, last: RecorderStatus, cause: Cause) -> None:
    """Checks that the run after signed what the one before lost: all its time, each of its frames once."""
    records = town.require_chained()
    second = max(index for index, found in enumerate(records) if found.header.kind is Kind.BOOT)
    before = [found.header.manifest for found in records[:second]]
    gap = records[second + 1].header.manifest
    assert isinstance(gap.detail, Gap) and gap.detail.cause is cause
    assert gap.start_us == [each.end_us for each in before if isinstance(each.detail, Segment | Gap)][-1]
    assert gap.end_us == records[second].header.manifest.start_us
    details = [each.detail for each in before] + [gap.detail]
    counted = sum(detail.frames for detail in details if isinstance(detail, Segment))
    missed = sum(detail.frames_missed for detail in details if isinstance(detail, Segment | Gap))
    assert counted + missed == last.frames_seen + last.frames_missed
    assert gap.detail.frames_missed == last.frames_waiting > 0


@contextmanager
def film_that_stops(film: Path, folder: Path) -> Iterator[Path]:
    """A film that comes through a pipe, which then stays open: who reads on waits for ever."""
    ffmpeg("-i", str(film), "-c", "copy", "-bsf:v", "h264_mp4toannexb", "-f", "mpegts", str(folder / "film.ts"))
    pipe = folder / "pipe.ts"
    os.mkfifo(pipe)
    descriptor = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        data = (folder / "film.ts").read_bytes()
        assert os.write(descriptor, data) == len(data)
        yield pipe
    finally:
        os.close(descriptor)


def test_camera_that_stands_still_starves_the_watchdog_ends_the_process_and_leaves_a_gap(
    make_town: Make, run: Run, systemd: Systemd, film: Path, tmp_path: Path
) -> None:
    with film_that_stops(film, tmp_path) as pipe:
        town = make_town(source={"path": str(pipe), "fast": False})
        command = record(run, town, systemd)
        await_alarm(command, systemd, town, "camera")
        assert await_end_unfed(command, systemd, within_s=10) == 75
    last = status(town)
    assert last.state is RecorderState.FAULT and last.frames_seen > 2 * FPS
    assert systemd.fed() > 4 and b"READY=1\nSTATUS=recording file at 128x96" in systemd.said
    assert "waiting for a frame" in last.message and "to be started again" in command.err

    town.configure(source={"path": str(film), "fast": True})
    assert record(run, town, systemd, "--seconds", 2).wait() == 0
    require_accounted(town, last, Cause.CAMERA)
    assert not status(town).faults


def test_disk_that_hangs_for_a_while_loses_nothing_and_for_longer_ends_the_process_and_leaves_a_gap(
    make_town: Make, run: Run, systemd: Systemd, film: Path, tmp_path: Path
) -> None:
    with hanging_disk(tmp_path / "card", tmp_path / "behind") as disk:
        town = make_town(source=PACED, spool={"folder": str(disk.mount / "spool")})
        town.spool = tmp_path / "behind" / "spool"
        command = record(run, town, systemd)

        def await_fact(fact: Callable[[RecorderStatus], bool]) -> None:
            command.await_(lambda: systemd.fed() >= 0 and says(town, fact))

        def hang_after_the_next_segment() -> None:
            """Its server is not in the midst of anything then, so the kernel lets go who waits for it and is ended."""
            segments = status(town).segments
            await_fact(lambda found: found.segments > segments)
            disk.hang()
            await_alarm(command, systemd, town, "storage")

        await_fact(lambda found: found.segments > 0)
        hang_after_the_next_segment()
        seen = status(town).frames_seen
        await_fact(lambda found: found.frames_seen > seen + FPS)
        disk.go_on()
        await_fact(lambda found: not found.faults)
        assert "GAP" not in town.kinds_so_far()

        hang_after_the_next_segment()
        assert await_end_unfed(command, systemd, within_s=30) == 74
        last = status(town)
        assert last.state is RecorderState.FAULT
        assert "sealing and syncing" in last.message and last.frames_waiting > 20 * FPS
        disk.go_on()

        town.configure(source={"path": str(film), "fast": True, "loop": False})
        assert record(run, town, systemd, "--seconds", 2).wait() == 0
        require_accounted(town, last, Cause.STORAGE)
    assert not status(town).faults
