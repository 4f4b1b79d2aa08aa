"""Field types that documents share: what each takes and refuses; models from hostile JSON; how faults read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from edge.base.errors import BadInput, Refused
from edge.base.model import (
    AgeRecipient,
    Day,
    Hex16,
    Hex32,
    Hex64,
    NodeId,
    OpaqueId,
    Strict,
    Utc,
    faults,
    from_json,
    read_json,
    to_json,
)
from edge.wire.keylist import Period, Week

RECIPIENT = "age1" + "q" * 58
TYPES: dict[str, Any] = {
    "NodeId": NodeId,
    "Hex16": Hex16,
    "Hex32": Hex32,
    "Hex64": Hex64,
    "Day": Day,
    "Week": Week,
    "Period": Period,
    "OpaqueId": OpaqueId,
    "AgeRecipient": AgeRecipient,
    "Utc": Annotated[Utc, Field(strict=True)],
}

ACCEPTED: dict[str, tuple[Any, ...]] = {
    "NodeId": ("a", "7", "demo", "matsudo-0042", "a-", "x" * 32),
    "Hex16": ("0" * 32, "0123456789abcdef" * 2),
    "Hex32": ("f" * 64,),
    "Hex64": ("a" * 128,),
    "Day": ("2026-01-05", "2024-02-29", "0001-01-01", "9999-12-31"),
    "Week": ("2026-W02", "2026-W53", "2026-W01"),
    "Period": ("2026-01-05", "2026-W02"),
    "OpaqueId": ("K-0001", "a.b_c-d", "Z", "9" * 64),
    "AgeRecipient": (RECIPIENT,),
    "Utc": (0, 1, 2**53 - 1),
}

REJECTED: dict[str, tuple[Any, ...]] = {
    "NodeId": (
        "",
        "evil\nhost",
        "host\n",
        "\nhost",
        "Demo",
        "-a",
        "a_b",
        "a.b",
        "a/b",
        "../a",
        "a+b",
        "a#",
        "$sys",
        "@center",
        "nöde",
        "ｄｅｍｏ",
        "カメラ",
        "a\0",
        "a b",
        "x" * 33,
        1,
        None,
    ),
    "Hex16": ("", "0" * 31, "0" * 33, "A" * 32, "g" * 32, "0" * 31 + "\n", "0x" + "0" * 30, "０" * 32),
    "Hex32": ("f" * 63, "f" * 65, "F" * 64, b"f" * 64),
    "Hex64": ("a" * 127, "a" * 129),
    "Day": (
        "",
        "2026-1-5",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "0000-01-01",
        "20260105",
        "2026-01-05\n",
        "2026-01-05T00:00",
        "２０２６-０１-０５",
        "٢٠٢٦-٠١-٠٥",
        "2026-W02",
        "2026-W02-1",
    ),
    "Week": (
        "2026-W54",
        "2025-W53",
        "2026-W00",
        "2026W02",
        "2026-w02",
        "0000-W01",
        "2026-W2",
        "2026-W０２",
        "2026-W02\n",
    ),
    "Period": ("2026-W54", "2026-02-30", "2026", "2026-01", "2026-W02-1", "2026-01-05 "),
    "OpaqueId": ("", "-a", ".a", "a b", "a\n", "a/b", "山田", "x" * 65, "<b>"),
    "AgeRecipient": (
        RECIPIENT.upper(),
        RECIPIENT[:-1],
        RECIPIENT + "q",
        "age1" + "b" * 58,
        RECIPIENT + "\n",
        "ssh-ed25519 AAAA",
    ),
    "Utc": (-1, 2**53, 1.0, "1", True, None),
}


def _cases(table: dict[str, tuple[Any, ...]]) -> list[tuple[str, Any]]:
    return [(name, value) for name, values in table.items() for value in values]


@pytest.mark.parametrize(("name", "value"), _cases(ACCEPTED))
def test_value_is_taken(name: str, value: Any) -> None:
    assert TypeAdapter(TYPES[name]).validate_python(value, strict=True) == value


@pytest.mark.parametrize(("name", "value"), _cases(REJECTED))
def test_value_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(TYPES[name]).validate_python(value, strict=True)


class Sample(Strict):
    """Something to parse."""

    node: NodeId
    count: int
    key: AgeRecipient = RECIPIENT


def _faults(tree: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as error:
        Sample.model_validate(tree)
    return faults(error.value)


def test_all_faults_are_named_at_once_with_their_paths() -> None:
    lines = _faults({"node": "evil\nhost", "count": "1", "nodes": 1})
    assert [line.split(":")[0] for line in lines] == ["node", "count", "nodes"]
    assert lines[2] == "nodes: unknown key; remove it or mend its spelling"


def test_fault_writes_no_line_of_its_own() -> None:
    (line,) = _faults({"node": "a", "count": 1, "x\nlevel=info all is well": 1})
    assert "\n" not in line


def test_fault_of_a_long_key_is_short() -> None:
    (line,) = _faults({"node": "a", "count": 1, "x" * 10_000: 1})
    assert len(line) < 250


def test_private_key_in_a_recipients_place_is_not_shown() -> None:
    (line,) = _faults({"node": "a", "count": 1, "key": "AGE-SECRET-KEY-1" + "SECRETS" * 8})
    assert "SECRETS" not in line


def test_values_are_frozen_and_take_no_unknown_key() -> None:
    sample = Sample(node="a", count=1)
    with pytest.raises(ValidationError):
        sample.node = "b"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Sample(node="a", count=1, more=2)  # type: ignore[call-arg]


def test_whole_document_of_another_type_is_named() -> None:
    with pytest.raises(ValidationError) as error:
        Sample.model_validate([])
    assert faults(error.value)[0].startswith("(document): ")


class _Counted(Strict):
    v: Literal[1] = 1
    count: Annotated[int, Field(ge=0)]


def test_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "count.json").write_bytes(to_json(_Counted(count=7)))
    assert read_json(_Counted, tmp_path / "count.json", limit_bytes=64) == _Counted(count=7)


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (b'{"count":-1,"v":1}', "bad-document"),
        (b'{"count":1,"extra":1,"v":1}', "bad-document"),
        (b'{"count": 1, "v": 1}', "not-canonical"),
        (b'{"count":1,"count":1,"v":1}', "duplicate-key"),
        (b'{"count":1.0,"v":1}', "float"),
        (b"\xff", "bad-json"),
        (b"", "bad-json"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_failure(tmp_path: Path, data: bytes, failure: str) -> None:
    path = tmp_path / "count.json"
    path.write_bytes(data)
    with pytest.raises(Refused, match=re.escape(f"{path}: ")) as refused:
        read_json(_Counted, path, limit_bytes=64)
    assert refused.value.failure == failure


def test_people_may_write_white_space_where_it_is_allowed_and_nothing_else() -> None:
    assert from_json(_Counted, b'{"v": 1, "count": 1}', "count", limit_bytes=64, loose=True).count == 1
    with pytest.raises(Refused, match=r"^count: key 'v' stands twice"):
        from_json(_Counted, b'{"v": 1, "v": 1}', "count", limit_bytes=64, loose=True)


def test_no_more_than_the_limit_is_parsed(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b" " * 65)
    with pytest.raises(BadInput, match="longer than 64 bytes"):
        read_json(_Counted, tmp_path / "long", limit_bytes=64)
    with pytest.raises(Refused, match=r"count: .*over the limit of 64"):
        from_json(_Counted, b" " * 65, "count", limit_bytes=64, loose=True)
