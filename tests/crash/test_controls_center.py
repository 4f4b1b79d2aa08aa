"""With one sync, or one step of an order, taken out of the center, the same suite finds it within 500 states.

``docs/reliability.md`` names the steps that no state can miss under ext4, and why they stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update

from edge.center import database, expiry, intake, runs, store
from edge.center.batch import Batch
from edge.center.center import Center
from edge.center.receive import Run
from edge.center.schema import runs as rows
from edge.seal.record import Buffer
from edge.wire import signed
from edge.wire.receipt import Receipt
from tests.crash.controls import require_noticed, sync_nothing, write_unsynced
from tests.crash.devices import Lab
from tests.crash.target_center import CenterTarget

UNREADABLE = "was receipted and is not there|is in the index and"
"""With a receipt, or stored and not yet answered."""


def write_and_hope(descriptor: int, start: int, pieces: Sequence[Buffer]) -> None:
    for piece in pieces:
        start += store._write_all(descriptor, start, piece)


def without_synced_records(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store, "_write_synced", write_and_hope)


def without_cutting_the_rest_of_a_crash(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store, "_cut_to", lambda *_: None)


def without_synced_removal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store, "sync_directory", sync_nothing)


def without_synced_headers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store, "write_durably", write_unsynced)


def without_synced_index(patch: pytest.MonkeyPatch) -> None:
    prepare = database._prepare_sqlite

    def hopeful(engine: Any) -> None:
        prepare(engine)

        @event.listens_for(engine, "connect")
        def connected(connection: Any, _: Any) -> None:
            connection.execute("PRAGMA synchronous=NORMAL")

    patch.setattr(database, "_prepare_sqlite", hopeful)


def index_then_store(center: Center, batch: Batch, new: tuple[Run, ...], end: int) -> bytes:
    address, now = batch.address, center.clock.now_us()
    receipt = Receipt(
        node=address.node, chain=address.chain, first=address.first, last=address.last, hashes=batch.hashes, time=now
    )
    document = signed.sign("receipt", receipt, center.receipt_key).data
    with center.database.write() as connection:
        runs.add_runs(connection, batch, new, end, now)
        runs.add_receipt(connection, address, document)
    if new:
        center.store.append(address.node, batch.day, end, [run.data for run in new])
    return document


def with_rows_before_their_bytes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(intake, "_store", index_then_store)


def expire_rows_first(center: Center, node: str, day: str) -> None:
    with center.database.read() as connection:
        due, end = expiry._rows(connection, node, day), expiry._end_of_headers(connection, node, day)
    kept = center.store.read(node, day, 0, end, headers=True) if end else b""
    pieces = [expiry._headers_of(center, node, run) for _, run in due]
    with center.database.write() as connection:
        for (row, _), piece in zip(due, pieces, strict=True):
            connection.execute(update(rows).where(rows.c.id == row).values(expired=True, offset=end, length=len(piece)))
            end += len(piece)
    if pieces:
        center.store.keep_headers(node, day, kept + b"".join(pieces))
    center.store.remove_bodies(node, day)


def with_rows_before_their_headers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(expiry, "_expire_day", expire_rows_first)


def with_bodies_removed_before_their_rows(patch: pytest.MonkeyPatch) -> None:
    keep = store.LocalStore.keep_headers

    def keep_and_remove(self: store.LocalStore, node: str, day: str, headers: bytes) -> None:
        keep(self, node, day, headers)
        self.remove_bodies(node, day)

    patch.setattr(store.LocalStore, "keep_headers", keep_and_remove)


@pytest.mark.parametrize(
    ("leave_out", "says"),
    [
        (without_synced_records, UNREADABLE),
        (without_cutting_the_rest_of_a_crash, "bytes on the disk"),
        (without_synced_removal, r"'gone'\} and is None"),
        (without_synced_headers, UNREADABLE),
        (without_synced_index, r"was \{True\} and is None"),
        (with_rows_before_their_bytes, UNREADABLE),
        (with_rows_before_their_headers, UNREADABLE),
        (with_bodies_removed_before_their_rows, UNREADABLE),
    ],
)
def test_control_without_one_step_the_suite_says_what_broke(
    lab: Lab,
    tmp_path: Path,
    leave_out: Callable[[pytest.MonkeyPatch], None],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leave_out(monkeypatch)
    require_noticed(lab, CenterTarget(tmp_path / "city"), says)
