"""Real processes: the center, nginx before it, mosquitto; all on loopback, ended with the test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from edge.base.config import load
from edge.center.config import CenterConfig
from edge.center.refusals import refusals
from edge.center.render import REFUSALS, MosquittoSettings, NginxSettings, render_mosquitto, render_nginx
from tests.center.city import City

WAIT_S = 15.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], bool], what: str) -> None:
    """Returns once ``condition`` holds; asks 50 times a second at most."""
    pause = threading.Event()
    for _ in range(int(WAIT_S * 50)):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError(f"{what} did not come within {WAIT_S} s")


def reachable(address: str | int) -> bool:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as probe:
        return probe.connect_ex(address if isinstance(address, str) else ("127.0.0.1", address)) == 0


class Stack:
    """Center, nginx and mosquitto of a city."""

    def __init__(self, city: City, run: Path, *, mqtt_port: int | None = None) -> None:
        self.city, self.run = city, run
        run.mkdir(exist_ok=True)
        self.public, self.staff, self.mqtt = free_port(), free_port(), mqtt_port or free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        return f"https://localhost:{self.public}"

    @property
    def staff_url(self) -> str:
        return f"http://127.0.0.1:{self.staff}"

    def start_center(self) -> None:
        code = "import sys; from pathlib import Path; from edge.center.serve import serve; serve(Path(sys.argv[1]))"
        self.start("center", [sys.executable, "-c", code, str(self.city.config_path)])
        until(lambda: reachable(str(self.city.folder / "center.sock")), "the center")

    def nginx_settings(self) -> NginxSettings:
        folder = self.city.folder
        return NginxSettings(
            run_dir=self.run,
            upstream=f"unix:{folder / 'center.sock'}",
            public_listen=f"127.0.0.1:{self.public}",
            staff_listen=f"127.0.0.1:{self.staff}",
            server_certificate=folder / "server.pem",
            server_key=folder / "server.key",
            client_ca=folder / "client-ca.pem",
            user="root",
            workers="1",
        )

    def mosquitto_settings(self) -> MosquittoSettings:
        folder = self.city.folder
        return MosquittoSettings(
            run_dir=self.run,
            address="127.0.0.1",
            port=self.mqtt,
            server_certificate=folder / "server.pem",
            server_key=folder / "server.key",
            client_ca=folder / "client-ca.pem",
            refusals=self.run / REFUSALS,
            user="root",
        )

    def start_nginx(self) -> None:
        path = self.run / "nginx.conf"
        path.write_text(render_nginx(self.nginx_settings()))
        self.start("nginx", ["nginx", "-c", str(path), "-e", str(self.run / "nginx-error.log")])
        until(lambda: reachable(self.public) and reachable(self.staff), "nginx")

    def start_mosquitto(self, *, refused: bytes | None = None) -> None:
        (self.run / REFUSALS).write_bytes(refused or refusals(load(self.city.config_path, CenterConfig)))
        path = self.run / "mosquitto.conf"
        path.write_text(render_mosquitto(self.mosquitto_settings()))
        self.start("mosquitto", ["mosquitto", "-c", str(path)])
        until(lambda: reachable(self.mqtt), "mosquitto")

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait(WAIT_S)

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        ended = {name: process.wait(WAIT_S) for name, process in self.processes.items()}
        assert set(ended.values()) <= {0}, ended

    def start(self, name: str, command: list[str]) -> None:
        """Starts a process; its output goes to a file of its name."""
        with (self.run / f"{name}.out").open("ab") as out:
            self.processes[name] = subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": "."}
            )
