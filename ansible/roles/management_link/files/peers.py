#!/usr/bin/python3
"""The bastion's register of nodes: one file a node, a list of revoked keys, and the live interface that follows both.

Rules:
  1. A key that was revoked is never taken again, for whichever node.
  2. A node has one key; another replaces it only with ``--replace`` (a new card), which revokes the old one.
  3. A key, and an address, belong to one node.
  4. Files first, then the interface: after a power cut the bastion comes up with what the files say.
"""

import argparse
import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

KEY = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
NODE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ADDRESS = re.compile(r"[0-9a-f:.]{2,45}")


class Refused(Exception):
    """The register does not take this; the message says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One node's entry: its id, its public key, its address on the link."""

    node: str
    key: str
    address: str


@dataclass(frozen=True, slots=True)
class Register:
    """The register's folder."""

    folder: Path

    @property
    def revoked_list(self) -> Path:
        """Lines of ``KEY NODE``."""
        return self.folder / "revoked"

    def peers(self) -> Iterator[Peer]:
        """Yields every entry, by name."""
        for path in sorted((self.folder / "nodes").glob("*.conf")):
            text = path.read_text(encoding="ascii")
            key = re.search(r"^PublicKey = (\S+)$", text, re.MULTILINE)
            address = re.search(r"^AllowedIPs = (\S+)/128$", text, re.MULTILINE)
            if key and address:
                yield Peer(path.stem, key[1], address[1])

    def revoked(self) -> set[str]:
        """Returns the keys that count no more."""
        try:
            lines = self.revoked_list.read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return set()
        return {line.split()[0] for line in lines if line.strip()}

    def needs(self, wanted: Peer, *, replace: bool) -> bool:
        """Tells whether registering ``wanted`` changes anything.

        Raises:
            Refused: by rules 1 to 3.
        """
        if wanted.key in self.revoked():
            raise Refused(f"{wanted.node}: this key was revoked; have the node make a new one")
        for peer in self.peers():
            if peer == wanted:
                return False
            if peer.node == wanted.node and peer.key != wanted.key and not replace:
                raise Refused(f"{wanted.node} has another key already; a new card is registered with --replace")
            if peer.node != wanted.node and (peer.key == wanted.key or peer.address == wanted.address):
                raise Refused(f"{wanted.node}: key or address belongs to {peer.node}")
        return True

    def register(self, wanted: Peer) -> None:
        """Writes the entry; the key that it replaces is revoked first."""
        for peer in self.peers():
            if peer.node == wanted.node and peer.key != wanted.key:
                self._revoke_key(peer)
        text = f"[Peer]\n# {wanted.node}\nPublicKey = {wanted.key}\nAllowedIPs = {wanted.address}/128\n"
        _write(self.folder / "nodes" / f"{wanted.node}.conf", text)

    def revoke(self, node: str) -> bool:
        """Revokes the node's key for good; False where the node has none."""
        found = [peer for peer in self.peers() if peer.node == node]
        for peer in found:
            self._revoke_key(peer)
            (self.folder / "nodes" / f"{node}.conf").unlink()
        return bool(found)

    def configuration(self) -> str:
        """Returns what the interface is to be set to, without its private key; a revoked key is never in it."""
        gone = self.revoked()
        peers = (peer for peer in self.peers() if peer.key not in gone)
        return "".join(f"[Peer]\nPublicKey = {peer.key}\nAllowedIPs = {peer.address}/128\n" for peer in peers)

    def _revoke_key(self, peer: Peer) -> None:
        before = self.revoked_list.read_text(encoding="ascii") if self.revoked_list.exists() else ""
        _write(self.revoked_list, f"{before}{peer.key} {peer.node}\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def sync(register: Register, interface: str, port: int, key_file: Path) -> None:
    """Sets the live interface to what the files say; connections of the others go on."""
    head = f"[Interface]\nListenPort = {port}\nPrivateKey = {key_file.read_text(encoding='ascii').strip()}\n"
    text = head + register.configuration()
    subprocess.run(("wg", "syncconf", interface, "/dev/stdin"), input=text, text=True, check=True, timeout=60)


def _fitting(pattern: re.Pattern[str], what: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if len(text) > 64 or not pattern.fullmatch(text):
            raise argparse.ArgumentTypeError(f"{text[:64]!r} is no {what}")
        return text

    return check


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("/etc/wireguard/mimamori"))
    parser.add_argument("--interface", default="wg0")
    parser.add_argument("--port", type=int, default=51820)
    parser.add_argument("--key-file", type=Path, default=Path("/etc/wireguard/wg0.key"))
    actions = parser.add_subparsers(dest="action", required=True)
    register = actions.add_parser("register", help="take a node's public key")
    register.add_argument("--node", required=True, type=_fitting(NODE, "node id"))
    register.add_argument("--key", required=True, type=_fitting(KEY, "WireGuard public key"))
    register.add_argument("--address", required=True, type=_fitting(ADDRESS, "address"))
    register.add_argument("--replace", action="store_true", help="the node has a new card")
    register.add_argument("--check", action="store_true", help="only say whether anything would change")
    revoke = actions.add_parser("revoke", help="cut a node off for good")
    revoke.add_argument("--node", required=True, type=_fitting(NODE, "node id"))
    actions.add_parser("sync", help="set the interface to what the files say")
    actions.add_parser("list", help="print node, key and address of each entry")
    return parser.parse_args()


def _act(options: argparse.Namespace, register: Register) -> str:
    if options.action == "list":
        return "\n".join(f"{peer.node} {peer.key} {peer.address}" for peer in register.peers())
    if options.action == "register":
        wanted = Peer(options.node, options.key, options.address)
        changed = register.needs(wanted, replace=options.replace)
        if changed and not options.check:
            register.register(wanted)
            sync(register, options.interface, options.port, options.key_file)
        return "changed" if changed else "unchanged"
    changed = register.revoke(options.node) if options.action == "revoke" else True
    sync(register, options.interface, options.port, options.key_file)
    return "changed" if changed else "unchanged"


def main() -> int:
    """Does one action under the register's lock."""
    options = _options()
    options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (options.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            print(_act(options, Register(options.folder)))
        except Refused as error:
            print(f"mimamori-peers: {error}", file=sys.stderr)
            return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
