"""The passphrase of the node's own Wi-Fi network, in the NetworkManager keyfile that its access point is started from.

It is the line ``psk=`` of ``[wifi-security]`` (nm-settings-keyfile(5)); the rest of the file stays as it is.
"""

from __future__ import annotations

import re
from pathlib import Path

from edge.base.errors import BadConfiguration, BadInput, Refused, StorageFault
from edge.base.files import read_bounded, write_durably
from edge.passwords import programs
from edge.passwords.messages import Material

_LIMIT_BYTES = 16 * 1024
_SECRET = re.compile(r"[!-~]{8,63}")
"""Of WPA personal, 8 to 63 ASCII characters (IEEE 802.11, annex J.4); no space, which a keyfile loses at its ends."""
_NOT_RUNNING = 8
"""Of nmcli(1)."""
_PSK = re.compile(r"^psk=.*$", re.MULTILINE)
_SECTION = re.compile(r"^\[wifi-security\]$", re.MULTILINE)


class AccessPoint:
    """A passphrase in a file of mode 0600.

    Args:
        file: absolute path of the keyfile.

    Raises:
        BadConfiguration: no absolute path.
    """

    kind = "wifi"

    def __init__(self, file: Path) -> None:
        if not file.is_absolute():
            raise BadConfiguration(f"access point's file {str(file)[:200]!r}: an absolute path is needed")
        self._file = file

    def read(self) -> str:
        try:
            return read_bounded(self._file, limit_bytes=_LIMIT_BYTES).decode("utf-8")
        except (BadInput, UnicodeDecodeError) as error:
            raise StorageFault(f"{self._file}: cannot be read; put the access point's file there first") from error

    def take(self, material: Material) -> None:
        secret = material.get("secret", "")
        if set(material) != {"secret"} or not _SECRET.fullmatch(secret):
            raise Refused("bad-request", "access point: a passphrase of 8 to 63 printable characters is needed")
        self._put(self._with(secret))

    def bring_back(self, before: str) -> None:
        if self.read() != before:
            self._put(before)

    def signs_in(self, secret: str) -> bool:
        """Whether the file that the access point runs by has it; joining by radio takes a phone on site."""
        return self.read() == self._with(secret)

    def _put(self, text: str) -> None:
        """Replaces the file, and has NetworkManager read it; where that does not run, it reads it when it starts."""
        write_durably(self._file, text.encode(), mode=0o600)
        if programs.present("nmcli"):
            done = programs.run(["nmcli", "connection", "load", str(self._file)])
            if done.returncode not in (0, _NOT_RUNNING):
                raise StorageFault(f"{self._file}: NetworkManager does not load it (status {done.returncode})")

    def _with(self, secret: str) -> str:
        text = self.read()
        section = _SECTION.search(text)
        if section is None or not _PSK.search(text, section.end()):
            raise StorageFault(f"{self._file}: has no psk= in [wifi-security]; write it anew")
        line = "psk=" + secret.replace("\\", r"\\\\")  # one for the keyfile's own escape, twice for the pattern's
        return text[: section.end()] + _PSK.sub(line, text[section.end() :], count=1)
