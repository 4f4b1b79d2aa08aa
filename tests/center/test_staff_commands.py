"""What a person decides at the center by command, while it runs or not."""

from __future__ import annotations

import pytest

from edge.base.errors import Refused
from edge.center.center import Center
from edge.center.nodes import require_node
from edge.cli import main
from tests.center.city import NOW, City
from tests.center.showcase import enrolled, upload


def decide(city: City, *words: str) -> int:
    return main(["center", words[0], "--config", str(city.config_path), *words[1:]])


def test_revoked_node_is_out_of_service_at_once(center: Center, city: City, capsys: pytest.CaptureFixture[str]) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    upload(center, node, [node.boot()])  # the control: it was taken from before
    assert decide(city, "revoke", "--node", "cam-1") == 0
    assert "out of service" in capsys.readouterr().out
    with pytest.raises(Refused, match="out of service"):
        upload(center, node, [node.segment()])
    with center.database.read() as connection, pytest.raises(Refused, match="out of service"):
        require_node(connection, "cam-1")
    enrolled(center, city, "cam-1", NOW)  # enrolled anew it counts again
    with center.database.read() as connection:
        assert require_node(connection, "cam-1")


def test_forked_chain_goes_on_once_a_person_says_so(
    center: Center, city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    node = enrolled(center, city, "cam-1", NOW)
    tip = node.chain.tip
    first = node.boot()
    upload(center, node, [first])
    going_on = node.segment()
    node.chain._tip = tip
    with pytest.raises(Refused):
        upload(center, node, [node.boot()])
    with pytest.raises(Refused):
        upload(center, node, [going_on])
    assert decide(city, "settle", "--node", "cam-1") == 0
    assert f"of {node.chain.chain} settled" in capsys.readouterr().out
    assert upload(center, node, [going_on])


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("revoke", "--node", "cam-9"), 65, "'cam-9' is not enrolled here"),
        (("revoke", "--node", "Cam 9"), 64, "--node 'Cam 9': a node id"),
        (("settle", "--node", "cam-1"), 64, "no alarm that waits for a person"),
    ],
)
def test_what_cannot_be_decided_is_said(
    city: City, words: tuple[str, ...], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decide(city, *words) == status
    assert said in capsys.readouterr().err
