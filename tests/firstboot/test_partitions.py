"""The card divided: the plan for sizes of cards, and a real image in a loop device, cut at each of its programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.errors import BadInput
from edge.firstboot.partitions import Part, Table, divide, part_device, plan
from tests.firstboot.loopcard import loop_card

GIB = 2**30
BOOT, SYSTEM = Part(1, 16384, 1048576), Part(2, 1064960, 4800000)


def sectors(size_bytes: int) -> int:
    return size_bytes // 512


@pytest.mark.parametrize("card_bytes", [32 * 10**9, 128 * 10**9, 256 * 10**9])
def test_system_and_state_get_their_sizes_and_the_ring_the_rest(card_bytes: int) -> None:
    parts = plan(Table(sectors(card_bytes), (BOOT, SYSTEM)), 8 * GIB, GIB)
    assert parts is not None
    system, state, ring = parts
    assert system.start == SYSTEM.start and system.size >= sectors(8 * GIB)
    assert state.start == system.start + system.size and state.size == sectors(GIB)
    assert ring.start == state.start + state.size
    assert 0 <= sectors(card_bytes) - (ring.start + ring.size) < 2048
    assert all(part.start % 2048 == 0 for part in (state, ring))


def test_an_images_larger_system_is_not_cut() -> None:
    large = Part(2, 1064960, sectors(10 * GIB))
    parts = plan(Table(sectors(64 * 10**9), (BOOT, large)), 8 * GIB, GIB)
    assert parts is not None and parts[0].size >= large.size


def test_a_divided_card_is_left_alone() -> None:
    parts = plan(Table(sectors(32 * 10**9), (BOOT, SYSTEM)), 8 * GIB, GIB)
    assert parts is not None
    assert plan(Table(sectors(32 * 10**9), (BOOT, *parts)), 8 * GIB, GIB) is None


@pytest.mark.parametrize("numbers", [[1], [1, 2, 3], [1, 2, 4], [2, 3]])
def test_another_table_than_the_images_is_refused(numbers: list[int]) -> None:
    table = Table(sectors(32 * 10**9), tuple(Part(number, number * 2048, 2048) for number in numbers))
    with pytest.raises(BadInput, match="Raspberry Pi OS has 1 and 2"):
        plan(table, 8 * GIB, GIB)


def test_a_card_that_is_too_small_is_refused_with_what_is_needed() -> None:
    with pytest.raises(BadInput, match=r"the card has 8000000000 bytes; a node needs 1\d{10} at least"):
        plan(Table(sectors(8 * 10**9), (BOOT, SYSTEM)), 8 * GIB, GIB)


def test_a_card_beyond_what_its_table_can_say_uses_what_it_can() -> None:
    parts = plan(Table(2**33, (BOOT, SYSTEM)), 8 * GIB, GIB)
    assert parts is not None and parts[2].start + parts[2].size < 2**32


@pytest.mark.parametrize(("disk", "device"), [("/dev/mmcblk0", "/dev/mmcblk0p3"), ("/dev/sda", "/dev/sda3")])
def test_a_partition_is_named_as_the_kernel_does(disk: str, device: str) -> None:
    assert part_device(disk, 3) == device


def test_a_real_card_is_divided_and_its_system_stays(tmp_path: Path) -> None:
    with loop_card(tmp_path) as card:
        before = card.dump()
        divide(card.system(), card.disk, card.system_bytes, card.state_bytes)
        assert card.labels() == {2: "rootfs", 3: "mimamori-state", 4: "mimamori-spool"}
        assert card.read(2, "etc/hostname") == "raspberrypi\n"
        assert [line for line in card.dump() if "label-id" in line] == [line for line in before if "label-id" in line]
        card.write(3, "kept", "a key")
        divide(card.system(), card.disk, card.system_bytes, card.state_bytes)
        assert card.read(3, "kept") == "a key"


def test_a_power_cut_before_any_program_of_it_is_made_good(tmp_path: Path) -> None:
    with loop_card(tmp_path) as whole:
        programs = whole.divide_until()
        expected = whole.labels(), whole.table()
    for cut in range(programs):
        folder = tmp_path / str(cut)
        folder.mkdir()
        with loop_card(folder) as card:
            assert card.divide_until(cut) == cut
            card.divide_until()
            assert (card.labels(), card.table()) == expected, cut
            assert card.read(2, "etc/hostname") == "raspberrypi\n"
