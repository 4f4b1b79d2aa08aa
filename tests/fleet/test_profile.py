"""Profiles: each of the five cities' makes a whole ``node.toml``, and one that could not be kept is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge.base.config import to_toml
from edge.base.errors import BadConfiguration
from edge.cli import main
from edge.fleet.profile import PROFILES, Own, Profile, node_toml, read_profile
from edge.node.config import NodeConfig
from edge.spool.capacity import required_bytes

CITIES = ("asahikawa", "matsudo", "saga", "saku", "tottori")
Make = Callable[..., Path]


def own(node: str) -> Own:
    return Own(node=node, camera=node.upper(), label="本町通り 3丁目角", center="center.example")


def made(city: str) -> NodeConfig:
    return NodeConfig.model_validate(tomllib.loads(node_toml(read_profile(city), own(f"{city}-017")).decode()))


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes Matsudo's profile with some tables changed; None takes a key away."""

    def write(**changes: Any) -> Path:
        tree = tomllib.loads((PROFILES / "matsudo.toml").read_text(encoding="utf-8"))
        for name, value in changes.items():
            tree[name] = tree[name] | value if isinstance(value, dict) else value
            if isinstance(value, dict):
                tree[name] = {key: item for key, item in tree[name].items() if item is not None}
        path = tmp_path / "profile.toml"
        path.write_bytes(to_toml(tree))
        return path

    return write


def test_every_shipped_profile_is_one_of_the_five_cities() -> None:
    assert tuple(sorted(path.stem for path in PROFILES.iterdir())) == CITIES


@pytest.mark.parametrize("city", CITIES)
def test_a_profile_makes_a_node_toml_that_check_config_passes_without_a_warning(
    city: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "node.toml"
    path.write_bytes(node_toml(read_profile(city), own(f"{city}-017")))
    assert main(["check-config", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: node {city}-017 is configured without fault\n"


@pytest.mark.parametrize("city", CITIES)
def test_everything_that_a_profile_says_arrives_in_the_node(city: str) -> None:
    profile, node = read_profile(city), made(city)
    assert (node.node, node.camera, node.retention_days) == (
        f"{city}-017",
        f"{city}-017".upper(),
        profile.retention_days,
    )
    assert node.source == profile.source and node.encoder == profile.encoder and node.panel == profile.panel
    assert node.spool.capacity_bytes == profile.spool.capacity_bytes
    assert node.spool.keeps_footage == profile.spool.keeps_footage
    for name, value in profile.uplink:
        assert getattr(node.uplink, name) == value
    assert node.uplink.center_url == "https://center.example" and node.uplink.mqtt_host == "center.example"
    assert node.visit is not None and node.visit.address == profile.visit.address


def test_asahikawas_card_holds_two_weeks_and_its_node_uploads_nothing() -> None:  # R-ASAHIKAWA-01, -06
    node = made("asahikawa")
    assert node.retention_days == 14 and node.spool.keeps_footage and node.uplink.upload == "none"
    assert required_bytes(node.encoder.bitrate_bps, 14) <= node.spool.capacity_bytes


def test_matsudos_picture_is_1280_by_960_and_its_card_bears_four_days_without_a_line() -> None:  # R-MATSUDO-09, -11
    node = made("matsudo")
    assert node.source.size == (1280, 960) and node.retention_days == 7
    assert required_bytes(node.encoder.bitrate_bps, 4) <= node.spool.capacity_bytes


def test_a_card_that_cannot_hold_the_two_weeks_is_refused_with_what_they_need(make: Make) -> None:
    path = make(retention_days=14, spool={"keeps_footage": True})
    needed = required_bytes(1_500_000, 14)
    with pytest.raises(BadConfiguration, match=rf"spool: capacity_bytes: 14 days at 1500000 bit/s need {needed} bytes"):
        read_profile(str(path))


def test_the_same_bitrate_is_taken_where_the_center_keeps_the_two_weeks(make: Make) -> None:
    assert read_profile(str(make(retention_days=14))).retention_days == 14


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "ring larger than what the card leaves": ({"card": {"bytes": 115_000_000_000}}, "the card has 115000000000"),
    "unknown key": ({"colour": "red"}, "colour: unknown key"),
    "unknown key in a table": ({"network": {"speed": 3}}, "network.speed: unknown key"),
    "retention of a day": ({"retention_days": 1}, "retention_days: Input should be greater than or equal to 2"),
    "retention beyond a month": ({"retention_days": 32}, "retention_days: Input should be less than or equal to 31"),
    "LTE without its access point": ({"network": {"kind": "lte"}}, "kind lte needs apn"),
    "cable with an access point": ({"network": {"apn": "soracom.io"}}, "kind lte needs apn"),
    "upload without a line": ({"network": {"kind": "none"}}, "uplink.upload: all needs a line"),
    "footage that nobody keeps": ({"uplink": {"upload": "on_request"}}, "the card alone holds the footage"),
    "every address": ({"visit": {"address": "0.0.0.0"}}, "visit.address: 0.0.0.0 means every interface"),
    "quiet hours of another day": ({"uplink": {"quiet_hours": ["25:00-26:00"]}}, "uplink.quiet_hours.0: "),
    "simulated pins": ({"panel": {"kind": "mock", "ir_filter": None}}, "kind mock needs demo = true"),
    "country in words": ({"network": {"kind": "wifi", "country": "Japan"}}, "network.country: "),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_could_not_be_kept_is_refused(make: Make, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadConfiguration) as raised:
        read_profile(str(make(**changes)))
    assert message in str(raised.value)


def test_the_profile_that_the_refused_ones_are_made_from_is_taken(make: Make) -> None:
    assert read_profile(str(make())) == read_profile("matsudo")


@pytest.mark.parametrize("name", ["nagano", "../matsudo", "Matsudo", "", "matsudo\n"])
def test_a_name_that_is_no_profile_is_answered_with_those_that_are(name: str) -> None:
    with pytest.raises(BadConfiguration, match="there are asahikawa, matsudo, saga, saku, tottori"):
        read_profile(name)


def test_no_profile_takes_a_default_of_its_own_for_what_the_node_decides() -> None:
    """What a profile leaves out stays out of ``node.toml``: the node's own default holds, today's and tomorrow's."""
    tree = tomllib.loads(node_toml(read_profile("saku"), own("saku-001")).decode())
    assert "rate_limit_bps" not in tree["uplink"] and "reel_bytes" not in tree["spool"]
    assert isinstance(read_profile("saku"), Profile)
