"""The uplink's word on the line: it comes back, and what is not one is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from edge.base import strictjson
from edge.base.errors import BadInput, Refused
from edge.wire.line import LINE_LIMIT_BYTES, Access, LineReport, Way, dump_line, read_line

GOOD = dump_line(LineReport("demo", 10**15, 7))
FULL = LineReport("demo", 10**15, 0, True, 84, 4_000_000, Access(Way.MODEM, -71, 52))


@pytest.mark.parametrize("quiet_s", [None, 0, 86_400])
def test_report_comes_back(tmp_path: Path, quiet_s: int | None) -> None:
    report = LineReport("demo", 10**15, quiet_s)
    (tmp_path / "uplink.json").write_bytes(dump_line(report))
    assert read_line(tmp_path / "uplink.json") == report


def test_what_was_measured_comes_back(tmp_path: Path) -> None:
    for report in (FULL, replace(FULL, reached=False, access=Access(Way.CABLE))):
        (tmp_path / "uplink.json").write_bytes(dump_line(report))
        assert read_line(tmp_path / "uplink.json") == report


@pytest.mark.parametrize(
    "change",
    [
        {"reached": 1},
        {"round_trip_ms": -1},
        {"round_trip_ms": 10**8},
        {"round_trip_ms": "84"},
        {"rate_bps": True},
        {"rate_bps": 10**13},
        {"way": "pigeon"},
        {"way": ["cable"]},
        {"dbm": -201},
        {"dbm": 51},
        {"percent": 101},
        {"percent": -1},
    ],
    ids=str,
)
def test_figure_out_of_bounds_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    tree = strictjson.parse(dump_line(FULL), limit_bytes=LINE_LIMIT_BYTES)
    assert isinstance(tree, dict)
    (tmp_path / "uplink.json").write_text(json.dumps(tree | change, sort_keys=True, separators=(",", ":")))
    with pytest.raises(Refused):
        read_line(tmp_path / "uplink.json")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 500,
        GOOD.replace(b'"v":1', b'"v":2'),
        GOOD.replace(b'"v":1', b'"v":true'),
        GOOD.replace(b'"v":1', b'"v":1,"w":1'),
        GOOD.replace(b'"v":1', b'"v":1,"v":1'),
        GOOD.replace(b'"demo"', b"1"),
        GOOD.replace(b":7", b":-7"),
        GOOD.replace(b":7", b":7.0"),
        GOOD.replace(b":7", b":true"),
        GOOD.replace(b":7", b':"7"'),
        GOOD.replace(b"1000000000000000", b"null"),
    ],
)
def test_other_bytes_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "uplink.json").write_bytes(data)
    with pytest.raises(Refused):
        read_line(tmp_path / "uplink.json")


def test_missing_or_long_file_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        read_line(tmp_path / "uplink.json")
    (tmp_path / "uplink.json").write_bytes(GOOD + b" " * LINE_LIMIT_BYTES)
    with pytest.raises(BadInput):
        read_line(tmp_path / "uplink.json")
