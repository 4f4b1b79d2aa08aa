"""What the service manager hears of a process."""

from __future__ import annotations

import socket
from pathlib import Path


class Systemd:
    """The service manager's socket."""

    def __init__(self, path: Path) -> None:
        self.path, self.said = path, list[bytes]()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)

    def fed(self) -> int:
        """Returns how often the watchdog was fed until now."""
        try:
            while True:
                self.said.append(self._socket.recv(1024))
        except BlockingIOError:
            return self.said.count(b"WATCHDOG=1")

    def close(self) -> None:
        self._socket.close()
