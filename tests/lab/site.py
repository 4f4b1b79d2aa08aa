"""One node of the lab: a real spool that a recorder writes to, and the uplink's process that sends from it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from edge.base.config import to_toml
from edge.center.batch import local_day
from edge.node.initialise import ENROLMENT, TICKET
from edge.seal.record import Header, Record
from edge.spool.opening import create_spool, open_spool
from edge.spool.receipted import VerifiedReceipts
from edge.wire.certificates import dump_certificates, save_key
from tests.center.city import DAY_US, NOW, Node
from tests.lab.hall import Hall
from tests.lab.street import Street
from tests.lab.uplink_process import Manner, UplinkProcess

REEL_BYTES = 2**20
_SEGMENT_S = 2
_ZONE = ZoneInfo("Asia/Tokyo")
_YESTERDAY_US = NOW // DAY_US * DAY_US - DAY_US
"""Nine in the morning in Tokyo: hours of records from then on are of one day, and none of them lies ahead."""


class Site:
    """A node, registered by nobody yet: the uplink enrols it with its ticket.

    Args:
        url: of the center, as the node knows it.
        reels: of the ring, 1 MiB each.
        settings: of ``[uplink]``, in place of the lab's.
    """

    def __init__(
        self, folder: Path, name: str, hall: Hall, street: Street, url: str, host: str, *, reels: int = 12,
        manner: Manner | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        folder.mkdir()
        self.folder, self.name, self.city, self._street = folder, name, hall.city, street
        self.manner = manner or Manner()
        self.node = Node(name, now_us=_YESTERDAY_US, day=local_day(_YESTERDAY_US, _ZONE))
        self.state = folder / "uplink"
        self.receipts = self.state / "receipts"
        self.receipts.mkdir(parents=True)
        (folder / "run").mkdir()
        self.config = folder / "node.toml"
        self.config.write_bytes(to_toml(_tree(hall, folder, name, url, host, reels, settings)))
        self._provision()
        self.recorded: dict[int, Header] = {}
        self.uplink: UplinkProcess | None = None
        self._open_spool(reels)

    def record(self, count: int, body_bytes: int = 20_000) -> None:
        """Records segments as the recorder does: what it overwrites is announced first."""
        for _ in range(count):
            for loss in self._spool.prepare(body_bytes + 8192):
                self._append(self.node.notice(loss.kind, loss.detail))
            self._append(self.node.segment(body_bytes, seconds=_SEGMENT_S))

    def begin(self) -> UplinkProcess:
        """Starts the uplink."""
        self.uplink = UplinkProcess(self.config, self._street.holder, self.folder, self.manner)
        return self.uplink

    def close(self) -> None:
        """Ends everything."""
        if self.uplink is not None:
            self.uplink.kill()
        self._spool.close()

    def certify(self, begins_us: int, life: timedelta) -> None:
        """Gives the node a certificate of the city's."""
        leaf = self.city.issuer.client(self.node.tls.public_key(), self.name, begins_us, life)
        (self.state / "certificate.pem").write_bytes(dump_certificates(leaf, self.city.issuer.certificate))

    def _provision(self) -> None:
        ticket = self.city.ticket(self.name)
        (self.state / TICKET).write_bytes(ticket.data)
        (self.state / ENROLMENT).write_bytes(self.node.enrolment(ticket).data)
        save_key(self.node.tls, self.state / "tls.pem")

    def _open_spool(self, reels: int) -> None:
        folder = self.folder / "spool"
        chain = self.node.chain.chain
        create_spool(folder, capacity_bytes=reels * REEL_BYTES, reel_bytes=REEL_BYTES, chain=chain)
        self._spool = open_spool(
            folder,
            public_key=self.node.signing.public_key,
            receipts=VerifiedReceipts(self.receipts, self.name, self.city.authority.payload),
            position=self.folder / "run" / "position",
            retention_days=7,
        )
        self._append(self.node.boot())

    def _append(self, record: Record) -> None:
        self._spool.append(record)
        self.recorded[record.header.sequence] = record.header


def _tree(
    hall: Hall, folder: Path, name: str, url: str, host: str, reels: int, settings: dict[str, Any]
) -> dict[str, Any]:
    city = hall.city.folder
    return {
        "node": name,
        "camera": name,
        "demo": True,
        "root": str(city / "root.pub"),
        "authority": str(city / "authority.json"),
        "masks": str(folder / "masks.json"),
        "state": str(folder / "recorder"),
        "run": str(folder / "run"),
        "retention_days": 7,
        "source": {"kind": "street"},
        "encoder": {"bitrate_bps": 64_000},
        "spool": {"folder": str(folder / "spool"), "capacity_bytes": reels * REEL_BYTES, "reel_bytes": REEL_BYTES},
        "uplink": {
            "center_url": url,
            "mqtt_host": host,
            "mqtt_port": hall.mqtt,
            "ca": str(city / "ca.pem"),
            "state": str(folder / "uplink"),
            "upload": "all",
            "connect_timeout_s": 1.0,
            "answer_timeout_s": 3.0,
            **settings,
        },
    }
