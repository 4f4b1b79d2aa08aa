"""The page's end of the preview socket: pictures in, drafts and the rate out."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from edge.base.errors import Unavailable
from edge.commission.previewlink import (
    FPS_DEFAULT,
    JPEG_LIMIT_BYTES,
    FrameHead,
    Inbox,
    Request,
    Shown,
    pack,
    parse_head,
)

TIMEOUT_S = 10.0
_CHUNK_BYTES = 256 * 1024


class PreviewClient:
    """One connection to aim; one thread reads it, any thread asks.

    Raises:
        Unavailable: aim is not there.
    """

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(TIMEOUT_S)
        self._sending = threading.Lock()
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise Unavailable(f"{path}: no preview there ({error.strerror})") from error

    def shown(self) -> Iterator[Shown]:
        """Yields pictures until aim ends.

        Raises:
            Unavailable: none came for ``TIMEOUT_S``.
            Refused: what came is no picture.
        """
        inbox = Inbox(JPEG_LIMIT_BYTES)
        while data := self._receive():
            for message in inbox.feed(data):
                yield Shown(parse_head(FrameHead, message), message.body)

    def paint(self, masks: bytes) -> None:
        """Has a ``masks.json`` burnt into the pictures to come.

        Raises:
            Unavailable: aim is gone.
        """
        self._send(pack(Request(kind="draft"), masks))

    def rate(self, fps: int = FPS_DEFAULT) -> None:
        """Asks for so many pictures a second, at most.

        Raises:
            Unavailable: aim is gone.
        """
        self._send(pack(Request(kind="rate", fps=fps), b""))

    def close(self) -> None:
        """Leaves."""
        self._socket.close()

    def _send(self, data: bytes) -> None:
        with self._sending:
            try:
                self._socket.sendall(data)
            except OSError as error:
                raise Unavailable(f"the preview is gone ({error})") from error

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(_CHUNK_BYTES)
        except ConnectionError:
            return b""
        except OSError as error:
            raise Unavailable(f"the preview stands still ({error})") from error
