"""What a unit's sandbox does not hold: commands that systemd runs with all that root may."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.ansible.tables import ANSIBLE

UNITS = sorted([
    *Path("deploy").rglob("*.service"), Path("deploy/systemd/open-root.conf"),
    *(ANSIBLE / "roles").glob("*/*/*.service"), *(ANSIBLE / "roles").glob("*/*/*.service.j2"),
])  # fmt: skip
MARK = "/var/lib/mimamori/decommission/begun-on-site.json"
UNIT = r"[a-z][a-z0-9-]*(@wg0)?\.(service|path|timer|target)"
SYSTEMCTL = rf"systemctl (start|stop|disable)( --now| --no-block)*( {UNIT})+"
FIXED = re.compile(
    rf"/usr/bin/{SYSTEMCTL}"
    rf"|/bin/sh -c '\[ -e {MARK} \] \|\| {SYSTEMCTL}'"
    r"|/usr/sbin/rfkill unblock wlan"
)
"""Each word of a command is written in its unit: neither a variable nor a file nor a network has a say in it."""


def outside_of_its_sandbox(text: str) -> list[str]:
    """Returns a unit's commands with all of root's rights (systemd.service(5), "Special executable prefixes")."""
    lines = text.replace("\\\n", "").splitlines()
    found = (re.match(r"Exec\w+=([-@:|]*[+!][-@:|+!]*)(.*)", line) for line in lines)
    return [" ".join(one[2].split()) for one in found if one]


def test_commands_outside_of_a_sandbox_take_nobodys_word() -> None:
    commands = [(path.name, line) for path in UNITS for line in outside_of_its_sandbox(path.read_text())]
    assert len(commands) >= 20
    assert [(name, line) for name, line in commands if not FIXED.fullmatch(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "ExecStart=+/bin/sh -c '$WORDS'",
        "ExecStartPre=-+/usr/bin/systemctl start %i",
        "ExecStart=!/opt/mimamori/current/bin/mimamori node update",
        "ExecStart=-+/usr/bin/systemctl start mimamori-uplink.service; rm -rf /",
    ],
)
def test_command_that_asks_somebody_would_be_seen(line: str) -> None:
    (command,) = outside_of_its_sandbox(line)
    assert not FIXED.fullmatch(command)
