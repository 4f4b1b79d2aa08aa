"""The ``[uplink]`` table: what it takes and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from edge.uplink.config import UplinkConfig

GOOD = {
    "center_url": "https://center.example.jp:8443",
    "mqtt_host": "center.example.jp",
    "ca": "ca.pem",
    "state": "state",
    "upload": "all",
}

ACCEPTED: list[dict[str, object]] = [
    {},
    {"center_url": "https://192.0.2.1"},
    {"center_url": "https://[2001:db8::1]:8443"},
    {"upload": "on_request"},
    {"upload": "none"},
    {"rate_limit_bps": 8000},
    {"quiet_hours": ["22:00-06:00", "12:00-13:00"]},
    {"monthly_budget_bytes": 1_000_000},
]
REFUSED: list[tuple[dict[str, object], str]] = [
    ({"center_url": "http://center.example.jp"}, "center_url"),
    ({"center_url": "https://center.example.jp\n"}, "center_url"),
    ({"center_url": "https://center.example.jp/path"}, "center_url"),
    ({"center_url": "https://user:secret@center.example.jp"}, "center_url"),
    ({"mqtt_host": "center.example.jp\nevil"}, "mqtt_host"),
    ({"mqtt_host": ""}, "mqtt_host"),
    ({"mqtt_port": 0}, "mqtt_port"),
    ({"mqtt_port": "8883"}, "mqtt_port"),
    ({"upload": "some"}, "upload"),
    ({"rate_limit_bps": 7999}, "rate_limit_bps"),
    ({"quiet_hours": ["24:00-06:00"]}, "quiet_hours"),
    ({"quiet_hours": ["22:00-06:00\n"]}, "quiet_hours"),
    ({"quiet_hours": ["22-6"]}, "quiet_hours"),
    ({"monthly_budget_bytes": 0}, "monthly_budget_bytes"),
    ({"answer_timeout_s": 0}, "answer_timeout_s"),
    ({"ca": ""}, "ca"),
    ({"rate_limit": 1}, "rate_limit"),
]


@pytest.mark.parametrize("change", ACCEPTED)
def test_good_table_is_taken(change: dict[str, object]) -> None:
    UplinkConfig.model_validate(GOOD | change)


@pytest.mark.parametrize(("change", "field"), REFUSED)
def test_bad_table_is_refused_with_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        UplinkConfig.model_validate(GOOD | change)
    assert {str(error["loc"][0]) for error in caught.value.errors()} == {field}


def test_relative_paths_mean_from_the_files_folder(tmp_path: Path) -> None:
    config = UplinkConfig.model_validate(GOOD, context={"folder": tmp_path})
    assert config.ca == tmp_path / "ca.pem"
    assert config.state == tmp_path / "state"
