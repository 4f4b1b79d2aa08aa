"""A node that records in a container, and the releases that it is given."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edge.seal.manifest import Manifest
from edge.seal.reel import ERASED, REEL_HEADER_BYTES, parse_reel_header, scan
from edge.wire.authority import Role
from tests.center.city import NOW, City
from tests.lab.nodes import Node, NodeLab
from tests.lab.update.releases import (
    Spoil,
    make_release,
    nothing,
)

UPDATE = ("mimamori", "node", "update", "--config", "/etc/mimamori/node.toml")
SPOOL = "var/spool/mimamori"
BROUGHT = "/var/lib/mimamori/update/release"
"""Where the playbook brings it: a root may take no writes."""


@dataclass
class Street:
    """A node that records, and the city that signs its releases."""

    lab: NodeLab
    node: Node
    city: City
    folder: Path
    number: int = 0

    def bring(self, version: str, spoil: Spoil = nothing) -> int:
        """Lays a release onto the node; returns its number."""
        self.number += 1
        signer, folder = self.city.roles[Role.RELEASE], self.folder / f"r{self.number}"
        made = make_release(folder, signer, self.number, version, NOW, spoil)
        self.node.run("rm", "-rf", BROUGHT)
        shutil.copytree(made, self.inside / BROUGHT.lstrip("/"))
        return self.number

    @property
    def inside(self) -> Path:
        """The node's root, as this machine sees it."""
        return Path(f"/proc/{self.node.pid}/root")

    def update(self) -> tuple[int, str]:
        done = self.node.run(*UPDATE, "--release", BROUGHT, check=False)
        return done.status, done.out + done.err

    def version(self) -> str:
        return self.node.run("mimamori", "--version").out.split()[1]

    def segments(self) -> int:
        done = self.node.run("cat", "/run/mimamori/recorder.json", check=False)
        if done.status:
            return 0
        said = json.loads(done.out)
        return int(said["segments"]) if said["state"] == "recording" else 0

    def records_again(self) -> None:
        self.lab.until(lambda: self.segments() >= 2, "the recorder syncs segments", within_s=300)

    def link(self) -> str:
        """Which environment runs from the next start on."""
        return self.node.run("readlink", "/opt/mimamori/current").out.strip()

    def has(self, path: str) -> bool:
        return self.node.run("test", "-e", path, check=False).status == 0

    def cut_when(self, condition: Callable[[], bool], what: str) -> None:
        """Begins an update, and cuts the node off once the condition holds; then it boots."""
        self.node.run("systemd-run", "--unit=lab-update", "--collect", *UPDATE, "--release", BROUGHT)

        def seen() -> bool:
            going_on = self.node.property("lab-update.service", "ActiveState") == "active"
            found = condition()
            assert found or going_on, f"ended before {what}: {self.node.journal('-u', 'lab-update')}"
            return found

        self.lab.until(seen, what, within_s=900)
        self.node.cut()
        self.node.boot()

    def status(self) -> dict[str, object]:
        return dict(json.loads(self.node.run(*UPDATE, "--status").out))


def written(spool: Path) -> list[Manifest]:
    """Every record's manifest, in order."""
    found: dict[int, Manifest] = {}
    for path in spool.glob("reel-*"):
        data = path.read_bytes()
        header = parse_reel_header(data[:REEL_HEADER_BYTES])
        if header is not None and header.first != ERASED:
            read = partial(_read, data)
            found |= {one.header.sequence: one.header.manifest for one in scan(read, header, end=len(data))}
    return [found[sequence] for sequence in sorted(found)]


def _read(data: bytes, length: int, offset: int) -> bytes:
    return data[offset : offset + length]
