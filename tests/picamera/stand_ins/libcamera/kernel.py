"""Answers for device files that this machine does not have: those paths and their descriptors only, all else passes."""

from __future__ import annotations

import builtins
import fcntl
import os
import os.path
import select
from collections.abc import Callable
from typing import Any

Ioctl = Callable[[int, Any], int]
Poll = Callable[[int | None], list[tuple[int, int]]]

_openers: dict[str, Callable[[], int]] = {}
_ioctls: dict[int, Ioctl] = {}
_polls: dict[int, Poll] = {}
_closed: dict[int, Callable[[], object]] = {}


def device(path: str, open_it: Callable[[], int]) -> None:
    """From now on there is a device file at ``path``; ``open_it`` returns a new descriptor."""
    _openers[path] = open_it


def no_device(path: str) -> None:
    """There is none any more."""
    _openers.pop(path, None)


def answers(fd: int, ioctl: Ioctl, poll: Poll | None = None, closed: Callable[[], object] = lambda: None) -> int:
    """Lets ``ioctl`` and ``poll`` answer for a descriptor; ``closed`` is called once it is closed."""
    _ioctls[fd], _closed[fd] = ioctl, closed
    if poll is not None:
        _polls[fd] = poll
    else:
        _polls.pop(fd, None)
    return fd


class _Poller:
    """A poll object that may watch one simulated descriptor, or any real ones."""

    def __init__(self) -> None:
        self._real = _real_poll()
        self._simulated: Poll | None = None

    def register(self, file: Any, *mask: int) -> None:
        fd = file if isinstance(file, int) else file.fileno()
        if fd in _polls:
            self._simulated = _polls[fd]
        else:
            self._real.register(file, *mask)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def poll(self, timeout_ms: int | None = None) -> list[tuple[int, int]]:
        return self._simulated(timeout_ms) if self._simulated is not None else self._real.poll(timeout_ms)


_real_os_open, _real_open, _real_exists = os.open, builtins.open, os.path.exists
_real_ioctl, _real_poll, _real_close = fcntl.ioctl, select.poll, os.close


def _os_open(path: Any, *arguments: Any, **named: Any) -> int:
    return _openers[path]() if path in _openers else _real_os_open(path, *arguments, **named)


def _open(path: Any, *arguments: Any, **named: Any) -> Any:
    return _real_open(_openers[path]() if path in _openers else path, *arguments, **named)


def _exists(path: Any) -> bool:
    return path in _openers or _real_exists(path)


def _ioctl(fd: Any, request: int, *arguments: Any) -> Any:
    number = fd if isinstance(fd, int) else fd.fileno()
    if number in _ioctls:
        return _ioctls[number](request, *arguments)
    return _real_ioctl(fd, request, *arguments)


def _close(fd: int) -> None:
    _ioctls.pop(fd, None)
    _polls.pop(fd, None)
    _closed.pop(fd, lambda: None)()
    _real_close(fd)


def begin() -> None:
    """Puts the answers in place of the calls."""
    os.open, builtins.open, os.path.exists, os.close = _os_open, _open, _exists, _close  # type: ignore[assignment]
    fcntl.ioctl, select.poll = _ioctl, _Poller  # type: ignore[assignment, misc]
