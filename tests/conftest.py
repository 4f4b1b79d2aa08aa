"""The order of the suite: journeys take longest, so they start first; and what tests say at the end."""

from __future__ import annotations

import signal

import pytest


def pytest_configure() -> None:
    """Listens to SIGINT also where a shell began the suite in the background: programs inherit that it is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts journeys first; the order within a file stays."""
    items.sort(key=lambda item: item.get_closest_marker("journey") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests have recorded under ``says``, whichever worker they ran on."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for name, text in report.user_properties:
                    if name == "says":
                        terminalreporter.write_line(str(text))
