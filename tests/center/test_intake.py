from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from edge.base.config import load
from edge.base.errors import Refused, StorageFault
from edge.center import alarm, runs
from edge.center.batch import Address
from edge.center.center import Center, open_center
from edge.center.config import CenterConfig
from edge.center.database import Database
from edge.center.failures import DiskFull
from edge.center.intake import take_batch
from edge.center.nodes import revoke
from edge.center.reading import header_slices, record_slices
from edge.seal.record import Record
from edge.wire.receipt import parse_receipt, require_match
from tests.center.city import NOW, City, Node, digest_of, joined
from tests.center.showcase import enrolled, upload


class PowerCut(BaseException):
    """Ends the process in the test's eyes."""


def stored_bytes(center: Center, node: Node, last: int) -> bytes:
    address = Address(node.name, node.chain.chain, 0, last)
    with center.database.read() as connection:
        slices = record_slices(runs.find_runs(connection, address), address)
    return b"".join(center.store.read(node.name, piece.day, piece.offset, piece.length) for piece in slices)


def receipt_fits(center: Center, node: Node, document: bytes, records: list[Record]) -> bool:
    receipt = parse_receipt(document, center.authority.payload).payload
    hashes = tuple(record.header.sha256 for record in records)
    require_match(receipt, node.name, node.chain.chain, records[0].header.sequence, hashes)
    return True


def test_a_batch_is_stored_and_receipted(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    records = [node.boot(), node.segment(), node.gap(), node.segment()]
    assert receipt_fits(center, node, upload(center, node, records), records)
    assert stored_bytes(center, node, 3) == joined(records)


def test_duplicates_are_stored_once_and_receipted_again(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    records = [node.segment() for _ in range(6)]
    first = upload(center, node, records[:4])
    assert upload(center, node, records[:4]) == first
    assert receipt_fits(center, node, upload(center, node, records[2:]), records[2:])
    assert receipt_fits(center, node, upload(center, node, records[1:3]), records[1:3])
    assert stored_bytes(center, node, 5) == joined(records)
    assert (center.config.store / "cam-1" / f"{node.day}.records").stat().st_size == len(joined(records))


def test_records_come_in_any_order_of_batches(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    records = [node.segment() for _ in range(6)]
    for low, high in ((4, 6), (0, 2), (2, 4)):
        upload(center, node, records[low:high])
    assert stored_bytes(center, node, 5) == joined(records)
    address = Address("cam-1", node.chain.chain, 1, 4)
    with center.database.read() as connection:
        slices = header_slices(runs.find_runs(connection, address), address)
    headers = [center.store.read("cam-1", piece.day, piece.offset, piece.length) for piece in slices]
    assert headers == [record.header.data for record in records[1:5]]


def fork_of(node: Node) -> Node:
    other = Node(node.name, signing=node.signing)
    other.chain._chain, other.chain._tip = node.chain.chain, node.chain.tip
    return other


def test_a_fork_freezes_both_branches_until_a_person_decides(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    upload(center, node, [node.segment()])
    other = fork_of(node)
    mine, theirs = [node.segment(), node.segment()], [other.segment(), other.segment()]
    upload(center, node, mine[:1])
    for branch, records in ((other, theirs[:1]), (node, mine[1:]), (other, theirs[1:])):
        with pytest.raises(Refused) as caught:
            upload(center, branch, records)
        assert caught.value.failure == "fork"
    with center.database.read() as connection:
        (raised,) = alarm.open_alarms(connection)
    assert (raised.node, raised.kind, raised.subject) == ("cam-1", "fork", node.chain.chain)
    with center.database.write() as connection:
        alarm.clear_alarm(connection, "cam-1", "fork", node.chain.chain, NOW)
    upload(center, node, mine[1:])


def test_another_chain_goes_on_while_one_is_frozen(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    with center.database.write() as connection:
        alarm.raise_alarm(connection, "cam-1", "fork", node.chain.chain, "for the test", NOW)
    with pytest.raises(Refused):
        upload(center, node, [node.segment()])
    node.begin_chain()
    upload(center, node, [node.boot()])


FLAWED = bytes(4096)


@pytest.mark.parametrize(
    ("digest", "data", "failure"),
    [
        (None, FLAWED, "no-digest"),
        ("sha-256=:AAAA:", FLAWED, "bad-digest"),
        ("", FLAWED, "bad-digest"),
        ("sha-512=:AAAA:", FLAWED, "bad-digest"),
        (digest_of(FLAWED), FLAWED, "bad-magic"),
        (f"sha-512=:AAAA:, {digest_of(FLAWED)}", FLAWED, "bad-magic"),
    ],
)
def test_the_content_digest_tells_damage_on_the_line_from_a_bad_record(
    center: Center, city: City, digest: str | None, data: bytes, failure: str
) -> None:
    enrolled(center, city, "cam-1", NOW)
    with pytest.raises(Refused) as caught:
        take_batch(center, Address("cam-1", "0" * 32, 0, 0), digest, data)
    assert caught.value.failure == failure


def test_no_damage_on_the_line_reaches_the_store_although_a_good_batchs_digest_is_not_computed(
    center: Center, city: City
) -> None:
    """One altered byte in header, signature, body and padding each; the digest is of what was sent."""
    node = enrolled(center, city, "cam-1", NOW)
    record = node.segment(5000)
    sent, header = joined([record]), len(record.header.data)
    for place in (0, 60, header - 1, header, header + 4999, header + 5000, len(sent) - 1):
        came = bytearray(sent)
        came[place] ^= 1
        with pytest.raises(Refused) as caught:
            take_batch(center, Address("cam-1", node.chain.chain, 0, 0), digest_of(sent), bytes(came))
        assert caught.value.failure == "bad-digest"
    assert list(center.store.days()) == []


@pytest.mark.parametrize("error", [PowerCut(), DiskFull("index full"), StorageFault("index: disk I/O error")])
def test_a_fault_between_store_and_index_leaves_nothing_half_counted(
    center: Center, city: City, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    records = [node.segment() for _ in range(3)]
    upload(center, node, records[:1])
    with monkeypatch.context() as patched:
        patched.setattr(Database, "write", _failing(error))
        with pytest.raises(type(error)):
            upload(center, node, records[1:])
    center.close()
    again = open_center(load(city.config_path, CenterConfig))
    assert stored_bytes(again, node, 2) == joined(records[:1])
    assert receipt_fits(again, node, upload(again, node, records[1:]), records[1:])
    assert stored_bytes(again, node, 2) == joined(records)
    assert (again.config.store / "cam-1" / f"{node.day}.records").stat().st_size == len(joined(records))
    again.close()


def test_without_cutting_the_rest_of_a_crash_records_would_be_misread(
    center: Center, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above: appending at the file's end instead of where the index ends goes wrong."""
    node = enrolled(center, city, "cam-1", NOW)
    records = [node.segment(5000) for _ in range(3)]
    path = center.config.store / "cam-1" / f"{node.day}.records"
    upload(center, node, records[:1])
    with path.open("ab") as file:
        file.write(b"the rest of a crash")

    def careless(node_id: str, day: str, known_end: int, pieces: list[bytes]) -> None:
        with path.open("ab") as file:
            file.write(b"".join(pieces))

    monkeypatch.setattr(type(center.store), "append", lambda self, *arguments: careless(*arguments))
    upload(center, node, records[1:])
    assert stored_bytes(center, node, 2) != joined(records)


def test_the_index_survives_a_kill_in_the_middle_of_a_transaction(center: Center, city: City, tmp_path: Path) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    records = [node.segment() for _ in range(2)]
    upload(center, node, records[:1])
    other = sqlite3.connect(city.folder / "index.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM runs")
    other.close()
    upload(center, node, records[1:])
    assert stored_bytes(center, node, 1) == joined(records)


@pytest.mark.parametrize("who", ["unknown", "revoked"])
def test_records_of_a_node_that_is_not_in_service_are_refused(center: Center, city: City, who: str) -> None:
    node = enrolled(center, city, "cam-1", NOW) if who == "revoked" else Node("cam-9")
    with center.database.write() as connection:
        revoke(connection, "cam-1", NOW)
    with pytest.raises(Refused) as caught:
        upload(center, node, [node.segment()])
    assert caught.value.failure in ("unknown-node", "revoked")


def _failing(error: BaseException) -> object:
    @contextmanager
    def write(self: Database) -> Iterator[Connection]:
        raise error
        yield

    return write
