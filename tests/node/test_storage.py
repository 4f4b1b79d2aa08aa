"""The node's partitions at boot: what is repaired, what is made anew, and what never is."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.errors import StorageFault
from edge.node.storage import Partitions, run
from tests.clocks import HandClock


class Machine:
    """Programs whose exit statuses are given, in order, by name; 0 else."""

    def __init__(self, **statuses: list[int]) -> None:
        self.ran: list[str] = []
        self._statuses = {name.replace("_", "."): list(given) for name, given in statuses.items()}

    def __call__(self, *command: str) -> int:
        self.ran.append(" ".join(command))
        given = self._statuses.get(command[0], [])
        return given.pop(0) if given else 0


@pytest.fixture
def device(tmp_path: Path) -> Path:
    (tmp_path / "links").mkdir()
    (tmp_path / "device").touch()
    return tmp_path / "device"


@pytest.fixture
def links(tmp_path: Path) -> Path:
    return tmp_path / "links"


def partitions(machine: Machine, links: Path, clock: HandClock | None = None) -> Partitions:
    return Partitions(clock or HandClock(), machine, links=links)


def test_whole_spool_is_checked_and_mounted_by_its_unit(device: Path, tmp_path: Path, links: Path) -> None:
    machine = Machine()
    (links / "spool").symlink_to("an earlier one")
    partitions(machine, links).spool(device, tmp_path / "spool")
    assert machine.ran == [f"e2fsck -p {device}", "systemctl start var-spool-mimamori.mount"]
    assert (links / "spool").readlink() == device


@pytest.mark.parametrize("status", [1, 2, 3])
def test_spool_that_was_repaired_is_not_checked_again(device: Path, tmp_path: Path, links: Path, status: int) -> None:
    machine = Machine(e2fsck=[status])
    partitions(machine, links).spool(device, tmp_path)
    assert [line.split()[0] for line in machine.ran] == ["e2fsck", "systemctl"]


@pytest.mark.parametrize("status", [4, 5, 8, 12])
def test_spool_with_faults_left_is_repaired_whatever_it_takes(
    device: Path, tmp_path: Path, links: Path, status: int
) -> None:
    machine = Machine(e2fsck=[status])
    partitions(machine, links).spool(device, tmp_path)
    assert machine.ran[:2] == [f"e2fsck -p {device}", f"e2fsck -f -y {device}"]
    assert not [line for line in machine.ran if line.startswith("mkfs")]


def test_spool_that_cannot_be_mounted_is_made_anew(device: Path, tmp_path: Path, links: Path) -> None:
    machine = Machine(e2fsck=[8, 8], systemctl=[1, 0])
    partitions(machine, links).spool(device, tmp_path)
    assert [line.split()[0] for line in machine.ran[-3:]] == ["systemctl", "mkfs.ext4", "systemctl"]
    assert f"-L mimamori-spool {device}" in machine.ran[-2]


@pytest.mark.parametrize("statuses", [{"systemctl": [1, 1]}, {"systemctl": [1], "mkfs_ext4": [1]}])
def test_dead_card_does_not_keep_the_node_from_recording_into_memory(
    device: Path, tmp_path: Path, links: Path, statuses: dict[str, list[int]], caplog: pytest.LogCaptureFixture
) -> None:
    partitions(Machine(**statuses), links).spool(device, tmp_path)
    assert "record into memory" in caplog.text


def test_state_that_cannot_be_mounted_is_never_made_anew(device: Path, tmp_path: Path, links: Path) -> None:
    machine = Machine(e2fsck=[8, 8], systemctl=[1])
    with pytest.raises(StorageFault, match="not made anew"):
        partitions(machine, links).state(device, tmp_path)
    assert not [line for line in machine.ran if line.startswith("mkfs")]


def test_node_without_partitions_keeps_all_on_its_root(tmp_path: Path, links: Path) -> None:
    machine, clock = Machine(), HandClock()
    begun_ns = clock.monotonic_ns()
    partitions(machine, links, clock).state(tmp_path / "none", tmp_path)
    partitions(machine, links, clock).spool(tmp_path / "none", tmp_path)
    assert machine.ran == []
    assert clock.monotonic_ns() - begun_ns >= 20e9, "it waited for a card that the kernel finds late"


def test_mounted_partition_is_left_alone(device: Path, tmp_path: Path) -> None:
    machine = Machine()
    mounted = Partitions(HandClock(), machine, is_mounted=lambda folder: True)
    mounted.state(device, tmp_path)
    mounted.spool(device, tmp_path)
    assert machine.ran == []


def test_programs_tell_their_status_and_what_they_said(caplog: pytest.LogCaptureFixture) -> None:
    assert run("true") == 0
    assert run("sh", "-c", "echo broken >&2; exit 4") == 4
    assert "status 4: broken" in caplog.text
    with pytest.raises(StorageFault, match="cannot be run"):
        run("/nonexistent/e2fsck")
