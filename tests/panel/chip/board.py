"""A board of one library, told by lines what to do: ``python -m tests.panel.chip.board LIBRARY``.

``look``; ``light red``; ``drive in``; ``shine 1``; ``close``. Each is answered by one line.
"""

from __future__ import annotations

import sys

from edge.panel.gpio import LIBRARIES, GpioBoard, open_factory
from edge.panel.pinout import SHIPPED, read_pinout
from edge.panel.port import Drive, Light


def obey(board: GpioBoard, word: str, value: str) -> str:
    """Does one thing; returns what to say."""
    match word:
        case "look":
            levels = board.look()
            return f"{levels.pressed} {levels.case_open}"
        case "light":
            board.light(Light(value))
        case "drive":
            board.drive(Drive(value))
        case "shine":
            board.shine(value == "1")
        case "close":
            board.close()
    return "done"


def main() -> None:
    """Obeys until the end of its input."""
    libraries = tuple(library for library in LIBRARIES if library[0] == sys.argv[1])
    board = GpioBoard(read_pinout(SHIPPED), open_factory(libraries), infrared=True)
    print("ready", flush=True)
    for line in sys.stdin:
        word, _, value = line.strip().partition(" ")
        print(obey(board, word, value), flush=True)


if __name__ == "__main__":
    main()
