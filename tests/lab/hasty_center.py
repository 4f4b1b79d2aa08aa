"""A center that answers before it stores: the control of kill -9. Never to be used for anything else."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from edge.base.model import Day, NodeId
from edge.center.serve import serve
from edge.center.store import LocalStore
from edge.seal.record import Buffer

_LATER_S = 3600.0


_store = LocalStore.append


def _append(self: LocalStore, node: NodeId, day: Day, known_end: int, pieces: Sequence[Buffer]) -> None:
    """Stores an hour after it said so."""
    kept = [bytes(piece) for piece in pieces]
    later = threading.Timer(_LATER_S, _store, (self, node, day, known_end, kept))
    later.daemon = True
    later.start()


def main() -> None:
    """Serves."""
    LocalStore.append = _append  # type: ignore[method-assign]
    serve(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
