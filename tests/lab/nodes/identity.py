"""What makes one node differ from the next: its id, name, address and host key."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tests.lab.nodes.disks import File, Files
from tests.lab.nodes.ground import run


@dataclass(frozen=True, slots=True)
class Identity:
    """One node's.

    Attributes:
        address: with its length.
        key: private SSH key whose public half the node's root accepts.
    """

    name: str
    address: str
    key: Path
    host_key: str
    private_host_key: str

    def files(self, *, cloud_init: bool) -> Files:
        """Returns the files that say it inside of the node."""
        network = f"[Match]\nName=host0\n[Network]\nAddress={self.address}\nIPv6AcceptRA=no\n"
        files: Files = {
            "/etc/machine-id": f"{os.urandom(16).hex()}\n",
            "/etc/hostname": f"{self.name}\n",
            "/etc/resolv.conf": "",
            "/etc/systemd/network/10-lab.network": network,
            "/etc/ssh/ssh_host_ed25519_key": File(self.private_host_key, 0o600),
            "/etc/ssh/ssh_host_ed25519_key.pub": f"{self.host_key}\n",
            "/root/.ssh/authorized_keys": File(self.key.with_suffix(".pub").read_bytes(), 0o600),
        }
        return files if cloud_init else {**files, "/etc/cloud/cloud-init.disabled": ""}


def new_identity(folder: Path, name: str, address: str, key: Path) -> Identity:
    """Makes a host key, and ``known_hosts`` in the folder that believes no other."""
    host_key = new_key(folder / "ssh_host_ed25519_key", name)
    public = host_key.with_suffix(".pub").read_text().strip()
    (folder / "known_hosts").write_text(f"{address.partition('/')[0]} {public}\n")
    return Identity(name, address, key, public, host_key.read_text())


def new_key(path: Path, comment: str) -> Path:
    """Makes an SSH key."""
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path))
    return path
