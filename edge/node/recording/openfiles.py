"""Room for open files: the recorder holds every reel of the ring open."""

from __future__ import annotations

import resource

from edge.base.errors import BadConfiguration

OTHERS = 256
"""Camera, libraries, status, receipts."""


def allow_open_files(reels: int) -> None:
    """Raises the process's limit of open files to what a ring of ``reels`` needs.

    The usual soft limit is 1024; a card of 128 GB has 1,900 reels, and past the limit nothing could be opened any more.

    Raises:
        BadConfiguration: the hard limit is lower.
    """
    needed = reels + OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise BadConfiguration(
            f"a ring of {reels} reels needs {needed} open files, this process may have {hard}; raise LimitNOFILE, or"
            " begin a new spool with larger reels"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
