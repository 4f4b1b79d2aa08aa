"""The uplink as a process: what it needs to begin, one at a time, and a line that is gone."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from tests.node.processes import Command
from tests.node.systemd import Systemd
from tests.node.test_initialise import ticket
from tests.node.town import Town
from tests.uplink.town import Pki

Run = Callable[..., Command]


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("ca")
    Pki(folder, SystemClock().now_us())
    return (folder / "ca.pem").read_bytes()


@pytest.fixture
def enrolled(town: Town, run: Run, ca: bytes) -> Town:
    """A node that has its enrolment; its center is not there."""
    (town.folder / "ca.pem").write_bytes(ca)
    (town.folder / "given.json").write_bytes(ticket())
    made = run("node", "init", "--config", town.config_path, "--ticket", town.folder / "given.json")
    assert made.wait() == 0, made.err
    assert made.out.startswith("demo: signing key ") and "compare it" in made.out
    return town


def uplink(run: Run, town: Town) -> Command:
    return run("node", "uplink", "--config", town.config_path)


def locked(town: Town) -> bool:
    """Whether the uplink's lock file is held."""
    path = town.uplink / "lock"
    return path.exists() and f":{path.stat().st_ino} " in Path("/proc/locks").read_text()


def test_enrolment_is_needed(town: Town, run: Run) -> None:
    command = uplink(run, town)
    assert command.wait() == 78
    assert "mimamori node init" in command.err
    assert command.err.count("mimamori: ") == 1


def test_second_uplink_is_refused_and_the_first_goes_on(enrolled: Town, run: Run) -> None:
    first = uplink(run, enrolled)
    first.await_(lambda: locked(enrolled))
    second = uplink(run, enrolled)
    assert second.wait() == 75
    assert "another uplink" in second.err
    os.kill(first.pid, signal.SIGTERM)
    assert first.wait() == 0, first.err


def test_uplink_that_works_feeds_its_watchdog_without_a_center_too(enrolled: Town, run: Run, systemd: Systemd) -> None:
    command = run("node", "uplink", "--config", enrolled.config_path, NOTIFY_SOCKET=str(systemd.path))
    command.await_(lambda: systemd.fed() > 3)
    assert systemd.said[0] == b"READY=1\nSTATUS=sending"
    os.kill(command.pid, signal.SIGTERM)
    assert command.wait() == 0


def test_absent_center_is_no_reason_to_end(enrolled: Town, run: Run) -> None:
    command = uplink(run, enrolled)
    command.await_(lambda: "localhost" in command.err)
    os.kill(command.pid, signal.SIGTERM)
    assert command.wait() == 0


SPOILT: dict[str, tuple[str, bytes | None, str]] = {
    "no CA": ("ca.pem", None, "ca.pem"),
    "CA of rubbish": ("ca.pem", b"rubbish", "ca.pem"),
    "no authority": ("authority.json", None, "authority.json"),
    "no root": ("root.pub", b"", "root.pub"),
    "enrolment of rubbish": ("uplink/enrolment.json", b"{}", "mimamori node init"),
}


@pytest.mark.parametrize(("name", "data", "said"), SPOILT.values(), ids=SPOILT)
def test_spoilt_provisioning_stops_with_advice(
    enrolled: Town, run: Run, name: str, data: bytes | None, said: str
) -> None:
    path = enrolled.folder / name
    path.unlink() if data is None else path.write_bytes(data)
    command = uplink(run, enrolled)
    assert command.wait() == 78
    assert said in command.err
    assert command.err.count("mimamori: ") == 1


def test_enrolment_of_another_node_is_refused(enrolled: Town, run: Run) -> None:
    """Heartbeats would go out under one name and records under another."""
    enrolled.configure(node="demo-2")
    command = uplink(run, enrolled)
    assert command.wait() == 78
    assert "demo-2" in command.err


def test_wrong_ticket_is_named(town: Town, run: Run) -> None:
    (town.folder / "given.json").write_bytes(ticket("demo-2"))
    command = run("node", "init", "--config", town.config_path, "--ticket", town.folder / "given.json")
    assert command.wait() == 78
    assert "this is demo" in command.err
