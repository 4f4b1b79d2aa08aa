from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import insert

from edge.base.errors import BadConfiguration, StorageFault
from edge.center.database import Database
from edge.center.failures import DiskFull
from edge.center.schema import receipts

ROW = {"node": "cam-1", "chain": "0" * 32, "first": 0, "last": 0}


def test_a_commit_is_synced_and_an_error_takes_everything_back(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'index.db'}")
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    with pytest.raises(KeyboardInterrupt), database.write() as connection:
        connection.execute(insert(receipts).values(ROW | {"document": b"x"}))
        raise KeyboardInterrupt
    with database.read() as connection:
        assert connection.execute(receipts.select()).first() is None
    database.close()


def test_a_full_disk_is_told_apart(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], check=True)
    try:
        database = Database(f"sqlite:///{tmp_path / 'index.db'}")
        with database.write() as connection:
            connection.execute(insert(receipts).values(ROW | {"document": b"small"}))
        with pytest.raises(DiskFull), database.write() as connection:
            connection.execute(insert(receipts).values(ROW | {"document": bytes(2_000_000)}))
        with database.read() as connection:
            assert [row.document for row in connection.execute(receipts.select())] == [b"small"]
        database.close()
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_an_index_that_cannot_be_opened_or_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="cannot be opened"):
        Database(f"sqlite:///{tmp_path / 'nowhere' / 'index.db'}")
    path = tmp_path / "index.db"
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises((BadConfiguration, StorageFault)):
        Database(f"sqlite:///{path}")
