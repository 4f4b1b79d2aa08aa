"""Has the on-site network up while the page wants it; run as root by ``mimamori-onsite.service``: ``python -m`` this.

The page's process may not touch the network: it publishes an empty file in the run directory (``Wanted``), at which
systemd starts this one (``mimamori-onsite.path``), and with it ``mimamori-onsite-names.service``, which is dnsmasq.
Connection and names come from files that the card brought (``edge.commission.onsitenetwork``); nothing is read of what
the page or a phone wrote.
"""

from __future__ import annotations

import argparse
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from edge.base.clock import Clock, SystemClock
from edge.base.files import publish
from edge.commission.onsitenetwork import CONNECTION, KEYFILE

LOOK_S = 0.5
WANTED = "onsite"
_EVERY_NS = 5 * 10**9
_UP_S, _DOWN_S = 30, 10

_log = logging.getLogger(__name__)


class Wanted:
    """The file that says whether the network is wanted; any process may look, the page's writes it."""

    def __init__(self, run: Path) -> None:
        self._path = run / WANTED

    def __bool__(self) -> bool:
        return self._path.exists()

    def keep(self, *, wanted: bool) -> None:
        """Says so; free of cost where it is said already.

        Raises:
            StorageFault: the run directory takes no file.
        """
        if not wanted:
            self._path.unlink(missing_ok=True)
        elif not self:
            publish(self._path, b"")


class Network:
    """The connection.

    Args:
        nmcli: the program, with words that come first.
    """

    def __init__(self, nmcli: Sequence[str] = ("nmcli",)) -> None:
        self._nmcli = nmcli
        self._told = ""

    @property
    def up(self) -> bool:
        """Whether it is up by now: a radio that was lost meanwhile took it along."""
        return self._run("-g", "GENERAL.STATE", "connection", "show", CONNECTION) == "activated"

    def bring_up(self) -> None:
        """Brings it up, if it can be, from its file as that is by now."""
        if self._run("connection", "load", KEYFILE) is not None:
            self._run("--wait", str(_UP_S), "connection", "up", CONNECTION)

    def take_down(self) -> None:
        """Takes it down."""
        self._run("--wait", str(_DOWN_S), "connection", "down", CONNECTION)

    def _run(self, *words: str) -> str | None:
        """Returns what nmcli says; None where it refuses, which is told once."""
        try:
            done = subprocess.run([*self._nmcli, *words], capture_output=True, text=True, check=False)
        except OSError as error:
            self._tell(f"{self._nmcli[0]} cannot be started ({error.strerror}); is network-manager installed?")
            return None
        if done.returncode == 0:
            return done.stdout.strip()
        self._tell(f"nmcli {' '.join(words)}: {(done.stdout + done.stderr).strip()[-300:]}")
        return None

    def _tell(self, fault: str) -> None:
        if fault != self._told:
            _log.warning("%s", fault)
        self._told = fault


def serve(wanted: Wanted, network: Network, clock: Clock, stop: threading.Event) -> None:
    """Keeps the network up until it is no longer wanted or ``stop`` is set, and takes it down."""
    due_ns = clock.monotonic_ns()
    try:
        while wanted and not stop.is_set():
            if clock.monotonic_ns() >= due_ns:
                if not network.up:
                    network.bring_up()
                due_ns = clock.monotonic_ns() + _EVERY_NS
            clock.sleep(LOOK_S, stop)
    finally:
        network.take_down()


def main(words: Sequence[str] | None = None) -> int:
    """Serves until the network is no longer wanted or a signal comes; returns the exit status."""
    parser = argparse.ArgumentParser(prog="onsite", description=__doc__)
    parser.add_argument("--run", required=True, type=Path, metavar="DIR", help="run directory of node.toml")
    options = parser.parse_args(words)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serve(Wanted(options.run), Network(), SystemClock(), stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
