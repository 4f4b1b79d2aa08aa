"""A ring of many reels is opened whole: the usual limit of 1024 open files is no limit for it."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from edge.base.errors import BadConfiguration, StorageFault
from edge.node.recording.openfiles import OTHERS, allow_open_files
from edge.spool.opening import create_spool, open_spool
from tests.spool.records import CHAIN, KEY
from tests.spool.site import Receipted

REELS = 1100
REEL_BYTES = 1 << 20


def in_a_process_of_its_own(work: Callable[[Path, Connection], None], folder: Path) -> object:
    """Runs ``work``, for limits last as long as their process."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=work, args=(folder, there))
    process.start()
    there.close()
    try:
        return here.recv()
    finally:
        process.join(60)


def open_ring_of_many(folder: Path, answer: Connection, *, allow: bool) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 4096))
    layout = create_spool(folder / "spool", capacity_bytes=REELS * REEL_BYTES, reel_bytes=REEL_BYTES, chain=CHAIN)
    if allow:
        allow_open_files(layout.reels)
    try:
        spool = open_spool(
            folder / "spool",
            public_key=KEY.public_key,
            receipts=Receipted(),
            position=folder / "position",
            retention_days=2,
        )
    except StorageFault as error:
        answer.send(str(error))
        return
    answer.send(spool.recovery.unusable)
    spool.close()


def allowed(folder: Path, answer: Connection) -> None:
    open_ring_of_many(folder, answer, allow=True)


def not_allowed(folder: Path, answer: Connection) -> None:
    open_ring_of_many(folder, answer, allow=False)


def test_every_reel_of_a_large_ring_is_opened(tmp_path: Path) -> None:
    assert in_a_process_of_its_own(allowed, tmp_path) == ()


def test_control_without_the_room_nothing_could_be_opened_any_more(tmp_path: Path) -> None:
    assert "Too many open files" in str(in_a_process_of_its_own(not_allowed, tmp_path))


def refused(folder: Path, answer: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, 1024))
    try:
        allow_open_files(1024)
    except BadConfiguration as error:
        answer.send(str(error))


def test_too_low_a_hard_limit_is_a_matter_of_configuration(tmp_path: Path) -> None:
    message = in_a_process_of_its_own(refused, tmp_path)
    assert isinstance(message, str)
    assert "1024 reels needs 1280 open files, this process may have 1024" in message


@pytest.mark.parametrize(("soft", "after"), [(600, 600), (100, 256 + 10)])
def test_a_limit_that_is_high_enough_stays(tmp_path: Path, soft: int, after: int) -> None:
    def limited(_folder: Path, answer: Connection) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, 4096))
        allow_open_files(10)
        answer.send(resource.getrlimit(resource.RLIMIT_NOFILE)[0])

    assert OTHERS == 256
    assert in_a_process_of_its_own(limited, tmp_path) == after
