"""The city's side: the real center behind the real nginx, and the real mosquitto."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from edge.center.render import MosquittoSettings, NginxSettings
from tests.center.city import City
from tests.center.stack import WAIT_S, Stack, free_port, reachable, until
from tests.lab.between import HOST
from tests.lab.street import CITY_V4, CITY_V6, run

_ROOM_MIB = 256
_BALLAST = "ballast"


class Hall(Stack):
    """The city's processes, on a disk in memory that can be filled.

    Args:
        folder: where the disk is mounted.
        front: socket that nginx talks to; whoever listens there forwards to ``center``.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        run("mount", "-t", "tmpfs", "-o", f"size={_ROOM_MIB}m", "mmlcity", str(folder))
        port = free_port()
        broker = (
            f'[mqtt]\nhost = "localhost"\nport = {port}\nca = "ca.pem"\ncertificate = "center.pem"\nkey = "center.key"'
        )
        hosts = (HOST, "localhost", "127.0.0.1", CITY_V4, CITY_V6)
        super().__init__(City(folder, extra=broker, hosts=hosts), folder / "run", mqtt_port=port)
        self.center, self.front = folder / "center.sock", folder / "front.sock"

    def start_all(self) -> None:
        """Starts what is not running."""
        for name, begin in (
            ("mosquitto", self.start_mosquitto),
            ("center", self.start_center),
            ("nginx", self.start_nginx),
        ):
            if name not in self.processes:
                begin()

    def start_hasty_center(self) -> None:
        """Starts a center that answers before it stores."""
        self.start("center", [sys.executable, "-m", "tests.lab.hasty_center", str(self.city.config_path)])
        until(lambda: reachable(str(self.center)), "the hasty center")

    def start(self, name: str, command: list[str]) -> None:
        """Starts a process as leader of its own group."""
        with (self.run / f"{name}.out").open("ab") as out:
            self.processes[name] = subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """Ends a process and its children by SIGKILL."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(WAIT_S)

    def end(self, name: str) -> None:
        """Ends a process as the system does."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_S) == 0, name

    def reload(self) -> None:
        """Has nginx and mosquitto take the server's certificate anew; mosquitto takes it only at a start."""
        self.processes["nginx"].send_signal(signal.SIGHUP)
        self.end("mosquitto")
        self.start_mosquitto()

    def fill_disk(self) -> None:
        """Takes all room that is left on the city's disk."""
        with (self.city.folder / _BALLAST).open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

    def empty_disk(self) -> None:
        """Gives the room back."""
        (self.city.folder / _BALLAST).unlink(missing_ok=True)

    def nginx_settings(self) -> NginxSettings:
        listen = f"[::]:{self.public} ipv6only=off"
        return replace(
            super().nginx_settings(), public_listen=listen, upstream=f"unix:{self.front}", unnamed_rate="6000r/m"
        )

    def mosquitto_settings(self) -> MosquittoSettings:
        return replace(super().mosquitto_settings(), address="")
