"""Runs one recorder as ``mimamori node record`` does, with something exchanged; benches run it as a process.

``python -m tests.bench.child stages|plain NODE.TOML SECONDS``: with stopwatches around its stages, or with a camera
that does not decode.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from edge.node.thrift import be_thrifty


def main() -> None:
    """Exchanges what the first word says, records, and prints what that has to say."""
    be_thrifty()  # before numpy and the like are imported, as in the command itself
    name, config, seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    part = import_module(f"tests.bench.{name}")
    part.exchange()
    import_module("edge.node.record").record(config, seconds)
    part.report()


if __name__ == "__main__":
    main()
