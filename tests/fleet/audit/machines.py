"""What machines say of themselves: one without findings, and changes that each make one."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from edge.desk.custodian import create_custodian
from edge.desk.daykeys import issue_halves
from edge.desk.keylists import Merge, merge
from edge.desk.passphrase import Passphrase
from edge.desk.periods import local_day, periods_from
from edge.wire import certificates
from edge.wire.certificates import Issuer, dump_certificates

NOW_US = 1_767_600_000_000_000  # 2026-01-05T08:00:00Z
NODE = "matsudo-001"
ADMIN = "mimamori-admin"


def certificate(days: int, name: str = NODE) -> str:
    """Returns a node's certificate that ends in so many days."""
    ca_key, key = certificates.new_tls_key(), certificates.new_tls_key()
    issuer = Issuer(ca_key, certificates.make_ca(ca_key, "city CA", NOW_US))
    return dump_certificates(issuer.client(key.public_key(), name, NOW_US, timedelta(days=days, hours=1))).decode()


def key_list(folder: Path, days: int) -> str:
    """Returns a key list for today and so many days more."""
    periods = periods_from(local_day(NOW_US, ZoneInfo("Asia/Tokyo")), days + 1)
    halves = {}
    for role in ("manager", "operator"):
        custodian = create_custodian(folder / f"{role}-{days}", role, Passphrase("a passphrase, twelve"), demo=False)
        halves[role] = issue_halves(custodian, NODE, periods, NOW_US)
    document = merge(Merge(halves["manager"], halves["operator"], None), NOW_US, ZoneInfo("Asia/Tokyo"))
    return document.data.decode()


def looked(**changes: Any) -> dict[str, Any]:
    """Returns what a machine without findings says, with changes."""
    return {
        "time": NOW_US // 1_000_000,
        "versions": {"mimamori": "mimamori 0.1.0", "debian": "13.1", "kernel": "6.12"},
        "listeners": [
            {"protocol": "tcp", "address": "[fd4d::1]", "port": 22, "process": "sshd"},
            {"protocol": "udp", "address": "0.0.0.0", "port": 51820, "process": ""},
        ],
        "accounts": [{"name": "root", "password": "locked"}, {"name": ADMIN, "password": "set"}],
        "sudoers": {"mimamori": [f"{ADMIN} ALL=(ALL:ALL) NOPASSWD: ALL"]},
        "sudo_group": "",
        "principals": {ADMIN: [ADMIN]},
        "user_ca": ["256 SHA256:abc users (ED25519)"],
        "authorized_keys": ["/root/.ssh/authorized_keys"],
        "sshd": {
            "authorizedkeysfile": ["none"],
            "passwordauthentication": ["no"],
            "permitrootlogin": ["no"],
            "allowusers": [ADMIN],
        },
        "host_certificate": "        Valid: from 2026-01-01T00:00:00 to 2027-02-02T00:00:00\n",
        "certificate": "",
        "key_list": "",
        "passwords_made_us": str(NOW_US - 10 * 86_400_000_000),
        "unconfirmed": False,
        "failed_units": [],
        **changes,
    }


def lay(folder: Path, **machines: dict[str, Any]) -> Path:
    """Writes what the playbook would; underscores in names stand for hyphens."""
    folder.mkdir(exist_ok=True)
    for name, tree in machines.items():
        (folder / f"{name.replace('_', '-')}.json").write_text(json.dumps(tree))
    return folder
