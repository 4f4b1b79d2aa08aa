from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from edge.base.errors import Refused
from edge.center.batch import Address, check_batch
from edge.seal.record import Record
from tests.center.city import NOW, Node, joined

TOKYO = ZoneInfo("Asia/Tokyo")


def check(sender: Node, records: list[Record], data: bytes | None = None, **changes: Any) -> str:
    values: dict[str, Any] = {
        "node": sender.name,
        "chain": sender.chain.chain,
        "first": records[0].header.sequence,
        "last": records[-1].header.sequence,
    } | changes
    address = Address(**values)
    return check_batch(address, joined(records) if data is None else data, sender.signing.public_key, TOKYO).day


def test_takes_records_of_every_kind_in_order() -> None:
    node = Node("cam-1")
    assert check(node, [node.boot(), node.segment(), node.gap(), node.config(), node.segment()]) == node.day


def test_boot_may_pass_over_records_that_were_never_synced() -> None:
    node = Node("cam-1")
    first = node.segment()
    tip = node.chain.tip
    lost = node.segment()
    assert tip is not None
    node.chain._tip = type(tip)(tip.chain, lost.header.sequence, tip.sha256)
    boot = node.boot()
    after = node.segment()
    assert check(node, [boot, after])
    assert first.header.sequence + 2 == boot.header.sequence


def test_spare_keys_batch_lives_until_its_weeks_last_day() -> None:
    node = Node("cam-1", day="2026-01-05", period="2026-W02")
    assert check(node, [node.segment()]) == "2026-01-11"


def test_records_without_a_body_go_by_the_citys_day() -> None:
    node = Node("cam-1", now_us=1_767_625_200_000_000)  # 2026-01-05T15:00Z is 6 January in Tokyo
    assert check(node, [node.boot()]) == "2026-01-06"


def _foreign(node: Node) -> Record:
    other = Node(node.name)
    other.chain._chain = node.chain.chain
    return other.segment()


@pytest.mark.parametrize(
    ("failure", "changes"),
    [
        ("wrong-node", {"node": "cam-2"}),
        ("wrong-chain", {"chain": "0" * 32}),
        ("wrong-range", {"first": 1, "last": 3}),
        ("wrong-range", {"last": 1}),
        ("wrong-range", {"last": 3}),
        ("too-long", {"last": 64}),
        ("bad-range", {"first": 3}),
        ("bad-range", {"last": 2**53}),
    ],
)
def test_refuses_a_batch_of_another_place(failure: str, changes: dict[str, Any]) -> None:
    node = Node("cam-1")
    records = [node.segment() for _ in range(3)]
    assert check(node, records)
    with pytest.raises(Refused) as caught:
        check(node, records, **changes)
    assert caught.value.failure == failure


def test_refuses_a_key_that_is_not_the_nodes() -> None:
    node = Node("cam-1")
    with pytest.raises(Refused) as caught:
        check(node, [_foreign(node)])
    assert caught.value.failure == "foreign-key"


def test_refuses_records_that_do_not_follow_one_another() -> None:
    node = Node("cam-1")
    first, second, third = (node.segment() for _ in range(3))
    for records, failure in (([first, third, second], "wrong-range"), ([first, first, third], "wrong-range")):
        with pytest.raises(Refused) as caught:
            check(node, records, first=0, last=2)
        assert caught.value.failure == failure


def test_refuses_a_broken_link() -> None:
    node = Node("cam-1")
    first = node.segment()
    node.chain._tip = type(node.chain.tip)(node.chain.chain, 0, "f" * 64)  # type: ignore[misc]
    second = node.segment()
    with pytest.raises(Refused) as caught:
        check(node, [first, second])
    assert caught.value.failure == "broken-link"


def test_refuses_two_days_in_one_batch() -> None:
    node = Node("cam-1")
    first = node.segment()
    node.day = "2026-01-06"
    with pytest.raises(Refused) as caught:
        check(node, [first, node.segment()])
    assert caught.value.failure == "several-days"


def test_refuses_a_week_beyond_the_calendars_end() -> None:
    node = Node("cam-1", day="9999-12-31", period="9999-W52")
    with pytest.raises(Refused):
        check(node, [node.segment()])


def test_every_single_flipped_bit_class_is_noticed() -> None:
    """One bit in every byte of the header and padding, and in bytes throughout the body."""
    node = Node("cam-1", now_us=NOW)
    record = node.segment(9000)
    data = joined([record])
    header = len(record.header.data)
    places = [*range(header), *range(header, header + 9000, 97), *range(header + 9000, len(data), 31), len(data) - 1]
    for place in places:
        altered = bytearray(data)
        altered[place] ^= 1 << (place % 8)
        with pytest.raises(Refused):
            check(node, [record], bytes(altered))


@pytest.mark.parametrize("cut", [0, 1, 47, 500, 4095, 4096, -4096, -1])
def test_refuses_a_truncated_batch(cut: int) -> None:
    node = Node("cam-1")
    records = [node.segment(5000), node.segment(5000)]
    with pytest.raises(Refused):
        check(node, records, joined(records)[:cut])
