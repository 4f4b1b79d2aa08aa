"""Cuts a window out of a bundle: a smaller bundle that proves itself, so that no more is handed over than approved.

Nothing is opened and nothing is signed: records, headers and documents are copied as they stand (R-TOTTORI-06).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from edge.base.errors import Refused, StorageFault, UsageFault
from edge.base.files import is_free, private_directory, read_bounded, write_durably
from edge.desk.recordfile import records_in
from edge.desk.selection import Selection, select
from edge.seal import bundle
from edge.seal.bundle import read_bundle
from edge.seal.record import Header
from edge.wire import signed
from edge.wire.keylist import KeyList
from edge.wire.receipt import Receipt
from edge.wire.signed import DOCUMENT_LIMIT_BYTES


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What was cut out."""

    records: int
    bytes: int


def cut_out(source: Path, window_us: tuple[int, int], out: Path) -> Excerpt:
    """Writes the window's part of the bundle ``source`` into the new folder ``out``.

    Raises:
        UsageFault: the window is off, or ``out`` is not empty.
        Refused: the bundle does not hold, or has nothing of that window.
        BadInput: there is no bundle.
    """
    if window_us[0] >= window_us[1]:
        raise UsageFault("--from and --to: the window ends before it starts")
    if not is_free(out):
        raise UsageFault(f"{out}: is not empty; a bundle is a folder of its own")
    evidence = read_bundle(source)
    faults = [*evidence.altered, *evidence.incomplete]
    if faults:
        raise Refused("altered", f"{source}: {faults[0]}; 'mimamori desk verify {source}' says more")
    selections = _select((*evidence.whole, *evidence.bare), window_us)
    if not selections:
        raise Refused("nothing-there", f"{source}: holds no record of that window")
    private_directory(out)
    excerpt = _copy_records(source / bundle.RECORDS, selections, out / bundle.RECORDS)
    write_durably(out / bundle.HEADERS, b"".join(data for selection in selections for data in selection.headers))
    write_durably(out / bundle.RECEIPTS, _lines(data for data in evidence.receipts if _covers(data, selections)))
    write_durably(out / bundle.KEY_LISTS, _lines(data for data in evidence.key_lists if _is_named(data, selections)))
    for name in (bundle.AUTHORITY, bundle.REGISTRATION):
        if (source / name).exists():
            write_durably(out / name, read_bounded(source / name, limit_bytes=DOCUMENT_LIMIT_BYTES))
    return excerpt


def _select(headers: Iterable[Header], window_us: tuple[int, int]) -> list[Selection]:
    distinct = {(header.manifest.chain, header.sequence): header for header in headers}
    ordered = [distinct[key] for key in sorted(distinct)]
    groups = [list(group) for _, group in groupby(ordered, key=lambda header: header.manifest.chain)]
    groups.sort(key=lambda group: group[0].manifest.start_us)
    return [selection for selection in (select(group, window_us) for group in groups) if selection is not None]


def _copy_records(source: Path, selections: list[Selection], out: Path) -> Excerpt:
    wanted = {record.sha256 for selection in selections for record in selection.wanted}
    count, part = 0, out.with_name("records.part")
    try:
        with part.open("wb") as file:
            for record in records_in(source):
                if record.header.sha256 in wanted:
                    file.write(record.dump())
                    count += 1
            file.flush()
            os.fsync(file.fileno())
        size = part.stat().st_size
        part.replace(out)
    except OSError as error:
        raise StorageFault(f"{out}: cannot be written ({error.strerror})") from error
    return Excerpt(count, size)


def _covers(data: bytes, selections: list[Selection]) -> bool:
    receipt = signed.parse("receipt", Receipt, data).payload
    return any(
        receipt.chain == selection.stretch.chain
        and receipt.first <= selection.stretch.last
        and receipt.last >= selection.stretch.first
        for selection in selections
    )


def _is_named(data: bytes, selections: list[Selection]) -> bool:
    digest = signed.parse("key-list", KeyList, data).sha256
    return any(digest in selection.key_lists for selection in selections)


def _lines(documents: Iterable[bytes]) -> bytes:
    return b"".join(document + b"\n" for document in documents)
