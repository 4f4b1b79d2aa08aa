"""A card in a loop device, with the image's two partitions; real sfdisk, mkfs and resize2fs work on it.

Where the kernel gives a loop device no partitions, as in many containers, each has a loop device of its own over its
part of the card, set up when first boot asks the kernel to read the table (partx).
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.firstboot.partitions import divide, part_device
from edge.firstboot.system import System

CARD_BYTES, SYSTEM_BYTES, STATE_BYTES = 3 * 2**30, 2**27, 2**25
NEVER = 10**9


class CutError(Exception):
    """The power is gone before a program ran."""


class LoopCard:
    """The card.

    Attributes:
        disk: its device.
        system_bytes, state_bytes: as a card's list would ask for.
    """

    def __init__(self, folder: Path) -> None:
        self.system_bytes, self.state_bytes = SYSTEM_BYTES, STATE_BYTES
        self._image, self._mount = folder / "card.img", folder / "mount"
        self._mount.mkdir()
        with self._image.open("wb") as file:
            file.truncate(CARD_BYTES)
        self.disk = _run("losetup", "--find", "--show", str(self._image)).strip()
        self.parts: dict[int, str] = {}
        table = "label: dos\nstart=2048, size=16384, type=c\nstart=18432, size=65536, type=83\n"
        _run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", self.disk, stdin=table)
        self.reread()
        root = folder / "root" / "etc"
        root.mkdir(parents=True)
        (root / "hostname").write_text("raspberrypi\n")
        _run("mkfs.ext4", "-q", "-L", "rootfs", "-d", str(root.parent), self.parts[2])

    def close(self) -> None:
        """Gives the devices back."""
        for device in (*self.parts.values(), self.disk):
            _run("losetup", "--detach", device)

    def system(self, cut: int = NEVER) -> PlayedSystem:
        """Returns the machine that first boot runs on, with the power cut before its ``cut``-th program."""
        return PlayedSystem(self, cut)

    def divide_until(self, cut: int = NEVER) -> int:
        """Divides with the power cut before a program; returns how many ran."""
        system = self.system(cut)
        try:
            divide(system, self.disk, self.system_bytes, self.state_bytes)
        except CutError:
            self.reread()  # as the kernel does at the next boot
        return system.ran

    def reread(self) -> None:
        """Does what the kernel does with a table."""
        for device in self.parts.values():
            _run("losetup", "--detach", device)
        self.parts = {}
        for number, (start, size) in self.table().items():
            place = ("--offset", str(start * 512), "--sizelimit", str(size * 512))
            self.parts[number] = _run("losetup", "--find", "--show", *place, str(self._image)).strip()

    def table(self) -> dict[int, tuple[int, int]]:
        """Returns first sector and length of each partition."""
        tree = json.loads(_run("sfdisk", "--json", self.disk))["partitiontable"]
        return {int(one["node"].removeprefix(self.disk)[1:]): (one["start"], one["size"]) for one in tree["partitions"]}

    def dump(self) -> list[str]:
        """Returns the table as text."""
        return _run("sfdisk", "--dump", self.disk).splitlines()

    def labels(self) -> dict[int, str]:
        """Returns each file system's label."""
        found = {number: _run("e2label", device).strip() for number, device in self.parts.items() if number != 1}
        return dict(sorted(found.items()))

    def read(self, number: int, path: str) -> str:
        """Returns a file of a partition."""
        with self._mounted(number) as root:
            return (root / path).read_text()

    def write(self, number: int, path: str, text: str) -> None:
        """Writes a file to a partition."""
        with self._mounted(number) as root:
            (root / path).write_text(text)

    @contextmanager
    def _mounted(self, number: int) -> Iterator[Path]:
        _run("mount", self.parts[number], str(self._mount))
        try:
            yield self._mount
        finally:
            _run("umount", str(self._mount))


class PlayedSystem(System):
    """A machine whose partitions are the card's loop devices."""

    def __init__(self, card: LoopCard, cut: int) -> None:
        super().__init__()
        self._card, self._cut, self.ran = card, cut, 0

    def run(self, *words: str, stdin: str | None = None) -> str:
        if self.ran == self._cut:
            raise CutError
        self.ran += 1
        if words[0] == "partx":
            self._card.reread()
            return ""
        named = {part_device(self._card.disk, number): device for number, device in self._card.parts.items()}
        return super().run(*(named.get(word, word) for word in words), stdin=stdin)


@contextmanager
def loop_card(folder: Path) -> Iterator[LoopCard]:
    """Makes a card and takes it away."""
    card = LoopCard(folder)
    try:
        yield card
    finally:
        card.close()


def _run(*words: str, stdin: str | None = None) -> str:
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout
