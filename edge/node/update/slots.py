"""The two environments of a node's firmware, and the link that says which one runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from edge.base.errors import BadConfiguration, StorageFault
from edge.base.files import sync_directory

CURRENT = "current"


class Slot(StrEnum):
    """One of the two."""

    A = "a"
    B = "b"

    @property
    def other(self) -> Slot:
        """The one that this one is not."""
        return Slot.B if self is Slot.A else Slot.A


class Slots:
    """Both environments.

    Args:
        root: the folder with ``a``, ``b`` and the link ``current``; ``/opt/mimamori``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, slot: Slot) -> Path:
        """Where it lies."""
        return self.root / slot

    def current(self) -> Slot:
        """Returns the one that the link names.

        Raises:
            BadConfiguration: there is no such link, or it names something else.
        """
        link = self.root / CURRENT
        try:
            return Slot(str(link.readlink()))
        except (OSError, ValueError) as error:
            raise BadConfiguration(f"{link}: no link to a or b; install the firmware anew") from error

    def switch(self, slot: Slot) -> None:
        """Makes ``slot`` the one that runs from the next start on: after a power cut the link names one or the other.

        Raises:
            StorageFault: the disk refused; the old one stands, or the new one whose name is not synced.
        """
        new = self.root / f".{CURRENT}.new"
        try:
            new.unlink(missing_ok=True)
            new.symlink_to(slot)
            new.replace(self.root / CURRENT)
            sync_directory(self.root)
        except OSError as error:
            raise StorageFault(f"{self.root / CURRENT}: cannot be switched to {slot} ({error.strerror})") from error
