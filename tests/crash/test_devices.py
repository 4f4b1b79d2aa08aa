from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from tests.crash import devices
from tests.crash.devices import DISK_BYTES, Device, Lab, open_lab

NEIGHBOUR = ("sh", "-c", "read go && exec unshare --mount sh -c 'echo made; read end'")
"""Makes a namespace of its own once it is told to, as every ``ip netns exec`` does."""
MARK = "written before the exchange"


def beside_a_neighbour(then: Callable[[Lab], None]) -> None:
    """Has the bench mounted while a namespace is made elsewhere, unmounts it, and goes on with ``then``."""
    process = subprocess.Popen(NEIGHBOUR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process as neighbour, open_lab() as lab:
        assert neighbour.stdin is not None and neighbour.stdout is not None
        lab.bench.format()
        lab.bench.attach()
        (lab.bench.mount / MARK).touch()
        try:
            print("go", file=neighbour.stdin, flush=True)
            assert neighbour.stdout.readline() == "made\n"
            lab.bench.detach()
            then(lab)
        finally:
            neighbour.communicate("end\n", timeout=10)


def format_anew(lab: Lab) -> None:
    lab.bench.format()
    assert names(lab.bench) == ["lost+found"]


def names(device: Device) -> list[str]:
    device.attach()
    found = sorted(path.name for path in device.mount.iterdir())
    device.detach()
    return found


def test_a_namespace_that_is_made_elsewhere_does_not_hold_the_labs_disks() -> None:
    beside_a_neighbour(format_anew)


def test_control_among_everybodys_mounts_it_does_and_the_disk_is_not_exchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_own_mounts", nullcontext)
    with pytest.raises(RuntimeError, match="in use by a mount elsewhere"):
        beside_a_neighbour(format_anew)


def test_control_a_disk_that_is_held_shows_its_old_content_whatever_it_is_filled_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def exchange(lab: Lab) -> None:
        with lab.bench.content.open("r+b") as file:
            file.write(bytes(DISK_BYTES))
        assert names(lab.bench) == ["lost+found", MARK]

    monkeypatch.setattr(devices, "_own_mounts", nullcontext)
    beside_a_neighbour(exchange)
