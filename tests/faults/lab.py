"""The failing folder as the lab holds it: mounted once, its content exchanged for each run.

It needs root and FUSE; without them the lab fails, for a promise that was not tested must not look kept.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.failing_folder import ORDER_BYTES, Order
from tests.fuse import served

_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Call:
    """One call that the recorder made; ``error`` is what it was given, 0 for none."""

    number: int
    name: str
    path: str
    error: int


class Folder:
    """The failing folder.

    Attributes:
        mount: where the recorder's folders lie.
        backing: the same, without faults.
    """

    def __init__(self, folder: Path) -> None:
        self.mount, self.backing = folder / "mount", folder / "backing"
        self.order, self.log = folder / "order", folder / "log"
        for made in (self.mount, self.backing):
            made.mkdir()
        self.order.write_bytes(Order().dump())
        self.log.touch()
        self._run = 0

    def begin(self, order: Order) -> None:
        """Numbers the calls to come from 0, and has one fail."""
        os.truncate(self.log, 0)
        self._run += 1
        self._write(replace(order, run=self._run))

    def well(self) -> None:
        """Nothing fails any more."""
        self._write(Order(run=self._run))

    def calls(self) -> list[Call]:
        """Returns the calls since ``begin``."""
        lines = [line.split() for line in self.log.read_text().splitlines()]
        return [Call(int(number), name, path, int(error)) for number, name, path, error in lines]

    def fill(self, template: Path) -> None:
        """Exchanges the content."""
        for path in self.backing.iterdir():
            shutil.rmtree(path)
        for path in template.iterdir():
            shutil.copytree(path, self.backing / path.name)

    def _write(self, order: Order) -> None:
        data = order.dump()
        assert len(data) == ORDER_BYTES
        with self.order.open("r+b") as file:
            file.write(data)


@contextmanager
def open_folder() -> Iterator[Folder]:
    """Mounts a failing folder over one in memory and takes it away again."""
    with TemporaryDirectory(dir=_MEMORY, prefix="mimamori-faults-") as name:
        folder = Folder(Path(name))
        with served("tests.faults.failing_folder", *_places(folder)):
            yield folder


def _places(folder: Folder) -> tuple[Path, ...]:
    return folder.mount, folder.backing, folder.order, folder.log
