"""``python3 -m edge.firstboot CARD``: run by ``mimamori-firstboot.service`` at each boot until the node is made.

It runs from our wheel on the boot partition, by the image's own Python and nothing else.
"""

from __future__ import annotations

import sys
from pathlib import Path

from edge.base.clock import SystemClock
from edge.base.errors import MimamoriError, UsageFault
from edge.firstboot.card import read_card
from edge.firstboot.making import make_node
from edge.firstboot.system import System


def main(words: list[str]) -> int:
    """Makes the node of the card whose folder is given; returns an exit status (sysexits.h)."""
    if len(words) != 1:
        print("usage: python3 -m edge.firstboot /boot/firmware/mimamori", file=sys.stderr)
        return UsageFault.exit_status
    try:
        make_node(System(), read_card(Path(words[0])), SystemClock(), _say)
    except MimamoriError as error:
        print(f"mimamori first boot: {error}", file=sys.stderr, flush=True)
        return error.exit_status
    return 0


def _say(text: str) -> None:
    print(f"mimamori first boot: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
