"""One node: a container that boots, does its work, and is shut down, cut off or frozen."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path

from edge.base.clock import SystemClock
from tests.lab.nodes.cgroups import Group
from tests.lab.nodes.disks import Files, Image
from tests.lab.nodes.ground import Done, Ground, children, run
from tests.lab.nodes.identity import Identity
from tests.lab.nodes.roots import Ext4, Overlay, Root

BOOT_S = 180.0
_END_S = 60.0
_LOOK_S = 0.1
_SHUT_DOWN = signal.SIGRTMIN + 4
"""systemd's for poweroff (systemd(1))."""
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_BOOT = """
set -eu
root=$1; shift
while [ "$1" != -- ]; do
  mkdir -p "$1"; echo 0 >"$1/cgroup.procs"
  [ ! -e "$1/cpu.shares" ] || echo 2048 >"$1/cpu.shares"
  shift
done
shift
exec setsid systemd-nspawn -q -b --register=no --keep-unit --resolv-conf=off --timezone=off --link-journal=no \
  --console=pipe --system-call-filter="bpf adjtimex clock_adjtime" -D "$root" "$@"
"""
"""Without a cgroup of its own a node would share one with others; without bpf(2), device and address rules of
units are ignored in silence; without the other two nobody could ask how good the clock is. By default all processes
of a node together would get as much of a busy machine as a single one of that machine's own."""


class Node:
    """A node of a lab; see the package for what it can do.

    Attributes:
        address: on its bridge.
        line: the lab's end of its link.
        read_only: whether its next boot finds a root that takes no writes.
        identity: its name, address and keys.
    """

    def __init__(
        self, ground: Ground, folder: Path, identity: Identity, *, number: int, bridge: str, layers: list[Path],
        disks: Mapping[str, int], formatted: Collection[str], on_image: bool, read_only: bool, ext4_root: bool,
    ) -> None:  # fmt: skip
        self.name, self.folder, self.identity = identity.name, folder, identity
        self.address, self.line = identity.address.partition("/")[0], f"vb-n{number}"
        self._ground, self._bridge, self.read_only = ground, bridge, read_only
        self._machine, self._group = f"n{number}", Group(ground.pid, number)
        self._root: Root = (
            Ext4(ground, folder, layers) if ext4_root else Overlay(ground, folder, layers, on_image=on_image)
        )
        self._disks = {
            label: Image(folder / f"{label}.img", size, formatted=label in formatted) for label, size in disks.items()
        }
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._leader, self._clock = 0, SystemClock()

    @property
    def running(self) -> bool:
        """Whether it is on, frozen or not."""
        return self._supervisor is not None and self._supervisor.poll() is None

    @property
    def pid(self) -> int:
        """Its process 1, as this machine numbers it."""
        assert self.running, f"{self.name} is off"
        return self._leader

    @property
    def ssh(self) -> list[str]:
        """The command that opens a shell in it as root; append a command. To be run in the lab's network."""
        return ["ssh", *self.ssh_options, f"root@{self.address}"]

    @property
    def ssh_options(self) -> list[str]:
        """What ssh and sftp need: its key, and the node's own key as the only one believed."""
        known = self.folder / "known_hosts"
        words = ("BatchMode=yes", f"UserKnownHostsFile={known}", "StrictHostKeyChecking=yes", "ConnectTimeout=30")
        return ["-F", "none", "-i", str(self.identity.key), *(word for one in words for word in ("-o", one))]

    def lay(self, files: Files, links: Mapping[str, str] | None = None) -> None:
        """Writes files while it is off."""
        assert not self.running, f"{self.name} is on: use write"
        self._root.lay(files, links or {})

    def boot(self, within_s: float = BOOT_S) -> None:
        """Switches it on and returns once systemd calls it running or degraded.

        Raises:
            TimeoutError: it does not come up; the message holds the end of its console.
        """
        assert not self.running, f"{self.name} is on already"
        for image in self._disks.values():
            image.attach()
        more = self._root.mount(read_only=self.read_only)
        words = [f"--network-bridge={self._bridge}", f"--machine={self._machine}", f"--hostname={self.name}"]
        words += [f"--bind={image.device}:/dev/disk/by-label/{label}" for label, image in self._disks.items()]
        words += more
        groups = [str(folder) for folder in self._group.folders]
        command = ["sh", "-c", _BOOT, "boot", str(self.folder / "root"), *groups, "--", *words]
        environment = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        with (self.folder / "console").open("ab") as console:
            self._supervisor = subprocess.Popen(
                self._ground.inside(*command), stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                env=environment,
            )  # fmt: skip
        self._await(self._is_up, f"{self.name} does not come up", within_s)

    def run(
        self, *command: str, check: bool = True, stdin: str | None = None, user: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Done:  # fmt: skip
        """Runs a command in it, as root or another of its users, outside of any unit.

        Raises:
            RuntimeError: it failed, and ``check`` asks for more.
        """
        settings = [f"{name}={value}" for name, value in (environment or {}).items()]
        as_user = [] if user is None else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        inside = [
            "nsenter",
            "-t",
            str(self.pid),
            "-a",
            "--wdns=/",
            "--",
            "env",
            "-i",
            _PATH,
            "LC_ALL=C.UTF-8",
            *settings,
        ]
        return run(*inside, *as_user, *command, check=check, stdin=stdin)

    def shell(self, script: str, check: bool = True, user: str | None = None) -> Done:
        """Runs lines of sh in it."""
        return self.run("sh", "-euc", script, check=check, user=user)

    def read(self, path: str) -> str:
        """Returns the text of one of its files."""
        return self.run("cat", path).out

    def write(self, path: str, data: str, mode: int = 0o644, owner: str = "root:root") -> None:
        """Replaces one of its files while it is on."""
        script = 'cat >"$1.new"; chown "$2" "$1.new"; chmod "$3" "$1.new"; mv "$1.new" "$1"'
        self.run("sh", "-euc", script, "write", path, owner, f"{mode:o}", stdin=data)

    def property(self, unit: str, name: str) -> str:
        """Returns what systemd says of a unit."""
        return self.run("systemctl", "show", "-P", name, unit).out.strip()

    def journal(self, *words: str) -> str:
        """Returns its journal, or what ``words`` choose of it."""
        return self.run("journalctl", "--no-pager", "-o", "short-monotonic", *words, check=False).out

    def console(self) -> str:
        """Returns the end of what it printed while it booted."""
        return (self.folder / "console").read_text(errors="replace")[-3000:]

    def shutdown(self, within_s: float = _END_S) -> None:
        """Switches it off in order."""
        os.kill(self.pid, _SHUT_DOWN)
        self._await(lambda: not self.running, f"{self.name} does not shut down", within_s)
        self._after()

    def cut(self) -> None:
        """Ends all of it at once; what was written is there at the next boot, synced or not."""
        assert self._supervisor is not None, f"{self.name} is off"
        self._group.kill()
        self._supervisor.wait(_END_S)
        self._after()

    def power_cut(self) -> None:
        """Ends all of it as a power cut does: only what had reached its disks is there at the next boot."""
        assert self._root.image is not None, f"{self.name} lies in a folder: give on_image=True"
        self.freeze()
        images = [self._root.image, *self._disks.values()]
        copies = [image.copy() for image in images]
        self.cut()
        self._root.close()
        for image, copied in zip(images, copies, strict=True):
            image.detach()
            image.become(copied)
        self._root.open()

    def freeze(self) -> None:
        """Stops every process of it; its addresses answer no more than pings."""
        self._group.freeze(frozen=True)
        self._await(lambda: self._group.frozen, f"{self.name} cannot be frozen", _END_S)

    def thaw(self) -> None:
        """Lets it go on."""
        self._group.freeze(frozen=False)

    def close(self) -> None:
        """Switches it off, whatever state it is in, and gives everything back."""
        if self.running:
            self.cut()
        self._root.close()

    def _is_up(self) -> bool:
        assert self._supervisor is not None
        if self._supervisor.poll() is not None:
            raise RuntimeError(f"{self.name} ended while it booted: {self.console()}")
        self._leader = self._leader or _first_process(self._supervisor.pid)
        if not self._leader:
            return False
        said = self.run("systemctl", "is-system-running", check=False).out.strip()
        return said in {"running", "degraded"}

    def _await(self, condition: Callable[[], bool], what: str, within_s: float) -> None:
        end_ns = self._clock.monotonic_ns() + int(within_s * 1e9)
        while not condition():
            if self._clock.monotonic_ns() > end_ns:
                raise TimeoutError(f"{what} within {within_s:.0f} s: {self.console()}")
            self._clock.sleep(_LOOK_S)

    def _after(self) -> None:
        self._leader = 0
        self._root.unmount()
        for image in self._disks.values():
            image.detach()
        self._await(self._group.removed, f"{self.name} does not end", _END_S)


def _below(pid: int) -> list[int]:
    found = []
    for child in children(pid):
        found += [*_below(child), child]
    return found


def _first_process(supervisor: int) -> int:
    """Returns the container's process 1, or 0 while there is none: the one with a number in a namespace below."""
    for pid in _below(supervisor):
        with suppress(FileNotFoundError, ProcessLookupError):
            status = Path(f"/proc/{pid}/status").read_text()
            numbers = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[1:]
            if len(numbers) == _depth(supervisor) + 2 and numbers[-1] == "1" and int(numbers[0]) == pid:
                return pid
    return 0


def _depth(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return len(next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[1:])
