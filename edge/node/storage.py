"""``mimamori node storage``: checks the node's partitions at boot and has them mounted, before anything of ours runs.

Rules:
  1. The state partition holds keys: it is checked and repaired, never made anew. Where it cannot be mounted the node
     does not start.
  2. The spool partition holds sealed records: one that cannot be mounted after a repair is made anew, for a camera that
     stands still loses more than what nobody can read any more. What was on it and not sent is lost; the recorder
     begins a new chain, which says so.
  3. A spool that cannot be made either is left alone: the recorder then records into memory and tells the city.
  4. A node without such partitions has both folders on its root.
  5. What is mounted is for all, so systemd mounts it: this process needs no right to, and has its own view of files.
"""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable
from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import StorageFault

STATE, SPOOL = Path("/var/lib/mimamori"), Path("/var/spool/mimamori")
LINKS = Path("/run/mimamori-storage")
"""Where the mount units look for the partitions; no name in ``/dev``, which would have them wait for a device unit."""
STATE_MOUNT, SPOOL_MOUNT = "var-lib-mimamori.mount", "var-spool-mimamori.mount"
SPOOL_LABEL = "mimamori-spool"
APPEARS_WITHIN_S = 10.0
_LOOK_S = 0.2
_REPAIRED = 0b11
"""e2fsck(8): errors were corrected, whether or not it asks for a restart; any other bit is a fault that is left."""

_log = logging.getLogger(__name__)

Run = Callable[..., int]
"""Runs a program and returns its exit status."""


def run(*command: str) -> int:
    """Runs a program; what it says goes to the log."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise StorageFault(
            f"{command[0]}: cannot be run ({error.strerror}); install e2fsprogs and util-linux"
        ) from error
    if done.returncode:
        _log.warning(
            "%s: status %d: %s", command[0], done.returncode, " ".join((done.stdout + done.stderr).split())[-400:]
        )
    return done.returncode


class Partitions:
    """What has them mounted.

    Args:
        is_mounted: tells whether something is mounted on a folder.
        links: where the mount units look.
    """

    def __init__(
        self, clock: Clock, run: Run = run, is_mounted: Callable[[Path], bool] = Path.is_mount, links: Path = LINKS
    ) -> None:
        self._clock, self._run, self._is_mounted, self._links = clock, run, is_mounted, links

    def state(self, device: Path, folder: Path = STATE) -> None:
        """Mounts the state partition where there is one.

        Raises:
            StorageFault: it cannot be mounted.
        """
        if not self._wanted(device, folder):
            return
        self._check(device)
        if self._mount(device, "state", STATE_MOUNT):
            raise StorageFault(
                f"{device}: the state partition, with the node's keys, cannot be mounted on {folder} even after a"
                " repair; it is not made anew: look at it on another machine, or enrol the node again on a new card"
            )

    def spool(self, device: Path, folder: Path = SPOOL) -> None:
        """Mounts the spool partition where there is one, and makes it anew where nothing else helps."""
        if not self._wanted(device, folder):
            return
        self._check(device)
        if self._mount(device, "spool", SPOOL_MOUNT) == 0:
            return
        _log.critical(
            "%s: the spool cannot be mounted even after a repair; it is made anew, its records are lost", device
        )
        made = self._run("mkfs.ext4", "-q", "-F", "-m", "0", "-L", SPOOL_LABEL, str(device)) == 0
        if not made or self._mount(device, "spool", SPOOL_MOUNT):
            _log.critical("%s: the card takes no file system; the recorder will record into memory", device)

    def _mount(self, device: Path, name: str, unit: str) -> int:
        """Returns 0 once it is mounted."""
        link = self._links / name
        link.unlink(missing_ok=True)
        link.symlink_to(device)
        return self._run("systemctl", "start", unit)

    def _wanted(self, device: Path, folder: Path) -> bool:
        if self._is_mounted(folder):
            return False
        if not self._appears(device):
            _log.warning("%s: there is no such partition; %s is a folder of the root", device, folder)
            return False
        return True

    def _appears(self, device: Path) -> bool:
        """Waits for a partition that the kernel may find a little late."""
        end_ns = self._clock.monotonic_ns() + round(APPEARS_WITHIN_S * 1e9)
        while not device.exists():
            if self._clock.monotonic_ns() >= end_ns:
                return False
            self._clock.sleep(_LOOK_S)
        return True

    def _check(self, device: Path) -> None:
        """Repairs what can be repaired; a file system that is past it shows when it is mounted."""
        if self._run("e2fsck", "-p", str(device)) & ~_REPAIRED:
            self._run("e2fsck", "-f", "-y", str(device))
