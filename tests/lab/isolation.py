"""Namespaces of our own for the whole lab: network, processes and mounts vanish with their first process.

Whatever ends the lab, a signal that cannot be caught included, the kernel takes away its processes, its links and its
mounts; nothing of it was ever to be seen in the machine's own network. Root is needed; without it the lab fails.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

_INSIDE = "MML_INSIDE"
_DISK = Path("/mnt")
_WAYS = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


def isolated() -> bool:
    """Whether this process runs in the lab's namespaces already."""
    return os.environ.get(_INSIDE) == "1" and os.getpid() < 10


def isolate(module: str, arguments: list[str]) -> int:
    """Runs ``module`` in namespaces of its own and returns its status; whatever ends this process ends them, too."""
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", *_WAYS, sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, env=os.environ | {_INSIDE: "1"}) as inside:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, lambda *_: inside.kill())
        return inside.wait()


def private_disk() -> Path:
    """Returns a disk in memory that nobody else sees and that goes with the namespaces."""
    subprocess.run(["mount", "-t", "tmpfs", "mml", str(_DISK)], check=True)
    return _DISK
