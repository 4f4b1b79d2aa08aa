"""A node's folder, processes of it that run, and a hand at its button."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from edge.base.clock import SystemClock
from edge.base.errors import MimamoriError
from edge.base.files import publish
from edge.base.model import to_json
from edge.commission.certificate import OnSite
from edge.wire.panel import PanelReport
from edge.wire.visitreport import VisitState, read_visit

PATIENCE_S = 120


class Running:
    """The node; what its processes say goes to the file ``said``."""

    def __init__(self, folder: Path, node: str) -> None:
        self.folder, self.config, self._node, self._presses = folder, folder / "node.toml", node, 0
        (folder / "run").mkdir()
        self._panel()
        self.said = (folder / "said").open("wb")
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, process: str, *options: str) -> None:
        """Starts one of the node's processes; ``options`` are those of the command as a whole."""
        words = [sys.executable, "-m", "edge.cli", *options, "node", process, "--config", str(self.config)]
        self.processes.append(subprocess.Popen(words, stdout=self.said, stderr=self.said))

    @property
    def state(self) -> VisitState | None:
        """What the page's process says of the visit."""
        try:
            return read_visit(self.folder / "run" / "visit.json").state
        except MimamoriError:
            return None

    @property
    def on_site(self) -> OnSite:
        """The page's key and certificate."""
        return OnSite(self.folder / "visit" / "onsite-key.pem", self.folder / "visit" / "onsite.pem")

    def press(self) -> None:
        """Holds the button, for a visit."""
        self._presses += 1
        self._panel()

    def until(self, condition: Callable[[], bool]) -> None:
        """Waits for it, while every process runs."""
        clock = SystemClock()
        deadline_ns = clock.monotonic_ns() + PATIENCE_S * 10**9
        while not condition():
            assert all(process.poll() is None for process in self.processes), (self.folder / "said").read_text()
            assert clock.monotonic_ns() < deadline_ns, (self.folder / "said").read_text()
            clock.sleep(0.05)

    def stop(self) -> list[int]:
        """Ends the processes that run, and returns the status of each."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        statuses = [process.wait(PATIENCE_S) for process in self.processes]
        self.said.close()
        return statuses

    def _panel(self) -> None:
        report = PanelReport.model_validate(
            dict.fromkeys(PanelReport.model_fields, 0)
            | {"v": 1, "node": self._node, "run": "aa" * 16, "case_open": False, "stuck": False}
            | {"button_visit": self._presses}
        )
        publish(self.folder / "run" / "panel.json", to_json(report))
