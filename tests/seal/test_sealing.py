"""Envelope and layers: both custodians are needed, in order, and nothing else opens; hostile bytes are refused."""

from __future__ import annotations

import hashlib

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.base.errors import NotPermitted, Refused
from edge.seal.envelope import Envelope, dump_envelope, parse_envelope
from edge.seal.sealing import encrypt_layer, open_layer, require_own_stanzas, seal, sealed_bytes_at_most
from edge.wire.keylist import Pair
from tests.seal.samples import CHAIN, DAY, DAY_KEYS, MANAGER, OPERATOR, PAIR
from tests.vectors.forge import bodies, envelope, flip

ENVELOPE = Envelope(CHAIN, 7, b"\0\0\0\x18ftyp" + b"mp4" * 100)


def test_both_custodians_open_what_was_sealed_in_order() -> None:
    sealed = seal(ENVELOPE, PAIR, pad_bytes=1024)
    inner = open_layer(sealed.body, MANAGER.identity)
    plain = open_layer(inner, OPERATOR.identity)
    assert parse_envelope(plain, CHAIN, 7) == ENVELOPE
    assert hashlib.sha256(plain).hexdigest() == sealed.envelope_sha256
    assert hashlib.sha256(sealed.body).hexdigest() == sealed.body_sha256
    assert len(plain) % 1024 == 0


@pytest.mark.parametrize("who", ["operator", "foreign"])
def test_outer_layer_opens_to_the_manager_alone(who: str) -> None:
    with pytest.raises(NotPermitted, match="does not open with that day key"):
        open_layer(seal(ENVELOPE, PAIR, pad_bytes=64).body, DAY_KEYS[who].identity)


@pytest.mark.parametrize("who", ["manager", "foreign"])
def test_inner_layer_opens_to_the_operator_alone(who: str) -> None:
    inner = open_layer(seal(ENVELOPE, PAIR, pad_bytes=64).body, MANAGER.identity)
    with pytest.raises(NotPermitted):
        open_layer(inner, DAY_KEYS[who].identity)


def test_control_one_key_for_both_layers_opens_alone() -> None:
    pair = Pair(period=DAY, manager=MANAGER.recipient, operator=MANAGER.recipient)
    inner = open_layer(seal(ENVELOPE, pair, pad_bytes=64).body, MANAGER.identity)
    assert parse_envelope(open_layer(inner, MANAGER.identity), CHAIN, 7) == ENVELOPE


def test_same_picture_sealed_twice_has_nothing_in_common() -> None:
    one, two = seal(ENVELOPE, PAIR, pad_bytes=64), seal(ENVELOPE, PAIR, pad_bytes=64)
    assert one.envelope_sha256 != two.envelope_sha256
    assert one.body_sha256 != two.body_sha256


@pytest.mark.parametrize("mp4_bytes", [0, 1, 32 * 1024 - 64, 32 * 1024 - 63, 200_000])
def test_sealed_size_stays_within_what_was_announced(mp4_bytes: int) -> None:
    body = seal(Envelope(CHAIN, 7, bytes(mp4_bytes)), PAIR).body
    assert len(body) <= sealed_bytes_at_most(mp4_bytes)


def test_sizes_within_one_pad_look_alike() -> None:
    lengths = {
        len(dump_envelope(Envelope(CHAIN, 7, bytes(n)), salt=bytes(32), pad_bytes=4096)) for n in (1, 2000, 4032)
    }
    assert lengths == {4096}


def test_every_altered_byte_of_a_layer_is_noticed() -> None:
    body = bodies()["sealed"]
    for place in range(len(body)):
        with pytest.raises((NotPermitted, Refused)):
            open_layer(flip(body, place), MANAGER.identity)


def test_every_cut_of_a_layer_is_noticed() -> None:
    body = bodies()["sealed"]
    for length in range(len(body)):
        with pytest.raises((NotPermitted, Refused)):
            open_layer(body[:length], MANAGER.identity)


def test_key_that_is_none_is_not_permitted_and_not_shown() -> None:
    with pytest.raises(NotPermitted) as error:
        open_layer(bodies()["sealed"], "AGE-SECRET-KEY-1SECRET")
    assert "SECRET" not in str(error.value)


@pytest.mark.parametrize("recipient", ["", "age1" + "q" * 58, MANAGER.recipient[:-1] + "!", "ssh-ed25519 AAAA"])
def test_recipient_that_is_none_is_refused(recipient: str) -> None:
    with pytest.raises(Refused) as error:
        encrypt_layer(b"", recipient)
    assert error.value.failure == "bad-recipient"


@pytest.mark.parametrize("_", range(20))
def test_own_layers_pass_whatever_grease_age_adds(_: int) -> None:
    require_own_stanzas(encrypt_layer(b"x", MANAGER.recipient))


def test_layer_for_a_second_person_is_foreign_though_it_would_open() -> None:
    """Control: age itself opens it, so the check on stanzas is all that notices."""
    layer = bodies()["two-recipients"]
    assert pyrage.decrypt(layer, [pyrage.x25519.Identity.from_str(OPERATOR.identity)]) == b""
    with pytest.raises(Refused) as error:
        open_layer(layer, MANAGER.identity)
    assert error.value.failure == "foreign-stanza"


@given(st.binary(max_size=200))
def test_hostile_layers_are_refused_and_never_worse(data: bytes) -> None:
    for layer in (data, b"age-encryption.org/v1\n" + data, b"age-encryption.org/v1\n-> X25519 " + data + b"\n--- x\n"):
        try:
            open_layer(layer, MANAGER.identity)
        except (Refused, NotPermitted):
            continue
        raise AssertionError("a layer nobody made was opened")


@given(st.binary(max_size=200))
def test_hostile_envelopes_are_refused_and_never_worse(data: bytes) -> None:
    for plain in (data, bytes(32) + bytes.fromhex(CHAIN) + (7).to_bytes(8, "big") + data):
        try:
            found = parse_envelope(plain, CHAIN, 7)
        except Refused:
            continue
        assert dump_envelope(found, salt=plain[:32], pad_bytes=1) == plain[: 64 + len(found.mp4)]


@given(st.binary(max_size=300), st.integers(1, 500), st.integers(0, 2**53 - 1))
def test_envelope_comes_back(mp4: bytes, pad_bytes: int, sequence: int) -> None:
    packed = Envelope(CHAIN, sequence, mp4)
    assert parse_envelope(dump_envelope(packed, salt=bytes(32), pad_bytes=pad_bytes), CHAIN, sequence) == packed


def test_every_byte_of_the_envelopes_place_and_padding_counts() -> None:
    """Salt, length within the padding, and MP4 are held by ``envelope_sha256`` alone, which whoever opens compares."""
    plain = envelope()
    for place in [*range(32, 62), *range(64 + 212, len(plain))]:
        with pytest.raises(Refused):
            parse_envelope(flip(plain, place), CHAIN, 7)


def test_salt_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="salt of 31 bytes"):
        dump_envelope(ENVELOPE, salt=bytes(31), pad_bytes=1)
