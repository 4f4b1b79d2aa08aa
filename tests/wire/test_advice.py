"""The uplink's advice on the bitrate: only a fresh one of this node, and only a rung of the ladder, counts."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.advice import ADVICE_AGE_US, ADVICE_LIMIT_BYTES, Advice, advised_bps, dump_advice, ladder

NOW = 10**15
RUNGS = ladder(1_500_000, 500_000)


def advice(**changes: object) -> bytes:
    fields: dict[str, object] = {"node": "demo", "updated": NOW, "bitrate_bps": 843_000}
    return dump_advice(Advice.model_validate(fields | changes))


def test_ladder_steps_down_by_a_quarter_to_the_floor() -> None:
    assert RUNGS == (1_500_000, 1_125_000, 843_000, 632_000, 500_000)


@given(st.integers(64_000, 20_000_000), st.integers(64_000, 20_000_000))
def test_ladder_begins_at_the_bitrate_falls_and_never_passes_the_floor(bitrate_bps: int, floor_bps: int) -> None:
    rungs = ladder(bitrate_bps, floor_bps)
    assert rungs[0] == bitrate_bps
    assert all(above > below >= floor_bps for above, below in pairwise(rungs))
    assert rungs[-1] == min(bitrate_bps, floor_bps) or floor_bps >= bitrate_bps


@pytest.mark.parametrize("rung", RUNGS)
def test_fresh_advice_of_this_node_counts(tmp_path: Path, rung: int) -> None:
    (tmp_path / "advice.json").write_bytes(advice(bitrate_bps=rung))
    assert advised_bps(tmp_path / "advice.json", "demo", RUNGS, NOW + ADVICE_AGE_US - 1) == rung


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"\xff" * 40,
        b"[" * ADVICE_LIMIT_BYTES,
        advice() + b" " * ADVICE_LIMIT_BYTES,
        advice(node="demo-2"),
        advice(updated=NOW - ADVICE_AGE_US),
        advice(updated=NOW + ADVICE_AGE_US),
        advice(updated=0),
        advice(bitrate_bps=1),
        advice(bitrate_bps=843_001),
        advice(bitrate_bps=474_000),
        advice(bitrate_bps=2_000_000),
        advice().replace(b"843000", b"843000.0"),
        advice().replace(b"843000", b'"843000"'),
        advice().replace(b"843000", b"-843000"),
        advice().replace(b'"v":1', b'"v":2'),
        advice().replace(b'{"', b'{"more":1,"', 1),
        advice().replace(b'"v":1', b'"v":1,"v":1'),
    ],
)
def test_any_other_file_leaves_the_configured_bitrate(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "advice.json").write_bytes(data)
    assert advised_bps(tmp_path / "advice.json", "demo", RUNGS, NOW) == 1_500_000


def test_missing_file_leaves_the_configured_bitrate(tmp_path: Path) -> None:
    assert advised_bps(tmp_path / "advice.json", "demo", RUNGS, NOW) == 1_500_000
    assert advised_bps(tmp_path, "demo", RUNGS, NOW) == 1_500_000
