"""``mimamori fleet configuration``: what a playbook brings to a node."""

from __future__ import annotations

import tomllib

import pytest

from edge.cli import main
from edge.node.config import NodeConfig

WORDS = [
    *("fleet", "configuration", "--profile", "saga", "--node", "saga-001"),
    *("--camera", "SAGA 001", "--label", "駅前", "--center", "center.example"),
]


def test_it_prints_a_whole_node_toml(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(WORDS) == 0
    config = NodeConfig.model_validate(tomllib.loads(capsys.readouterr().out))
    assert config.node == "saga-001"
    assert config.uplink.center_url == "https://center.example"


@pytest.mark.parametrize(("old", "new"), [("saga-001", "../etc"), ("center.example", "center example"), ("saga", "x")])
def test_what_makes_no_node_is_refused_with_a_reason(capsys: pytest.CaptureFixture[str], old: str, new: str) -> None:
    assert main([new if word == old else word for word in WORDS]) != 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert new in captured.err
