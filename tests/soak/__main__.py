"""``make lab-soak``: plays a soak in a network of its own; as root."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

_OUT = Path(__file__).resolve().parents[2] / "run" / "soak"


def main() -> None:
    """Becomes the soak."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Let a node and its center run for long.")
    parser.add_argument("--minutes", type=float, default=10.0, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--out", type=Path, default=_OUT, metavar="DIR", help="for soak.png; run/soak if not given")
    options = parser.parse_args()
    words = [f"{options.minutes * 60:g}", str(options.seed), str(options.out)]
    os.execvp("unshare", ["unshare", "--net", sys.executable, "-m", "tests.soak.play", *words])


if __name__ == "__main__":
    main()
