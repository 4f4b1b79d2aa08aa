from __future__ import annotations

import errno
from pathlib import Path

import pytest

from edge.base.errors import AlreadyRunning, BadConfiguration, MimamoriError, StorageFault
from edge.seal.reel import ReelHeader, parse_reel_header, scan
from edge.spool import making, opening
from edge.spool.layout import REELS_MIN, Layout, dump_layout, read_layout
from edge.spool.making import REFUSALS
from edge.spool.opening import create_spool, open_spool
from tests.spool.records import CHAIN, KEY, Node
from tests.spool.simulated_disk import SimulatedDisk
from tests.spool.site import REEL_BYTES, Receipted, Site

OTHER = "ee" * 16


@pytest.fixture
def disk() -> SimulatedDisk:
    return SimulatedDisk()


def make(folder: Path, disk: SimulatedDisk, reels: int = 4, reel_bytes: int = REEL_BYTES, chain: str = CHAIN) -> Layout:
    return create_spool(folder, capacity_bytes=reels * reel_bytes, reel_bytes=reel_bytes, chain=chain, disk=disk)


def test_spool_is_made_with_its_folder(tmp_path: Path, disk: SimulatedDisk) -> None:
    layout = make(tmp_path / "a" / "spool", disk)
    assert layout == Layout(chain=CHAIN, predecessor=None, reels=4, reel_bytes=REEL_BYTES)
    assert read_layout(tmp_path / "a" / "spool") == layout
    assert disk.sizes() == {f"reel-{index:05d}": REEL_BYTES for index in range(4)}


def test_the_folders_own_name_is_synced_once(
    tmp_path: Path, disk: SimulatedDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ext4 commits it with the reels; no standard promises that of a file system."""
    synced: list[Path] = []
    monkeypatch.setattr(opening, "sync_directory", synced.append)
    for _ in range(2):
        make(tmp_path / "spool", disk)
    assert synced == [tmp_path]


def test_names_are_durable_before_the_layout_says_so(tmp_path: Path, disk: SimulatedDisk) -> None:
    disk.fail.add(("sync_names", ""))
    with pytest.raises(StorageFault):
        make(tmp_path, disk)
    assert read_layout(tmp_path) is None


def test_making_it_again_changes_nothing(tmp_path: Path, disk: SimulatedDisk) -> None:
    first = make(tmp_path, disk)
    disk.calls.clear()
    assert make(tmp_path, disk, chain=OTHER) == first
    assert disk.count("allocate") == 0


def test_making_that_was_cut_short_is_completed(tmp_path: Path, disk: SimulatedDisk) -> None:
    disk.allocate("reel-00000", REEL_BYTES)
    disk.allocate("reel-00001", 4096)
    assert make(tmp_path, disk).predecessor is None
    assert set(disk.sizes().values()) == {REEL_BYTES}


def test_larger_capacity_adds_reels_and_a_smaller_one_takes_none(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.boot()
    site.spool.close()
    for reels in (6, 3):
        layout = make(site.folder, site.disk, reels, chain=OTHER)
        assert (layout.reels, layout.chain) == (6, CHAIN)
    recovery = site.open()
    assert recovery.tip is not None


def test_lost_layout_begins_a_chain_that_names_the_one_on_the_reels(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.boot()
    site.spool.close()
    (site.folder / "spool.json").unlink()
    site.data(1)[:4096] = ReelHeader(1, 1, "aa" * 16, 0).dump()
    site.data(2)[:4096] = ReelHeader(2, 2, OTHER, 7).dump()
    site.data(3)[:4] = b"junk"
    layout = make(site.folder, site.disk, chain="bb" * 16)
    assert (layout.chain, layout.predecessor) == ("bb" * 16, OTHER)


def test_chain_is_random_unless_given(tmp_path: Path) -> None:
    first, second = (
        create_spool(tmp_path / name, capacity_bytes=3 * REEL_BYTES, reel_bytes=REEL_BYTES, disk=SimulatedDisk()).chain
        for name in ("a", "b")
    )
    assert first != second


@pytest.mark.parametrize(
    ("reels", "reel_bytes", "text"),
    [
        (2, REEL_BYTES, "room for 2 reels of 1048576 bytes; a spool has 3 to 100000: set capacity_bytes to at least"),
        (100_001, REEL_BYTES, "room for 100001 reels"),
        (4, REEL_BYTES - 4096, "a reel has at least 1048576"),
        (4, REEL_BYTES + 512, "in whole blocks of 4096"),
        (4, 0, "reels of 0 bytes"),
    ],
)
def test_sizes_that_make_no_ring_are_refused(
    tmp_path: Path, disk: SimulatedDisk, reels: int, reel_bytes: int, text: str
) -> None:
    with pytest.raises(BadConfiguration, match=text):
        make(tmp_path, disk, reels, reel_bytes)
    assert disk.sizes() == {}


def test_reels_of_another_size_are_refused(tmp_path: Path, disk: SimulatedDisk) -> None:
    make(tmp_path, disk)
    with pytest.raises(BadConfiguration, match="its reels have 1048576 bytes, not 2097152; keep reel_bytes"):
        make(tmp_path, disk, 4, 2 * REEL_BYTES)


@pytest.mark.parametrize("name", ["lost+found", "lock", "spool.json", ".spool.json.new", "reel-99999"])
def test_names_that_belong_there_are_accepted(tmp_path: Path, disk: SimulatedDisk, name: str) -> None:
    disk.allocate(name, 0)
    make(tmp_path, disk)


@pytest.mark.parametrize("name", ["video.mp4", "reel-1", "reel-000001", "spool.json\n", "Lock"])
def test_foreign_files_are_named_and_nothing_is_made(tmp_path: Path, disk: SimulatedDisk, name: str) -> None:
    disk.allocate(name, 0)
    with pytest.raises(BadConfiguration, match="is no part of a spool; give the spool a folder of its own"):
        make(tmp_path, disk)
    assert list(disk.sizes()) == [name]


def test_directory_in_a_reels_place_is_foreign(tmp_path: Path) -> None:
    (tmp_path / "reel-00000").mkdir()
    with pytest.raises(BadConfiguration, match="reel-00000"):
        create_spool(tmp_path, capacity_bytes=3 * REEL_BYTES, reel_bytes=REEL_BYTES)


def test_folder_that_cannot_be_made_or_listed_is_a_storage_fault(tmp_path: Path, disk: SimulatedDisk) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageFault, match="cannot be made"):
        make(tmp_path / "file" / "spool", disk)
    disk.fail.add(("sizes", ""))
    with pytest.raises(StorageFault):
        make(tmp_path, disk)


def test_spool_in_use_is_not_made_again(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with pytest.raises(AlreadyRunning):
        make(site.folder, site.disk)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"\xff",
        dump_layout(Layout(chain=CHAIN, predecessor=None, reels=3, reel_bytes=REEL_BYTES))[:-1],
        dump_layout(Layout(chain=CHAIN, predecessor=None, reels=3, reel_bytes=REEL_BYTES)) + b"\n",
        dump_layout(Layout(chain=CHAIN, predecessor=None, reels=3, reel_bytes=REEL_BYTES)).replace(b"3", b"2"),
        b" " * 5000,
    ],
)
def test_damaged_layout_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "spool.json").write_bytes(data)
    assert read_layout(tmp_path) is None


def test_real_folder_serves_from_making_to_recovery(tmp_path: Path) -> None:
    folder, position = tmp_path / "spool", tmp_path / "position"
    create_spool(folder, capacity_bytes=3 * REEL_BYTES, reel_bytes=REEL_BYTES, chain=CHAIN)
    for expected in (None, 0):
        spool = open_spool(folder, public_key=KEY.public_key, receipts=Receipted(), position=position, retention_days=2)
        tip = spool.recovery.tip
        assert (tip and tip.sequence) == expected
        spool.append(Node(CHAIN, tip).boot())
        spool.close()


def test_failed_opening_lets_go_of_the_lock(tmp_path: Path, disk: SimulatedDisk) -> None:
    for _ in range(2):
        with pytest.raises(MimamoriError) as caught:
            open_spool(
                tmp_path,
                public_key=KEY.public_key,
                receipts=Receipted(),
                position=tmp_path / "position",
                retention_days=2,
                disk=disk,
            )
        assert isinstance(caught.value, StorageFault)


# --- a card that is smaller than it should be, or bad in places


class SmallDisk(SimulatedDisk):
    """Has room for so many reels."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def allocate(self, name: str, size: int) -> None:
        if name not in self.files and len(self.files) >= self.room:
            self.fail.add(("allocate", name))
        super().allocate(name, size)


def test_card_with_too_little_room_gets_the_ring_that_it_holds(tmp_path: Path) -> None:
    disk = SmallDisk(5)
    disk.error = errno.ENOSPC
    assert make(tmp_path, disk, 9).reels == 5
    assert disk.count("allocate") == 5 + REFUSALS
    assert make(tmp_path, disk, 9).chain == CHAIN, "nothing is lost of a reel that never was"


def test_card_with_room_for_less_than_a_ring_is_a_storage_fault(tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match="check the card's room and health"):
        make(tmp_path, SmallDisk(REELS_MIN - 1), 9)
    assert read_layout(tmp_path) is None


def test_reel_that_cannot_be_allocated_is_left_out_of_the_ring(tmp_path: Path, disk: SimulatedDisk) -> None:
    disk.fail.add(("allocate", "reel-00001"))
    assert make(tmp_path, disk).reels == 4
    site = Site(tmp_path / "site", disk=disk)
    assert site.spool.abandoned == (1,)
    for _ in range(12):
        site.record(400_000) if site.written else site.boot()
    assert {reel for (chain, _), reel in reels_of(site).items() if chain == CHAIN} == {0, 2, 3}


def reels_of(site: Site) -> dict[tuple[str, int], int]:
    """Returns where every record stands."""
    found: dict[tuple[str, int], int] = {}
    for index in range(site.reels):
        name = f"reel-{index:05d}"
        header = parse_reel_header(bytes(site.disk.files[name].durable[:4096])) if name in site.disk.files else None
        if header is not None:
            read = site.disk.open(name).read
            found |= {(CHAIN, item.header.sequence): index for item in scan(read, header, end=REEL_BYTES)}
    return found


# --- what is lost must not be signed again


def test_reel_that_is_gone_ends_the_chain_before_it_is_made_anew(tmp_path: Path) -> None:
    """Nobody knows which sequences stood there: they may be at the center without a receipt."""
    site = Site(tmp_path)
    site.boot()
    for _ in range(4):
        site.record(400_000)
    site.spool.close()
    del site.disk.files["reel-00001"]
    layout = make(site.folder, site.disk, chain=OTHER)
    assert (layout.chain, layout.predecessor) == (OTHER, CHAIN)
    assert site.open().tip is None
    assert site.boot().sequence == 0


def test_control_the_chain_would_use_sequences_twice_where_a_lost_reel_is_made_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_without_lost_reels", lambda _folder, present, *_: present)
    site = Site(tmp_path)
    site.boot()
    for _ in range(4):
        site.record(400_000)
    highest = site.written[-1].header.sequence
    site.spool.close()
    site.position_path.unlink()
    assert site.spool.position is not None
    del site.disk.files[f"reel-{site.spool.position.reel:05d}"]
    make(site.folder, site.disk, chain=OTHER)
    tip = site.open().tip
    assert tip is not None and tip.sequence < highest


def test_reel_that_cannot_be_opened_may_have_held_a_record_in_each_block(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.boot()
    for _ in range(4):
        site.record(400_000)
    highest = site.written[-1].header.sequence
    assert site.spool.position is not None
    site.disk.fail.add(("open", f"reel-{site.spool.position.reel:05d}"))
    site.spool.close()
    site.position_path.unlink()
    tip = site.open().tip
    assert tip is not None and tip.sequence > highest


def test_chain_of_which_no_reel_can_be_opened_is_not_gone_on_with(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.boot()
    site.spool.close()
    site.position_path.unlink()
    site.disk.fail.add(("open", "*"))
    recovery = site.open()
    assert (recovery.tip, recovery.predecessor) == (None, CHAIN)
