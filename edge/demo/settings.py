"""Writes the configuration of a demonstration's node, center, nginx and mosquitto."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from edge.base.config import to_toml
from edge.base.files import private_directory, write_durably
from edge.center.render import REFUSALS, MosquittoSettings, NginxSettings, render_mosquitto, render_nginx
from edge.demo.places import NODE, Places, Ports

_RETENTION_DAYS = 7


def write_center(places: Places, ports: Ports, clock: str, zone: str) -> None:
    """Writes ``center.toml``, ``nginx.conf`` and ``mosquitto.conf``."""
    carried = (places.founded / "center").resolve()
    folder = places.center.resolve()
    client_ca = folder / "client-ca.pem"
    write_durably(client_ca, (carried / "ca.pem").read_bytes() + (carried / "issuing.pem").read_bytes())
    tree: dict[str, object] = {
        "demo": True,
        "city": "Demonstration",
        "clock": clock,
        "timezone": zone,
        "authority": str(carried / "authority.json"),
        "root": str(carried / "root.pub"),
        "receipt_key": str(carried / "receipt.pem"),
        "issuing_certificate": str(carried / "issuing.pem"),
        "issuing_key": str(carried / "issuing-key.pem"),
        "city_ca": str(carried / "ca.pem"),
        "store": "store",
        "index": "sqlite:///index.db",
        "listen": "unix:run/center.sock",
        "retention_days": _RETENTION_DAYS,
        "mqtt": {
            "host": "localhost",
            "port": ports.mqtt,
            "ca": str(carried / "ca.pem"),
            "certificate": str(carried / "certificate.pem"),
            "key": str(carried / "tls.pem"),
        },
    }
    write_durably(folder / "center.toml", to_toml(tree))
    nginx = NginxSettings(
        run_dir=private_directory(folder / "run"),
        upstream=f"unix:{folder / 'run' / 'center.sock'}",
        public_listen=f"127.0.0.1:{ports.https}",
        staff_listen=f"127.0.0.1:{ports.fleet}",
        server_certificate=carried / "server.pem",
        server_key=carried / "server-key.pem",
        client_ca=client_ca,
        user=_user(),
        workers="1",
    )
    write_durably(folder / "nginx.conf", render_nginx(nginx).encode())
    mosquitto = MosquittoSettings(
        run_dir=folder / "run",
        address="127.0.0.1",
        port=ports.mqtt,
        server_certificate=carried / "server.pem",
        server_key=carried / "server-key.pem",
        client_ca=client_ca,
        refusals=folder / REFUSALS,
        user=_user(),
    )
    write_durably(folder / "mosquitto.conf", render_mosquitto(mosquitto).encode())


def write_node(places: Places, ports: Ports, source: dict[str, object], clock: str, zone: str) -> Path:
    """Writes ``node.toml`` with the documents that provisioning brings; returns its path."""
    folder = places.node
    for name in ("authority.json", "root.pub", "ca.pem"):
        shutil.copyfile(places.founded / "center" / name, folder / name)
    tree: dict[str, object] = {
        "node": NODE,
        "camera": NODE,
        "timezone": zone,
        "demo": True,
        "clock": clock,
        "root": "root.pub",
        "authority": "authority.json",
        "masks": "masks.json",
        "state": "recorder",
        "run": "run",
        "retention_days": _RETENTION_DAYS,
        "source": source,
        "spool": {"folder": "spool", "capacity_bytes": 256 * 2**20, "reel_bytes": 16 * 2**20},
        "uplink": {
            "center_url": f"https://localhost:{ports.https}",
            "mqtt_host": "localhost",
            "mqtt_port": ports.mqtt,
            "ca": "ca.pem",
            "state": "uplink",
            "upload": "all",
        },
        "panel": {"kind": "mock"},
        "visit": {
            "state": "visit",
            "address": "127.0.0.1",
            "https_port": ports.visit,
            "http_port": ports.portal,
            "collect_port": ports.collect,
        },
    }
    write_durably(places.config, to_toml(tree))
    return places.config


def _user() -> str:
    """Workers keep the user who started them: the demonstration's folders are his alone."""
    return "root" if os.geteuid() == 0 else str(os.geteuid())
