"""Divides what a card has left behind its image: the system grows a little, then state, then the ring of reels.

Rules:
  1. The table is changed once, in one write of one sector (MBR), and never where a third partition is there already.
  2. Boot and system partition keep their first sector and the disk its id, by which the kernel finds its root.
  3. A partition gets a file system only where it has none: a repeated step never takes what was written.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from edge.base.errors import BadInput
from edge.firstboot.system import System

STATE_LABEL, SPOOL_LABEL = "mimamori-state", "mimamori-spool"
_ALIGNED = 2048
"""Sectors of 512 bytes: 1 MiB, a multiple of what cards erase at once."""
_SECTOR_BYTES = 512
_MOST_SECTORS = 2**32 - 1
_RING_BYTES_MIN = 2**30


@dataclass(frozen=True, slots=True)
class Part:
    """A partition: number, first sector and length in sectors."""

    number: int
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Table:
    """A disk's partitions, ``sectors`` of it in all."""

    sectors: int
    parts: tuple[Part, ...]


def plan(table: Table, system_bytes: int, state_bytes: int) -> tuple[Part, ...] | None:
    """Returns partitions 2, 3 and 4 as they should be; None where the card is divided already.

    Raises:
        BadInput: the image is not as Raspberry Pi OS has it, or the card is too small.
    """
    numbers = [part.number for part in table.parts]
    if numbers == [1, 2, 3, 4]:
        return None
    if numbers != [1, 2]:
        raise BadInput(f"the card has partitions {numbers}; Raspberry Pi OS has 1 and 2: write the image anew")
    system = table.parts[1]
    state_at = _up(system.start + max(system.size, system_bytes // _SECTOR_BYTES))
    ring_at = _up(state_at + state_bytes // _SECTOR_BYTES)
    end = min(table.sectors, _MOST_SECTORS) // _ALIGNED * _ALIGNED
    if (end - ring_at) * _SECTOR_BYTES < _RING_BYTES_MIN:
        least = ring_at * _SECTOR_BYTES + _RING_BYTES_MIN
        raise BadInput(f"the card has {table.sectors * _SECTOR_BYTES} bytes; a node needs {least} at least")
    return (
        Part(2, system.start, state_at - system.start),
        Part(3, state_at, ring_at - state_at),
        Part(4, ring_at, end - ring_at),
    )


def divide(system: System, disk: str, system_bytes: int, state_bytes: int) -> None:
    """Divides the card as planned and gives each new partition its file system.

    Raises:
        BadInput: see ``plan``.
        Stop: a program of the machine failed.
    """
    wanted = plan(read_table(system, disk), system_bytes, state_bytes)
    if wanted is not None:
        lines = "".join(
            f"{part_device(disk, one.number)} : start={one.start}, size={one.size}, type=83\n" for one in wanted
        )
        kept = [line for line in system.run("sfdisk", "--dump", disk).splitlines() if _is_kept(line, disk)]
        system.run("sfdisk", "--no-reread", "--no-tell-kernel", "--quiet", disk, stdin="\n".join(kept) + "\n" + lines)
    system.run("partx", "--update", disk)
    system.run("resize2fs", part_device(disk, 2))
    for number, label in ((3, STATE_LABEL), (4, SPOOL_LABEL)):
        device = part_device(disk, number)
        if "TYPE=" not in system.run("sh", "-c", 'blkid -p -o export "$1" || [ $? = 2 ]', "blkid", device):
            system.run("mkfs.ext4", "-q", "-L", label, "-m", "0", "-E", "lazy_itable_init=0", device)


def read_table(system: System, disk: str) -> Table:
    """Returns the partitions of a disk."""
    tree = json.loads(system.run("sfdisk", "--json", disk))["partitiontable"]
    parts = (
        Part(int(one["node"].removeprefix(disk).lstrip("p")), one["start"], one["size"]) for one in tree["partitions"]
    )
    sectors = int(system.run("blockdev", "--getsz", disk))
    return Table(sectors, tuple(sorted(parts, key=lambda part: part.number)))


def part_device(disk: str, number: int) -> str:
    """Returns a partition's device: ``/dev/mmcblk0p3``, ``/dev/sda3``."""
    return f"{disk}p{number}" if disk[-1].isdigit() else f"{disk}{number}"


def system_disk(system: System) -> str:
    """Returns the disk that the system runs from.

    Raises:
        BadInput: it runs from none.
    """
    device = system.run("findmnt", "--noheadings", "--output", "SOURCE", "/").strip()
    name = (
        system.run("lsblk", "--noheadings", "--output", "PKNAME", device).strip() if device.startswith("/dev/") else ""
    )
    if not name:
        raise BadInput(f"the system runs from {device[:80]!r}, which is no partition of a card")
    return f"/dev/{name}"


def _is_kept(line: str, disk: str) -> bool:
    return not line.startswith("/dev/") or line.split(maxsplit=1)[0] == part_device(disk, 1)


def _up(sector: int) -> int:
    return -(-sector // _ALIGNED) * _ALIGNED
