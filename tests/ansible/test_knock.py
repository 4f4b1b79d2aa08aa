"""The audit's knocking, at sockets of this machine."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

from tests.ansible.tables import ANSIBLE

KNOCK = ANSIBLE / "roles" / "audit" / "files" / "knock.py"


def test_what_is_open_and_not_allowed_is_told_apart_at_each_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        allowed, strange = one.getsockname()[1], other.getsockname()[1]
        ports = {"address": "127.0.0.1", "ports": [allowed, strange]}
        targets = {"center": {**ports, "allowed": [allowed]}, "node": {**ports, "allowed": []}}
        done = subprocess.run(
            [sys.executable, "-c", KNOCK.read_text()],
            input=json.dumps(targets),
            capture_output=True,
            text=True,
            check=True,
        )
    told = json.loads(done.stdout)
    assert {allowed, strange} <= set(told["center"]["open"])
    assert strange in told["center"]["strange"]
    assert allowed not in told["center"]["strange"]
    assert {allowed, strange} <= set(told["node"]["strange"])
    assert all(sum((len(one["open"]), one["refused"], one["silent"])) >= 1024 for one in told.values())
