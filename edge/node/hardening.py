"""What a process gives up before it touches pictures or keys."""

from __future__ import annotations

import ctypes
import logging
import os
import resource
from pathlib import Path

from edge.base.errors import BadConfiguration, Stop

_PR_SET_DUMPABLE = 4
_PRIVATE_UMASK = 0o027
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
SWAPS = Path("/proc/swaps")

_log = logging.getLogger(__name__)


def forbid_dumps() -> None:
    """Makes the process undumpable: no core file, no other process of the user reads its memory (prctl(2)).

    Should anything dump it all the same, no memory of its own goes into the file (core(5), ``coredump_filter``).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Path("/proc/self/coredump_filter").write_text("0", encoding="ascii")
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise Stop(f"the kernel refused PR_SET_DUMPABLE: {os.strerror(ctypes.get_errno())}")
    os.umask(_PRIVATE_UMASK)


def keep_out_of_swap(*, demo: bool, swaps: Path = SWAPS) -> None:
    """Locks the process's memory, so that no picture gets onto a swap device (mlockall(2)).

    A page is locked when it is first used; what is only reserved costs nothing. A limit of locked memory would end the
    process at some later allocation, so it must be unlimited, or nothing is locked.

    Raises:
        BadConfiguration: the memory cannot be locked and there is swap; a demonstration only says so.
    """
    unlimited = os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY
    if unlimited and ctypes.CDLL(None).mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0:
        return
    devices = [line.split()[0] for line in swaps.read_text(encoding="utf-8").splitlines()[1:]]
    if not devices:
        return
    message = (
        f"pictures could be swapped to {', '.join(devices)}, for memory cannot be locked; give the process "
        "LimitMEMLOCK=infinity, or turn swap off"
    )
    if not demo:
        raise BadConfiguration(message)
    _log.warning("%s", message)


def boot_id() -> str:
    """Returns the kernel's id of this boot, 32 hex digits (random(4))."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip().replace("-", "")
