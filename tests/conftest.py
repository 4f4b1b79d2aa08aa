"""The order of the suite: what takes longest starts first; and what tests say at the end."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# No example is timed: a busy machine is no fault. The suite tries the same examples each time, so that a change fails
# by what it changed; HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("search", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


_MACHINES = (
    "tests/lab/nodes/",
    "tests/lab/firstboot/",
    "tests/lab/update/",
    "tests/ansible/test_nodes",
    "rotation/test_real",
)


def pytest_configure() -> None:
    """Listens to SIGINT also where a shell began the suite in the background: programs inherit that it is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts first what waits for real machines, then journeys: at the end one of them would run alone.

    The order within a file stays.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if any(part in item.nodeid for part in _MACHINES):
        return 0
    return 1 if item.get_closest_marker("journey") else 2


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests have recorded under ``says``, whichever worker they ran on."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for name, text in report.user_properties:
                    if name == "says":
                        terminalreporter.write_line(str(text))
