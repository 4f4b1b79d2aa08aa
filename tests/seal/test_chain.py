"""The chain's writing end: links, resumption, and no sequence signed twice."""

from __future__ import annotations

from itertools import pairwise

import pytest
from pydantic import ValidationError

from edge.base.clock import ClockQuality
from edge.base.errors import Refused
from edge.seal.chain import Stamp, Tip, new_chain_id
from edge.seal.manifest import Boot, Kind, Shutdown
from edge.seal.record import parse_record
from edge.wire.signed import key_id
from tests.seal.samples import CHAIN, DETAILS, FORCE, NODE_KEY, OTHER_CHAIN, TIP, new_chain, segment, stamp

SHUTDOWN = Shutdown(reason="test")


def test_first_record_has_sequence_0_and_no_previous() -> None:
    chain = new_chain()
    assert (chain.chain, chain.tip, chain.next_sequence) == (CHAIN, None, 0)
    first = chain.boot(OTHER_CHAIN, stamp(0), FORCE).header
    assert (first.sequence, first.manifest.previous) == (0, None)
    assert first.manifest.detail == Boot(predecessor=OTHER_CHAIN, resumes=None)


def test_each_record_names_the_one_before() -> None:
    chain = new_chain()
    made = [chain.boot(None, stamp(0), FORCE)]
    made += [chain.make(kind, DETAILS[kind], stamp(1), FORCE) for kind in DETAILS if kind is not Kind.BOOT]
    assert [item.header.sequence for item in made] == list(range(len(made)))
    for before, after in pairwise(made):
        assert after.header.manifest.previous == before.header.sha256
    assert chain.tip == Tip(CHAIN, len(made) - 1, made[-1].header.sha256)


def test_boot_after_a_loss_goes_on_above_the_highest_and_links_to_the_last_known() -> None:
    chain = new_chain(tip=Tip(CHAIN, 41, "ab" * 32))
    boot = parse_record(chain.boot(None, stamp(0), FORCE).dump()).header.manifest
    assert (boot.sequence, boot.previous) == (42, "ab" * 32)
    assert boot.detail == Boot(predecessor=None, resumes=41)


def test_manifest_repeats_who_wrote_it_and_what_was_in_force() -> None:
    made = new_chain().make(Kind.SHUTDOWN, SHUTDOWN, stamp(3), FORCE).header.manifest
    assert (made.node, made.firmware, made.masks, made.floor) == (
        "demo",
        "mimamori-edge 0.1.0",
        FORCE.masks,
        FORCE.floor,
    )
    assert made.key_id == key_id(NODE_KEY.public_key)
    assert (made.start_us, made.mono_end_us) == (stamp(3).start_us, stamp(3).mono_end_us)
    assert made.segment is None


def test_record_that_was_not_stored_keeps_its_sequence_used() -> None:
    chain = new_chain(tip=TIP)
    lost = chain.make(Kind.SHUTDOWN, SHUTDOWN, stamp(7), FORCE)
    after = chain.make(Kind.SHUTDOWN, SHUTDOWN, stamp(8), FORCE)
    assert (after.header.sequence, after.header.manifest.previous) == (8, lost.header.sha256)


def test_record_that_was_refused_was_not_signed_and_uses_no_sequence() -> None:
    signed: list[bytes] = []

    class Counting:
        """Signs and remembers what it signed."""

        public_key = NODE_KEY.public_key

        def sign(self, message: bytes) -> bytes:
            signed.append(message)
            return NODE_KEY.sign(message)

    chain = new_chain(key=Counting(), tip=TIP)
    with pytest.raises(Refused):
        chain.make(Kind.SEGMENT, segment(b"right"), stamp(7), FORCE, b"wrong")
    backwards = Stamp(2, 1, 0, 0, ClockQuality.UNTRUSTED)
    with pytest.raises(ValidationError, match="ends before it starts"):
        chain.make(Kind.SHUTDOWN, SHUTDOWN, backwards, FORCE)
    assert (signed, chain.next_sequence) == ([], 7)


def test_chain_ids_are_new_each_time() -> None:
    ids = {new_chain_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(bytes.fromhex(item)) == 16 for item in ids)
