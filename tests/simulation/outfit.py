"""What a board is fitted with: configuration, ids, what seals, and a key that tells of every record that it signs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from edge import __version__
from edge.node import record
from edge.node.recording.sealer import Sealer
from edge.node.records.tally import Names, Tally
from edge.seal.chain import InForce
from edge.seal.record import DOMAIN
from edge.spool.spool import Spool
from edge.wire.keys import SigningKey
from tests.simulation.camera import Camera, solid
from tests.simulation.city import NODE, plain_seal
from tests.simulation.decisions import Setting

REEL_BYTES = 1 << 20


class NotingSigner:
    """The node's key.

    Args:
        signed: hears of the signed header of every record.
    """

    def __init__(self, key: SigningKey, signed: Callable[[bytes], None]) -> None:
        self._key, self._signed = key, signed

    @property
    def public_key(self) -> bytes:
        return self._key.public_key

    def sign(self, message: bytes) -> bytes:
        signature = self._key.sign(message)
        self._signed(message.removeprefix(DOMAIN) + signature)
        return signature


class Ids:
    """Ids that are a seed's: of boots, of chains.

    Attributes:
        id: the present one, 32 hex digits.
    """

    def __init__(self, of: str, seed: int) -> None:
        self._of, self._seed, self._number = of, seed, -1
        self.id = self.next()

    def next(self) -> str:
        """Goes on to the next one, and returns it."""
        self._number += 1
        self.id = hashlib.sha256(f"{self._of} {self._seed} {self._number}".encode()).hexdigest()[:32]
        return self.id


def make_sealer(node: record._Node, spool: Spool, camera: Camera) -> Sealer:
    """Makes what the sealing thread runs; BOOT is its first record."""
    names = Names(node.config.node, node.boot, __version__)
    tally = Tally(names, node.config.status, spool.capacity_bytes)
    masks, floor = camera.digests()
    digests = InForce(masks=masks, floor=floor)
    return record._make_sealer(node, spool, tally, digests, SimpleQueue(), look=solid, sealing=plain_seal)


def write_config(folder: Path, setting: Setting) -> Path:
    """Writes the node's configuration file."""
    tree = f"""
node = "{NODE}"
camera = "1"
root = "root.pub"
authority = "authority.json"
masks = "masks.json"
state = "recorder"
run = "run"
retention_days = {setting.retention_days}
[source]
kind = "street"
[encoder]
bitrate_bps = 300000
[spool]
folder = "spool"
capacity_bytes = {setting.reels * REEL_BYTES}
reel_bytes = {REEL_BYTES}
[uplink]
center_url = "https://localhost:1"
mqtt_host = "localhost"
ca = "ca.pem"
state = "uplink"
upload = "{setting.mode}"
"""
    path = folder / "node.toml"
    path.write_text(tree, encoding="ascii")
    return path
