from __future__ import annotations

import pytest

from edge.base.errors import Refused
from edge.center.alarm import open_alarms
from edge.center.center import Center
from edge.center.proof import Proof, moved_on
from edge.center.pulse import find_pulse, take_heartbeat, take_link
from tests.center.city import NOW, City, Node
from tests.center.showcase import beat, enrolled


def proof_of(center: Center, node: str) -> Proof | None:
    with center.database.read() as connection:
        pulse = find_pulse(connection, node)
    return pulse.proof if pulse else None


def test_the_proof_moves_on_with_the_sequence() -> None:
    node = Node("cam-1")
    first, second = node.segment().header, node.segment(blanked=True).header
    proof = moved_on(None, first, 5)
    assert proof == Proof(node.chain.chain, 0, first.manifest.end_us, False, 5)
    assert moved_on(proof, second, 9) == Proof(node.chain.chain, 1, second.manifest.end_us, True, 9)


def test_old_headers_and_other_kinds_prove_nothing_new() -> None:
    node = Node("cam-1")
    before, first, second, gap = node.boot().header, node.segment().header, node.segment().header, node.gap().header
    proof = moved_on(None, second, 5)
    for header in (second, first, before, gap, None):
        assert moved_on(proof, header, 9) is None
    assert moved_on(None, gap, 9) is None


def test_another_chain_must_end_later() -> None:
    node = Node("cam-1")
    old = node.segment().header
    node.begin_chain()
    new = node.segment().header
    proof = moved_on(None, old, 5)
    assert moved_on(proof, new, 9) is not None
    assert moved_on(moved_on(proof, new, 9), old, 12) is None


def test_a_heartbeat_with_a_foreign_header_raises_an_alarm_and_proves_nothing(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    beat(center, node, Node("cam-1").segment().header.data, NOW)
    assert proof_of(center, "cam-1") is None
    with center.database.read() as connection:
        assert [(item.node, item.kind) for item in open_alarms(connection)] == [("cam-1", "false-proof")]
    beat(center, node, node.segment().header.data, NOW)
    assert proof_of(center, "cam-1") is not None


def test_an_altered_header_proves_nothing(center: Center, city: City) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    header = bytearray(node.segment().header.data)
    header[-1] ^= 1
    beat(center, node, bytes(header), NOW)
    assert proof_of(center, "cam-1") is None


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff", b"[" * 40_000])
def test_rubbish_is_refused(center: Center, city: City, payload: bytes) -> None:
    enrolled(center, city, "cam-1", NOW)
    with pytest.raises(Refused):
        take_heartbeat(center, "cam-1", payload, retained=False)
    with pytest.raises(Refused):
        take_link(center, "cam-1", payload)


def test_a_link_state_is_kept(center: Center, city: City) -> None:
    enrolled(center, city, "cam-1", NOW)
    take_link(center, "cam-1", b"online")
    take_link(center, "cam-1", b"offline")
    with center.database.read() as connection:
        pulse = find_pulse(connection, "cam-1")
    assert pulse is not None
    assert pulse.link == "offline"
