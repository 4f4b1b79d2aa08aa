"""One node in a folder of its own: keys, documents, masks, configuration; and what its spool holds, opened."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyrage

from edge.base.clock import SimulatedClock
from edge.base.config import load, to_toml
from edge.base.errors import BadInput, Refused
from edge.base.frame import Picture
from edge.node.config import NodeConfig
from edge.node.credentials import KEY_LIST, SIGNING_KEY
from edge.seal.envelope import parse_envelope
from edge.seal.manifest import Kind
from edge.seal.record import Record, parse_record
from edge.seal.reel import ERASED, parse_reel_header, read_position, scan
from edge.seal.sealing import open_layer
from edge.wire import signed
from edge.wire.authority import Authority, Role, RoleKey
from edge.wire.keylist import KeyList, Pair
from edge.wire.keys import SigningKey
from edge.wire.panel import PanelReport, read_panel
from edge.wire.receipt import Receipt
from edge.wire.receipts import append_receipt
from edge.wire.signed import Signed
from tests.mask.samples import document, put

NODE = "demo"
DAY, WEEK = "2026-01-05", "2026-W02"
DAYS = tuple((date(2026, 1, 5) + timedelta(days=number)).isoformat() for number in range(3))
START_US = 1_767_574_800_000_000
"""2026-01-05 10:00:00 in Tokyo."""
ISSUED_US = START_US - 3_600_000_000
DAY_US = 86_400_000_000
SECOND_US = 1_000_000
WIDTH, HEIGHT, FPS = 128, 96, 10
PACED = {"fast": False, "loop": True}
"""A source that goes on in real time until it is stopped."""
STREET = {"kind": "street", "path": None, "width": WIDTH, "height": HEIGHT, "fps": FPS}


def seed(number: int) -> SigningKey:
    return SigningKey.from_seed(bytes([number]) * 32)


ROOT = seed(1)
ROLES = {role: seed(10 + place) for place, role in enumerate(Role)}
SIGNER = seed(2)


def make_authority(*, demo: bool = True, root: SigningKey = ROOT) -> Signed[Authority]:
    keys = tuple(
        RoleKey(role=role, public_key=key.public_key.hex(), not_before=0, not_after=2**52)
        for role, key in ROLES.items()
    )
    word = Authority(city="town", demo=demo, version=1, previous=None, root=root.public_key.hex(), issued=0, keys=keys)
    return signed.sign("authority", word, root)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The private halves of one period."""

    manager: pyrage.x25519.Identity
    operator: pyrage.x25519.Identity


@functools.cache
def secrets(period: str) -> Secrets:
    return Secrets(pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate())


def pair(period: str) -> Pair:
    both = secrets(period)
    return Pair(period=period, manager=str(both.manager.to_public()), operator=str(both.operator.to_public()))


def make_key_list(
    version: int = 1, *, days: tuple[str, ...] = DAYS, weeks: tuple[str, ...] = (WEEK,), **changes: Any
) -> Signed[KeyList]:
    both = ROLES[Role.MANAGER], ROLES[Role.OPERATOR]
    signers = changes.pop("signers", both)
    pairs = changes.pop("pairs", tuple(pair(day) for day in days))
    fields = {
        "node": NODE,
        "version": version,
        "previous": None,
        "issued": ISSUED_US,
        "expires": ISSUED_US + 90 * DAY_US,
        "days": pairs,
        "spares": tuple(pair(week) for week in weeks),
    }
    return signed.sign("key-list", KeyList.model_validate(fields | changes), *signers)


def make_receipt(
    chain: str, first: int, hashes: tuple[str, ...], time_us: int, *, node: str = NODE, signer: SigningKey | None = None
) -> Signed[Receipt]:
    word = Receipt(node=node, chain=chain, first=first, last=first + len(hashes) - 1, hashes=hashes, time=time_us)
    return signed.sign("receipt", word, signer or ROLES[Role.RECEIPT])


class Town:
    """One node's folder, provisioned and with a key list; each part may be spoilt.

    Args:
        changes: of ``node.toml``; a table's keys are merged, None takes a key away.
    """

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder = folder
        self.config_path = folder / "node.toml"
        self.masks, self.spool, self.uplink = folder / "masks.json", folder / "spool", folder / "uplink"
        self.state, self.run = folder / "recorder", folder / "run"
        for made in (self.state, self.uplink / "receipts", self.uplink / "inbox"):
            made.mkdir(parents=True)
        self.clock = SimulatedClock.create(folder / "clock", START_US)
        (folder / "root.pub").write_text(ROOT.public_key.hex() + "\n")
        (folder / "authority.json").write_bytes(make_authority().data + b"\n")
        SIGNER.save(self.state / SIGNING_KEY)
        (self.state / KEY_LIST).write_bytes(make_key_list().data)
        put(self.masks, document())
        self._tree = _tree()
        self.configure(**changes)

    def configure(self, **changes: Any) -> None:
        """Writes ``node.toml`` with further changes."""
        tree = self._tree
        for key, value in changes.items():
            kept = tree.get(key)
            tree[key] = {**kept, **value} if isinstance(kept, dict) and isinstance(value, dict) else value
        self.config_path.write_bytes(to_toml(_present(tree)))

    @property
    def config(self) -> NodeConfig:
        return load(self.config_path, NodeConfig)

    def records(self) -> list[Record]:
        """Every record on the card, oldest first."""
        return records_in(self.spool)

    def kinds(self) -> list[str]:
        return [record.header.kind.name for record in self.records()]

    def kinds_so_far(self) -> list[str]:
        """Like ``kinds`` while a recorder writes; empty where it was caught in the middle of a write."""
        try:
            return self.kinds()
        except Refused:
            return []

    def details(self, kind: Kind) -> list[Any]:
        return [record.header.manifest.detail for record in self.of(kind)]

    def of(self, kind: Kind) -> list[Record]:
        return [record for record in self.records() if record.header.kind is kind]

    def require_chained(self) -> list[Record]:
        """Checks signature, sequence and link of every record, and that the position names the newest."""
        records = self.records()
        assert [record.header.sequence for record in records] == list(range(len(records)))
        previous = None
        for record in records:
            record.header.require_signature(SIGNER.public_key)
            assert record.header.manifest.previous == previous
            previous = record.header.sha256
        position = read_position(self.run / "position")
        assert position is not None and position.sha256 == previous
        return records

    def panel(self) -> PanelReport | None:
        """What the panel's process tells; None before it does, and while it writes."""
        try:
            return read_panel(self.run / "panel.json")
        except (BadInput, Refused):
            return None

    def panel_says(self, condition: Callable[[PanelReport], bool]) -> Callable[[], bool]:
        """Returns what to wait for until the panel's process tells of something."""

        def holds() -> bool:
            found = self.panel()
            return found is not None and condition(found)

        return holds

    def receipt(self, records: list[Record], time_us: int) -> Signed[Receipt]:
        """The center receipts records, and the uplink files it."""
        first = records[0].header
        hashes = tuple(record.header.sha256 for record in records)
        receipt = make_receipt(first.manifest.chain, first.sequence, hashes, time_us)
        append_receipt(self.uplink / "receipts", receipt)
        return receipt

    def films(self) -> Iterator[bytes]:
        """Yields the MP4 of every SEGMENT, opened with both private halves."""
        for record in self.of(Kind.SEGMENT):
            yield opened(record)

    def pictures(self) -> Picture:
        """Every frame that was sealed, decoded by the ffmpeg program: luma, (frames, height, width)."""
        return np.concatenate([decoded(mp4) for mp4 in self.films()])


def records_in(spool: Path) -> list[Record]:
    """Every record of a spool, as a reader without the recorder finds it, oldest first."""
    found: dict[int, Record] = {}
    for reel in sorted(spool.glob("reel-*")):
        data = reel.read_bytes()
        header = parse_reel_header(data[:4096])
        if header is None or header.first == ERASED:
            continue
        for item in scan(functools.partial(_read, data), header, end=len(data)):
            record = parse_record(data, item.offset)
            # One whose sync failed stands again in the next reel.
            assert found.setdefault(record.header.sequence, record) == record
    return [found[sequence] for sequence in sorted(found)]


def _read(data: bytes, size: int, offset: int) -> bytes:
    return data[offset : offset + size]


def opened(record: Record) -> bytes:
    """Opens a SEGMENT with the private halves of the period that it names."""
    manifest = record.header.manifest
    assert manifest.segment is not None
    keys = secrets(manifest.segment.period)
    plain = open_layer(open_layer(record.body, str(keys.manager)), str(keys.operator))
    return parse_envelope(plain, manifest.chain, manifest.sequence).mp4


def decoded(mp4: bytes, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """Returns the luma of every frame, decoded by a decoder that is not ours."""
    command = ["ffmpeg", "-v", "error", "-i", "pipe:0", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"]
    result = subprocess.run(command, input=mp4, capture_output=True, timeout=60, check=True)
    return np.frombuffer(result.stdout, np.uint8).reshape(-1, height, width)


def make_video(path: Path, *, seconds: float = 5, size: str = f"{WIDTH}x{HEIGHT}", fps: int = FPS) -> Path:
    """Writes a film of a bright test card that moves, with a clock in it."""
    source = f"testsrc2=size={size}:rate={fps}:duration={seconds}"
    ffmpeg("-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", str(path))
    return path


def ffmpeg(*words: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *words], check=True, timeout=60)


def _present(tree: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _present(value) if isinstance(value, dict) else value for key, value in tree.items() if value is not None
    }


def _tree() -> dict[str, Any]:
    return {
        "node": NODE,
        "camera": NODE,
        "timezone": "Asia/Tokyo",
        "demo": True,
        "clock": "simulated:clock",
        "root": "root.pub",
        "authority": "authority.json",
        "masks": "masks.json",
        "state": "recorder",
        "run": "run",
        "retention_days": 7,
        "source": {"kind": "file", "path": "film.mp4", "fast": True},
        "encoder": {"bitrate_bps": 300_000},
        "spool": {"folder": "spool", "capacity_bytes": 3 * 2**20, "reel_bytes": 2**20},
        "uplink": {
            "center_url": "https://localhost:1",
            "mqtt_host": "localhost",
            "ca": "ca.pem",
            "state": "uplink",
            "upload": "all",
        },
    }
