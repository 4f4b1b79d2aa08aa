"""How much of a slow line a backlog's records get: the real uplink, nginx and center over a loopback of their own.

Run as ``python -m tests.bench.bench_drain``; needs root for the network.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.bench.drain import RATE_BPS
from tests.bench.figures import Figure, table
from tests.bench.loopdisk import run

SHARE_MIN = 0.9


def measure(folder: Path) -> list[Figure]:
    """Returns the share of the line that records had while a backlog drained; IP, TCP, TLS and HTTP had the rest."""
    printed = run("unshare", "--net", sys.executable, "-m", "tests.bench.drain", str(folder))
    found = json.loads(printed.splitlines()[-1])
    note = f"{found['bytes'] / 1e6:.1f} MB in {found['seconds']:.1f} s over {RATE_BPS / 1e6:.0f} Mbit/s"
    what = "a backlog drains: bytes of records over the line's"
    return [Figure(what, found["share"], "", bound=SHARE_MIN, sense="at least", note=note)]


def main() -> None:
    """Prints the figure."""
    with tempfile.TemporaryDirectory() as name:
        print(table(measure(Path(name))))


if __name__ == "__main__":
    main()
