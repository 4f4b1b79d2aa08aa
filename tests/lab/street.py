"""The line between the node and the city: a link of two ends, which can be cut, slowed, emptied and moved.

The lab's own namespace is the city. The node's is a second one, held by a process that does nothing; between them lies
a veth pair. Names of links begin with ``mml``.
"""

from __future__ import annotations

import json
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

CITY_V4, CITY_V6 = "10.77.0.1", "fd77::1"
NODE_V4, NODE_V6 = "10.77.0.2", "fd77::2"
_CITY_END, _NODE_END = "mmlcity", "mmlnode"


@dataclass(frozen=True, slots=True)
class Families:
    """Which addresses the two ends have."""

    v4: bool = True
    v6: bool = True


class Street:
    """The link; ``reset`` mends whatever was done to it.

    Attributes:
        holder: id of the process that holds the node's namespaces.
    """

    def __init__(self, folder: Path) -> None:
        resolver = folder / "resolv.conf"
        resolver.write_text(f"nameserver {CITY_V4}\nnameserver {CITY_V6}\noptions timeout:1 attempts:1\n")
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", 'mount --bind "$1" /etc/resolv.conf && echo; exec cat', "-",
             str(resolver)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._holder.stdout is not None and self._holder.stdout.readline() == b"\n", "no namespace for the node"
        self.holder = self._holder.pid
        run("ip", "link", "set", "lo", "up")
        self.in_node("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", _CITY_END, "type", "veth", "peer", "name", _NODE_END, "netns", str(self.holder))
        for number in (CITY_V4 + "/24", CITY_V6 + "/64"):
            self._address(_CITY_END, number)
        run("ip", "link", "set", _CITY_END, "up")
        self._families, self._node_v4 = Families(), NODE_V4
        self.up()

    def close(self) -> None:
        """Takes the node's namespaces away, and the link with them."""
        self._holder.send_signal(signal.SIGKILL)
        self._holder.communicate()

    def in_node(self, *words: str) -> str:
        """Runs a command in the node's network."""
        return run("nsenter", "-t", str(self.holder), "-n", *words)

    def reset(self) -> None:
        """Makes the line whole and fast again."""
        self.pass_all()
        self.at_full_rate()
        self._families, self._node_v4 = Families(), NODE_V4
        self.down()
        self.up()

    def down(self) -> None:
        """Pulls the plug: the node has no route any more."""
        self.in_node("ip", "link", "set", _NODE_END, "down")
        self.in_node("ip", "addr", "flush", "dev", _NODE_END)

    def up(self) -> None:
        """Puts the plug back; the node has its addresses again."""
        self.in_node("ip", "link", "set", _NODE_END, "up")
        if self._families.v4:
            self._in_node_address(self._node_v4 + "/24")
        if self._families.v6:
            self._in_node_address(NODE_V6 + "/64")

    def families(self, families: Families) -> None:
        """Gives the node the addresses of these families alone."""
        self._families = families
        self.down()
        self.up()

    def move(self, address: str) -> None:
        """Gives the node another address, as a mobile line does: what was connected is never heard of again."""
        self._node_v4 = address
        self.in_node("ip", "addr", "flush", "dev", _NODE_END)
        self.up()

    def drop(self, *matches: str) -> None:
        """Has every packet of each nft match, or every packet at all, vanish in silence, both ways."""
        rules = "\n".join(f"{match} drop" for match in matches) or "drop"
        inward = f"chain inward {{ type filter hook input priority 0\niifname != {_CITY_END} accept\n{rules}\n}}"
        outward = f"chain outward {{ type filter hook output priority 0\noifname != {_CITY_END} accept\n{rules}\n}}"
        self.pass_all()
        run("nft", "-f", "-", stdin=f"table inet mml {{\n{inward}\n{outward}\n}}\n")

    def pass_all(self) -> None:
        """Lets every packet through."""
        run("nft", "flush ruleset")

    def at_rate(self, rate: str) -> None:
        """Limits the node's upward rate, in ``tc`` words such as ``1mbit``."""
        self.in_node("tc", "qdisc", "replace", "dev", _NODE_END, "root", "tbf", "rate", rate, "burst", "16kb",
                     "latency", "400ms")  # fmt: skip

    def at_full_rate(self) -> None:
        """Takes the limit away."""
        if "tbf" in self.in_node("tc", "qdisc", "show", "dev", _NODE_END):
            self.in_node("tc", "qdisc", "del", "dev", _NODE_END, "root")

    def sent_bytes(self) -> int:
        """Bytes that the node has put on the line: headers of every layer, heartbeats and repetitions included."""
        (link,) = json.loads(self.in_node("ip", "-s", "-j", "link", "show", "dev", _NODE_END))
        return int(link["stats64"]["tx"]["bytes"])

    def _in_node_address(self, address: str) -> None:
        self.in_node("ip", "addr", "replace", address, "dev", _NODE_END, *_at_once(address))

    @staticmethod
    def _address(device: str, address: str) -> None:
        run("ip", "addr", "add", address, "dev", device, *_at_once(address))


def run(*words: str, stdin: str | None = None) -> str:
    """Runs a command of the machine's; says what failed and what it said."""
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: status {done.returncode}: {done.stderr.strip()}; root is needed")
    return done.stdout


def _at_once(address: str) -> tuple[str, ...]:
    return ("nodad",) if ":" in address else ()
