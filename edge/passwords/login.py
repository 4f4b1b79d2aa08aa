"""The password that a person types at the console: of one user, as a hash in ``/etc/shadow``."""

from __future__ import annotations

import re
from pathlib import Path

from edge.base.errors import BadConfiguration, Refused, StorageFault
from edge.base.files import sync_directory
from edge.passwords import programs
from edge.passwords.messages import Material

SHADOW = Path("/etc/shadow")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_HASH = re.compile(r"\$(y|6)\$[A-Za-z0-9./$=,]{20,200}")
_ASKER = "nobody"


class Login:
    """A user's password.

    Args:
        user: who types it; never root, whose password stays locked.

    Raises:
        BadConfiguration: no such name.
    """

    kind = "login"

    def __init__(self, user: str) -> None:
        if not _USER.fullmatch(user) or user == "root":
            raise BadConfiguration(f"account of user {user[:32]!r}: name one user that is not root")
        self._user = user

    def read(self) -> str:
        for line in self._shadow():
            fields = line.split(":")
            if fields[0] == self._user:
                return fields[1]
        raise StorageFault(f"user {self._user} is not in {SHADOW}; make the user first")

    def take(self, material: Material) -> None:
        digest = material.get("hash", "")
        if set(material) != {"hash"} or not _HASH.fullmatch(digest):
            raise Refused("bad-request", f"user {self._user}: a yescrypt or SHA-512 hash is needed")
        self._put(digest)

    def bring_back(self, before: str) -> None:
        if self.read() != before:
            self._put(before)

    def signs_in(self, secret: str) -> bool:
        """Signs in by PAM as somebody without rights would: root would not be asked."""
        done = programs.run(["su", "--command", "true", self._user], secret + "\n", user=_ASKER)
        return done.returncode == 0

    def _put(self, digest: str) -> None:
        programs.require(["chpasswd", "-e"], f"{self._user}:{digest}\n")
        try:
            sync_directory(SHADOW.parent)
        except OSError as error:
            raise StorageFault(f"{SHADOW}: cannot be synced ({error.strerror})") from error
        if self.read() != digest:
            raise StorageFault(f"user {self._user}: {SHADOW} does not have the hash that was set; is the disk full?")

    def _shadow(self) -> list[str]:
        try:
            with SHADOW.open(encoding="utf-8", errors="surrogateescape") as file:
                return file.read().splitlines()
        except OSError as error:
            raise StorageFault(f"{SHADOW}: cannot be read ({error.strerror})") from error
