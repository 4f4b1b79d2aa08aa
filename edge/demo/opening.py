"""Opens what was recorded as the city would: fetch at the desk, verify, peel at the manager's, open at the operator's.

Each step is a process of its own with only its own person's files and passphrase.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from edge.base.clock import to_datetime
from edge.base.errors import Stop
from edge.demo.cast import mimamori
from edge.demo.places import NODE, Places, Ports

_STEP_TIMEOUT_S = 600


@dataclass(frozen=True, slots=True)
class Opened:
    """What the steps said, as their ``--json`` has it."""

    verified: dict[str, Any]
    opened: dict[str, Any]


def fetch_and_open(places: Places, ports: Ports, window_us: tuple[int, int]) -> Opened:
    """Fetches a window, verifies it, and opens it with both custodians.

    Raises:
        Stop: a step failed; the message is the step's own.
    """
    start, end = (to_datetime(moment).isoformat() for moment in window_us)
    desk, bundle = str(places.founded / "desk"), str(places.bundle)
    center = f"https://localhost:{ports.https}"
    ask_desk("fetch", "--desk", desk, "--center", center, "--node", NODE, "--from", start, "--to", end, "--out", bundle)
    verified = ask_desk(
        "verify", bundle, "--root", str(places.founded / "desk" / "root.pub"), "--demo", allowed=(0, 1, 2)
    )
    peeled = str(places.out / "peeled")
    secrets = places.secrets
    manager = ("--store", str(places.manager), "--passphrase-file", str(secrets / "manager"))
    ask_desk("peel", *manager, "--bundle", bundle, "--out", peeled)
    operator = ("--store", str(places.operator), "--passphrase-file", str(secrets / "operator"))
    opened = ask_desk("open", *operator, "--bundle", bundle, "--peeled", peeled, "--out", str(places.out / "opened"))
    return Opened(verified, opened)


def ask_desk(*words: str, allowed: tuple[int, ...] = (0,)) -> dict[str, Any]:
    """Runs one of the desk's commands as a process of its own and returns what its ``--json`` says.

    Raises:
        Stop: it failed; the message is its own.
    """
    command = [*mimamori(), "desk", *words, "--json"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=_STEP_TIMEOUT_S, check=False)
    if result.returncode not in allowed:
        raise Stop(f"desk {words[0]} ended with status {result.returncode}: {result.stderr.strip()[-2000:]}")
    answer = json.loads(result.stdout.strip().splitlines()[-1])
    return dict(answer)
