"""Reels whose first block cannot be read: the last resort on a card, and only where writing mended them."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.errors import StorageFault
from edge.seal.reel import parse_reel_header, reel_name, scan
from edge.spool import writer
from tests.spool.records import CHAIN
from tests.spool.simulated_disk import SimulatedDisk, SimulatedReelFile
from tests.spool.site import REEL_BYTES, Site


class MendingDisk(SimulatedDisk):
    """Gives a bad block other cells once it is written, as cards do."""

    def open(self, name: str) -> SimulatedReelFile:
        disk = self

        class File(SimulatedReelFile):
            def write(self, data: bytes, offset: int) -> None:
                super().write(data, offset)
                disk.files[name].bad_blocks -= set(range(offset // 4096, (offset + len(data)) // 4096))

        super().open(name)
        return File(self, name)


def unreadable(site: Site) -> Site:
    """Starts anew on a card of which no reel's first block can be read."""
    site.boot()
    site.record()
    site.spool.close()
    site.position_path.unlink()
    for contents in site.disk.files.values():
        contents.bad_blocks = {0, 1, 2}
    site.open()
    return site


def test_card_whose_reels_cannot_be_read_is_written_under_a_new_chain(tmp_path: Path) -> None:
    site = unreadable(Site(tmp_path, disk=MendingDisk()))
    assert site.spool.abandoned == (0, 1, 2, 3), "it is never well"
    assert (site.spool.recovery.tip, site.spool.recovery.predecessor) == (None, CHAIN)
    site.boot()
    record = site.record()
    assert site.spool.position is not None
    file = site.disk.open(reel_name(site.spool.position.reel))
    header = parse_reel_header(file.read(4096, 0))
    assert header is not None
    assert record.header in [located.header for located in scan(file.read, header, end=REEL_BYTES)]


def test_reel_that_writing_did_not_mend_takes_no_record(tmp_path: Path) -> None:
    site = unreadable(Site(tmp_path))
    with pytest.raises(StorageFault, match="4 reels refused it"):
        site.boot()


def test_control_without_reading_back_a_record_counts_that_nobody_can_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_require_mended", lambda reel: None)
    site = unreadable(Site(tmp_path))
    site.boot()
    for contents in site.disk.files.values():
        contents.bad_blocks -= {1, 2}
    with pytest.raises(OSError, match="bad sector"):
        site.on_card()


def test_sound_reel_comes_before_one_that_cannot_be_read(tmp_path: Path) -> None:
    site = Site(tmp_path, disk=MendingDisk())
    site.boot()
    site.spool.close()
    site.disk.files["reel-00001"].bad_blocks = {0}
    site.open()
    reels = {site.boot().reel}
    for _ in range(20):
        site.record(400_000)
        assert site.spool.position is not None
        reels.add(site.spool.position.reel)
    assert reels == {0, 2, 3}
