"""The card's health as heartbeats carry it, from an imitated board and from a real ext4 on a loop device."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.health.blockdevice import Kernel
from edge.health.card import Card
from edge.wire.heartbeat import CardHealth
from tests.health.board import NUMBER, Board

GB = 1_000_000_000
_LIBC = ctypes.CDLL(None, use_errno=True)


def card_of(board: Board, endurance_bytes: int | None = None) -> Card:
    return Card(Path("spool"), endurance_bytes, board.kernel, lambda _: NUMBER)


def test_a_bare_sd_card_tells_little_and_that_it_can_be_written(tmp_path: Path) -> None:
    assert card_of(Board(tmp_path)).look() == CardHealth(device="mmcblk0p3", read_only=False)


def test_a_cards_life_follows_from_its_endurance(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.counted(uptime_s=10 * 86_400, sectors=160 * GB // 512)
    (board.ext4 / "lifetime_write_kbytes").write_text(str(2_000 * GB // 1024))
    health = card_of(board, 18_000 * GB).look()
    assert health is not None
    assert (health.bytes_a_day, health.written_bytes, health.days_left) == (16 * GB, 2_000 * GB, 1000)


def test_a_worn_emmc_tells_it_itself(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.says("life_time", "0x0b 0x02\n")
    board.says("pre_eol_info", "0x02\n")
    health = card_of(board).look()
    assert health is not None
    assert (health.wear_percent, health.reserve, health.days_left) == (110, "warning", 0)


def test_errors_of_disk_and_file_system_are_told(tmp_path: Path) -> None:
    board = Board(tmp_path)
    card = card_of(board)
    board.counted(uptime_s=60, sectors=8, io_errors=2)
    card.look()
    board.counted(uptime_s=90, sectors=8, io_errors=7)
    (board.ext4 / "errors_count").write_text("4\n")
    board.mounted(options="ro")
    health = card.look()
    assert health is not None
    assert (health.io_errors_24h, health.ext4_errors, health.read_only) == (5, 4, True)


@pytest.mark.parametrize("number", [None, "0:44"])
def test_without_a_disk_there_is_no_health(tmp_path: Path, number: str | None) -> None:
    board = Board(tmp_path)
    assert Card(Path("spool"), None, board.kernel, lambda _: number).look() is None


def test_another_disk_in_the_same_place_begins_anew(tmp_path: Path) -> None:
    """The spool moves to another disk while the uplink runs: its counts are not compared with the old one's."""
    old, new = Board(tmp_path / "a"), Board(tmp_path / "b", "sda", "sda1")
    old.counted(uptime_s=7200, sectors=1000, io_errors=9)
    new.counted(uptime_s=7230, sectors=99_000, io_errors=12)
    numbers = old.kernel.sys / "dev" / "block"
    (numbers / "8:1").symlink_to(new.disk / "sda1")
    now = [NUMBER]
    card = Card(Path("spool"), None, old.kernel, lambda _: now[0])
    card.look()
    now[0] = "8:1"
    health = card.look()
    assert health is not None
    assert (health.device, health.io_errors_24h) == ("sda1", 0)


class RealCard:
    """ext4 on a loop device; root and loop devices are needed, as the crash lab needs them."""

    def __init__(self, folder: Path) -> None:
        image, self.mount = folder / "card.img", folder / "card"
        self.mount.mkdir()
        image.touch()
        os.truncate(image, 32 * 1024 * 1024)
        run("mkfs.ext4", "-q", "-F", str(image))
        self.device = run("losetup", "--find", "--show", str(image)).strip()
        if _LIBC.mount(self.device.encode(), bytes(self.mount), b"ext4", 0, b"errors=remount-ro"):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), self.device)
        self.ext4 = Path("/sys/fs/ext4") / Path(self.device).name

    def close(self) -> None:
        _LIBC.umount2(bytes(self.mount), 2)
        run("losetup", "--detach", self.device)


def run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealCard]:
    card = RealCard(tmp_path)
    try:
        yield card
    finally:
        card.close()


def test_what_is_written_to_a_real_disk_is_counted(real: RealCard) -> None:
    card = Card(real.mount, None)
    before = card.look()
    with (real.mount / "file").open("wb") as file:
        file.write(os.urandom(4 * 1024 * 1024))
        file.flush()
        os.fsync(file.fileno())
    after = card.look()
    assert before is not None
    assert after is not None
    assert before.written_bytes is not None
    assert after.written_bytes is not None
    assert 4 << 20 <= after.written_bytes - before.written_bytes <= 5 << 20
    assert (after.device, after.read_only, after.ext4_errors) == (Path(real.device).name, False, 0)


def test_a_real_file_system_error_is_told(real: RealCard) -> None:
    """``trigger_fs_error`` lets ext4 meet an error as it would a damaged block, and it shuts writing off."""
    (real.ext4 / "trigger_fs_error").write_text("as by a damaged block\n")
    with pytest.raises(OSError) as refused:
        (real.mount / "new").write_bytes(b"x")
    assert refused.value.errno == errno.EROFS
    health = Card(real.mount, None).look()
    assert health is not None
    assert health.ext4_errors == 1
    assert health.ext4_last_error is not None
    assert health.read_only or _between_6_12_and_6_15()


def test_a_mount_that_is_read_only_for_the_reader_alone_is_no_fault(real: RealCard, tmp_path: Path) -> None:
    """As the uplink's sandbox has it: bound to another place, read-only there."""
    view = tmp_path / "view"
    view.mkdir()
    run("mount", "--bind", "-o", "ro", str(real.mount), str(view))
    try:
        with pytest.raises(OSError, match="Read-only"):
            (view / "new").write_bytes(b"x")
        health = Card(view, None).look()
    finally:
        run("umount", str(view))
    assert health is not None
    assert not health.read_only


def test_a_folder_in_memory_has_no_card(tmp_path: Path) -> None:
    assert Card(Path("/dev/shm"), None, Kernel()).look() is None


def _between_6_12_and_6_15() -> bool:
    """These kernels neither remount nor say so (fs/ext4/super.c); the count of errors is all that they tell."""
    version = tuple(int(part) for part in os.uname().release.split(".")[:2])
    return (6, 12) <= version < (6, 15)
