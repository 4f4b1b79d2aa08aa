"""What a node's card carries beside its image: documents, firmware, units, settings, and first boot's list of them.

Rules:
  1. A secret lies in ``secrets/`` alone, which first boot erases.
  2. First boot trusts the list's hashes against damage, not against an attacker: who can write the card can replace it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from edge.base.errors import BadConfiguration
from edge.base.files import read_bounded
from edge.base.model import to_json
from edge.firstboot.card import NAME, SECRETS
from edge.fleet.cloudinit import ADMIN
from edge.fleet.line import CONNECTIONS, LineSecrets, connection
from edge.fleet.onsitekit import Kit, node_files
from edge.fleet.profile import ETC, STATE, STATE_BYTES, SYSTEM_BYTES, Own, Profile, node_toml
from edge.fleet.wheelhouse import DEBS
from edge.node.update.record import UpdateRecord
from edge.wire.release import WHEELS
from edge.wire.signed import DOCUMENT_LIMIT_BYTES

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
BEGIN, UNIT = "begin", "mimamori-firstboot.service"
VISIT_TICKET = "visit-ticket.json"
_TRUST = ("authority.json", "root.pub", "ca.pem")
_SWAP = b"""# Swap is compressed memory alone: written back to the card, it would wear it and keep what memory held.
[Main]
Mechanism=zram
"""
_SSHD = f"""# Until the fleet's own settings are there: people and playbooks sign in by certificate, nobody by password.
TrustedUserCAKeys /etc/ssh/mimamori-user-ca.pub
AllowUsers {ADMIN}
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
""".encode()


@dataclass(frozen=True, slots=True)
class Item:
    """One file below ``mimamori/``.

    Attributes:
        data: its bytes, or where they lie.
        target: where first boot places it; None for what it only reads.
    """

    path: str
    data: bytes | Path = field(repr=False)
    target: str | None = None
    mode: int = 0o644

    @property
    def secret(self) -> bool:
        """Whether it is erased once the node is made."""
        return self.path.startswith(f"{SECRETS}/")

    @property
    def size_bytes(self) -> int:
        """Its length."""
        return self.data.stat().st_size if isinstance(self.data, Path) else len(self.data)

    @property
    def sha256(self) -> str:
        """Its hash, hex."""
        found = hashlib.sha256(self.data if isinstance(self.data, bytes) else self.data.read_bytes())
        return found.hexdigest()


@dataclass(frozen=True, slots=True)
class Job:
    """One card.

    Attributes:
        trust: folder with ``authority.json``, ``root.pub`` and ``ca.pem``, such as the desk's.
        enrolment, visit: tickets.
        kit: what opens the node on site.
        number: of the signed release that the folder holds, 0 for an unsigned one; the node takes no older one then.
        release: folder with ``wheels/`` and, where it has any, ``debs/`` (``edge.fleet.wheelhouse``).
        admin_ca: public key of the city's SSH user CA; without it nobody signs in.
        key_list: a key list to begin with, for a node that fetches none.
        partitions: False for a container, which has no card to divide.
    """

    own: Own
    profile: Profile
    line: LineSecrets
    trust: Path
    enrolment: bytes
    visit: bytes
    kit: Kit
    release: Path
    number: int
    written_us: int
    admin_ca: bytes | None = None
    key_list: bytes | None = None
    partitions: bool = True


def items(job: Job) -> list[Item]:
    """Returns every file of the card, the list of them last.

    Raises:
        BadConfiguration, BadInput: something is missing.
    """
    found = [*_firmware(job.release), *_documents(job), *_settings(job), *_units(), *_secrets(job)]
    return [*found, Item(NAME, listing(job, found))]


def listing(job: Job, found: Iterable[Item]) -> bytes:
    """Returns ``card.json`` (``edge.firstboot.card``)."""
    found = sorted(found, key=lambda item: item.path)
    placed = [
        {"from": item.path, "to": item.target, "mode": f"{item.mode:04o}"} for item in found if item.target is not None
    ]
    tree = {
        "v": 1,
        "node": job.own.node,
        "written": job.written_us,
        "storage": "partitions" if job.partitions else "folders",
        "system_bytes": SYSTEM_BYTES,
        "state_bytes": STATE_BYTES,
        "files": placed,
        "sha256": {item.path: item.sha256 for item in found},
    }
    return json.dumps(tree, indent=1).encode() + b"\n"


def _firmware(release: Path) -> list[Item]:
    wheels = sorted((release / WHEELS).glob("*.whl"))
    listed = release / WHEELS / "requirements.txt"
    if not any(wheel.name.startswith("mimamori_edge-") for wheel in wheels) or not listed.is_file():
        raise BadConfiguration(f"{release}: holds no firmware; make it with 'mimamori flash wheels --out {release}'")
    found = [Item(f"{WHEELS}/{path.name}", path) for path in (*wheels, listed)]
    return found + [Item(f"{DEBS}/{path.name}", path) for path in sorted((release / DEBS).glob("*.deb"))]


def _documents(job: Job) -> list[Item]:
    found = [Item("etc/node.toml", node_toml(job.profile, job.own), f"{ETC}/node.toml")]
    for name in _TRUST:
        data = read_bounded(job.trust / name, limit_bytes=DOCUMENT_LIMIT_BYTES)
        found.append(Item(f"etc/{name}", data, f"{ETC}/{name}"))
    if job.number:
        record = to_json(UpdateRecord(highest=job.number))
        found.append(Item("etc/update.json", record, f"{STATE}/update/update.json", 0o600))
    return found


def _settings(job: Job) -> list[Item]:
    found = [Item("system/swap.conf", _SWAP, "/etc/rpi/swap.conf.d/90-mimamori.conf")]
    if job.admin_ca is not None:
        found.append(Item("system/user-ca.pub", job.admin_ca, "/etc/ssh/mimamori-user-ca.pub"))
        found.append(Item("system/sshd.conf", _SSHD, "/etc/ssh/sshd_config.d/10-mimamori-first.conf"))
    return found


def _units() -> list[Item]:
    units = DEPLOY / "systemd"
    found = [Item(f"systemd/{path.relative_to(units).as_posix()}", path) for path in units.rglob("*") if path.is_file()]
    return [*found, *(Item(name, DEPLOY / "image" / name) for name in (BEGIN, UNIT))]


def _secrets(job: Job) -> list[Item]:
    inbox = f"{STATE}/uplink/inbox"
    found = [
        Item(f"{SECRETS}/enrolment-ticket.json", job.enrolment),
        Item(f"{SECRETS}/{VISIT_TICKET}", job.visit, f"{inbox}/{VISIT_TICKET}", 0o640),
    ]
    for file in node_files(job.kit, job.profile):
        found.append(Item(f"{SECRETS}/{PurePosixPath(file.path).name}", file.data, file.path, file.mode))
    if job.key_list is not None:
        found.append(Item(f"{SECRETS}/key-list.json", job.key_list, f"{inbox}/key-list.json", 0o640))
    line = connection(job.profile.network, job.line)
    if line is not None:
        found.append(Item(f"{SECRETS}/{line[0]}", line[1], f"{CONNECTIONS}/{line[0]}", 0o600))
    return found
