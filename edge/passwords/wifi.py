"""The passphrase of the node's own Wi-Fi network, in the file that its access point is started from.

Two forms are known: a NetworkManager keyfile (``*.nmconnection``, the line ``psk=`` of ``[wifi-security]``), and JSON
with a field ``passphrase``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from edge.base.errors import BadConfiguration, BadInput, Refused, StorageFault
from edge.base.files import read_bounded, write_durably
from edge.passwords import programs
from edge.passwords.messages import Material

_LIMIT_BYTES = 16 * 1024
_SECRET = re.compile(r"[!-~]{8,63}")
"""Of WPA personal, 8 to 63 ASCII characters (IEEE 802.11, annex J.4); no space, which a keyfile loses at its ends."""
_PSK = re.compile(r"^psk=.*$", re.MULTILINE)
_SECTION = re.compile(r"^\[wifi-security\]$", re.MULTILINE)


class AccessPoint:
    """A passphrase in a file of mode 0600.

    Args:
        file: absolute path.
        reload: program and words that make the access point use it; none where it is read at each start.

    Raises:
        BadConfiguration: no absolute path.
    """

    kind = "wifi"

    def __init__(self, file: Path, reload: tuple[str, ...] = ()) -> None:
        if not file.is_absolute():
            raise BadConfiguration(f"access point's file {str(file)[:200]!r}: an absolute path is needed")
        self._file, self._reload = file, reload

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
        text = self.read()
        return self._tree(text)["passphrase"] == secret if self._is_json else text == self._with(secret)

    def _put(self, text: str) -> None:
        write_durably(self._file, text.encode(), mode=0o600)
        if self._reload:
            programs.require(self._reload)

    def _with(self, secret: str) -> str:
        text = self.read()
        if self._is_json:
            return json.dumps({**self._tree(text), "passphrase": secret}, ensure_ascii=False, sort_keys=True) + "\n"
        section = _SECTION.search(text)
        if section is None or not _PSK.search(text, section.end()):
            raise StorageFault(f"{self._file}: has no psk= in [wifi-security]; write it anew")
        line = "psk=" + secret.replace("\\", r"\\\\")
        return text[: section.end()] + _PSK.sub(line, text[section.end() :], count=1)

    @property
    def _is_json(self) -> bool:
        return self._file.suffix == ".json"

    def _tree(self, text: str) -> dict[str, Any]:
        try:
            tree = json.loads(text)
        except ValueError as error:
            raise StorageFault(f"{self._file}: is not JSON; write it anew") from error
        if not isinstance(tree, dict) or "passphrase" not in tree:
            raise StorageFault(f"{self._file}: has no field 'passphrase'; write it anew")
        return tree
