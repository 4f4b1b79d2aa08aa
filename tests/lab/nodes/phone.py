"""A phone at the other end of a link: asks for an address (RFC 2131) and for names (RFC 1035), and no more."""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass

_PATIENCE_S = 30.0
_COOKIE = b"\x63\x82\x53\x63"
_DISCOVER, _OFFER, _REQUEST, _ACK = 1, 2, 3, 5
_ROUTER, _NAMES, _WANTED, _KIND, _SERVER = 3, 6, 50, 53, 54


@dataclass(frozen=True, slots=True)
class Lease:
    """What a phone was given."""

    address: str
    server: str
    router: str
    names: str


class Phone:
    """A phone on one interface, which needs no address for the first of its questions."""

    def __init__(self, interface: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self._socket.settimeout(_PATIENCE_S)
        self._socket.bind(("", 68))
        self._transaction, self._hardware = os.urandom(4), b"\x02" + os.urandom(5)

    def __enter__(self) -> Phone:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask_for_address(self) -> Lease:
        """Returns what the network offers, once it has confirmed it."""
        address, offered = self._say(_DISCOVER, _OFFER, {})
        wanted = {_WANTED: socket.inet_aton(address), _SERVER: offered[_SERVER]}
        address, given = self._say(_REQUEST, _ACK, wanted)
        return Lease(address, *(socket.inet_ntoa(given[option][:4]) for option in (_SERVER, _ROUTER, _NAMES)))

    def look_up(self, name: str, server: str, kind: int = 1) -> list[str]:
        """Returns the addresses of a name; ``kind`` 1 is A, 28 is AAAA."""
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        question = labels + b"\0" + struct.pack(">HH", kind, 1)
        self._socket.sendto(self._transaction[:2] + struct.pack(">5H", 0x0100, 1, 0, 0, 0) + question, (server, 53))
        answer = self._socket.recv(2048)
        assert answer[:2] == self._transaction[:2]
        status, count = answer[3] & 15, struct.unpack_from(">H", answer, 6)[0]
        assert status == 0
        records = answer[12 + len(question) :]
        size = 16 if kind == 1 else 28  # a pointer to the name, then the record
        return [socket.inet_ntoa(records[at + 12 : at + 16]) for at in range(0, count * size, size)]

    def _say(self, kind: int, expected: int, options: dict[int, bytes]) -> tuple[str, dict[int, bytes]]:
        head = struct.pack(">4B4sHH", 1, 1, 6, 0, self._transaction, 0, 0x8000) + bytes(16)
        body = head + self._hardware.ljust(16, b"\0") + bytes(192) + _COOKIE
        for code, value in {_KIND: bytes([kind]), **options, 55: bytes([_ROUTER, _NAMES])}.items():
            body += bytes([code, len(value)]) + value
        self._socket.sendto(body + b"\xff", ("255.255.255.255", 67))
        while True:
            answer = self._socket.recv(2048)
            found = _options(answer[240:])
            if answer[4:8] == self._transaction and found.get(_KIND) == bytes([expected]):
                return socket.inet_ntoa(answer[16:20]), found


def _options(data: bytes) -> dict[int, bytes]:
    found, at = dict[int, bytes](), 0
    while at < len(data) and data[at] != 255:
        length = data[at + 1] if data[at] else -1
        found[data[at]] = data[at + 2 : at + 2 + max(length, 0)]
        at += 2 + length
    return found
