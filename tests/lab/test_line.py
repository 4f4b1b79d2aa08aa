"""The short run of the lab: real processes, a line and a server that fail, and both sides agree in the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from tests.lab.scenario import all_scenarios

QUICK = [one.name for one in all_scenarios().values() if one.quick]
GONE_WITHIN_S = 20


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the lab said of each scenario."""
    told = tmp_path_factory.mktemp("lab") / "outcomes"
    command = [sys.executable, "-m", "tests.lab", "--quick", "--outcomes", str(told)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.exists(), f"the lab needs root, namespaces, nft and tc: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    outcomes = [json.loads(line) for line in told.read_text().splitlines()]
    return {outcome["name"]: outcome["failure"] for outcome in outcomes}


@pytest.mark.parametrize("name", QUICK)
def test_node_and_server_agree_after(name: str, failures: dict[str, str]) -> None:
    assert failures[name] == ""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_lab_that_is_ended_leaves_no_process(number: signal.Signals) -> None:
    command = [sys.executable, "-u", "-m", "tests.lab", "--only", "line-down-for-three-hours"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as lab:
        assert lab.stdout is not None
        lab.stdout.readline()
        found = set(_below(lab.pid))
        lab.send_signal(number)
    assert len(found) > 5
    clock = SystemClock()
    end_ns = clock.monotonic_ns() + GONE_WITHIN_S * 10**9
    while left := [number for number in found if _lives(number)]:
        assert clock.monotonic_ns() < end_ns, left
        clock.sleep(0.05)


def _below(parent: int) -> Iterator[int]:
    for line in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        yield int(line)
        yield from _below(int(line))


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{number}/status").read_text()
