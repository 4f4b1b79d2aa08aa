"""The desk's connection to a node on site: the center's client, with another way to know whom it talks to.

The node shows the certificate that it signed itself; it counts by the fingerprint on the work order and by nothing
else. The desk shows its own, which the city's CA signed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from requests.adapters import HTTPAdapter

from edge.base import strictjson
from edge.base.errors import Refused, UsageFault
from edge.desk.center import Center

_KEY_HEADER = "X-Visit"
_LIMIT_BYTES = 64 * 1024


class _ByFingerprint(HTTPAdapter):
    """Takes one certificate, whoever signed it; urllib3 compares before anything is sent."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint
        super().__init__()

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named, assert_fingerprint=self._fingerprint)


class NodeDoor(Center):
    """A session with a node in a visit to collect; the center's questions have the same answers here.

    Args:
        address: ``HOST`` or ``HOST:PORT``.
        folder: the desk's.
        fingerprint: SHA-256 of the node's certificate, as the work order prints it.
    """

    whom, read_s = "the node", 180.0
    """A small board looks through a day's headers before its first answer."""

    def __init__(self, address: str, folder: Path, fingerprint: str) -> None:
        port = "" if re.search(r":\d+$", address) and not address.endswith("]") else ":8444"
        super().__init__(f"https://{address}{port}", folder)
        self._session.verify = False
        self._session.mount("https://", _ByFingerprint(parse_fingerprint(fingerprint)))

    def bring_ticket(self, ticket: bytes) -> None:
        """Lays the visit ticket before the node; raises like ``get``."""
        self.post("/ticket", ticket)

    def enter(self, code: str) -> None:
        """Opens the visit.

        Raises:
            NotPermitted: a wrong code, or nobody may open one now; TryAgain: the button was not held.
        """
        data = self._exchange("POST", "/code", strictjson.dump({"code": code}), _LIMIT_BYTES)
        tree = strictjson.parse_loose(data, limit_bytes=_LIMIT_BYTES)
        key = tree.get("key") if isinstance(tree, dict) else None
        if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z0-9_-]{16,128}", key):
            raise Refused("bad-document", "the node's answer to the code is no key")
        self._session.headers[_KEY_HEADER] = key

    def bring(self, sort: str, node: str, document: bytes) -> bool:
        """Hands over what was carried; False where the node knows it already. Raises like ``get``."""
        data = self._exchange("PUT", f"/v1/nodes/{node}/{sort}", document, _LIMIT_BYTES)
        return data != b'{"brought":"known"}'

    def newest(self, node: str) -> bytes:
        """Returns the newest record's bare header; raises like ``get``."""
        return self.get(f"/v1/nodes/{node}/newest", limit_bytes=_LIMIT_BYTES)

    def leave(self) -> None:
        """Ends the visit; raises like ``get``."""
        self.post("/leave", b"")


def parse_fingerprint(text: str) -> str:
    """Returns 64 hex digits.

    Raises:
        UsageFault: it is no SHA-256.
    """
    digits = text.replace(":", "").replace(" ", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise UsageFault("--fingerprint: write the 64 hex digits of the work order, with or without colons")
    return digits
