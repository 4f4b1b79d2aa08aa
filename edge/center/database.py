"""The index's engine: SQLite with every commit on the disk, or PostgreSQL, behind SQLAlchemy Core."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from edge.base.errors import BadConfiguration, StorageFault, TryAgain
from edge.center.failures import DiskFull
from edge.center.schema import metadata

_BUSY_MS = 10_000
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={_BUSY_MS}",
    "foreign_keys=ON",
    "secure_delete=ON",
)
"""FULL syncs the write-ahead log at every commit. What is deleted is overwritten with zeros: register entries are
personal data (sqlite.org/pragma.html)."""
_MODE = 0o600
_FULL = ("disk is full", "no space left", "disk full")


class Database:
    """Transactions on the index; errors of the library leave it as ours.

    Args:
        url: ``sqlite:///FILE`` or a PostgreSQL URL.

    Raises:
        BadConfiguration: it cannot be opened at all.
    """

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        if self._engine.dialect.name == "sqlite":
            _close_to_others(Path(str(self._engine.url.database)))
            _prepare_sqlite(self._engine)
        try:
            metadata.create_all(self._engine)
        except DBAPIError as error:
            raise BadConfiguration(f"index {self._engine.url!r} cannot be opened: {error.orig}") from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state throughout."""
        with _seam(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is on the disk once this ends without an error."""
        with _seam(), self._engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Lets go of every connection."""
        self._engine.dispose()


@contextmanager
def _seam() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise TryAgain("every connection of the index is busy; try again") from error
    except DBAPIError as error:
        text = str(error.orig).lower()
        if any(word in text for word in _FULL):
            raise DiskFull(f"index: {error.orig}; nothing of this was counted") from error
        if "locked" in text:
            raise TryAgain("the index is busy; try again") from error
        raise StorageFault(f"index: {error.orig}") from error


def _close_to_others(file: Path) -> None:
    """Leaves the index to its owner, before SQLite opens it: what it puts beside the file has the file's mode."""
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE))
        for path in (file, *file.parent.glob(f"{file.name}-*")):
            if path.stat().st_mode & 0o777 != _MODE:
                path.chmod(_MODE)
    except OSError as error:
        raise BadConfiguration(f"index {file}: cannot be opened by this user alone ({error.strerror})") from error


def _prepare_sqlite(engine: Engine) -> None:
    """Transactions begin by hand, writing ones with the lock."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
