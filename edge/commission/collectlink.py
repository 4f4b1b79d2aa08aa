"""The page's end of the collection socket: asks the uplink, and passes its bytes on as they come, unread."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.base.errors import Refused, Unavailable
from edge.wire.collection import Ask, receive_answer, send_frame, send_model

PATIENCE_S = 120.0
"""The uplink may have to look through a card of 128 GB for the first answer."""


@dataclass(frozen=True, slots=True)
class CollectLink:
    """Where the uplink listens."""

    path: Path

    def ask(self, ask: Ask, document: bytes | None = None) -> Iterator[bytes]:
        """Returns the answer's bytes, piece by piece; the connection ends with them.

        Raises:
            Refused: what the uplink says.
            TryAgain: it is not there, or went away, also in the middle.
        """
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(PATIENCE_S)
        try:
            connection.connect(str(self.path))
            send_model(connection, ask)
            if document is not None:
                send_frame(connection, document)
            head, pieces = receive_answer(connection)
            if head.failure:
                raise Refused(head.failure, head.message)
        except OSError as error:
            connection.close()
            raise Unavailable(f"{self.path}: the uplink does not answer ({error}); is it running?") from error
        except BaseException:
            connection.close()
            raise
        return _until_closed(connection, pieces)


def _until_closed(connection: socket.socket, pieces: Iterator[bytes]) -> Iterator[bytes]:
    with connection:
        yield from pieces
