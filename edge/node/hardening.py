"""What a process gives up before it touches pictures or keys."""

from __future__ import annotations

import ctypes
import os
import resource
from pathlib import Path

from edge.base.errors import Stop

_PR_SET_DUMPABLE = 4
_PRIVATE_UMASK = 0o027


def forbid_dumps() -> None:
    """Makes the process undumpable: no core file, no other process of the user reads its memory (prctl(2))."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise Stop(f"the kernel refused PR_SET_DUMPABLE: {os.strerror(ctypes.get_errno())}")
    os.umask(_PRIVATE_UMASK)


def boot_id() -> str:
    """Returns the kernel's id of this boot, 32 hex digits (random(4))."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip().replace("-", "")
