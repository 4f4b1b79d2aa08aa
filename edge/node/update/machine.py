"""What an update does to the machine: environments, packages, services. The updater decides, this carries it out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Protocol

from edge.base.errors import BadInput, MimamoriError, Refused, StorageFault, TryAgain
from edge.base.openroot import opened
from edge.node.update.gate import Sight
from edge.node.update.slots import Slot, Slots
from edge.wire import signed
from edge.wire.release import RELEASE, WHEELS, Release, require_whole
from edge.wire.status import read_status

SERVICES = tuple(f"mimamori-{name}.service" for name in ("recorder", "uplink", "panel", "commission"))
DEBS = "debs"
_STAGED = "release"
_DISTRIBUTION = "mimamori-edge"
_BUILD_S, _PROBE_S, _SERVICES_S = 1800, 120, 180
_TOLD = 300
_LEAST_FREE_BYTES = 16 * 2**20
"""With less the disk was full, whatever pip says of it."""


class Machine(Protocol):
    """The node as the updater acts on it."""

    def build(self, slot: Slot, folder: Path, data: bytes, release: Release) -> None:
        """Makes ``slot`` anew from a release's folder; what runs is not touched.

        Raises:
            BadInput, Refused: the folder is not the release, or does not install.
            StorageFault: no room, or the disk refused.
        """

    def probe(self, slot: Slot, version: str) -> None:
        """Checks that ``slot`` is that version and takes this node's configuration.

        Raises:
            Refused: ``bad-release``.
        """

    def settle(self, slot: Slot) -> None:
        """Brings the system's packages to those that ``slot`` was made with.

        Raises:
            Refused: ``bad-release``: they do not install.
        """

    def sight(self) -> Sight:
        """Returns what is to be seen now."""

    def restart(self, services: Iterable[str]) -> None:
        """Ends services in order and starts them again.

        Raises:
            TryAgain: systemd does not take it.
        """

    def writable(self) -> AbstractContextManager[None]:
        """Returns a context in which the environments can be written."""


class Node:
    """A real node under systemd.

    Args:
        slots: the environments.
        config: ``node.toml``.
        status: where the recorder publishes.
    """

    def __init__(self, slots: Slots, config: Path, status: Path) -> None:
        self._slots, self._config, self._status = slots, config, status

    def build(self, slot: Slot, folder: Path, data: bytes, release: Release) -> None:
        """As ``Machine.build``."""
        target = self._slots.folder(slot)
        try:
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(mode=0o755)
            staged = target / _STAGED
            for file in release.files:
                (staged / file.path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / file.path, staged / file.path)
            require_whole(staged, release)  # what was copied is what is installed: nobody can exchange it meanwhile
            (staged / RELEASE).write_bytes(data)
        except OSError as error:
            self._give_up(target)
            kind = BadInput if isinstance(error, FileNotFoundError) else StorageFault
            raise kind(f"{folder}: release {release.number} cannot be copied to {target} ({error.strerror})") from error
        except MimamoriError:
            self._give_up(target)
            raise
        self._install(target, staged, release)

    def probe(self, slot: Slot, version: str) -> None:
        """As ``Machine.probe``."""
        command = str(self._slots.folder(slot) / "bin" / "mimamori")
        said = _run([command, "--version"], _PROBE_S, "bad-release")
        if said.strip() != f"mimamori {version}":
            raise Refused(
                "bad-release", f"the release was signed as {version} and says {said.strip()[:60]!r} of itself"
            )
        _run([command, "check-config", str(self._config)], _PROBE_S, "bad-release")

    def settle(self, slot: Slot) -> None:
        """As ``Machine.settle``."""
        packages = sorted((self._slots.folder(slot) / _STAGED / DEBS).glob("*.deb"))
        wanted = [path for path in packages if not _installed(path)]
        if wanted:
            _run(["dpkg", "--configure", "-a"], _BUILD_S, "bad-release")
            _run(["dpkg", "--install", *map(str, wanted)], _BUILD_S, "bad-release")

    def sight(self) -> Sight:
        """As ``Machine.sight``."""
        words = ["systemctl", "show", "--property=Id,ActiveState,NRestarts", *SERVICES]
        shown = _run(words, _SERVICES_S, "bad-systemd")
        active, restarts = set[str](), 0
        for block in shown.strip().split("\n\n"):
            fields = dict(line.partition("=")[::2] for line in block.splitlines())
            if fields.get("ActiveState") == "active":
                active.add(fields["Id"])
            restarts += int(fields.get("NRestarts") or 0)
        status = None
        with suppress(BadInput, Refused):
            status = read_status(self._status)
        return Sight(status, frozenset(active), restarts)

    def restart(self, services: Iterable[str]) -> None:
        """As ``Machine.restart``; the recorder first and alone, so that its pause is short."""
        try:
            for service in (one for one in SERVICES if one in set(services)):
                _run(["systemctl", "restart", service], _SERVICES_S, "bad-systemd")
        except Refused as error:
            raise TryAgain(str(error)) from error

    def writable(self) -> AbstractContextManager[None]:
        """As ``Machine.writable``: a root that is mounted read-only is so again afterwards."""
        return opened(self._slots.root)

    def _install(self, target: Path, staged: Path, release: Release) -> None:
        try:
            _run([sys.executable, "-m", "venv", "--system-site-packages", str(target)], _BUILD_S, "bad-release")
            pip = [str(target / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-index", "--no-cache-dir"]
            wanted = f"{_DISTRIBUTION}[node]=={release.version}"
            words = [*pip, "--disable-pip-version-check", "--find-links", str(staged / WHEELS), wanted]
            _run(words, _BUILD_S, "bad-release")
            shutil.rmtree(staged / WHEELS)
        except (MimamoriError, OSError) as error:
            full = shutil.disk_usage(target).free < _LEAST_FREE_BYTES
            self._give_up(target)
            if full:
                raise StorageFault(f"{target}: no room for release {release.number}; nothing was changed") from error
            raise
        os.sync()

    def _give_up(self, target: Path) -> None:
        shutil.rmtree(target, ignore_errors=True)


def running_number(slots: Slots) -> int:
    """Returns the number of the release that runs; 0 for what first boot brought."""
    try:
        data = (slots.folder(slots.current()) / _STAGED / RELEASE).read_bytes()
        return signed.parse("release", Release, data).payload.number
    except (OSError, Refused):
        return 0


def _run(words: Sequence[str], seconds: float, failure: str) -> str:
    """Runs a command and returns what it printed.

    Raises:
        Refused: with ``failure``, where it ends in a fault or not in time.
    """
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=seconds)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refused(failure, f"{words[0]}: {error}") from error
    if done.returncode:
        told = " ".join((done.stderr or done.stdout).split())[-_TOLD:]
        raise Refused(failure, f"{Path(words[0]).name} {words[1]}: status {done.returncode}: {told}")
    return done.stdout


def _installed(package: Path) -> bool:
    words = ["dpkg-deb", "--show", "--showformat=${Package} ${Version}", str(package)]
    name, version = _run(words, _PROBE_S, "bad-release").split()
    try:
        words = ["dpkg-query", "--show", "--showformat=${Version} ${db:Status-Status}", name]
        return _run(words, _PROBE_S, "not-installed").split() == [version, "installed"]
    except Refused:
        return False
