"""The card's health for the heartbeat: what it was written, what it failed, and how long it will last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edge.health import blockdevice
from edge.health.blockdevice import Kernel, number_of
from edge.health.endurance import LastDay, Look, days_left
from edge.wire.heartbeat import CardHealth


class Card:
    """Looks at the disk that holds the spool's file system.

    Args:
        endurance_bytes: bytes that the card's maker rates it for; None where unknown.
        kernel: where to look.
        number: tells ``major:minor`` of a folder's file system.
    """

    def __init__(
        self,
        folder: Path,
        endurance_bytes: int | None,
        kernel: Kernel = Kernel(),  # noqa: B008 - frozen
        number: Callable[[Path], str | None] = number_of,
    ) -> None:
        self._folder, self._endurance_bytes, self._kernel, self._number = folder, endurance_bytes, kernel, number
        self._day, self._of = LastDay(), ""

    def look(self) -> CardHealth | None:
        """Returns the health of now; None where no disk lies below the spool."""
        number = self._number(self._folder)
        device = None if number is None else blockdevice.find_device(number, self._kernel)
        if device is None:
            return None
        if device.disk.name != self._of:
            self._day, self._of = LastDay(), device.disk.name
        self._count(device)
        ext4, wear = blockdevice.ext4(device, self._kernel), blockdevice.wear_percent(device)
        return CardHealth(
            device=device.name,
            model=blockdevice.model(device),
            read_only=blockdevice.read_only(device, self._kernel) or False,
            written_bytes=ext4.written_bytes,
            bytes_a_day=self._day.bytes_a_day,
            io_errors_24h=self._day.io_errors,
            ext4_errors=ext4.errors,
            ext4_last_error=ext4.last_error,
            wear_percent=wear,
            reserve=blockdevice.reserve(device),
            days_left=days_left(
                bytes_a_day=self._day.bytes_a_day,
                written_bytes=ext4.written_bytes,
                endurance_bytes=self._endurance_bytes,
                wear_percent=wear,
            ),
        )

    def _count(self, device: blockdevice.BlockDevice) -> None:
        uptime_s, written = blockdevice.uptime_s(self._kernel), blockdevice.written_bytes(device)
        if uptime_s is not None and written is not None:
            self._day.add(Look(uptime_s, written, blockdevice.io_errors(device)))
