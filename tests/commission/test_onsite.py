"""The process that has the on-site network up while it is wanted, with a program of the tests' own for nmcli."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.commission.onsite import LOOK_S, Network, Wanted, serve
from tests.clocks import HandClock

LOOKS_BETWEEN = round(5.0 / LOOK_S)
"""A look every 5 s; the file is looked at in between."""
NMCLI = """#!/bin/sh
echo "$*" >>{folder}/said
case "$*" in
*load*) ;;
*show*) if [ -e {folder}/is-up ]; then echo activated; fi ;;
*up*) if [ -e {folder}/busy ]; then echo "no radio is free" >&2; exit 4; fi; touch {folder}/is-up ;;
*down*) rm {folder}/is-up ;;
esac
"""


class Site(HandClock):
    """A run directory, a radio, and a clock at whose sleeps the test does what it wants next."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder, self.wanted, self.stop = folder, Wanted(folder), threading.Event()
        self.is_up, self.busy, self.said = folder / "is-up", folder / "busy", folder / "said"
        nmcli = folder / "nmcli"
        nmcli.write_text(NMCLI.format(folder=folder))
        nmcli.chmod(0o755)
        self.network = Network([str(nmcli)])
        self.acts: list[Callable[[], object]] = []

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        self.advance(seconds)
        self.acts.pop(0)()

    def serve(self, *acts: Callable[[], object]) -> None:
        """Serves; at each sleep the next act happens."""
        self.acts = list(acts)
        serve(self.wanted, self.network, self, self.stop)
        assert self.acts == []

    @property
    def calls(self) -> list[str]:
        """What was asked for, but for looks."""
        lines = self.said.read_text().splitlines() if self.said.exists() else []
        return [word for line in lines for word in ("load", "up", "down") if word in line.split()]

    def leave(self) -> None:
        """Wants it no longer."""
        self.wanted.keep(wanted=False)

    def see_it_up(self) -> None:
        """Finds it up."""
        assert self.is_up.exists()


def nothing() -> None:
    """What happens at most looks."""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.wanted.keep(wanted=True)
    return site


def test_network_comes_up_when_it_is_wanted_and_goes_when_it_is_not(site: Site) -> None:
    site.serve(site.see_it_up, nothing, site.leave)
    assert site.calls == ["load", "up", "down"]
    assert not site.is_up.exists()


def test_signal_takes_it_down(site: Site) -> None:
    site.serve(site.see_it_up, site.stop.set)
    assert site.calls == ["load", "up", "down"]
    assert not site.is_up.exists()


def test_network_that_is_up_is_left_alone(site: Site) -> None:
    site.serve(*[nothing] * 3 * LOOKS_BETWEEN, site.leave)
    assert site.calls == ["load", "up", "down"]


def test_network_that_was_lost_is_brought_back(site: Site) -> None:
    """Control of the test above."""
    site.serve(site.is_up.unlink, *[nothing] * LOOKS_BETWEEN, site.see_it_up, site.leave)
    assert site.calls == ["load", "up", "load", "up", "down"]


def test_radio_that_is_busy_is_tried_again_and_told_of_once(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    site.busy.touch()
    site.serve(*[nothing] * 2 * LOOKS_BETWEEN, site.busy.unlink, *[nothing] * LOOKS_BETWEEN, site.see_it_up, site.leave)
    assert site.calls == ["load", "up"] * 4 + ["down"]
    assert caplog.text.count("no radio is free") == 1


def test_missing_program_ends_nothing(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.network = Network([str(site.folder / "nowhere")])
    site.serve(*[nothing] * LOOKS_BETWEEN, site.leave)
    assert caplog.text.count("is network-manager installed?") == 1


def test_wish_is_a_file_that_is_there_or_not(tmp_path: Path) -> None:
    wanted = Wanted(tmp_path)
    assert not wanted
    for wish in (True, True, False, False):
        wanted.keep(wanted=wish)
        assert bool(wanted) is wish
    assert list(tmp_path.iterdir()) == []
