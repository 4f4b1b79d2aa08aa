"""The recorder's status file: it comes back, and what is not one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base import strictjson
from edge.base.errors import BadInput, Refused
from edge.seal.manifest import Cause
from edge.wire.heartbeat import parse_heartbeat
from edge.wire.status import (
    FAULT_LIMIT,
    FAULTS_AT_MOST,
    STATUS_LIMIT_BYTES,
    RecorderStatus,
    dump_status,
    read_status,
)
from tests.seal.samples import NODE
from tests.vectors.vector import load


def status() -> RecorderStatus:
    found = parse_heartbeat(load("heartbeat/ok").data, NODE).recorder
    assert found is not None
    return found


def written(folder: Path, data: bytes) -> Path:
    path = folder / "recorder.json"
    path.write_bytes(data)
    return path


def test_status_comes_back(tmp_path: Path) -> None:
    assert read_status(written(tmp_path, dump_status(status()))) == status()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"state": "well"}, "state: "),
        ({"node": "evil\nhost"}, "node: "),
        ({"frames_seen": -1}, "frames_seen: "),
        ({"message": "x" * 401}, "message: "),
        ({"gaps_24h": {"a b": 1}}, "gaps_24h.a b"),
        ({"gaps_24h": {f"c{n}": 1 for n in range(33)}}, "gaps_24h: "),
        ({"faults": {"card": "x" * 201}}, "faults.card: "),
        ({"faults": {"a b": "x"}}, "faults.a b"),
        ({"faults": {f"f{n}": "x" for n in range(17)}}, "faults: "),
        ({"slow_syncs_24h": -1}, "slow_syncs_24h: "),
        ({"slowest_sync_24h_ms": None}, "slowest_sync_24h_ms: "),
        ({"more": 1}, "more: unknown key"),
    ],
)
def test_status_against_its_schema_is_refused(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    path = written(tmp_path, strictjson.dump({**status().model_dump(mode="json"), **changes}))
    with pytest.raises(Refused, match=r"recorder\.json") as error:
        read_status(path)
    assert error.value.failure == "bad-document"
    assert says in str(error.value)


def test_status_with_every_fault_at_its_longest_is_still_read(tmp_path: Path) -> None:
    """Three bytes a character is what Japanese takes."""
    faults = {f"f{n:063}": "故" * FAULT_LIMIT for n in range(FAULTS_AT_MOST)}
    gaps = {cause.value: 86_400 for cause in Cause}
    full = status().model_copy(update={"faults": faults, "message": "故" * 400, "gaps_24h": gaps})
    assert read_status(written(tmp_path, dump_status(full))) == full


def test_status_that_is_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as error:
        read_status(written(tmp_path, b"rubbish"))
    assert error.value.failure == "bad-json"


def test_missing_and_overlong_status_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_status(tmp_path / "none")
    with pytest.raises(BadInput, match="longer than"):
        read_status(written(tmp_path, b" " * (STATUS_LIMIT_BYTES + 1)))
