"""Strict JSON: one value, one byte string, and nothing but ``Refused`` for all else. Tables: tests/vectors/json."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.base import strictjson
from edge.base.errors import Refused

LIMIT = 4096
INTEGERS = st.integers(-(2**53 - 1), 2**53 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_every_value_comes_back(value: Any) -> None:
    assert strictjson.parse(strictjson.dump(value), limit_bytes=10**6) == value


@given(VALUES)
def test_every_value_has_one_encoding(value: Any) -> None:
    data = strictjson.dump(value)
    loose = json.dumps(value, indent=1, sort_keys=False).encode()
    assert strictjson.dump(strictjson.parse_loose(loose, limit_bytes=10**6)) == data
    if loose != data:
        with pytest.raises(Refused):
            strictjson.parse(loose, limit_bytes=10**6)


@given(st.binary(max_size=64) | st.text(alphabet='[]{}",:0123456789.-eE\\ud8aftrnl ', max_size=64).map(str.encode))
@example(b'"\\ud800"')
@example(b"\xff")
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b"1" * 5000)
def test_hostile_bytes_are_refused_or_canonical(data: bytes) -> None:
    try:
        value = strictjson.parse(data, limit_bytes=10**6)
    except Refused:
        return
    assert strictjson.dump(value) == data


@given(VALUES, st.data())
def test_mutated_bytes_are_refused_or_canonical(value: Any, draw: st.DataObject) -> None:
    data = bytearray(strictjson.dump(value))
    data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    test_hostile_bytes_are_refused_or_canonical.hypothesis.inner_test(bytes(data))  # type: ignore[attr-defined]


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "failure"),
    [
        (1.0, "float"),
        ({"a": [1, {"b": 0.5}]}, "float"),
        (2**53, "bad-json"),
        (-(2**53), "bad-json"),
        ("\ud800", "bad-json"),
        ({"\udfff": 1}, "bad-json"),
        ({1, 2}, "bad-json"),
        (b"bytes", "bad-json"),
        ({"a": 1, 2: 1}, "bad-json"),
        (nested(100_000), "bad-json"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_that_json_cannot_carry_are_refused(value: object, failure: str) -> None:
    with pytest.raises(Refused) as refused:
        strictjson.dump(value)
    assert refused.value.failure == failure


def test_tuples_are_written_like_lists() -> None:
    assert strictjson.dump((1, (2, 3))) == b"[1,[2,3]]"


def test_limit_is_the_last_length_taken() -> None:
    assert strictjson.parse(b'"' + b"x" * 98 + b'"', limit_bytes=100) == "x" * 98
    with pytest.raises(Refused) as refused:
        strictjson.parse(b'"' + b"x" * 99 + b'"', limit_bytes=100)
    assert refused.value.failure == "too-long"


def test_people_may_write_white_space_but_no_key_twice() -> None:
    assert strictjson.parse_loose(b'{ "b": 1,\n  "a": 2 }\n', limit_bytes=LIMIT) == {"b": 1, "a": 2}
    with pytest.raises(Refused) as refused:
        strictjson.parse_loose(b'{"a": 1, "a": 2}', limit_bytes=LIMIT)
    assert refused.value.failure == "duplicate-key"
