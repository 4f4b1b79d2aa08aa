"""How far a chain is synced that was left for another: said in the position, and believed at the next start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.seal.reel import Held, Position, dump_position, read_position
from edge.spool.opening import create_spool, open_spool
from edge.spool.position import PositionFile
from edge.spool.spool import Spool
from tests.spool.records import CHAIN, KEY, Node
from tests.spool.simulated_disk import SimulatedDisk
from tests.spool.site import REEL_BYTES, Receipted, Site

OTHER = "ee" * 16


def elsewhere(site: Site, held: Held | None = None) -> Spool:
    """Another spool that publishes in the same place."""
    folder, disk = site.folder.parent / "memory", SimulatedDisk()
    create_spool(folder, capacity_bytes=3 * REEL_BYTES, reel_bytes=REEL_BYTES, chain=OTHER, disk=disk)
    return open_spool(
        folder,
        public_key=KEY.public_key,
        receipts=Receipted(),
        position=site.position_path,
        retention_days=2,
        held=held,
        disk=disk,
    )


def test_synced_end_of_a_chain_is_behind_its_newest_record(site: Site) -> None:
    assert site.spool.synced == Held(chain=CHAIN, end=0, sha256=None)
    site.boot()
    record = site.record()
    end = Held(chain=CHAIN, end=2, sha256=record.header.sha256)
    assert site.spool.synced == end
    site.restart()
    assert site.spool.synced == end


def test_position_elsewhere_names_the_chain_that_was_left(site: Site) -> None:
    site.boot()
    left = site.spool.synced
    told = elsewhere(site, left).append(Node(OTHER).boot())
    assert told.held == left
    assert (told.limit_of(OTHER), told.limit_of(CHAIN), told.limit_of("00" * 16)) == (0, 0, None)


def test_what_an_earlier_run_published_of_another_chain_is_held(site: Site) -> None:
    site.boot()
    position = elsewhere(site).append(Node(OTHER).boot())
    assert position.held == site.spool.synced


def test_record_that_was_synced_before_the_chain_was_left_is_linked_to(site: Site) -> None:
    """Its reel cannot be opened now; the position of the chain that followed knows it."""
    site.boot()
    record = site.record()
    elsewhere(site).append(Node(OTHER).boot())
    site.spool.close()
    site.disk.fail.add(("open", "reel-00000"))
    tip = site.open().tip
    assert tip is not None and tip.sha256 == record.header.sha256


def test_position_that_is_written_by_half_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    position = Position(chain=CHAIN, reel=0, lap=1, end=8192, sequence=0, sha256="ab" * 32, oldest=0)
    write = os.pwrite
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", lambda descriptor, data, offset: write(descriptor, data[:512], offset))
        with pytest.raises(OSError, match="short write"):
            PositionFile(tmp_path / "position").publish(position)
    assert read_position(tmp_path / "position") is None
    (tmp_path / "position").write_bytes(dump_position(position))
    assert PositionFile(tmp_path / "position").last() == position
