"""A card's boot partition, mounted on this machine: whether it is one, whether there is room, and writing to it.

Rules:
  1. Only the boot partition of a Raspberry Pi OS with cloud-init is written to, and never that of the running machine.
  2. Everything is checked before the first byte is written; what is there already is not written again.
  3. What first boot starts by is written last, so that a card pulled out too early boots as the plain image.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge.base.errors import BadInput, StorageFault
from edge.base.files import read_bounded, sync_directory, write_durably
from edge.fleet.card import Item

FOLDER = "mimamori"
SEED = ("meta-data", "network-config", "user-data")
_FIRMWARE = ("config.txt", "cmdline.txt")
_KERNELS = ("kernel8.img", "kernel_2712.img")
_OWN = (Path("/boot"), Path("/boot/firmware"))
_TEXT_LIMIT_BYTES = 64 * 1024
_SPARE_BYTES = 16 * 2**20
"""What the image's own updates need of a partition of 512 MiB, and what FAT rounds up."""


@dataclass(frozen=True, slots=True)
class Written:
    """What writing did: files that were written, taken away, and there already."""

    written: int
    removed: int
    unchanged: int


def require_boot_partition(folder: Path) -> None:
    """Checks rule 1.

    Raises:
        BadInput: it is none; the message says what is missing.
    """
    if folder.resolve() in _OWN:
        raise BadInput(f"{folder}: is this machine's own boot partition; give the mounted one of the new card")
    if not folder.is_dir():
        raise BadInput(f"{folder}: is no folder; give the mounted boot partition (bootfs) of the card")
    lacking = [name for name in _FIRMWARE if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in _KERNELS):
        lacking.append(" or ".join(_KERNELS))
    if lacking:
        raise BadInput(f"{folder}: no boot partition of a 64-bit Raspberry Pi OS: {', '.join(lacking)} missing")
    if not (folder / "user-data").is_file() or not (folder / "meta-data").is_file():
        raise BadInput(f"{folder}: an image without cloud-init; take Raspberry Pi OS Lite of Trixie (64-bit) or newer")


def firmware_text(folder: Path, name: str) -> str:
    """Returns ``config.txt`` or ``cmdline.txt``.

    Raises:
        BadInput: unreadable.
    """
    try:
        return read_bounded(folder / name, limit_bytes=_TEXT_LIMIT_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{folder / name}: not text ({error}); write the image anew") from error


def write_card(folder: Path, items: Sequence[Item], firmware: Mapping[str, str], seed: Mapping[str, bytes]) -> Written:
    """Writes everything that a card carries.

    Args:
        firmware: new texts of ``config.txt`` and ``cmdline.txt``.
        seed: cloud-init's three files.

    Raises:
        BadInput: too little room.
        StorageFault: the card refused.
    """
    own = folder / FOLDER
    _require_room(folder, own, items)
    wanted = {own / item.path: item for item in items}
    strays = [path for path in _files(own) if path not in wanted]
    for path in strays:
        path.unlink()
    written = sum(_put(path, item.data, 0o600 if item.secret else 0o644) for path, item in wanted.items())
    last = [*((name, text.encode()) for name, text in firmware.items()), *((name, seed[name]) for name in SEED)]
    for name, data in last:
        written += _put(folder / name, data, 0o644)
    return Written(written, len(strays), len(wanted) + len(last) - written)


def _require_room(folder: Path, own: Path, items: Sequence[Item]) -> None:
    held = sum(path.stat().st_size for path in _files(own))
    room = shutil.disk_usage(folder).free + held - _SPARE_BYTES
    needed = sum(item.size_bytes for item in items)
    if needed > room:
        raise BadInput(
            f"{folder}: {needed} bytes are to be written, there is room for {max(0, room)}; write the image anew"
        )


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def _put(path: Path, data: bytes | Path, mode: int) -> bool:
    """Writes a file unless it is there; tells whether it did."""
    wanted = data if isinstance(data, bytes) else data.read_bytes()
    with suppress(OSError):
        if path.stat().st_size == len(wanted) and path.read_bytes() == wanted:
            return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFault(
            f"{path.parent}: cannot be made ({error.strerror}); is the card mounted read-only?"
        ) from error
    write_durably(path, wanted, mode=mode)
    return True


def settle(folder: Path) -> None:
    """Has everything reach the card, so that it may be pulled out once it is unmounted."""
    sync_directory(folder)
    os.sync()
