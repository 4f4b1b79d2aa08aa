"""The audit's knocking, at sockets of this machine."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import Any

from tests.ansible.tables import ANSIBLE

KNOCK = ANSIBLE / "roles" / "audit" / "files" / "knock.py"


def told(targets: dict[str, Any]) -> Any:
    """Returns what the program prints."""
    words = [sys.executable, "-c", KNOCK.read_text()]
    done = subprocess.run(words, input=json.dumps(targets), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_machines_are_known_by_name_or_by_address_of_either_kind_and_one_that_leads_nowhere_keeps_no_other() -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        port = server.getsockname()[1]
        addresses = ("localhost", "127.0.0.1", "::1", "no-such-machine.invalid", "a..b", "a" * 64, "a\0b")
        found = told({name: {"address": name, "ports": [port], "allowed": []} for name in addresses})
    assert [port in found[name]["strange"] for name in addresses] == [True] * 3 + [False] * 4


def test_what_is_open_and_not_allowed_is_told_apart_at_each_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        allowed, strange = one.getsockname()[1], other.getsockname()[1]
        ports = {"address": "127.0.0.1", "ports": [allowed, strange]}
        targets = {"center": {**ports, "allowed": [allowed]}, "node": {**ports, "allowed": []}}
        found = told(targets)
    assert {allowed, strange} <= set(found["center"]["open"])
    assert strange in found["center"]["strange"]
    assert allowed not in found["center"]["strange"]
    assert {allowed, strange} <= set(found["node"]["strange"])
    assert all(sum((len(one["open"]), one["refused"], one["silent"])) >= 1024 for one in found.values())
