"""What the lab of nodes needs of the machine; said at once, in one sentence, before anything is made."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_PROGRAMS = (
    "systemd-nspawn",
    "mmdebstrap",
    "nsenter",
    "unshare",
    "setpriv",
    "ip",
    "mkfs.ext4",
    "losetup",
    "ssh-keygen",
)
_CGROUPS = Path("/sys/fs/cgroup")


class MissingRights(RuntimeError):
    """The machine cannot boot nodes; the message says what to do."""


def require_rights() -> None:
    """Checks that nodes can be booted here.

    Raises:
        MissingRights: they cannot.
    """
    if os.geteuid() != 0:
        raise MissingRights("the lab of nodes boots containers and needs root: run it as root or with sudo")
    if missing := [name for name in _PROGRAMS if shutil.which(name) is None]:
        raise MissingRights(f"the lab of nodes needs {', '.join(missing)}: run deploy/setup, which installs them")
    for folder in cgroup_roots():
        if not os.access(folder, os.W_OK) or folder.stat().st_dev == _CGROUPS.parent.stat().st_dev:
            raise MissingRights(f"the lab of nodes needs cgroups that it may write, and {folder} is none")


def cgroup_roots() -> list[Path]:
    """Returns the hierarchies in which a node gets a group of its own; the last one can freeze it."""
    if (_CGROUPS / "cgroup.controllers").exists():
        return [_CGROUPS]
    return [_CGROUPS / "cpu", _CGROUPS / "systemd", _CGROUPS / "unified"]
