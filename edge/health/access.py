"""How the node is joined to its line: cable, wireless or modem, and the signal, as kernel and ModemManager tell.

Rules:
  1. It only reads. What ModemManager says lies in a file, as ``mmcli --output-json`` wrote it: this process has no
     D-Bus, and nothing is set up in the modem.
  2. What they say is hostile: bounded, and what does not fit is not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.base import strictjson
from edge.base.clock import SECOND_US, Clock
from edge.base.errors import BadInput, Refused
from edge.base.files import read_bounded
from edge.health.board import signal_dbm
from edge.wire.line import Access, Way

EVERY_NS = 15_000_000_000
STALE_US = 90 * SECOND_US
_MODEM_TYPES = {"512", "519"}
"""PPP and raw IP (linux/if_arp.h)."""
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,15}")
_ANSWER_LIMIT_BYTES = 64 * 1024
Ask = Callable[[], bytes]


def modem_told(path: Path, clock: Clock) -> Ask:
    """Returns what reads the newest word of ModemManager; nothing where there is none, or an old one."""

    def read() -> bytes:
        try:
            told_us = path.stat().st_mtime_ns // 1000
            data = read_bounded(path, limit_bytes=_ANSWER_LIMIT_BYTES)
        except (OSError, BadInput):
            return b""
        return data if abs(clock.now_us() - told_us) <= STALE_US else b""

    return read


@dataclass(slots=True)
class Accesses:
    """Looks about every 15 s; any thread may call it.

    Attributes:
        ask: returns what ModemManager says, as JSON.
    """

    clock: Clock
    ask: Ask
    proc: Path = Path("/proc")
    sys: Path = Path("/sys")
    _seen: Access = field(default_factory=Access)
    _due_ns: int | None = None

    def __call__(self) -> Access:
        """Returns how the node is joined."""
        now_ns = self.clock.monotonic_ns()
        if self._due_ns is None or now_ns >= self._due_ns:
            self._due_ns = now_ns + EVERY_NS
            self._seen = look(self.proc, self.sys, self.ask)
        return self._seen


def look(proc: Path, sys: Path, ask: Ask) -> Access:
    """Looks at the interface of the default route."""
    name = _default_interface(proc)
    if name is None:
        return Access()
    place = sys / "class" / "net" / name
    if (place / "wireless").exists() or (place / "phy80211").exists():
        return Access(Way.WIRELESS, signal_dbm(proc / "net" / "wireless"))
    modem = _modem(ask())
    if name.startswith("wwan") or _read(place / "type") in _MODEM_TYPES or (modem and name in modem.ports):
        return Access(Way.MODEM, percent=modem.percent if modem else None)
    return Access(Way.CABLE)


@dataclass(frozen=True, slots=True)
class _Modem:
    ports: frozenset[str]
    percent: int | None


def _modem(answer: bytes) -> _Modem | None:
    try:
        tree = strictjson.parse_loose(answer, limit_bytes=_ANSWER_LIMIT_BYTES)
    except Refused:
        return None
    generic = _under(_under(tree, "modem"), "generic")
    ports, value = _under(generic, "ports"), _under(_under(generic, "signal-quality"), "value")
    named = {port.partition(" ")[0] for port in ports if isinstance(port, str)} if isinstance(ports, list) else set()
    percent = int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}", value) else None
    return _Modem(frozenset(named), percent if percent is not None and percent <= 100 else None)


def _under(tree: Any, key: str) -> Any:
    return tree.get(key) if isinstance(tree, dict) else None


def _default_interface(proc: Path) -> str | None:
    """Returns the interface of the default route with the least metric, IPv4's before IPv6's (proc(5))."""
    found = _ipv4(_read(proc / "net" / "route")) or _ipv6(_read(proc / "net" / "ipv6_route"))
    name = min(found)[1] if found else ""
    return name if _NAME.fullmatch(name) and name not in (".", "..") else None


def _ipv4(text: str) -> list[tuple[int, str]]:
    rows = [line.split() for line in text.splitlines()[1:]]
    return [
        (int(row[6]), row[0])
        for row in rows
        if len(row) >= 8 and row[1] == row[7] == "00000000" and row[6].isdecimal() and _leads_out(row[3])
    ]


def _ipv6(text: str) -> list[tuple[int, str]]:
    rows = [line.split() for line in text.splitlines()]
    return [
        (int(row[5], 16), row[9])
        for row in rows
        if len(row) == 10 and row[0] == "0" * 32 and row[1] == "00" and row[9] != "lo" and _is_hex(row[5])
    ]


def _leads_out(flags: str) -> bool:
    """A modem's raw IP route has no gateway; it is up all the same."""
    return _is_hex(flags) and bool(int(flags, 16) & 0x1)


def _is_hex(text: str) -> bool:
    return re.fullmatch(r"[0-9A-Fa-f]{1,8}", text) is not None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")[:_ANSWER_LIMIT_BYTES].strip()
    except (OSError, ValueError):
        return ""
