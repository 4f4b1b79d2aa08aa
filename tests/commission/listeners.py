"""What a process listens on, as the kernel tells it."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from pathlib import Path

_LISTEN = "0A"


def listeners(pid: int) -> set[str]:
    """Returns ``tcp ADDRESS PORT``, ``udp …`` and ``unix PATH`` of every socket that others can reach."""
    inodes = set[str]()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed, as the listing itself is
            found = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
            inodes |= {found[1]} if found else set()
    return {name for inode, name in _reachable(pid) if inode in inodes}


def _reachable(pid: int) -> list[tuple[str, str]]:
    found = []
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]:
            words = line.split()
            if kind.startswith("udp") or words[3] == _LISTEN:
                found.append((words[9], f"{kind} {_address(words[1])}"))
    for line in Path(f"/proc/{pid}/net/unix").read_text().splitlines()[1:]:
        words = line.split()
        if len(words) > 7:
            found.append((words[6], f"unix {words[7]}"))
    return found


def _address(text: str) -> str:
    host, port = text.split(":")
    words = [bytes.fromhex(host[at : at + 8])[::-1] for at in range(0, len(host), 8)]
    return f"{ipaddress.ip_address(b''.join(words))} {int(port, 16)}"
