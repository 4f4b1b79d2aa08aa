"""The disk below a folder, as sysfs and procfs tell of it: what was written to it, its errors, its own word on wear.

Everything read here is world-readable. What needs root or an ioctl is left out: the host controller's error counts
(``err_stats`` in debugfs), an SD card's vendor commands (CMD56), NVMe's and ATA's SMART pages.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge.base.errors import BadInput
from edge.base.files import read_bounded
from edge.base.model import Utc
from edge.wire.status import COUNT_LIMIT

Reserve = Literal["normal", "warning", "urgent"]

SECTOR_BYTES = 512
"""Of ``stat``, whatever the disk's own sectors are (Documentation/block/stat.rst)."""
_SECTORS_WRITTEN = 6
_VALUE_LIMIT_BYTES = 256
_MOUNTS_LIMIT_BYTES = 1024 * 1024
_READ_ONLY = {"ro", "emergency_ro", "shutdown"}
"""ext4 with ``errors=remount-ro`` says ``ro`` before Linux 6.12 and ``emergency_ro`` from 6.15 on; between them nothing
but its count of errors tells."""
_WORN_OUT = 0x0B
_RESERVES: dict[int, Reserve] = {1: "normal", 2: "warning", 3: "urgent"}


@dataclass(frozen=True, slots=True)
class Kernel:
    """Where the kernel tells."""

    sys: Path = Path("/sys")
    proc: Path = Path("/proc")


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """A file system's device.

    Attributes:
        number: ``major:minor``.
        name: ``mmcblk0p3``; ext4 goes by it.
        disk: folder in sysfs of the whole disk, for a card wears as a whole.
    """

    number: str
    name: str
    disk: Path


@dataclass(frozen=True, slots=True)
class Ext4:
    """What the file system's superblock keeps over restarts: errors since its last repair, and all that was written."""

    errors: int | None
    last_error: Utc | None
    written_bytes: int | None


def number_of(folder: Path) -> str | None:
    """Returns ``major:minor`` of the folder's file system; None where it cannot be asked."""
    try:
        device = folder.stat().st_dev
    except OSError:
        return None
    return f"{os.major(device)}:{os.minor(device)}"


def find_device(number: str, kernel: Kernel) -> BlockDevice | None:
    """Returns the device of that number; None where no disk lies below (tmpfs, overlay, network)."""
    try:
        place = (kernel.sys / "dev" / "block" / number).resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    return BlockDevice(number, place.name, place.parent if (place / "partition").exists() else place)


def written_bytes(device: BlockDevice) -> int | None:
    """Returns what reached the whole disk since the kernel found it."""
    fields = (_text(device.disk / "stat") or "").split()
    if len(fields) <= _SECTORS_WRITTEN:
        return None
    sectors = _number(fields[_SECTORS_WRITTEN])
    return None if sectors is None else _bounded(sectors * SECTOR_BYTES)


def io_errors(device: BlockDevice) -> int | None:
    """Returns the commands that a SCSI or USB disk failed since it was found; MMC counts none that may be read."""
    return _read(device.disk / "device" / "ioerr_cnt", _hexadecimal)


def wear_percent(device: BlockDevice) -> int | None:
    """Returns an eMMC's wear, the upper end of its step of ten percent; above 100: worn out (JESD84-B51, 7.4.17)."""
    steps = [_hexadecimal(word) for word in (_text(device.disk / "device" / "life_time") or "").split()]
    known = [step for step in steps if step is not None and 1 <= step <= _WORN_OUT]
    return max(known) * 10 if known else None


def reserve(device: BlockDevice) -> Reserve | None:
    """Returns how an eMMC's spare blocks do: warning from 80 %, urgent from 90 % used (JESD84-B51, 7.4.16)."""
    step = _read(device.disk / "device" / "pre_eol_info", _hexadecimal)
    return None if step is None else _RESERVES.get(step)


def model(device: BlockDevice) -> str | None:
    """Returns what the maker calls it."""
    for name in ("name", "model"):
        text = _text(device.disk / "device" / name)
        if text is not None and re.fullmatch(r"[!-~]([ -~]{0,38}[!-~])?", text):
            return text
    return None


def ext4(device: BlockDevice, kernel: Kernel) -> Ext4:
    """Returns what ext4 keeps of itself; nothing but Nones for another file system."""
    folder = kernel.sys / "fs" / "ext4" / device.name
    last_s, written_kib = _read(folder / "last_error_time", _number), _read(folder / "lifetime_write_kbytes", _number)
    return Ext4(
        errors=_read(folder / "errors_count", _number),
        last_error=_bounded(last_s * 1_000_000) if last_s else None,
        written_bytes=None if written_kib is None else _bounded(written_kib * 1024),
    )


def read_only(device: BlockDevice, kernel: Kernel) -> bool | None:
    """Returns whether the file system itself takes nothing any more; None where it is not mounted.

    A mount's own ``ro`` says nothing: a sandboxed reader has one.
    """
    try:
        text = read_bounded(kernel.proc / "self" / "mountinfo", limit_bytes=_MOUNTS_LIMIT_BYTES).decode(
            "utf-8", "replace"
        )
    except BadInput:
        return None
    found = None
    for line in text.splitlines():
        mount, _, file_system = line.partition(" - ")
        words, options = mount.split(" "), file_system.split(" ")
        if len(words) > 2 and words[2] == device.number and len(options) > 2:
            found = found or bool(_READ_ONLY & set(options[2].split(",")))
    return found


def uptime_s(kernel: Kernel) -> float | None:
    """Returns seconds since the kernel started."""
    first = ((_text(kernel.proc / "uptime") or "").split() or [""])[0]
    return float(first) if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", first, re.ASCII) else None


def _text(path: Path) -> str | None:
    try:
        return read_bounded(path, limit_bytes=_VALUE_LIMIT_BYTES).decode("ascii").strip()
    except (BadInput, UnicodeDecodeError):
        return None


def _read(path: Path, parse: Callable[[str], int | None]) -> int | None:
    text = _text(path)
    return None if text is None else parse(text)


def _number(text: str) -> int | None:
    return _bounded(int(text)) if re.fullmatch(r"\d{1,20}", text, re.ASCII) else None


def _hexadecimal(text: str) -> int | None:
    return _bounded(int(text, 16)) if re.fullmatch(r"0x[0-9a-fA-F]{1,16}", text, re.ASCII) else None


def _bounded(value: int) -> int | None:
    return value if 0 <= value < COUNT_LIMIT else None
