"""The city's side: founded by the desk, with its fleet's store, and its center's processes in the lab's network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.base.clock import SystemClock
from edge.base.config import to_toml
from edge.cli import main
from edge.desk.city import City, Secrets, found_city
from edge.desk.custodian import create_custodian
from edge.desk.keystore import KeyStore
from edge.desk.passphrase import Passphrase
from tests.lab.keylists import first_key_list
from tests.lab.nodes import NodeLab

CENTER = "center.lab"
ZONE = ZoneInfo("Asia/Tokyo")
_PEOPLE = ("manager", "operator", "root", "desk", "store")
_DAYS = 90
_STOP_S = 60
_PROGRAMS = "/usr/sbin:/usr/bin:/sbin:/bin"


class Town:
    """A city that is founded, and its center once it was started.

    Attributes:
        desk: the desk's folder; ``store``: the fleet's.
    """

    def __init__(self, folder: Path, lab: NodeLab) -> None:
        folder.mkdir()
        self.folder, self._lab, now_us = folder, lab, SystemClock().now_us()
        self.desk, self.store = folder / "city" / "desk", folder / "store"
        self._processes: list[subprocess.Popen[bytes]] = []
        words = {who: Passphrase(f"the {who}'s own long passphrase") for who in _PEOPLE}
        self._manager = create_custodian(folder / "manager", "manager", words["manager"], demo=False)
        self._operator = create_custodian(folder / "operator", "operator", words["operator"], demo=False)
        city = City("Matsudo", False, (CENTER, lab.address), self._manager.card, self._operator.card, now_us, now_us)
        found_city(folder / "city", city, Secrets(words["root"], words["desk"]))
        KeyStore.create(self.store, words["store"])
        for who in ("desk", "store"):
            self.secret(who).write_text(words[who].secret + "\n")

    def secret(self, whose: str) -> Path:
        """Returns the file with a passphrase."""
        return self.folder / f"{whose}.passphrase"

    def start_center(self) -> None:
        """Starts center, nginx and mosquitto as the administrator's guide says."""
        center = self.folder / "city" / "center"
        (self.folder / "center.toml").write_bytes(to_toml(_settings(center, self._lab.address)))
        words = ("--config", self.folder / "center.toml", "--out", self.folder / "etc", "--user", "root")
        listen = ("--public", f"{self._lab.address}:443", "--staff", "127.0.0.1:8080")
        assert main(["center", "render", *map(str, (*words, *listen))]) == 0
        etc = self.folder / "etc"
        (etc / "run").mkdir(exist_ok=True)
        self._start("mosquitto", "mosquitto", "-c", str(etc / "mosquitto.conf"))
        self._start("nginx", "nginx", "-c", str(etc / "nginx.conf"), "-e", str(etc / "run" / "nginx-error.log"))
        serve = ("center", "serve", "--config", str(self.folder / "center.toml"))
        self._start("center", sys.executable, "-m", "edge.cli", *serve)
        self._lab.until((self.folder / "center.sock").exists, f"the center ({self.log('center')})")

    def stop(self) -> None:
        """Ends the center's processes."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(_STOP_S)

    def log(self, name: str) -> str:
        """Returns the end of what one of them said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]

    def mimamori(self, *words: object) -> dict[str, object]:
        """Runs a command of the city's in the lab's network and returns what it said as JSON."""
        command = (sys.executable, "-m", "edge.cli", *map(str, words), "--json")
        said = self._lab.run(*command, environment=_environment())
        tree: dict[str, object] = json.loads(said.out.splitlines()[-1])
        return tree

    def key_list(self, node: str) -> Path:
        """Returns a key list of both custodians, in a file."""
        now_us = SystemClock().now_us()
        path = self.folder / f"{node}.key-list.json"
        path.write_bytes(first_key_list(self._manager, self._operator, node, now_us, ZONE, _DAYS).data)
        return path

    def stored(self, node: str) -> int:
        """Returns how many bytes of a node's records the center holds."""
        folder = self.folder / "store-of-records" / node
        return sum(path.stat().st_size for path in folder.glob("*.records")) if folder.is_dir() else 0

    def _start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(
                    self._lab.words(*command), stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=_environment()
                )
            )


def _environment() -> dict[str, str]:
    path = os.pathsep.join((os.environ.get("PATH", ""), _PROGRAMS))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PATH": path}


def _settings(center: Path, address: str) -> dict[str, object]:
    mqtt = {"host": address, "port": 8883}
    files = {"ca": center / "ca.pem", "certificate": center / "certificate.pem", "key": center / "tls.pem"}
    places = {
        "authority": "authority.json",
        "root": "root.pub",
        "receipt_key": "receipt.pem",
        "issuing_certificate": "issuing.pem",
        "issuing_key": "issuing-key.pem",
        "city_ca": "ca.pem",
    }
    return {
        "city": "松戸市",
        **{name: str(center / file) for name, file in places.items()},
        "store": "store-of-records",
        "index": "sqlite:///index.db",
        "listen": "unix:center.sock",
        "retention_days": 7,
        "mqtt": {**mqtt, **{name: str(path) for name, path in files.items()}},
    }
