"""Keeps a process small and its libraries from starting threads that it does not use; called before they are imported.

Measured with a 1280x960 video file (``docs/benchmarks.md``): about 10 MiB less of resident memory.
"""

from __future__ import annotations

import ctypes
import os

_PR_SET_THP_DISABLE = 41
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h of glibc
_TRIM_BYTES = 1024 * 1024
_MMAP_BYTES = 64 * 1024
"""Below what a segment takes: those that waited for a slow card would leave holes in the heap between what stays."""


def be_thrifty() -> None:
    """Gives pictures and segments back to the system when they are freed, and lets one thread do the arithmetic.

    glibc would otherwise keep a heap for each thread and, once a large block was freed, keep all blocks of its size
    (mallopt(3)); other C libraries are left as they are. x264 would round its pictures up to huge pages, which made it
    no faster.
    """
    for library in ("OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
        os.environ.setdefault(library, "1")
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_THP_DISABLE, 1, 0, 0, 0)  # a kernel without it has no huge pages either
    mallopt = getattr(libc, "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES)
