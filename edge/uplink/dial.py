"""TCP connections that another thread can break off, whatever they wait for: connecting, the handshake, an answer.

Rules:
  1. Addresses are tried in turn, each for at most the same time; those of the family that answered last go first, so a
     line with one broken family costs that time once and not with every connection.
  2. Once broken off, every connection ends at once and no further one is opened.
  3. Only looking up a name cannot be broken off; the resolver's own time-outs bound it.
"""

from __future__ import annotations

import socket
import threading
import weakref
from collections.abc import Iterable
from contextlib import suppress

Options = Iterable[tuple[int, int, int | bytes]]


class Dialer:
    """Opens connections and knows those that are open; ``break_off`` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._handshaking: socket.socket | None = None
        self._broken_off = False
        self._family = socket.AF_UNSPEC

    def dial(self, host: str, port: int, timeout_s: float, options: Options = ()) -> socket.socket:
        """Returns a connected socket with that time-out; ``settle`` must follow once TLS stands or failed.

        Raises:
            OSError: no address answered; ``socket.gaierror``, ``TimeoutError`` among others.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        failure: OSError = OSError(f"{host} has no address")
        for family, kind, protocol, _, address in sorted(found, key=lambda item: item[0] != self._family):
            sock = socket.socket(family, kind, protocol)
            try:
                self._connect(sock, address, timeout_s, options)
            except OSError as error:
                sock.close()
                failure = error
            else:
                self._family = family
                return sock
        raise failure

    def settle(self, sock: socket.socket | None) -> None:
        """Names what came of the last connection: the socket in use; none where the handshake failed."""
        with self._lock:
            if self._handshaking is not None:
                self._handshaking.close()
                self._handshaking = None
        if sock is not None:
            self._hold(sock)

    def break_off(self) -> None:
        """Ends every connection, and every wait of a thread for one."""
        with self._lock:
            self._broken_off = True
            for sock in [*self._held, *([self._handshaking] if self._handshaking is not None else [])]:
                _end(sock)

    def _connect(self, sock: socket.socket, address: tuple[object, ...], timeout_s: float, options: Options) -> None:
        for level, name, value in options:
            sock.setsockopt(level, name, value)
        sock.settimeout(timeout_s)
        self._hold(sock)
        sock.connect(address)
        with self._lock:
            self._held.discard(sock)
            # TLS takes the descriptor away from this object; a second one reaches the connection all the same.
            self._handshaking = sock.dup()
            if self._broken_off:
                _end(self._handshaking)

    def _hold(self, sock: socket.socket) -> None:
        with self._lock:
            self._held.add(sock)
            if self._broken_off:
                raise ConnectionAbortedError("broken off, because the uplink ends")


def _end(sock: socket.socket) -> None:
    with suppress(OSError):  # not connected yet, or gone already
        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # the plain one: TLS objects belong to the thread that reads
