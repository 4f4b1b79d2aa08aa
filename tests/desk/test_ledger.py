"""The ledger: lines are added, follow each other, and what was changed is told."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from edge.base.errors import BadInput, Refused, StorageFault
from edge.desk.ledger import NAME, Collected, Purpose, append, read_ledger

US = 1_767_574_800_000_000


def entry(**changes: Any) -> Collected:
    fields = {
        "at": US, "node": "cam-1", "purpose": "investigation", "reference": "R-0815", "who": "K-07",
        "ticket": "ab" * 16, "start": US, "end": US + 1, "records": 3, "bytes": 4096, "sha256": "cd" * 32, **changes,
    }  # fmt: skip
    return Collected.model_validate(fields)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "store.json").write_text("{}")
    return tmp_path


def test_each_line_names_the_hash_of_the_one_before(desk: Path) -> None:
    assert read_ledger(desk / NAME) == []
    for number in (1, 2, 3):
        assert append(desk, entry(records=number)).number == number
    texts = (desk / NAME).read_bytes().splitlines(keepends=True)
    lines = read_ledger(desk / NAME)
    assert [line.entry.records for line in lines] == [1, 2, 3]
    assert [line.previous for line in lines] == [None, *(hashlib.sha256(text).hexdigest() for text in texts[:2])]
    assert (desk / NAME).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.replace(b'"records":2', b'"records":9'),
        lambda data: b"".join(data.splitlines(keepends=True)[1:]),
        lambda data: b"".join(data.splitlines(keepends=True)[::2]),
        lambda data: data + data.splitlines(keepends=True)[-1],
        lambda data: data.replace(b"emergency", b"curiosity"),
        lambda data: data.replace(b'{"entry"', b'{ "entry"'),
        lambda data: b"rubbish\n" + data,
    ],
    ids=["a figure", "the first taken out", "one taken out", "one twice", "no purpose", "white space", "rubbish"],
)
def test_changed_ledger_is_told_and_takes_no_more_lines(desk: Path, spoil: Any) -> None:
    for number in (1, 2, 3):
        append(desk, entry(records=number, purpose="emergency"))
    data = (desk / NAME).read_bytes()
    (desk / NAME).write_bytes(spoil(data))
    with pytest.raises(Refused, match="line"):
        read_ledger(desk / NAME)
    with pytest.raises(Refused):
        append(desk, entry())
    assert (desk / NAME).read_bytes() == spoil(data)


def test_rest_of_a_power_cut_never_counted(desk: Path) -> None:
    append(desk, entry())
    whole = (desk / NAME).read_bytes()
    (desk / NAME).write_bytes(whole + whole[:-10])
    assert len(read_ledger(desk / NAME)) == 1
    append(desk, entry(records=2))
    assert [line.number for line in read_ledger(desk / NAME)] == [1, 2]
    assert (desk / NAME).read_bytes().startswith(whole)


def test_purposes_are_an_enumeration_and_persons_are_ids() -> None:
    assert {purpose.value for purpose in Purpose} == {
        "investigation", "emergency", "missing-person", "own-data", "management", "maintenance",
    }  # fmt: skip
    for wrong in ({"purpose": "curiosity"}, {"who": "Yamada Taro"}, {"reference": "山田"}):
        with pytest.raises(ValidationError):
            entry(**wrong)


def test_disk_that_refuses_leaves_no_line_that_counts(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(desk, entry())

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", refuse)
        with pytest.raises(StorageFault, match="ledger cannot be written"):
            append(desk, entry(records=2))


def test_ledger_lies_in_a_desk_alone(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no key store"):
        append(tmp_path, entry())
