"""A simulated machine: its keys, what was brought to it, and the times that it keeps.

Between ``mimamori-revert arm`` and ``confirm`` no more time goes by than was asked for, nor between opening and closing
the root file system: a real machine would be out of reach by then, or read-only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

HOST_KEY, LINK_KEY = "ssh_host_ed25519_key.pub", "wg0.pub"


class Unanswered(Exception):
    """A simulated machine has no answer to this."""


class OutOfReach(Exception):
    """A real machine would not be reached any more, or would refuse what is asked."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine.

    Args:
        folder: its own: ``HOST_KEY`` and ``LINK_KEY``, and what it keeps from one exchange to the next.
        now_s: the monotonic clock, which all processes of a run share.
    """

    folder: Path
    now_s: float

    def read(self, path: str) -> bytes:
        """Reads one of its files."""
        return (self.folder / Path(path).name).read_bytes()

    def take(self, data: bytes) -> None:
        """Takes a file, which a module then asks to be put where it belongs."""
        (self.folder / "taken").write_bytes(data)

    def put(self, path: str, checksum: str | None) -> None:
        """Puts the file that came last where it belongs.

        Raises:
            OutOfReach: it is not the one that is meant, or none came; a real machine refuses it, too.
        """
        taken = self.folder / "taken"
        if not taken.exists() or hashlib.sha1(taken.read_bytes()).hexdigest() != checksum:
            raise OutOfReach(f"{path} did not come whole")
        taken.replace(self.brought(path))

    def brought(self, path: str) -> Path:
        """Returns where a file lies that Ansible brought."""
        return self.folder / path.strip("/").replace("/", "_")

    def begin(self, what: str, seconds: float) -> None:
        """Notes until when something holds."""
        (self.folder / what).write_text(str(self.now_s + seconds))

    def require(self, what: str) -> None:
        """Holds the time against what was noted.

        Raises:
            OutOfReach: it is over.
        """
        late_s = self.now_s - float((self.folder / what).read_text())
        if late_s > 0:
            raise OutOfReach(f"{what} ended {late_s:.0f} s ago")

    def note(self, what: str) -> None:
        """Notes what it was asked."""
        with (self.folder / "asked").open("a") as file:
            file.write(f"{what}\n")
