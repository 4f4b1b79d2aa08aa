"""Records: every bit counts, every cut is noticed, and hostile bytes are refused and never worse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.base.errors import Refused
from edge.seal import record as record_module
from edge.seal.manifest import MANIFEST_LIMIT_BYTES, Gap, Kind, Masks, Shutdown
from edge.seal.record import (
    BLOCK_BYTES,
    Header,
    claimed_sequence,
    make_record,
    padded,
    parse_header,
    parse_headers,
    parse_record,
    parse_records,
)
from tests.seal.samples import DETAILS, FORCE, NODE_KEY, TIP, example, new_chain, segment, stamp
from tests.vectors.forge import flip, forged, manifest_of, sealed_record

PUBLIC = NODE_KEY.public_key
SEGMENT = sealed_record()
SMALL = example(Kind.SEGMENT, bytes(range(40)))


def refused(data: bytes) -> str | None:
    """Returns the failure class, or None where the record and its signature are accepted."""
    try:
        parse_record(data).header.require_signature(PUBLIC)
    except Refused as error:
        return error.failure
    return None


@pytest.mark.parametrize("kind", Kind)
def test_record_of_every_kind_comes_back(kind: Kind) -> None:
    made = example(kind, b"body" if kind is Kind.SEGMENT else b"")
    found = parse_record(made.dump())
    assert found == made
    assert (found.header.kind, found.header.sequence, found.header.sha256) == (kind, 7, made.header.sha256)
    found.header.require_signature(PUBLIC)


def test_every_single_bit_of_a_record_counts() -> None:
    whole = SMALL.dump()
    places = [*range(len(SMALL.header.data) + 60), *range(len(SMALL.header.data) + 60, len(whole), 37), len(whole) - 1]
    unnoticed = [(place, bit) for place in places for bit in range(8) if refused(flip(whole, place, 1 << bit)) is None]
    assert unnoticed == []


GUARDS: dict[str, tuple[str, Callable[..., object], int]] = {
    "signature": ("require_signature", lambda *_: None, len(SMALL.header.data) - 1),
    "body": ("_check_body", lambda *_: None, len(SMALL.header.data)),
    "padding": ("any", lambda _: False, len(SMALL.dump()) - 1),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_control_bit_goes_unnoticed_without_its_guard(guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, sabotage, place = GUARDS[guard]
    changed = flip(SMALL.dump(), place)
    assert refused(changed) is not None
    monkeypatch.setattr(Header if guard == "signature" else record_module, name, sabotage, raising=False)
    assert refused(changed) is None


def test_every_cut_is_truncated() -> None:
    whole = SEGMENT.dump()
    assert {refused(whole[:length]) for length in range(0, len(whole), 3)} == {"truncated"}
    assert refused(whole[:-1]) == "truncated"
    header = SEGMENT.header.data
    for length in range(len(header)):
        with pytest.raises(Refused) as error:
            parse_header(header[:length])
        assert error.value.failure == "truncated"


HOSTILE = st.binary(max_size=300) | st.builds(
    forged,
    st.integers(0, 14),
    st.binary(max_size=80) | st.sampled_from([manifest_of(Kind.GAP), manifest_of(Kind.SEGMENT), b"{}", b"[" * 5000]),
    st.binary(max_size=20),
)


@given(HOSTILE)
def test_hostile_bytes_are_refused_and_never_worse(data: bytes) -> None:
    for parse in (parse_header, parse_record, lambda d: list(parse_records(d)), lambda d: list(parse_headers(d))):
        try:
            parse(data)
        except Refused:
            continue
        assert data[:8] in (b"", b"MIMAMORI")


@settings(max_examples=300)
@given(st.data())
def test_altered_manifests_under_a_good_crc_are_refused_and_never_worse(draw: st.DataObject) -> None:
    kind = draw.draw(st.sampled_from(list(Kind)))
    text = bytearray(manifest_of(kind))
    for _ in range(draw.draw(st.integers(1, 3))):
        place = draw.draw(st.integers(0, len(text)))
        text[place : place + draw.draw(st.integers(0, 2))] = draw.draw(st.binary(max_size=2))
    body_bytes = 1 if kind is Kind.SEGMENT else 0
    try:
        header = parse_header(forged(kind, bytes(text), body_bytes=body_bytes))
    except Refused:
        return
    assert header.data == forged(kind, bytes(text), body_bytes=body_bytes)


def test_record_is_found_at_an_offset_and_what_follows_is_left() -> None:
    one, two = example(Kind.GAP), SEGMENT
    data = memoryview(one.dump() + two.dump() + b"rest")
    assert parse_record(data, one.header.record_bytes) == two
    assert parse_header(data, one.header.record_bytes) == two.header


def test_concatenations_come_apart_again() -> None:
    chain = [example(kind) for kind in DETAILS] + [SEGMENT]
    assert list(parse_records(b"".join(item.dump() for item in chain))) == chain
    headers = [item.header for item in chain]
    assert list(parse_headers(b"".join(header.data for header in headers))) == headers
    assert list(parse_records(b"")) == []
    assert list(parse_headers(b"")) == []


@pytest.mark.parametrize(("length", "whole"), [(0, 0), (1, 4096), (4095, 4096), (4096, 4096), (4097, 8192)])
def test_padding_reaches_the_next_block(length: int, whole: int) -> None:
    assert padded(length) == whole


def test_record_that_fills_its_blocks_has_no_padding() -> None:
    spare = BLOCK_BYTES - len(example(Kind.SEGMENT, b"x" * 3000).header.data)
    made = example(Kind.SEGMENT, b"x" * spare)
    assert len(made.dump()) == made.header.record_bytes == BLOCK_BYTES
    assert refused(made.dump()) is None


@pytest.mark.parametrize(
    ("body", "failure"), [(b"", "body-length"), (b"longer", "body-length"), (b"other", "body-hash")]
)
def test_body_that_the_manifest_does_not_name_is_never_signed(body: bytes, failure: str) -> None:
    chain = new_chain(tip=TIP)
    with pytest.raises(Refused) as error:
        chain.make(Kind.SEGMENT, segment(b"right"), stamp(7), FORCE, body)
    assert error.value.failure == failure
    assert chain.tip == TIP


def test_body_under_a_kind_without_one_is_never_signed() -> None:
    with pytest.raises(Refused, match="body of 1 bytes where the manifest says 0"):
        new_chain(tip=TIP).make(Kind.GAP, DETAILS[Kind.GAP], stamp(7), FORCE, b"x")


def test_detail_of_another_kind_is_never_signed() -> None:
    with pytest.raises(ValueError, match="detail is of another kind"):
        make_record(Kind.GAP, example(Kind.SHUTDOWN).header.manifest, b"", NODE_KEY)


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (Kind.GAP, Gap(cause="unknown", frames_missed=2**31 - 1, note="\x00" * 200)),  # type: ignore[arg-type]
        (Kind.MASKS, Masks(before=None, after=None, valid=False, reason="\x1f" * 400)),
        (Kind.SHUTDOWN, Shutdown(reason="𠮷" * 200)),
    ],
)
def test_longest_texts_fit_a_manifest(kind: Kind, detail: Gap | Masks | Shutdown) -> None:
    made = new_chain(tip=TIP).make(kind, detail, stamp(7), FORCE)
    assert len(made.header.data) < MANIFEST_LIMIT_BYTES
    assert parse_record(made.dump()) == made


def test_foreign_key_is_named_before_the_signature() -> None:
    with pytest.raises(Refused) as error:
        SMALL.header.require_signature(bytes(32))
    assert error.value.failure == "foreign-key"


def test_intact_preamble_claims_its_sequence_though_the_rest_is_torn() -> None:
    header = SMALL.header.data
    assert claimed_sequence(header[:40]) == claimed_sequence(header[:-9] + bytes(9)) == 7
    assert claimed_sequence(header[:39]) is None
    assert claimed_sequence(flip(header, 31)) is None
