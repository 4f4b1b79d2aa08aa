"""What a node's root is: an overlay on the cached layers, or an ext4 of its own into which they were copied.

The overlay is made in no time. The ext4 is what a board has: mounted read-only before the node's first process, it can
be remounted from inside, and refuses to be closed while a file is open for writing. Both flags change, as on a board:
the mount's and the file system's, and a process with a view of its own keeps the former as it was when it started.
What differs: this machine's kernel mounts it, not the node's own as its command line and ``/etc/fstab`` say, and
nothing checks it at boot; ``/`` is a bind mount of it, whose device has no node in ``/dev``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from tests.lab.nodes.disks import Files, Image, lay
from tests.lab.nodes.ground import Ground, run

IMAGE_BYTES = 2 * 2**30
_COPY = 'mount -t overlay -o "ro,lowerdir=$1" mml "$2"; cp -a "$2/." "$3"; umount "$2"'


class Root(Protocol):
    """A node's root; it is mounted between ``mount`` and ``unmount``, and its image has a device all the time.

    Attributes:
        image: what a power cut leaves of it.
    """

    image: Image | None

    def lay(self, files: Files, links: Mapping[str, str]) -> None:
        """Writes files into it while it is not mounted."""

    def mount(self, *, read_only: bool) -> list[str]:
        """Puts it where the node is booted from; returns what systemd-nspawn is to be told besides."""

    def unmount(self) -> None:
        """Takes it away."""

    def open(self) -> None:
        """Gives the image its device."""

    def close(self) -> None:
        """Takes it back."""


class _Mounts:
    """What both kinds do in the lab's namespaces."""

    def __init__(self, ground: Ground, place: Path) -> None:
        self._ground, self._place = ground, place
        place.mkdir()

    def inside(self, *command: str) -> None:
        run(*self._ground.inside(*command))

    def unmount(self) -> None:
        self.inside("umount", "-R", str(self._place))

    def seen(self, path: Path) -> Path:
        """Returns where this machine sees a path of the lab's namespace."""
        return Path(f"/proc/{self._ground.pid}/root") / path.relative_to("/")


class Overlay(_Mounts):
    """A layer of the node's own on those that all share, in a folder or on an image."""

    def __init__(self, ground: Ground, folder: Path, layers: list[Path], *, on_image: bool) -> None:
        super().__init__(ground, folder / "root")
        self._own, self._layers = folder / "own", layers
        self._own.mkdir()
        self.image = Image(folder / "own.img", IMAGE_BYTES, formatted=True) if on_image else None
        self.open()

    def lay(self, files: Files, links: Mapping[str, str]) -> None:
        lay(self.seen(self._own / "upper"), files, links, self._layers)

    def mount(self, *, read_only: bool) -> list[str]:
        lower = ":".join(map(str, self._layers))
        where = f"lowerdir={lower},upperdir={self._own / 'upper'},workdir={self._own / 'work'}"
        self.inside("mount", "-t", "overlay", "-o", where, "mml", str(self._place))
        return ["--read-only"] if read_only else []

    def open(self) -> None:
        if self.image is not None:
            self.image.attach()
            self.inside("mount", "-o", "noatime,commit=300", self.image.device, str(self._own))
        self.inside("mkdir", "-p", str(self._own / "upper"), str(self._own / "work"))

    def close(self) -> None:
        if self.image is not None:
            self.inside("umount", str(self._own))
            self.image.detach()


class Ext4(_Mounts):
    """A file system of the node's own, mounted read-only."""

    def __init__(self, ground: Ground, folder: Path, layers: list[Path]) -> None:
        super().__init__(ground, folder / "root")
        self.image: Image | None = Image(folder / "own.img", IMAGE_BYTES, formatted=True)
        self._device, layered, empty = self.image, folder / "layered", folder / "empty"
        for place in (layered, empty):
            place.mkdir()
        self.open()
        self.mount(read_only=False)
        words = (":".join(map(str, [*layers, empty])), str(layered), str(self._place))  # of one alone there is none
        self.inside("sh", "-euc", _COPY, "copy", *words)
        self.unmount()

    def lay(self, files: Files, links: Mapping[str, str]) -> None:
        self.mount(read_only=False)
        lay(self.seen(self._place), files, links, [])
        self.unmount()

    def mount(self, *, read_only: bool) -> list[str]:
        options = f"{'ro' if read_only else 'rw'},noatime"
        self.inside("mount", "-o", options, self._device.device, str(self._place))
        return []

    def open(self) -> None:
        self._device.attach()

    def close(self) -> None:
        self._device.detach()
