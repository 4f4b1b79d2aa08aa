"""What sysfs and procfs tell of a disk, and that nothing in them is believed that no kernel writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.health import blockdevice
from edge.health.blockdevice import BlockDevice, Ext4, find_device, number_of
from tests.health.board import MOUNT, STAT, Board

HOSTILE = ["", "\n", "-1\n", "1e9\n", "٤\n", "0x\n", "0x" + "f" * 17, "9" * 21, str(2**53), "\x00" * 300, "7" * 5000]

READERS: dict[str, Callable[[BlockDevice], int | None]] = {
    "stat": blockdevice.written_bytes,
    "device/ioerr_cnt": blockdevice.io_errors,
    "device/life_time": blockdevice.wear_percent,
}


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path)


def test_a_partitions_disk_is_found_by_its_number(board: Board) -> None:
    assert (board.device.name, board.device.disk) == ("mmcblk0p3", board.disk.resolve())


def test_a_disk_without_partitions_is_its_own(board: Board) -> None:
    (board.disk / "mmcblk0p3" / "partition").unlink()
    assert board.device.disk == (board.disk / "mmcblk0p3").resolve()


@pytest.mark.parametrize("number", ["0:44", "../../etc", "", "179:3/x"])
def test_where_no_disk_lies_below_there_is_none(board: Board, number: str) -> None:
    """File systems in memory and overlays have numbers that sysfs does not know."""
    (board.kernel.sys / "dev" / "block" / "loops").symlink_to("loops")
    assert find_device("loops", board.kernel) is None
    if number not in ("", "../../etc"):
        assert find_device(number, board.kernel) is None


def test_a_folder_has_the_number_of_its_file_system(tmp_path: Path) -> None:
    device = tmp_path.stat().st_dev
    assert number_of(tmp_path) == f"{device >> 8 & 0xFFF}:{device & 0xFF}"
    assert number_of(tmp_path / "gone") is None


def test_bytes_written_are_the_whole_disks(board: Board) -> None:
    board.counted(uptime_s=1, sectors=6166)
    (board.disk / "mmcblk0p3" / "stat").write_text(STAT.format(sectors=1))
    assert blockdevice.written_bytes(board.device) == 6166 * 512


def test_errors_of_a_usb_disk_are_read(board: Board) -> None:
    assert blockdevice.io_errors(board.device) is None
    board.says("ioerr_cnt", "0x1f\n")
    assert blockdevice.io_errors(board.device) == 31


@pytest.mark.parametrize(
    ("text", "percent"),
    [("0x01 0x01\n", 10), ("0x02 0x05\n", 50), ("0x0b 0x01\n", 110), ("0x00 0x00\n", None), ("0x00 0x03\n", 30)],
)
def test_an_emmc_tells_its_wear_in_tenths(board: Board, text: str, percent: int | None) -> None:
    board.says("life_time", text)
    assert blockdevice.wear_percent(board.device) == percent


@pytest.mark.parametrize(
    ("text", "told"), [("0x01", "normal"), ("0x02", "warning"), ("0x03", "urgent"), ("0x00", None)]
)
def test_an_emmc_tells_of_its_spare_blocks(board: Board, text: str, told: str | None) -> None:
    board.says("pre_eol_info", text)
    assert blockdevice.reserve(board.device) == told


def test_an_sd_card_tells_neither_wear_nor_spare_blocks(board: Board) -> None:
    board.says("name", "SC64G\n")
    assert blockdevice.model(board.device) == "SC64G"
    assert blockdevice.wear_percent(board.device) is None
    assert blockdevice.reserve(board.device) is None


@pytest.mark.parametrize("text", ["", "a\nb", "カード", "x" * 41, "\x1b[2J", "a\x00b"])
def test_a_model_is_plain_text(board: Board, text: str) -> None:
    board.says("name", text)
    assert blockdevice.model(board.device) is None
    board.says("model", " Portable SSD T7  \n")
    assert blockdevice.model(board.device) == "Portable SSD T7"


def test_ext4_tells_its_errors_and_all_that_was_written(board: Board) -> None:
    (board.ext4 / "errors_count").write_text("2\n")
    (board.ext4 / "last_error_time").write_text("1795267895\n")
    (board.ext4 / "lifetime_write_kbytes").write_text("280\n")
    assert blockdevice.ext4(board.device, board.kernel) == Ext4(2, 1_795_267_895_000_000, 280 * 1024)


def test_another_file_system_tells_nothing(board: Board) -> None:
    board.ext4.rmdir()
    assert blockdevice.ext4(board.device, board.kernel) == Ext4(None, None, None)


@pytest.mark.parametrize(
    ("mount", "options", "told"),
    [
        ("rw,noatime", "rw,errors=remount-ro", False),
        ("ro,nosuid", "rw,errors=remount-ro", False),
        ("rw,noatime", "ro,errors=remount-ro", True),
        ("rw,noatime", "rw,errors=remount-ro,emergency_ro", True),
        ("rw,noatime", "rw,shutdown", True),
    ],
)
def test_a_file_system_is_read_only_by_its_own_word(board: Board, mount: str, options: str, told: bool) -> None:
    """Not by its mount's: a sandboxed reader sees the spool through a read-only one."""
    board.mounted(mount, options)
    assert blockdevice.read_only(board.device, board.kernel) is told


@pytest.mark.parametrize(
    "text", [None, "", "\n", "36 25 179:3 -\n", "36 25 179:3 / / rw - ext4\n", " - - -\n", "x" * 2_000_000]
)
def test_a_mount_table_without_it_tells_nothing(board: Board, text: str | None) -> None:
    table = board.kernel.proc / "self" / "mountinfo"
    table.unlink()
    if text is not None:
        table.write_text(text)
    assert blockdevice.read_only(board.device, board.kernel) is None


def test_one_mount_of_several_is_enough(board: Board) -> None:
    table = board.kernel.proc / "self" / "mountinfo"
    table.write_text(table.read_text() + MOUNT.format(mount="ro", options="rw,emergency_ro"))
    assert blockdevice.read_only(board.device, board.kernel) is True


@pytest.mark.parametrize(
    ("text", "told"), [("885.28 1635.72\n", 885.28), ("12 1\n", 12.0), ("nan 1\n", None), ("-1 1", None)]
)
def test_the_boards_age_is_read(board: Board, text: str, told: float | None) -> None:
    (board.kernel.proc / "uptime").write_text(text)
    assert blockdevice.uptime_s(board.kernel) == told


@pytest.mark.parametrize("text", HOSTILE)
def test_what_no_kernel_writes_counts_as_untold(board: Board, text: str) -> None:
    for path in (
        *(board.disk / "device" / name for name in ("ioerr_cnt", "life_time", "pre_eol_info")),
        *(board.ext4 / name for name in ("errors_count", "last_error_time", "lifetime_write_kbytes")),
        board.kernel.proc / "uptime",
    ):
        path.write_text(text)
    (board.disk / "stat").write_text(f"0 0 0 0 0 0 {text} 0\n" if text.strip() else text)
    device, kernel = board.device, board.kernel
    told = [read(device) for read in (*READERS.values(), blockdevice.reserve)]
    assert [*told, blockdevice.uptime_s(kernel), blockdevice.ext4(device, kernel)] == [None] * 5 + [
        Ext4(None, None, None)
    ]


@pytest.mark.parametrize("name", READERS)
def test_a_file_that_cannot_be_read_counts_as_untold(board: Board, name: str) -> None:
    path = board.disk / name
    path.unlink(missing_ok=True)
    path.mkdir()
    assert READERS[name](board.device) is None
