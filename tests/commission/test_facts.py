"""What a host is told of the camera, from files that anybody may have written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from edge.base import strictjson
from edge.commission.facts import Facts, Sources, look
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.line import LineReport, dump_line
from edge.wire.receipt import Receipt
from edge.wire.receipts import append_receipt
from tests.clocks import HandClock
from tests.seal.samples import CHAIN, NODE, ROLES, START_US, authority_payload
from tests.vectors.messages import heartbeats

STATUS: dict[str, object] = json.loads(next(heartbeats()).data)["recorder"]
"""Of a node that records."""


class Told:
    """Files of a node that records, was receipted 30 s ago, and whose line is up."""

    def __init__(self, folder: Path) -> None:
        self.sources = Sources(folder / "recorder.json", folder / "uplink.json", folder / "receipts")
        self.sources.receipts.mkdir()
        self.status()
        self.line()
        self.receipt(START_US - 30_000_000)

    def status(self, **changes: object) -> None:
        self.sources.status.write_bytes(strictjson.dump(STATUS | changes))

    def line(self, node: str = NODE, updated: int = START_US, quiet_s: int | None = 5) -> None:
        self.sources.line.write_bytes(dump_line(LineReport(node, updated, quiet_s)))

    def receipt(self, time: int, *, node: str = NODE, role: Role = Role.RECEIPT, first: int = 0) -> None:
        word = Receipt(node=node, chain=CHAIN, first=first, last=first, hashes=("aa" * 32,), time=time)
        append_receipt(self.sources.receipts, signed.sign("receipt", word, ROLES[role]))

    def look(self) -> Facts:
        return look(self.sources, authority_payload(), NODE, HandClock())


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def test_what_is_known_is_told(told: Told) -> None:
    assert told.look() == Facts("recording", START_US - 30_000_000, line_up=True)


def test_node_that_has_said_nothing_is_unknown(tmp_path: Path) -> None:
    sources = Sources(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    assert look(sources, authority_payload(), NODE, HandClock()) == Facts("unknown", None, line_up=False)


@pytest.mark.parametrize(
    "change", [{"node": "other"}, {"updated": START_US - 61_000_000}, {"state": "dancing"}], ids=str
)
def test_old_foreign_or_false_status_is_unknown(told: Told, change: dict[str, object]) -> None:
    told.status(**change)
    assert told.look().recorder == "unknown"


@pytest.mark.parametrize(
    ("node", "updated", "quiet_s"),
    [("other", START_US, 5), (NODE, START_US - 61_000_000, 5), (NODE, START_US, None), (NODE, START_US, 121)],
)
def test_line_that_nobody_answered_on_is_down(told: Told, node: str, updated: int, quiet_s: int | None) -> None:
    told.line(node, updated, quiet_s)
    assert not told.look().line_up


def test_newest_receipt_of_the_newest_file_counts(told: Told) -> None:
    told.receipt(START_US - 1_000_000, first=5000)
    for age, path in enumerate(sorted(told.sources.receipts.iterdir(), reverse=True)):
        os.utime(path, ns=(10**18 - age, 10**18 - age))
    assert told.look().receipted_us == START_US - 1_000_000


@pytest.mark.parametrize("false", [{"node": "other"}, {"role": Role.VISIT}], ids=str)
def test_false_or_torn_receipt_is_passed_over(told: Told, false: dict[str, object]) -> None:
    told.receipt(START_US, first=1, **false)  # type: ignore[arg-type]
    with next(told.sources.receipts.iterdir()).open("ab") as file:
        file.write(b'{"kind":"receipt"')
    assert told.look().receipted_us == START_US - 30_000_000
