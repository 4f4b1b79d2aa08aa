"""Holds a center that came back from a power cut against its books.

Lost: a receipted record is not in the store, whole and findable through the index; its receipt is gone; a body that
expiry had removed is back; what staff decided, or a node's enrolment, is undone.
Corrupt: anything else: a receipt in the index for what is not stored, a record stored twice, bytes of which the index
knows nothing, a body that went before its day, a center that does not come back or does not take the next records.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

from edge.base.errors import MimamoriError
from edge.center import runs
from edge.center.batch import Address
from edge.center.center import Center
from edge.center.nodes import find_node
from edge.center.reading import header_slices, record_slices
from edge.center.runs import StoredRun
from edge.wire.receipt import parse_receipt
from tests.crash.center_books import CenterBooks, Place
from tests.crash.street import Camera, Street

Held = dict[Place, tuple[str, bool]]
"""Day of each record that is there and right, and whether its body is."""


def held(center: Center, street: Street) -> tuple[Held, list[str]]:
    """Returns what the desk could fetch, and what is wrong with the rest."""
    found, faults = Held(), list[str]()
    for camera in street.cameras.values():
        address = Address(camera.name, camera.chain, 0, len(camera.records) - 1)
        with center.database.read() as connection:
            rows = runs.find_runs(connection, address)
        for row in rows:
            there, wrong = _read(center, camera, row)
            faults += [*wrong, *(f"{place} is stored twice" for place in there.keys() & found.keys())]
            found |= there
    return found, faults


def _read(center: Center, camera: Camera, row: StoredRun) -> tuple[Held, list[str]]:
    """Reads a run's records, or its headers, as the desk's routes do, and compares every byte with the node's."""
    address = Address(camera.name, row.chain, row.first, row.last)
    slices = header_slices([row], address) if row.expired else record_slices([row], address)
    where = f"{camera.name} {row.first}-{row.last}"
    try:
        data = b"".join(
            center.store.read(camera.name, piece.day, piece.offset, piece.length, headers=piece.kept_headers)
            for piece in slices
        )
    except MimamoriError as error:
        return {}, [f"{where} is in the index and cannot be read: {error}"]
    records = camera.records[row.first : row.last + 1]
    if data != b"".join(record.header.data if row.expired else record.dump() for record in records):
        return {}, [f"{where} is in the index and its bytes are not the node's"]
    return {(camera.name, number): (row.day, not row.expired) for number in range(row.first, row.last + 1)}, []


def missing(center: Center, there: Held, books: CenterBooks) -> list[str]:
    """Says which receipted records, and which receipts, are no longer there."""
    faults = [f"{place} was receipted and is not there" for place in books.receipted if place not in there]
    with center.database.read() as connection:
        for address, document, _ in books.documents:
            if document not in runs.find_receipts(connection, address):
                faults.append(f"the receipt for {address.node} {address.first}-{address.last} is gone")
    return faults


def unfounded(center: Center, street: Street, there: Held, books: CenterBooks) -> list[str]:
    """Says which receipts of the index cover what is not stored, and which bodies went before their day."""
    faults = [
        f"the body of {place} went before {day} was due"
        for place, (day, whole) in there.items()
        if not whole and not any(day < limit for limit, _ in books.due)
    ]
    for camera in street.cameras.values():
        address = Address(camera.name, camera.chain, 0, len(camera.records) - 1)
        with center.database.read() as connection:
            documents = list(runs.find_receipts(connection, address))
        for document in documents:
            receipt = parse_receipt(document, center.authority.payload).payload
            for number, sha256 in enumerate(receipt.hashes, receipt.first):
                if (camera.name, number) not in there or camera.records[number].header.sha256 != sha256:
                    faults.append(f"a receipt covers {camera.name} {number}, which is not stored")
    return faults


def undone(center: Center, books: CenterBooks) -> list[str]:
    """Says which facts the cut undid, and notes those that it decided."""
    faults = []
    for thing in books.facts:
        is_now = _fact(center, thing)
        allowed = books.facts.allowed(thing)
        if is_now == "gone" and "gone" not in allowed:
            continue  # a day of which nothing had been stored
        if is_now not in allowed:
            faults.append(f"{thing} was {allowed} and is {is_now}")
        books.facts.decide(thing, is_now)
    return faults


def _fact(center: Center, thing: Hashable) -> Hashable:
    assert isinstance(thing, tuple)
    what, node = thing[0], str(thing[1])
    if what == "bodies":
        return None if _file(center, node, thing[2]).exists() else "gone"
    with center.database.read() as connection:
        known = find_node(connection, node)
        if what == "enrolled":
            return True if known else None
        if what == "revoked":
            return True if known and known.revoked_us is not None else None
        chain = str(thing[2])
        return True if runs.is_frozen(connection, node, chain) else None


def untidy(center: Center, street: Street, before: Held, there: Held) -> list[str]:
    """Says which files that records were added to hold bytes of which the index knows nothing."""
    added = {(place[0], day) for place, (day, _) in there.items() if place not in before}
    lengths = dict.fromkeys(added, 0)
    for (node, number), (day, whole) in there.items():
        if whole and (node, day) in added:
            lengths[node, day] += street.cameras[node].records[number].header.record_bytes
    sizes = {where: _file(center, *where).stat().st_size for where in added}
    return [
        f"{node} {day}: {size} bytes on the disk, {lengths[node, day]} of records"
        for (node, day), size in sizes.items()
        if size != lengths[node, day]
    ]


def _file(center: Center, node: str, day: str) -> Path:
    return center.config.store / node / f"{day}.records"
