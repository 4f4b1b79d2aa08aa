"""What Debian itself takes on a node: systemd and the services that first boot leaves on, in a booted container.

systemd does not boot under emulation, so this is this machine's own architecture; arm64 programs differ by little.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.lab.nodes import open_lab

_SIZES = 'for pid in /proc/[0-9]*; do echo $(cat $pid/comm) $(sed -n "s/^Pss://p" $pid/smaps_rollup) ; done'
_OF_THE_LAB = ("systemd-network", "sh")
"""Its own way into a node, whose lines are NetworkManager's, and who asks here."""


def services_mib() -> float:
    """Boots a node without a configuration, NetworkManager on; returns the proportional sizes of all its processes."""
    with tempfile.TemporaryDirectory(prefix="arm64-") as name, open_lab(Path(name)) as lab:
        node = lab.node("memory-001")
        node.boot()
        node.run("systemctl", "start", "NetworkManager.service")
        said = node.run("sh", "-c", _SIZES).out
    found = [line.split() for line in said.splitlines()]
    return sum(int(words[-2]) for words in found if words[-1] == "kB" and words[0] not in _OF_THE_LAB) / 1024
