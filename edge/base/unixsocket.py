"""A Unix stream socket that owner and group may connect to."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from edge.base.errors import StorageFault

_UMASK = 0o117


def listen(path: Path, *, backlog: int) -> socket.socket:
    """Returns a socket that listens at ``path``; what lay there from an earlier run goes.

    Raises:
        StorageFault: it cannot be made.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(_UMASK)
    try:
        path.unlink(missing_ok=True)
        listening.bind(str(path))
        listening.listen(backlog)
    except OSError as error:
        listening.close()
        raise StorageFault(f"{path}: no socket can be made there ({error.strerror})") from error
    finally:
        os.umask(before)
    return listening
