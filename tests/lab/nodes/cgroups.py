"""A node's own control group: without one, nodes share theirs, and none can be frozen alone."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tests.lab.nodes.rights import cgroup_roots

_PREFIX = "mml-"


class Group:
    """The group of one node of one lab, in every hierarchy; a node's first process makes it and joins it.

    Args:
        lab: process id that the lab is known by.
    """

    def __init__(self, lab: int, number: int) -> None:
        self.name = f"{_PREFIX}{lab}-{number}"

    @property
    def folders(self) -> list[Path]:
        """Where it is."""
        return [root / self.name for root in cgroup_roots()]

    def freeze(self, *, frozen: bool) -> None:
        """Stops all its processes, or lets them go on."""
        (self.folders[-1] / "cgroup.freeze").write_text(str(int(frozen)))

    def kill(self) -> None:
        """Ends all its processes at once, frozen ones too."""
        (self.folders[-1] / "cgroup.kill").write_text("1")

    @property
    def frozen(self) -> bool:
        """Whether all its processes stand still."""
        return "frozen 1" in (self.folders[-1] / "cgroup.events").read_text()

    def removed(self) -> bool:
        """Takes it away; False while its last processes are still on their way out."""
        for folder in self.folders:
            _remove(folder)
        return not any(folder.exists() for folder in self.folders)


def sweep() -> None:
    """Takes away what labs left behind that were killed: groups are all that the kernel does not take by itself."""
    for root in cgroup_roots():
        for folder in root.glob(f"{_PREFIX}*"):
            if not Path("/proc", folder.name.split("-")[1]).exists():
                _remove(folder)


def _remove(folder: Path) -> None:
    for inner in sorted(folder.glob("**/"), reverse=True):
        with suppress(OSError):  # the last process is still on its way out, or another lab was quicker
            inner.rmdir()
