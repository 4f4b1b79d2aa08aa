"""The panel's process, second half: pins, files in the run directory, nothing else. Started by ``edge.node.panel``.

It imports neither models nor cryptography nor anything of network or pictures; a test looks at what is mapped.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from edge.base.clock import Clock, SimulatedClock, SystemClock
from edge.base.errors import MimamoriError
from edge.node.hardening import forbid_dumps
from edge.node.signals import stop_on_signals
from edge.node.watchdog import Watchdog
from edge.panel.panel import Panel
from edge.panel.port import Board, Pins

_log = logging.getLogger("edge.node.panel")


def main(settings: dict[str, Any]) -> None:
    """Runs the panel until a signal comes.

    Raises:
        MimamoriError: its pins cannot be used.
    """
    forbid_dumps()
    stop, watchdog = stop_on_signals(), Watchdog()
    run = Path(settings["run"])
    os.chdir(run)  # lgpio puts a pipe where it stands, and the root file system takes nothing
    board = _open_board(settings, run)
    try:
        clock, run_id = _clock(settings["clock"]), os.urandom(16).hex()
        panel = Panel(board, run, settings["node"], clock, run_id, settings["ir_filter"])
        _log.info("the panel of %s is there (%s)", settings["node"], settings["kind"])
        watchdog.ready(f"panel, {settings['kind']}")
        panel.run(stop, watchdog.progress)
    finally:
        board.close()
        watchdog.close()


def _open_board(settings: dict[str, Any], run: Path) -> Board:
    pins, infrared = Pins(**settings["pins"]), settings["ir_filter"] is not None
    if settings["kind"] == "mock":
        from edge.panel.mock import HANDS, MockBoard

        return MockBoard(pins, run / HANDS, infrared=infrared)
    from edge.panel.gpio import GpioBoard, open_factory

    return GpioBoard(pins, open_factory(), infrared=infrared)


def _clock(name: str) -> Clock:
    return SystemClock() if name == "system" else SimulatedClock(Path(name.partition(":")[2]))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        main(json.loads(sys.argv[1]))
    except MimamoriError as error:
        print(f"mimamori: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except Exception as error:  # noqa: BLE001 - the outermost loop of this process
        _log.critical("internal fault, the panel ends to be started again: %s: %s", type(error).__name__, error)
        sys.exit(70)
