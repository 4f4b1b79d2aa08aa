"""The list of nodes that papers are printed for."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.errors import BadConfiguration
from edge.fleet.nodelist import Placed, read_nodes


def read(tmp_path: Path, data: bytes) -> list[Placed]:
    (tmp_path / "nodes.csv").write_bytes(data)
    return read_nodes(tmp_path / "nodes.csv")


def test_list_from_a_spreadsheet_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path, '\ufeffnode,camera,label\r\nmatsudo-017,M 17,"本町, 3丁目"\r\nmatsudo-018,M 18, 駅前 \r\n'.encode()
    )
    assert [(one.node, one.label) for one in found] == [("matsudo-017", "本町, 3丁目"), ("matsudo-018", "駅前")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "lists no nodes"),
        (b"node,label\n", "lists no nodes"),
        (b"node,place\nmatsudo-017,x\n", r":2: label: .*at least 1 character"),
        (b"node,label\nMatsudo,x\n", r":2: node: 'Matsudo' is not a node id"),
        (b"node,label\na,x\nb\n", r":3: label"),
        (b"node,label\na,x\na,y\n", ":3: node a stands in it twice"),
        (b"node,label\na," + b"x" * 81 + b"\n", r":2: label: .*at most 80"),
        (b'node,label\na,"x\n', "no CSV file"),
        ("node,label\na,本".encode("shift-jis"), "no CSV file in UTF-8"),
    ],
)
def test_list_at_fault_is_refused_with_its_lines(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(BadConfiguration, match=said):
        read(tmp_path, data)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration) as refused:
        read(tmp_path, b"node,label\nA,x\nb,\n")
    assert [line.split(":")[1] for line in str(refused.value).splitlines()] == ["2", "3"]
