"""The panel as a process: no pins, no panel, hands that a file moves; and what it does without."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.base.errors import BadInput, Refused
from edge.panel.mock import HANDS
from edge.seal.manifest import Kind
from edge.wire.status import read_status
from tests.node.processes import Command
from tests.node.systemd import Systemd
from tests.node.town import PACED, Town

Run = Callable[..., Command]
Make = Callable[..., Town]
FOREIGN = ("pydantic", "cryptography", "numpy", "cv2", "/av", "libssl", "_ssl", "lgpio")
"""What a process has mapped that knows models, keys, pictures, TLS, or real pins."""


def start(run: Run, town: Town, **environment: str) -> Command:
    return run("node", "panel", "--config", town.config_path, **environment)


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has pins")
@pytest.mark.parametrize("environment", [{}, {"GPIOZERO_PIN_FACTORY": "mock"}], ids=["plain", "mock asked for"])
def test_machine_without_pins_is_told_so(make_town: Make, run: Run, environment: dict[str, str]) -> None:
    command = start(run, make_town(panel={"kind": "gpio"}), **environment)
    assert command.wait() == 78
    assert "no pins here" in command.err and 'kind = "none"' in command.err


def test_node_that_says_nothing_of_a_panel_is_asked(town: Town, run: Run) -> None:
    command = start(run, town)
    assert command.wait() == 78
    assert "there is no [panel]" in command.err


def test_node_without_a_panel_has_nothing_to_do_and_is_not_started_again(
    make_town: Make, run: Run, systemd: Systemd
) -> None:
    """systemd takes what ends before it was ready for a failure (systemd.service, Type=notify)."""
    command = start(run, make_town(panel={"kind": "none"}), NOTIFY_SOCKET=str(systemd.path))
    assert command.wait() == 0
    assert "the node has no panel" in command.out
    systemd.fed()
    assert systemd.said[0].startswith(b"READY=1")


def test_wiring_is_checked_before_anything_is_touched(make_town: Make, run: Run) -> None:
    town = make_town(panel={"kind": "mock", "pinout": "wiring.toml"})
    (town.folder / "wiring.toml").write_text("button = 0\nbuzzer = 1\n")
    for words in (("node", "panel", "--config"), ("check-config",)):
        command = run(*words, town.config_path)
        assert command.wait() == 78
        assert "wiring.toml: button: " in command.err and "wiring.toml: buzzer: unknown key" in command.err


def test_configuration_without_a_word_on_the_panel_is_warned_of(make_town: Make, run: Run) -> None:
    town = make_town()
    command = run("check-config", town.config_path)
    assert command.wait() == 0
    assert "warning: no [panel]" in command.out
    town.configure(panel={"kind": "none"})
    command = run("check-config", town.config_path)
    assert command.wait() == 0
    assert "[panel]" not in command.out


def test_hands_reach_the_report_until_it_is_told_to_stop(make_town: Make, run: Run, systemd: Systemd) -> None:
    town = make_town(panel={"kind": "mock"})
    command = start(run, town, NOTIFY_SOCKET=str(systemd.path))
    command.await_(town.panel_says(lambda found: found.node == "demo" and not found.case_open))
    (town.run / HANDS).write_text('{"case_open": true}')
    command.await_(town.panel_says(lambda found: found.case_open and found.case_opened == 1))
    command.await_(lambda: systemd.fed() > 1)
    assert systemd.said[0] == b"READY=1\nSTATUS=panel, mock"
    os.kill(command.pid, signal.SIGTERM)
    assert command.wait() == 0, command.err


def faults(town: Town) -> dict[str, str]:
    try:
        return read_status(town.run / "recorder.json").faults
    except (BadInput, Refused):
        return {}


def test_case_that_is_opened_is_signed_and_told_by_the_recorder_beside_it(make_town: Make, run: Run) -> None:
    town = make_town(panel={"kind": "mock"}, source=PACED)
    panel = start(run, town)
    panel.await_(lambda: town.panel() is not None)
    recorder = run("node", "record", "--config", town.config_path)
    recorder.await_(lambda: "SEGMENT" in town.kinds_so_far())
    assert "TAMPER" not in town.kinds_so_far()
    (town.run / HANDS).write_text('{"case_open": true}')
    recorder.await_(lambda: "tampered" in faults(town))
    os.kill(recorder.pid, signal.SIGTERM)
    assert recorder.wait() == 0, recorder.err
    assert [detail.state for detail in town.details(Kind.TAMPER)] == ["case-open"]
    town.require_chained()


def mapped(pid: int) -> set[str]:
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {line.split(maxsplit=5)[5] for line in lines if len(line.split(maxsplit=5)) == 6}


def sockets(pid: int) -> list[str]:
    names = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    return [name for name in names if name.startswith("socket:")]


def test_running_panel_has_nothing_of_models_keys_pictures_or_network(make_town: Make, run: Run) -> None:
    town = make_town(panel={"kind": "mock"})
    command = start(run, town)
    command.await_(lambda: town.panel() is not None)
    assert [name for name in mapped(command.pid) if any(word in name for word in FOREIGN)] == []
    assert sockets(command.pid) == []


def test_process_that_kept_the_models_would_be_noticed() -> None:
    """Control of the test above: this process has them."""
    assert [name for name in mapped(os.getpid()) if "pydantic" in name]
