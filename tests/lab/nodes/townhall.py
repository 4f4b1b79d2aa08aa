"""The city's side for nodes of the lab: real center, nginx and mosquitto on its bridge."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import requests

from edge.center.render import MosquittoSettings, NginxSettings
from edge.seal.manifest import Kind
from edge.seal.record import parse_records
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.command import Command
from tests.center.city import DAY_US
from tests.center.stack import Stack, free_port
from tests.lab.nodes.provision import provisioned


class TownHall(Stack):
    """The city's processes; to be started in the lab's network."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        broker = (
            f'[mqtt]\nhost = "localhost"\nport = {port}\nca = "ca.pem"\ncertificate = "center.pem"\nkey = "center.key"'
        )
        super().__init__(provisioned(folder, extra=broker), folder / "run", mqtt_port=port)

    def start_all(self) -> None:
        """Starts them."""
        self.start_mosquitto()
        self.start_center()
        self.start_nginx()

    def nginx_settings(self) -> NginxSettings:
        return replace(super().nginx_settings(), public_listen=f"0.0.0.0:{self.public}")

    def mosquitto_settings(self) -> MosquittoSettings:
        return replace(super().mosquitto_settings(), address="0.0.0.0")

    def receipted(self, node: str) -> int:
        """How many records of a node are stored and receipted."""
        return self._ask("select sum(last - first + 1) from runs where node = ?", node)

    def footage(self, node: str) -> int:
        """How many segments of a node are in the center's store."""
        files = (self.city.folder / "store" / node).glob("*.records")
        kinds = [record.header.kind for file in files for record in parse_records(file.read_bytes())]
        return kinds.count(Kind.SEGMENT)

    def chains(self, node: str) -> int:
        """How many chains they are of."""
        return self._ask("select count(distinct chain) from runs where node = ?", node)

    def beats(self, node: str) -> int:
        """1 once a heartbeat came."""
        return self._ask("select count(*) from heartbeats where node = ?", node)

    def ask_for_window(self, node: str, start_us: int, end_us: int) -> int:
        """Has the desk ask a node for its records of a time; returns the center's answer."""
        word = Command(
            node=node, counter=1, issued=start_us, expires=end_us + DAY_US, action="send-window",
            start_us=start_us, end_us=end_us,
        )  # fmt: skip
        document = signed.sign("command", word, self.city.roles[Role.COMMAND])
        path = f"{self.url}/v1/nodes/{node}/commands"
        trusted = str(self.city.folder / "ca.pem")
        return requests.post(
            path, data=document.data, cert=self.city.client("@desk"), verify=trusted, timeout=60
        ).status_code

    def _ask(self, query: str, node: str) -> int:
        with closing(sqlite3.connect(f"file:{self.city.folder / 'index.db'}?mode=ro", uri=True)) as connection:
            return int(connection.execute(query, (node,)).fetchone()[0] or 0)
