"""aim's end of the preview socket: one client at a time, never waited for.

Used by one thread, between two frames. A client that takes no frame for ``PATIENCE_S`` or sends what is no request is
put out; whoever comes while there is one is turned away.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from pathlib import Path

from edge.base.clock import Clock
from edge.base.errors import Refused
from edge.base.unixsocket import listen
from edge.commission.previewlink import DRAFT_LIMIT_BYTES, Inbox, Message

PATIENCE_S = 10.0
_CHUNK_BYTES = 64 * 1024

_log = logging.getLogger(__name__)


class PreviewServer:
    """Listens at ``path``.

    Raises:
        StorageFault: the socket cannot be made there.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self._client: socket.socket | None = None
        self._inbox, self._outgoing = Inbox(DRAFT_LIMIT_BYTES), memoryview(b"")
        self._moved_ns = clock.monotonic_ns()
        self._listening = listen(path, backlog=1)
        self._listening.setblocking(False)

    @property
    def idle_s(self) -> float:
        """For how long nobody has been there."""
        return 0.0 if self._client is not None else self._since_s()

    @property
    def has_room(self) -> bool:
        """Whether somebody is there who has taken the last message whole."""
        return self._client is not None and not self._outgoing

    def serve(self) -> list[Message]:
        """Lets a client in, sends what waits, and returns the messages that came."""
        self._admit()
        messages = []
        try:
            self._push()
            messages = self._pull()
            if self._outgoing and self._since_s() > PATIENCE_S:
                raise Refused("slow", f"preview: a client took nothing for {PATIENCE_S:.0f} s")
        except (OSError, Refused) as error:
            self._put_out(str(error))
        return messages

    def send(self, data: bytes) -> None:
        """Begins to send a message; only where there is room."""
        self._outgoing, self._moved_ns = memoryview(data), self._clock.monotonic_ns()
        try:
            self._push()
        except OSError as error:
            self._put_out(str(error))

    def close(self) -> None:
        """Takes the socket away."""
        self._put_out("aim ends")
        self._listening.close()
        self._path.unlink(missing_ok=True)

    def _since_s(self) -> float:
        return (self._clock.monotonic_ns() - self._moved_ns) / 1e9

    def _admit(self) -> None:
        with contextlib.suppress(BlockingIOError):
            client, _ = self._listening.accept()
            if self._client is not None:
                client.close()
                return
            client.setblocking(False)
            self._client, self._inbox, self._moved_ns = client, Inbox(DRAFT_LIMIT_BYTES), self._clock.monotonic_ns()

    def _push(self) -> None:
        while self._client is not None and self._outgoing:
            try:
                sent = self._client.send(self._outgoing)
            except BlockingIOError:
                return
            self._outgoing, self._moved_ns = self._outgoing[sent:], self._clock.monotonic_ns()

    def _pull(self) -> list[Message]:
        if self._client is None:
            return []
        try:
            data = self._client.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return []
        if not data:
            raise Refused("gone", "the client went")
        return self._inbox.feed(data)

    def _put_out(self, reason: str) -> None:
        if self._client is not None:
            _log.info("preview ends for a client: %s", reason)
            self._client.close()
        self._client, self._outgoing, self._moved_ns = None, memoryview(b""), self._clock.monotonic_ns()
