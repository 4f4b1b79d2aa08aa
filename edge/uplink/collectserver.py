"""The uplink's end of the collection socket: one question a connection, one connection at a time."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from edge.base.errors import MimamoriError, Refused, StorageFault
from edge.base.unixsocket import listen
from edge.uplink.collecting import Collecting
from edge.wire.collection import PIECE_BYTES, Answer, What, receive_ask, receive_frame, send_frame, send_model

PATIENCE_S = 30.0
"""A question comes at once; an answer waits for a laptop on a radio link."""
_LOOK_S = 0.5
FORGET_S = 120.0
"""Nobody asks any more: the visit is over, or as good as."""

_log = logging.getLogger(__name__)


class CollectServer:
    """Listens at ``path``.

    Raises:
        StorageFault: the socket cannot be made there.
    """

    def __init__(self, path: Path, collecting: Collecting) -> None:
        self._path, self._collecting = path, collecting
        self._listening = listen(path, backlog=4)
        self._listening.settimeout(_LOOK_S)

    def run(self, stop: threading.Event) -> None:
        """Answers until ``stop``."""
        quiet_s = 0.0
        try:
            while not stop.is_set():
                try:
                    connection, _ = self._listening.accept()
                except TimeoutError:
                    quiet_s += _LOOK_S
                    if quiet_s == FORGET_S:
                        self._collecting.forget()
                    continue
                quiet_s = 0.0
                with connection:
                    connection.settimeout(PATIENCE_S)
                    self._serve(connection, stop)
        finally:
            self._listening.close()
            self._path.unlink(missing_ok=True)

    def _serve(self, connection: socket.socket, stop: threading.Event) -> None:
        try:
            ask = receive_ask(connection)
            document = receive_frame(connection) if ask.what is What.DELIVER else b""
            pieces = self._collecting.answer(ask, document)
        except Refused as error:
            _log.warning("nothing is collected: %s", error)
            self._refuse(connection, error.failure, error)
        except MimamoriError as error:
            _log.error("nothing is collected: %s", error)
            self._refuse(connection, "storage" if isinstance(error, StorageFault) else "unavailable", error)
        else:
            self._send(connection, pieces, stop)

    def _send(self, connection: socket.socket, pieces: Iterator[bytes], stop: threading.Event) -> None:
        try:
            send_model(connection, Answer())
            for piece in pieces:
                view = memoryview(piece)
                for at in range(0, len(view), PIECE_BYTES):
                    if stop.is_set():
                        return
                    send_frame(connection, view[at : at + PIECE_BYTES])
            send_frame(connection, b"")
        except (OSError, MimamoriError) as error:
            _log.warning("an answer was cut off: %s", error)

    def _refuse(self, connection: socket.socket, failure: str, error: Exception) -> None:
        with contextlib.suppress(OSError):
            send_model(connection, Answer(failure=failure, message=str(error)[:400]))
