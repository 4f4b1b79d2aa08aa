from __future__ import annotations

import subprocess
from contextlib import nullcontext

import pytest

from tests.crash import devices
from tests.crash.devices import open_lab

NEIGHBOUR = ("sh", "-c", "read go && exec unshare --mount sh -c 'echo made; read end'")
"""Makes a namespace of its own once it is told to, as every ``ip netns exec`` does."""


def format_beside_a_neighbour() -> None:
    process = subprocess.Popen(NEIGHBOUR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process as neighbour, open_lab() as lab:
        assert neighbour.stdin is not None and neighbour.stdout is not None
        lab.subject.format()
        lab.subject.attach()
        try:
            print("go", file=neighbour.stdin, flush=True)
            assert neighbour.stdout.readline() == "made\n"
            lab.subject.detach()
            lab.subject.format()
        finally:
            neighbour.communicate("end\n", timeout=10)


def test_a_namespace_that_is_made_elsewhere_does_not_hold_the_labs_disks() -> None:
    format_beside_a_neighbour()


def test_control_among_everybodys_mounts_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_own_mounts", nullcontext)
    with pytest.raises(RuntimeError, match="in use"):
        format_beside_a_neighbour()
