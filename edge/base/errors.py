"""Errors, split by what the caller does next.

    MimamoriError                  anything this project raises on purpose
    ├── TryAgain            75     the same call may succeed later
    │   └── Unavailable     69     the other side cannot be reached
    ├── Refused             65     this one item is bad: drop it, go on with the next (``failure`` names the class)
    ├── Stop                70     this process cannot go on
    │   ├── BadConfiguration 78    a person must change something; systemd does not restart on 78
    │   ├── BadInput        66     a file or a video source cannot be used
    │   ├── AlreadyRunning  75     another process holds the same spool or state
    │   ├── NotPermitted    77     a key, passphrase or role does not allow it
    │   └── StorageFault    74     the disk refused a read, write or sync
    └── UsageFault          64     the command's words are off

Numbers are the exit statuses of sysexits.h; ``edge.cli`` turns an error that reaches it into one line and that status.
"""

from __future__ import annotations


class MimamoriError(Exception):
    """Base of all errors raised on purpose; its text names the thing, the value, the limit and what to do."""

    exit_status = 70


class TryAgain(MimamoriError):
    """The same call may succeed later; the caller backs off and repeats it."""

    exit_status = 75


class Unavailable(TryAgain):
    """The other side cannot be reached or answered with a fault of its own."""

    exit_status = 69


class Refused(MimamoriError):
    """One item (record, message, document) is bad; the caller drops it and goes on.

    Args:
        failure: the failure class, a slug that test vectors and logs name, such as ``bad-signature``.
        message: what is wrong, with the value and the limit.
    """

    exit_status = 65

    def __init__(self, failure: str, message: str) -> None:
        super().__init__(message)
        self.failure = failure


class Stop(MimamoriError):
    """This process cannot go on."""


class BadConfiguration(Stop):
    """A person must change configuration, masks or keys before a restart can help."""

    exit_status = 78


class BadInput(Stop):
    """A file or video source cannot be used as it is."""

    exit_status = 66


class AlreadyRunning(Stop):
    """Another process holds the same spool or state directory."""

    exit_status = 75


class NotPermitted(Stop):
    """A key, passphrase or role does not allow what was asked."""

    exit_status = 77


class StorageFault(Stop):
    """The disk refused a read, a write or a sync."""

    exit_status = 74


class UsageFault(MimamoriError):
    """The command's words are off."""

    exit_status = 64
