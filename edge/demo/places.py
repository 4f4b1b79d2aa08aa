"""A demonstration's folder: who has which files. In real life each first-level folder is a machine of its own."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

from edge.base.files import private_directory

NODE = "demo"
MARK = ".demonstration"


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports: for nodes and desk, the broker, the fleet page, and the visits' three."""

    https: int
    mqtt: int
    fleet: int
    visit: int
    portal: int
    collect: int


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are.

    Attributes:
        out: the demonstration's folder.
        city: founded once; may be shared by several demonstrations.
    """

    out: Path
    city: Path

    @property
    def founded(self) -> Path:
        """What founding made: ``root``, ``center``, ``desk`` and the custodians' client certificates."""
        return self.city / "founded"

    @property
    def whole(self) -> Path:
        """Written once the city is founded: without it, founding was interrupted."""
        return self.city / "whole"

    @property
    def manager(self) -> Path:
        """The manager's key store."""
        return self.city / "manager"

    @property
    def operator(self) -> Path:
        """The operator's key store."""
        return self.city / "operator"

    @property
    def secrets(self) -> Path:
        """Passphrases; a demonstration has nobody to ask."""
        return self.city / "passphrases"

    @property
    def center(self) -> Path:
        """Configuration, index and store of the center."""
        return self.out / "center"

    @property
    def node(self) -> Path:
        """Configuration, state, spool and run directory of the node."""
        return self.out / "node"

    @property
    def config(self) -> Path:
        """The node's configuration."""
        return self.node / "node.toml"

    @property
    def mark(self) -> Path:
        """Shows that a folder is a demonstration's, and is locked as long as one runs in it."""
        return self.out / MARK

    @property
    def logs(self) -> Path:
        """One log a process."""
        return self.out / "logs"

    @property
    def clock(self) -> Path:
        """The simulated clock, where there is one."""
        return self.out / "clock"

    @property
    def masks(self) -> Path:
        """The mask set in force."""
        return self.node / "masks.json"

    @property
    def bundle(self) -> Path:
        """What was fetched: records, headers and the documents that prove them."""
        return self.out / "records"

    def make(self) -> None:
        """Makes the folders that several processes share."""
        for folder in (self.city, self.center / "run", self.node / "run", self.logs):
            private_directory(folder)


def free_ports() -> Ports:
    """Returns loopback ports that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(6)]
    https, mqtt, fleet, visit, portal, collect = (one.getsockname()[1] for one in sockets)
    for one in sockets:
        one.close()
    return Ports(https, mqtt, fleet, visit, portal, collect)
