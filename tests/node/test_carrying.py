"""What ``check-config`` warns of: limits that cannot carry what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edge.node.carrying import warnings
from edge.node.commands import check_config
from tests.node.town import Town

Make = Callable[..., Town]
RATE = {"bitrate_bps": 1_500_000}
RING = {"capacity_bytes": 16 * 2**20, "reel_bytes": 2**20}


@pytest.mark.parametrize(
    ("uplink", "named"),
    [
        ({}, []),
        ({"monthly_budget_bytes": 540 * 10**9}, []),
        ({"monthly_budget_bytes": 30 * 10**9}, ["monthly_budget_bytes: 30.0 GB carry 89605 bit/s"]),
        ({"monthly_budget_bytes": 30 * 10**9, "upload": "on_request"}, []),
        ({"rate_limit_bps": 1_600_000}, []),
        ({"rate_limit_bps": 1_500_000}, ["rate_limit_bps: 1500000 bit/s carry 1500000"]),
        ({"rate_limit_bps": 2_000_000, "quiet_hours": ["08:00-20:00"]}, ["in 12.0 hours a day carry 1000000"]),
        ({"rate_limit_bps": 4_000_000, "quiet_hours": ["08:00-20:00"]}, []),
        ({"quiet_hours": ["08:00-20:00", "20:00-08:00"]}, ["quiet_hours: no hour"]),
    ],
)
def test_limit_that_cannot_carry_the_bitrate_is_named(
    make_town: Make, uplink: dict[str, Any], named: list[str]
) -> None:
    town = make_town(encoder=RATE, spool=RING, uplink=uplink)
    found = warnings(town.config)
    assert len(found) == len(named)
    assert all(name in line for name, line in zip(named, found, strict=True))


def test_warning_is_printed_and_the_configuration_still_good(
    make_town: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    town = make_town(encoder=RATE, spool=RING, uplink={"monthly_budget_bytes": 10**9})
    assert check_config(town.folder / "node.toml") == 0
    said = capsys.readouterr().out
    assert "warning: uplink.monthly_budget_bytes: 1.0 GB" in said
    assert "without fault" in said
