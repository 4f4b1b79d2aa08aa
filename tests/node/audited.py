"""Runs ``mimamori`` and notes, by Python's audit events, which sockets it makes and which files it opens to write.

``python -m tests.node.audited LOG WORD...``: a line each in LOG. What a library does without Python is not seen; the
tests look at the folders, too.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def watch(log: Path) -> None:
    """Notes from now on."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(event: str, words: tuple[object, ...]) -> None:
        if event == "socket.__new__":
            os.write(descriptor, f"socket {int(str(words[1]))}\n".encode())
        elif event == "open" and isinstance(words[2], int) and words[2] & _WRITING:
            os.write(descriptor, f"write {words[0]}\n".encode())

    sys.addaudithook(note)


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
    from edge.cli import main

    sys.exit(main(sys.argv[2:]))
