#!/usr/bin/python3
"""Keeps a node's way to the bastion open: run every minute by ``mimamori-link.timer``.

WireGuard resolves a name once, when it starts. A bastion that moved, a line that came up before its resolver, or one
that lost IPv6 would leave a node out for ever.

Rules:
  1. A link with a recent handshake is left alone.
  2. Without one the name is resolved anew. An address that is no longer among the answers gives way to the first; one
     that still is, to the next, so that a family that leads nowhere is left after a minute.
  3. An interface that is gone is brought up again.
"""

import argparse
import socket
import subprocess
import sys
import time

STALE_S = 180
"""WireGuard renews its handshake every 120 s where there is traffic, and keepalives are."""


def next_address(age_s: float | None, current: str | None, answers: list[str]) -> str | None:
    """Returns the address to try now; None to leave things as they are.

    Args:
        age_s: since the latest handshake; None before the first.
        current: the address that WireGuard sends to now.
        answers: what the name resolves to now, in the resolver's order.
    """
    if not answers or (age_s is not None and age_s < STALE_S):
        return None
    if current not in answers:
        return answers[0]
    return answers[(answers.index(current) + 1) % len(answers)]


def handshake_age_s(text: str, peer: str, now_s: float) -> float | None:
    """Reads ``wg show INTERFACE latest-handshakes``."""
    for line in text.splitlines():
        key, _, seconds = line.partition("\t")
        if key == peer and seconds.isdigit() and int(seconds) > 0:
            return max(0.0, now_s - int(seconds))
    return None


def current_address(text: str, peer: str) -> str | None:
    """Reads ``wg show INTERFACE endpoints``: ``1.2.3.4:51820`` or ``[fd00::1]:51820``."""
    for line in text.splitlines():
        key, _, endpoint = line.partition("\t")
        if key == peer and endpoint not in ("", "(none)"):
            return endpoint.rpartition(":")[0].strip("[]")
    return None


def resolve(host: str, port: int) -> list[str]:
    """Returns the name's addresses, none where nobody answers."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except socket.gaierror:
        return []
    return list(dict.fromkeys(str(answer[4][0]) for answer in found))


def endpoint(address: str, port: int) -> str:
    """Returns address and port as ``wg`` takes them."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _wg(*words: str) -> str:
    return subprocess.run(("wg", *words), check=True, capture_output=True, text=True, timeout=30).stdout


def main() -> int:
    """Looks once; says what it did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interface", required=True)
    parser.add_argument("--peer", required=True, help="the bastion's public key")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", required=True, type=int)
    options = parser.parse_args()
    try:
        handshakes = _wg("show", options.interface, "latest-handshakes")
    except subprocess.CalledProcessError:
        print(f"{options.interface} is gone; bringing it up again")
        return subprocess.run(("systemctl", "restart", f"wg-quick@{options.interface}.service"), check=False).returncode
    age_s = handshake_age_s(handshakes, options.peer, time.time())
    current = current_address(_wg("show", options.interface, "endpoints"), options.peer)
    if age_s is not None and age_s < STALE_S:
        return 0
    chosen = next_address(age_s, current, resolve(options.host, options.port))
    if chosen is None:
        print(f"no answer for {options.host}; trying again in a minute", file=sys.stderr)
        return 0
    print(f"no handshake for {'ever' if age_s is None else f'{age_s:.0f} s'}: dialling {chosen}")
    _wg("set", options.interface, "peer", options.peer, "endpoint", endpoint(chosen, options.port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
