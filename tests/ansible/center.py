"""A machine for the role ``center``: bare Debian, a source of Debian's packages, a signed release, a city's files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from edge.base.clock import SystemClock
from edge.fleet.wheelhouse import PARTS, packages_of, pins_of, seal_wheels
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.release import RELEASE, WHEELS, Release, describe_file
from tests.center.city import City
from tests.lab.nodes import Node
from tests.lab.nodes.wheels import CHECKOUT, locked_wheels, own_wheel

CENTER = "center.city.example"
PACKAGES = ("nginx", "mosquitto", "libpq5", "postgresql")
_NAMES = {"server-key.pem": "server.key", "certificate.pem": "center.pem", "tls.pem": "center.key"}
_SAME = ("authority.json", "root.pub", "ca.pem", "client-ca.pem", "server.pem", "issuing.pem", "receipt.pem")
_, PART = PARTS
_COUNT = """
import sqlite3, sys
index = sqlite3.connect("file:/var/lib/mimamori-center/index.db?mode=ro", uri=True)
print(index.execute(sys.argv[1], sys.argv[2:]).fetchone()[0] or 0)
"""


def files_of(city: City, folder: Path) -> Path:
    """Returns a folder of the city's with the names that ``desk init`` gives."""
    folder.mkdir()
    for name in _SAME:
        shutil.copyfile(city.folder / name, folder / name)
    for name, was in {**_NAMES, "issuing-key.pem": "issuing.key"}.items():
        shutil.copyfile(city.folder / was, folder / name)
    return folder


def release_of(city: City, folder: Path, number: int) -> Path:
    """Makes a center's release, signed by the city's release role."""
    wheels, machine = folder / WHEELS, os.uname().machine
    shutil.copytree(locked_wheels(PART), wheels, ignore=shutil.ignore_patterns("requirements.txt"))
    shutil.copyfile(own_wheel(), wheels / own_wheel().name)
    lock = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
    seal_wheels(wheels, {pin.name: pin for pin in pins_of(lock, packages_of(PART, machine), machine)}, ())
    files = tuple(describe_file(folder, path) for path in sorted(wheels.iterdir()))
    word = Release(number=number, version="0.1.0", issued=SystemClock().now_us(), files=files)
    (folder / RELEASE).write_bytes(signed.sign("release", word, city.roles[Role.RELEASE]).data)
    return folder


def receipted(center: Node, node: str) -> int:
    """How many records of a node the center's index in SQLite has."""
    return _count(center, "select sum(last - first + 1) from runs where node = ?", node)


def beats(center: Node, node: str) -> int:
    """1 once a heartbeat came."""
    return _count(center, "select count(*) from heartbeats where node = ?", node)


def _count(center: Node, query: str, node: str) -> int:
    return int(center.run("python3", "-c", _COUNT, query, node, user="mimamori-center").out)
