"""Becomes a program whose opening, closing and GPIO calls wait for an answer of the one who started it.

``python -m tests.panel.chip.held SOCKET PROGRAM ARGUMENTS...``; the filter's descriptor goes out by the socket
(seccomp(2), SECCOMP_FILTER_FLAG_NEW_LISTENER). Programs that it starts are held alike.
"""

from __future__ import annotations

import array
import ctypes
import os
import platform
import socket
import struct
import sys

from tests.panel.chip.calls import CALLS, GPIO_TYPE

_SET_MODE_FILTER, _NEW_LISTENER = 1, 1 << 3
_PR_SET_NO_NEW_PRIVS = 38
_LOAD, _JUMP_EQUAL, _RETURN, _AND = 0x20, 0x15, 0x06, 0x54
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_NUMBER_AT, _ARG1_AT = 0, 24


def program() -> bytes:
    """Returns the filter: openat, close, and ioctl whose request is of GPIO's type; all else passes."""
    calls = CALLS[platform.machine()]
    steps = [
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_EQUAL, 6, 0, calls.openat),
        (_JUMP_EQUAL, 5, 0, calls.close),
        (_JUMP_EQUAL, 0, 3, calls.ioctl),
        (_LOAD, 0, 0, _ARG1_AT),
        (_AND, 0, 0, 0xFF00),
        (_JUMP_EQUAL, 1, 0, GPIO_TYPE << 8),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _NOTIFY),
    ]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


def hold() -> int:
    """Puts the filter on this process; returns the descriptor that answers it."""
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(program())
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program()) // 8, ctypes.addressof(code)))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    listener = libc.syscall(CALLS[platform.machine()].seccomp, _SET_MODE_FILTER, _NEW_LISTENER, head)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return int(listener)


def main() -> None:
    """Holds this process, which becomes the program."""
    number, *words = sys.argv[1:]
    with socket.socket(fileno=int(number)) as out:
        listener = hold()
        out.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [listener]))])
    os.execvp(words[0], words)


if __name__ == "__main__":
    main()
