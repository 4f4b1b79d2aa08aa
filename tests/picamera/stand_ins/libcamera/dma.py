"""/dev/dma_heap over memory files, and what a cache does: hardware sees what the processor wrote once it is synced."""

from __future__ import annotations

import errno
import mmap
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import kernel
from .scenario import current

HEAP = "/dev/dma_heap/vidbuf_cached"
_ALLOC, _SYNC, _NAME = 0, 0, 1
_WRITE, _END = 2, 4


class Buffer:
    """A DMA buffer.

    Attributes:
        memory: what the processor sees, flat.
        seen: what hardware sees, flat.
    """

    def __init__(self, length: int) -> None:
        self.fd = os.memfd_create("dma", os.MFD_CLOEXEC)
        os.ftruncate(self.fd, length)
        self._map = mmap.mmap(self.fd, length)
        self.memory: NDArray[np.uint8] = np.frombuffer(self._map, np.uint8)
        self.seen = np.zeros(length, np.uint8)
        self.synced = 0

    def filled(self) -> None:
        """Hardware wrote into ``memory``."""
        self.seen[:] = self.memory

    def ioctl(self, request: int, argument: Any) -> int:
        if request & 0xFF == _SYNC and argument.flags & _WRITE and current.has("buffers cannot be written"):
            return -1
        if request & 0xFF == _SYNC and argument.flags & _END and argument.flags & _WRITE:
            self.seen[:] = self.memory
            self.synced += 1
        return 0


buffers: dict[int, Buffer] = {}


def _heap(request: int, allocation: Any) -> int:
    taken = sum(len(buffer.memory) for buffer in buffers.values())
    if taken + allocation.len > current.cma_bytes:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    buffer = Buffer(allocation.len)
    buffers[buffer.fd] = buffer
    kernel.answers(buffer.fd, buffer.ioctl, closed=lambda: buffers.pop(buffer.fd))
    allocation.fd = buffer.fd
    return 0


def answer() -> None:
    """Begins to answer."""
    kernel.device(HEAP, lambda: kernel.answers(os.memfd_create("heap", os.MFD_CLOEXEC), _heap))
    kernel.begin()
