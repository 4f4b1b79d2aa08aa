"""The panel's process, first half: checks the whole configuration, then becomes a small process.

The models that check ``node.toml`` take more memory than the panel may have (25 MiB), and nothing gives it back but
exec(2): ``edge.node.panel_process`` goes on under the same process id, with what it needs as one argument.
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path

from edge.base import strictjson
from edge.base.config import load
from edge.base.errors import BadConfiguration
from edge.base.files import private_directory
from edge.node.config import NodeConfig
from edge.node.watchdog import Watchdog

_PROCESS = "edge.node.panel_process"


def panel(config_path: Path) -> int:
    """Runs the panel until a signal comes; returns only where the node has none.

    Raises:
        BadConfiguration: of the node, its panel or its wiring.
    """
    config = load(config_path, NodeConfig)
    if config.panel is None:
        raise BadConfiguration(
            f'{config_path}: there is no [panel]; write kind = "gpio", or kind = "none" where the node has no panel'
        )
    if config.panel.kind == "none":
        print(f"{config_path}: the node has no panel; there is nothing to do")
        _have_ended_well()
        return 0
    command = command_line(config)
    private_directory(config.run)
    sys.stdout.flush()
    return os.execv(sys.executable, command)


def _have_ended_well() -> None:
    """A service that ends before it was ever ready counts as failed, and is started again each second."""
    watchdog = Watchdog()
    watchdog.ready("no panel here")
    watchdog.close()


def command_line(config: NodeConfig) -> list[str]:
    """Returns the small process's command.

    Raises:
        BadConfiguration: the wiring cannot be used.
    """
    assert config.panel is not None
    settings = {
        "node": config.node,
        "run": str(config.run.resolve()),
        "clock": config.clock,
        "kind": config.panel.kind,
        "pins": asdict(config.panel.pins()),
        "ir_filter": config.panel.ir_filter,
    }
    # -P: no module is taken from the folder that the process happens to stand in.
    return [sys.executable, "-P", "-m", _PROCESS, strictjson.dump(settings).decode()]
