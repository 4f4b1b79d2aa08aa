"""Lets this machine run arm64 programs while the lab runs: the kernel hands them to qemu-user.

The entry in the kernel's table has a name of our own and lives as long as the process that holds the table's file
system mounted, in a namespace where nobody else sees it; one lab at a time. An arm64 machine needs nothing of this.
"""

from __future__ import annotations

import fcntl
import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.nodes.cache import cache_folder, tell

NAME = "mimamori-arm64"
_ENTRY = Path("/usr/lib/binfmt.d/qemu-aarch64.conf")
"""Debian's: which files are arm64 programs, what runs them, opened once (flag F): a chroot needs no copy."""
_PACKAGE = "qemu-user-static"
_HOLD = f"""
mount -t binfmt_misc mml /proc/sys/fs/binfmt_misc
cd /proc/sys/fs/binfmt_misc
test -e {NAME} || printf %s "$1" >register
echo held
cat >/dev/null
echo -1 >{NAME}
"""


@contextmanager
def arm64_programs() -> Iterator[None]:
    """Runs arm64 programs within.

    Raises:
        RuntimeError: it is not root, qemu can be neither found nor installed, or the kernel takes no entry.
    """
    if platform.machine() == "aarch64":
        yield
        return
    if os.geteuid() != 0:
        raise RuntimeError("the lab of arm64 makes a Debian system and needs root: run it as root or with sudo")
    if not _ENTRY.exists():
        _install()
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "emulation.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _held_entry():
            yield


@contextmanager
def _held_entry() -> Iterator[None]:
    entry = _ENTRY.read_text().strip().replace(":qemu-aarch64:", f":{NAME}:", 1)
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "sh", "-euc", _HOLD, "hold", entry]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as holder:
        assert holder.stdin is not None and holder.stdout is not None and holder.stderr is not None
        if holder.stdout.readline() != b"held\n":
            raise RuntimeError(f"the kernel takes no entry for arm64 programs: {holder.stderr.read().decode().strip()}")
        try:
            yield
        finally:
            holder.stdin.close()


def _install() -> None:
    tell(f"installing {_PACKAGE}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", _PACKAGE]
    for command in (["apt-get", "update", "-qq"], install):
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
        if done.returncode:
            raise RuntimeError(f"{_PACKAGE} cannot be installed: {done.stderr[-1000:]}")
