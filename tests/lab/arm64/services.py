"""What Debian itself takes on a node: systemd and the services that first boot leaves on, in a booted container.

systemd does not boot under emulation, so this is this machine's own architecture; arm64 programs differ by little.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.lab.nodes import open_lab

_SIZES = "for pid in /proc/[0-9]*; do grep -h ^Pss: $pid/smaps_rollup || true; done"


def services_mib() -> float:
    """Boots a node without a configuration, NetworkManager on; returns the proportional sizes of all its processes."""
    with tempfile.TemporaryDirectory(prefix="arm64-") as name, open_lab(Path(name)) as lab:
        node = lab.node("memory-001")
        node.boot()
        node.run("systemctl", "start", "NetworkManager.service")
        said = node.run("sh", "-c", _SIZES).out
    return sum(int(line.split()[1]) for line in said.splitlines()) / 1024
