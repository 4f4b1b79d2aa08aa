"""What lies under a node: its own layer in a folder or on a disk image, further disks, files laid before a boot."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.lab.nodes.ground import run


@dataclass(frozen=True, slots=True)
class File:
    """A file to be there at the first boot; ``owner`` is a user's number, for users are the node's own."""

    data: str | bytes
    mode: int = 0o644
    owner: int = 0


Files = Mapping[str, str | bytes | File]


class Image:
    """A disk image with a loop device on it, which the kernel gives back once nobody uses it, whatever happens.

    Args:
        formatted: whether it begins with an empty ext4.
    """

    def __init__(self, path: Path, size_bytes: int, *, formatted: bool = False) -> None:
        self.path, self._descriptor, self.device = path, -1, ""
        path.touch()
        os.truncate(path, size_bytes)
        if formatted:
            run("mkfs.ext4", "-q", "-F", "-m", "0", "-J", "size=4", str(path))

    def attach(self) -> None:
        """Gives it a device."""
        self.device = run("losetup", "--find", "--show", str(self.path)).out.strip()
        self._descriptor = os.open(self.device, os.O_RDONLY | os.O_CLOEXEC)
        run("losetup", "--detach", self.device)  # in use: it goes with the last that has it open

    def detach(self) -> None:
        """Lets the device go."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def copy(self) -> Path:
        """Copies it as it is; the device's own cache is not in it."""
        copied = self.path.with_suffix(".cut")
        run("cp", "--sparse=always", str(self.path), str(copied))
        return copied

    def become(self, copied: Path) -> None:
        """Takes the copy's place; it must be detached."""
        copied.replace(self.path)


def lay(root: Path, files: Files, links: Mapping[str, str], layers: list[Path]) -> None:
    """Writes files into a node's own layer; folders keep the owner and mode that a layer below gives them."""
    for name, content in files.items():
        file = content if isinstance(content, File) else File(content)
        path = _ready(root, name, layers)
        path.write_bytes(file.data.encode() if isinstance(file.data, str) else file.data)
        path.chmod(file.mode)
        os.chown(path, file.owner, -1)
    for name, target in links.items():
        _ready(root, name, layers).symlink_to(target)


def _ready(root: Path, name: str, layers: list[Path]) -> Path:
    if not name.startswith("/") or ".." in name.split("/"):
        raise ValueError(f"{name}: give the path from the node's root")
    inside = Path(name.lstrip("/"))
    for folder in reversed(inside.parents[:-1]):
        made = root / folder
        if made.is_dir():
            continue
        made.mkdir()
        below = next((layer / folder for layer in layers if (layer / folder).is_dir()), None)
        if below is not None:
            shutil.copystat(below, made)
            os.chown(made, below.stat().st_uid, below.stat().st_gid)
    return root / inside
