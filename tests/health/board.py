"""A sysfs and procfs of one board, written as the kernel writes them (6.12, Raspberry Pi; SD, eMMC, USB)."""

from __future__ import annotations

from pathlib import Path

from edge.health.blockdevice import BlockDevice, Kernel, find_device

NUMBER = "179:3"
STAT = "  59  0  2110  2  7  7  {sectors}  20  0  16  25  0  0  0  0  3  2\n"
MOUNT = "36 25 179:3 / /var/lib/spool {mount} shared:1 - ext4 /dev/mmcblk0p3 {options}\n"


class Board:
    """One disk with one partition, which holds the spool.

    Attributes:
        disk, ext4: the folders to write into.
    """

    def __init__(self, folder: Path, disk: str = "mmcblk0", partition: str = "mmcblk0p3") -> None:
        self.kernel = Kernel(folder / "sys", folder / "proc")
        self.disk = self.kernel.sys / "devices" / "soc" / "block" / disk
        place = self.disk / partition
        place.mkdir(parents=True)
        (place / "partition").write_text("3\n")
        (self.disk / "device").mkdir()
        numbers = self.kernel.sys / "dev" / "block"
        numbers.mkdir(parents=True)
        (numbers / NUMBER).symlink_to(place)
        self.ext4 = self.kernel.sys / "fs" / "ext4" / partition
        self.ext4.mkdir(parents=True)
        (self.kernel.proc / "self").mkdir(parents=True)
        self.mounted()
        self.counted(uptime_s=0, sectors=0)

    @property
    def device(self) -> BlockDevice:
        """The spool's."""
        found = find_device(NUMBER, self.kernel)
        assert found is not None
        return found

    def counted(self, *, uptime_s: float, sectors: int, io_errors: int | None = None) -> None:
        """Lets so much have happened since the board started."""
        (self.kernel.proc / "uptime").write_text(f"{uptime_s:.2f} 1.00\n")
        (self.disk / "stat").write_text(STAT.format(sectors=sectors))
        if io_errors is not None:
            self.says("ioerr_cnt", f"0x{io_errors:x}\n")

    def mounted(self, mount: str = "rw,noatime", options: str = "rw,errors=remount-ro") -> None:
        """Mounts the spool's file system."""
        other = "22 1 179:2 / / ro,relatime shared:1 - ext4 /dev/mmcblk0p2 ro\n"
        (self.kernel.proc / "self" / "mountinfo").write_text(other + MOUNT.format(mount=mount, options=options))

    def says(self, name: str, text: str) -> None:
        """The disk's own word."""
        (self.disk / "device" / name).write_text(text)
