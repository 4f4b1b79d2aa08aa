"""A board for tests: a folder as its root, its programs played, and power that is cut at any action."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from edge.base.clock import SECOND_US, SimulatedClock
from edge.base.errors import Stop
from edge.firstboot.card import Card, read_card
from edge.firstboot.system import System

WRITTEN_US = 1_800_000_000 * SECOND_US
NEVER = 10**9
FILES = {
    "wheels/mimamori_edge-0.1.0-py3-none-any.whl": ("our wheel", None),
    "wheels/requirements.txt": ("mimamori-edge==0.1.0", None),
    "debs/modemmanager.deb": ("modem", None),
    "systemd/install": ("#!/bin/sh", None),
    "etc/node.toml": ("node = 1", "/etc/mimamori/node.toml"),
    "system/swap.conf": ("zram", "/etc/rpi/swap.conf.d/90-mimamori.conf"),
    "secrets/enrolment-ticket.json": ("the ticket", None),
    "secrets/visit-ticket.json": ("a visit", "/var/lib/mimamori/uplink/inbox/visit-ticket.json"),
}


class PowerCutError(Exception):
    """The power is gone; nothing that came after happened."""


class Board(System):
    """A board whose power is cut before its ``cut``-th action.

    Attributes:
        own_state: whether its state lies on a partition of its own.
        actions: so many were begun; a command counts twice, for it may be cut in its middle.
        said: every command that ran to its end.
    """

    own_state = True

    def __init__(self, root: Path, cut: int = NEVER) -> None:
        super().__init__(root)
        self._left, self.actions, self.said = cut, 0, list[str]()

    def write(self, path: str, data: bytes, mode: int = 0o644) -> None:
        self._act()
        if path.startswith("/var/lib/mimamori/") and not self.exists("/mounted"):
            raise Stop(f"{path}: would lie below the mount")
        super().write(path, data, mode)
        self._act()

    def link(self, path: str, target: str) -> None:
        self._act()
        super().link(path, target)

    def erase(self, path: Path) -> None:
        self._act()
        super().erase(path)

    def run(self, *words: str, stdin: str | None = None) -> str:
        self._act()
        for program, play in _PROGRAMS.items():
            if " ".join(words).startswith(program):
                said = play(self, list(words))
                self.said.append(" ".join(words))
                return said
        raise Stop(f"{words[0]}: there is no such program")

    def sync(self) -> None:
        self._act()

    def middle(self) -> None:
        """A command is between two of its writes."""
        self._act()

    def _act(self) -> None:
        self.actions += 1
        self._left -= 1
        if self._left < 0:
            raise PowerCutError


def lay_card(boot: Path) -> Card:
    """Writes a small card and reads it."""
    folder = boot / "mimamori"
    for name, (text, _) in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    placed = [{"from": name, "to": target, "mode": "0640"} for name, (_, target) in FILES.items() if target]
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, (text, _) in FILES.items()}
    tree = {"v": 1, "node": "matsudo-017", "written": WRITTEN_US, "storage": "folders", "system_bytes": 2**33}
    (folder / "card.json").write_text(json.dumps({**tree, "state_bytes": 2**30, "files": placed, "sha256": hashes}))
    return read_card(folder)


def clock_at(folder: Path, us: int = WRITTEN_US) -> SimulatedClock:
    """A clock that stands at a time."""
    return SimulatedClock.create(folder / "clock", us)


def tree_of(root: Path) -> dict[str, str]:
    """Returns every file and link below a root."""
    return {
        str(path.relative_to(root)): f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def _dpkg(board: Board, words: list[str]) -> str:
    if words[1] == "--install":
        for name in words[2:]:
            _lay(board, f"/var/lib/dpkg/{Path(name).name}", Path(name).read_text())
            board.middle()
    return ""


def _install_units(board: Board, words: list[str]) -> str:
    _lay(board, "/etc/users", "mimamori-recorder mimamori-uplink")
    board.middle()
    _lay(board, "/etc/systemd/system/mimamori.target", "target")
    return ""


def _venv(board: Board, words: list[str]) -> str:
    if "--clear" in words and board.at(words[-1]).is_dir():
        shutil.rmtree(board.at(words[-1]))
    if board.exists(words[-1]):
        raise Stop(f"{words[-1]} is there already")
    _lay(board, f"{words[-1]}/pyvenv.cfg", "python 3.13")
    board.middle()
    _lay(board, f"{words[-1]}/bin/python", "python")
    return ""


def _pip(board: Board, words: list[str]) -> str:
    environment = "/opt/mimamori/a"
    if not board.exists(f"{environment}/bin/python") or board.exists(f"{environment}/lib/numpy"):
        raise Stop("pip: no environment, or a half-installed one")
    _lay(board, f"{environment}/lib/numpy", "numpy")
    board.middle()
    _lay(board, f"{environment}/bin/mimamori", "mimamori")
    return ""


def _init(board: Board, words: list[str]) -> str:
    if (
        not board.at("/opt/mimamori").joinpath("a/bin/mimamori").exists()
        or board.read("/etc/mimamori/node.toml") is None
    ):
        raise Stop("mimamori: not installed")
    if Path(words[-1]).read_text() != "the ticket":
        raise Stop("no ticket")
    if not board.exists("/var/lib/mimamori/recorder/signing.pem"):
        made = int(board.read("/made") or 0) + 1
        _lay(board, "/made", str(made))
        _lay(board, "/var/lib/mimamori/recorder/signing.pem", f"key {made}")
    board.middle()
    return board.read("/var/lib/mimamori/recorder/signing.pem") or ""


def _mount(board: Board, words: list[str]) -> str:
    if not board.exists("/opt/mimamori/current/bin/mimamori") or not board.exists("/etc/mimamori/node.toml"):
        raise Stop("mimamori-storage.service: failed")
    _lay(board, "/mounted", "")
    return ""


def _start(board: Board, words: list[str]) -> str:
    if not board.exists("/etc/systemd/system/mimamori.target"):
        raise Stop("no such unit")
    return ""


def _findmnt(board: Board, words: list[str]) -> str:
    return f"{words[-1]}\n" if board.own_state else "/\n"


def _nothing(board: Board, words: list[str]) -> str:
    return ""


def _lay(board: Board, path: str, text: str) -> None:
    target = board.at(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


_PROGRAMS: dict[str, Callable[[Board, list[str]], str]] = {
    "dpkg": _dpkg,
    "sh -c": _nothing,
    "sh ": _install_units,
    "python3 -m venv": _venv,
    "/opt/mimamori/a/bin/python -m pip": _pip,
    "/usr/local/bin/mimamori node init": _init,
    "systemctl start --no-block mimamori.target": _start,
    "systemctl start mimamori-storage.service": _mount,
    "findmnt": _findmnt,
    "systemctl": _nothing,
    "systemd-tmpfiles": _nothing,
    "date": _nothing,
}
