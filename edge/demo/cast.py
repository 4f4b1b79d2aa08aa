"""Starts and ends a demonstration's processes: those of its center and those of its node; each on its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import BadConfiguration, Stop
from edge.center.render import REFUSALS
from edge.demo.places import Places, Ports
from edge.demo.processes import Child, Usage

_START_S = 120.0
"""A small board loads its libraries for half a minute; what ends is noticed at once."""
_STOP_S = 20.0
_SEARCH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


class Cast:
    """The processes, in the order in which they were started; they end in the opposite one."""

    def __init__(self, places: Places, ports: Ports, clock: Clock) -> None:
        self._places, self._ports, self._clock = places, ports, clock
        self._children: list[Child] = []
        self._ended: list[Child] = []

    def start_center(self) -> None:
        """Starts center, nginx and mosquitto, and waits until they listen."""
        folder = self._places.center.resolve()
        run = folder / "run"
        self.start("center", [*mimamori(), "center", "serve", "--config", str(folder / "center.toml")])
        self._await(lambda: _unix_listens(run / "center.sock"), "center")
        nginx = [_program("nginx"), "-e", str(run / "nginx-error.log"), "-c", str(folder / "nginx.conf")]
        self.start("nginx", nginx)
        refused = ["--config", str(folder / "center.toml"), "--out", str(folder / REFUSALS)]
        subprocess.run([*mimamori(), "center", "refusals", *refused], check=True, timeout=_START_S)
        self.start("mosquitto", [_program("mosquitto"), "-c", str(folder / "mosquitto.conf")])
        self._await(lambda: _port_listens(self._ports.https), "nginx")
        self._await(lambda: _port_listens(self._ports.mqtt), "mosquitto")

    def start_uplink(self, config: Path) -> None:
        """Starts the uplink."""
        self.start("uplink", [*mimamori(), "node", "uplink", "--config", str(config)])

    def start_panel(self, config: Path) -> None:
        """Starts the panel."""
        self.start("panel", [*mimamori(), "node", "panel", "--config", str(config)])

    def start_commission(self, config: Path) -> None:
        """Starts the process of the installer's page."""
        self.start("commission", [*mimamori(), "node", "commission", "--config", str(config)])

    def start_aim(self, config: Path) -> None:
        """Starts the camera's process of a visit; it ends by itself."""
        self.start("aim", [*mimamori(), "node", "aim", "--config", str(config)])

    def start_recorder(self, config: Path, seconds: float | None) -> Child:
        """Starts the recorder, for so much footage or until it is stopped."""
        words = [] if seconds is None else ["--seconds", f"{seconds:g}"]
        return self.start("recorder", [*mimamori(), "node", "record", "--config", str(config), *words])

    @property
    def children(self) -> tuple[Child, ...]:
        """The processes that were started and not stopped."""
        return tuple(self._children)

    def runs(self, name: str) -> bool:
        """Whether such a process was started and has not ended."""
        return any(child.name == name and child.running for child in self._children)

    def require_running(self) -> None:
        """Checks that every process is there but a visit's aim, and a recorder that ended in order.

        Raises:
            Stop: one is not.
        """
        for child in self._children:
            ended_in_order = child.name == "recorder" and not child.running and child.status == 0
            if child.name != "aim" and not ended_in_order:
                child.require_running()

    def wait_for(self, path: Path, what: str) -> None:
        """Waits until a file is there."""
        self._await(path.exists, what)

    def stop(self, name: str) -> None:
        """Ends one process in order."""
        for child in [child for child in self._children if child.name == name]:
            child.stop(self._clock, within_s=_STOP_S)
            self._children.remove(child)
            self._ended.append(child)

    def stop_all(self) -> None:
        """Ends all, the last started first; nothing is left running."""
        for child in list(reversed(self._children)):
            self.stop(child.name)

    def usage(self) -> dict[str, Usage]:
        """Returns what each ended process took."""
        return {child.name: child.usage for child in self._ended if child.usage is not None}

    def start(self, name: str, command: list[str]) -> Child:
        """Starts one process under that name."""
        child = Child(name, command, self._places.logs)
        self._children.append(child)
        return child

    def _await(self, condition: Callable[[], bool], what: str) -> None:
        deadline = self._clock.monotonic_ns() + round(_START_S * 1e9)
        while not condition():
            self.require_running()
            if self._clock.monotonic_ns() > deadline:
                raise Stop(f"{what} is not ready after {_START_S:.0f} s; its log is in {self._places.logs}")
            self._clock.sleep(0.05)


def mimamori() -> list[str]:
    """Returns the words that start this very program again."""
    return [sys.executable, "-m", "edge.cli"]


def _program(name: str) -> str:
    path = shutil.which(name, path=_SEARCH)
    if path is None:
        raise BadConfiguration(f"{name} is not installed; run 'make setup'")
    return path


def _port_listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _unix_listens(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.connect(str(path))
    except OSError:
        return False
    return True
