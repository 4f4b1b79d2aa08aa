from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from edge.center import receive
from edge.center.batch import Address, Batch, check_batch
from edge.center.receive import Fork, Stored, link, new_runs
from edge.seal.record import Record
from tests.center.city import Node, joined


def batch_of(node: Node, records: list[Record]) -> Batch:
    address = Address(node.name, node.chain.chain, records[0].header.sequence, records[-1].header.sequence)
    return check_batch(address, joined(records), node.signing.public_key, ZoneInfo("UTC"))


def stored(records: list[Record], starts: list[Record], *, frozen: bool = False) -> Stored:
    hashes = {record.header.sequence: record.header.sha256 for record in records}
    return Stored(hashes, {record.header.sequence: link(record.header) for record in starts}, frozen)


def test_takes_all_that_is_new() -> None:
    node = Node("cam-1")
    records = [node.segment() for _ in range(4)]
    (run,) = new_runs(batch_of(node, records), Stored({}, {}))
    assert bytes(run.data) == joined(records)


def test_drops_duplicates() -> None:
    node = Node("cam-1")
    records = [node.segment() for _ in range(4)]
    assert new_runs(batch_of(node, records), stored(records, records[:1])) == ()


def test_takes_what_is_new_on_both_sides_of_what_is_stored() -> None:
    node = Node("cam-1")
    records = [node.segment() for _ in range(5)]
    runs = new_runs(batch_of(node, records), stored(records[2:3], records[2:3]))
    assert [[header.sequence for header in run.headers] for run in runs] == [[0, 1], [3, 4]]
    assert [bytes(run.data) for run in runs] == [joined(records[:2]), joined(records[3:])]


def twins(count: int) -> tuple[Node, list[Record], Node, list[Record]]:
    """Two branches of one chain, as a copied card would make them."""
    node = Node("cam-1")
    common = [node.segment() for _ in range(2)]
    other = Node("cam-1", signing=node.signing)
    other.chain._chain, other.chain._tip = node.chain.chain, node.chain.tip
    mine, theirs = [node.segment() for _ in range(count)], [other.segment() for _ in range(count)]
    return node, [*common, *mine], other, [*common, *theirs]


def same_sequence() -> tuple[Batch, Stored]:
    node, mine, _, theirs = twins(2)
    return batch_of(node, mine), stored(theirs, theirs[:1])


def link_to_the_record_before() -> tuple[Batch, Stored]:
    node, mine, _, theirs = twins(2)
    return batch_of(node, mine[3:]), stored(theirs[:3], theirs[:1])


def link_of_the_record_after() -> tuple[Batch, Stored]:
    node, mine, _, theirs = twins(2)
    return batch_of(node, mine[:3]), stored(theirs[3:], theirs[3:])


def frozen_chain() -> tuple[Batch, Stored]:
    node = Node("cam-1")
    return batch_of(node, [node.segment()]), Stored({}, {}, frozen=True)


FORKS = [same_sequence, link_to_the_record_before, link_of_the_record_after, frozen_chain]


@pytest.mark.parametrize("case", FORKS)
def test_a_fork_is_refused(case: Callable[[], tuple[Batch, Stored]]) -> None:
    batch, known = case()
    with pytest.raises(Fork):
        new_runs(batch, known)


@pytest.mark.parametrize("case", FORKS[:3])
def test_a_fork_would_pass_without_the_check(
    case: Callable[[], tuple[Batch, Stored]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "_check_against", lambda record, known: None)
    batch, known = case()
    new_runs(batch, known)


def test_boot_after_a_lost_record_is_no_fork() -> None:
    node = Node("cam-1")
    first = node.segment()
    tip = node.chain.tip
    receipted = node.segment()  # stored at the center, its block lost on the card
    assert tip is not None
    node.chain._tip = type(tip)(tip.chain, receipted.header.sequence, tip.sha256)
    boot = node.boot()
    (run,) = new_runs(batch_of(node, [boot]), stored([first, receipted], [first]))
    assert run.previous is None
