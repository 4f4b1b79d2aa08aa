from __future__ import annotations

from datetime import date, timedelta

import pytest

from edge.base.clock import from_iso
from edge.center import runs
from edge.center.batch import Address
from edge.center.center import Center
from edge.center.expiry import expire
from edge.center.reading import header_slices, record_slices
from edge.seal.record import Record
from tests.center.city import DAY_US, NOW, TODAY, City, Node
from tests.center.showcase import enrolled, upload


def day(offset: int) -> str:
    return (date.fromisoformat(TODAY) + timedelta(days=offset)).isoformat()


def read(center: Center, node: Node, last: int) -> tuple[int, list[bytes]]:
    address = Address(node.name, node.chain.chain, 0, last)
    with center.database.read() as connection:
        found = runs.find_runs(connection, address)
    headers = [
        center.store.read(node.name, piece.day, piece.offset, piece.length, headers=piece.kept_headers)
        for piece in header_slices(found, address)
    ]
    return len(record_slices(found, address)), headers


def fill(center: Center, city: City) -> tuple[Node, list[Record]]:
    node = enrolled(center, city, "cam-1", NOW)
    records = []
    for offset in (-9, -8, -7, 0):
        node.day = day(offset)
        records += [node.segment(), node.segment()]
        upload(center, node, records[-2:])
    return node, records


def test_bodies_go_after_their_days_and_headers_stay(center: Center, city: City) -> None:
    node, records = fill(center, city)
    assert expire(center, NOW) == 2
    bodies, headers = read(center, node, 7)
    assert bodies == 2
    assert b"".join(headers) == b"".join(record.header.data for record in records)
    left = sorted(path.name for path in (center.config.store / "cam-1").glob("*.records"))
    assert left == [f"{day(-7)}.records", f"{day(0)}.records"]
    assert expire(center, NOW) == 0


def test_the_last_moment_of_the_last_kept_day_is_kept(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    node.day = "2026-01-05"
    upload(center, node, [node.segment()])
    assert expire(center, from_iso("2026-01-12T23:59:59+09:00")) == 0
    assert expire(center, from_iso("2026-01-13T00:00:00+09:00")) == 1


def test_a_day_that_comes_late_is_added_to_the_headers(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    node.day = day(-20)
    records = [node.segment() for _ in range(5)]
    for low, high in ((0, 2), (2, 3), (3, 5)):
        upload(center, node, records[low:high])
        assert expire(center, NOW) == 1
    bodies, headers = read(center, node, 4)
    assert bodies == 0
    assert b"".join(headers) == b"".join(record.header.data for record in records)


@pytest.mark.parametrize("step", ["keep_headers", "write", "remove_bodies"])
def test_an_expiry_cut_off_anywhere_is_finished_later(
    center: Center, city: City, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, records = fill(center, city)
    owner = type(center.database) if step == "write" else type(center.store)
    with monkeypatch.context() as patched:
        patched.setattr(owner, step, _cut)
        with pytest.raises(KeyboardInterrupt):
            expire(center, NOW)
    _, headers = read(center, node, 7)
    assert b"".join(headers) == b"".join(record.header.data for record in records)
    expire(center, NOW)
    bodies, headers = read(center, node, 7)
    assert bodies == 2
    assert b"".join(headers) == b"".join(record.header.data for record in records)
    assert not (center.config.store / "cam-1" / f"{day(-9)}.records").exists()


def test_a_clock_that_runs_ahead_keeps_nothing_for_longer(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    node.day = "2099-01-01"
    upload(center, node, [node.segment()])
    assert expire(center, NOW + 16 * DAY_US) == 1


def _cut(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
