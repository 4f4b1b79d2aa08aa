"""Each city's profile on a node of its own: what it says of picture, upload, line and retention, as its node does it.

In the lab's place of the profile's: a drawn street at five frames a second, a small ring, pins that a file moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge.base.config import to_toml
from edge.base.errors import Refused
from edge.fleet.profile import Own, Profile, node_tree, read_profile
from edge.seal.manifest import Segment
from tests.center.city import DAY_US, NOW
from tests.lab.nodes import Node, NodeLab
from tests.lab.nodes.provision import CENTER, documents, provision, settings
from tests.lab.nodes.townhall import TownHall
from tests.node.town import records_in

CITIES = ("matsudo", "saga", "asahikawa", "tottori", "saku")
COVERED = {
    "matsudo": ("R-MATSUDO-03", "R-MATSUDO-05", "R-MATSUDO-09", "R-MATSUDO-10"),
    "saga": ("R-SAGA-02", "R-SAGA-03"),
    "asahikawa": ("R-ASAHIKAWA-01", "R-ASAHIKAWA-06"),
    "tottori": ("R-TOTTORI-02", "R-TOTTORI-06"),
    "saku": ("R-SAKU-01", "R-SAKU-03"),
}
"""Requirements that a city's profile is made for and that its journey below shows, in part or whole."""
ENOUGH = 6


@dataclass(frozen=True, slots=True)
class Camera:
    """A city's node, its profile, and the center that it knows."""

    city: str
    node: Node
    profile: Profile
    town: TownHall

    def segments(self) -> list[Segment]:
        """Footage on its card."""
        folder = Path(f"/proc/{self.node.pid}/root/var/spool/mimamori")
        try:
            found = [record.header.manifest.segment for record in records_in(folder)]
        except Refused:  # caught in the middle of a write
            return []
        return [segment for segment in found if segment is not None]


@pytest.fixture(scope="module", params=CITIES)
def camera(request: pytest.FixtureRequest, lab: NodeLab, town: TownHall) -> Iterator[Camera]:
    city = request.param
    profile, name = read_profile(city), f"{city}-001"
    node = lab.node(name, files=documents(town.city, lab.address))
    node.boot()
    node.write("/root/shipped.toml", to_toml(node_tree(profile, _own(name))).decode())
    tree = settings(name, city, source=_picture(profile), encoder=_rates(profile), spool={"keeps_footage": False},
                    uplink={"center_url": f"https://{CENTER}:{town.public}", "mqtt_port": town.mqtt})  # fmt: skip
    if profile.network.kind == "none":
        lab.run("ip", "link", "set", node.line, "down")
    provision(node, town.city, tree)
    yield Camera(city, node, profile, town)
    node.close()


def _own(name: str) -> Own:
    return Own(node=name, camera=name, label=name, center=CENTER)


def _picture(profile: Profile) -> dict[str, Any]:
    return {"width": profile.source.width, "height": profile.source.height}


def _rates(profile: Profile) -> dict[str, Any]:
    return {"bitrate_bps": profile.encoder.bitrate_bps}


def test_profile_is_one_that_the_node_takes_as_it_is_shipped(camera: Camera) -> None:
    """R-MATSUDO-05, R-ASAHIKAWA-06, R-TOTTORI-06, R-SAKU-01: 2 to 31 days, and a card that holds what it must."""
    said = camera.node.run("mimamori", "check-config", "/root/shipped.toml").out
    assert f"node {camera.city}-001 is configured without fault" in said
    assert 2 <= camera.profile.retention_days <= 31


def test_node_records_the_picture_that_its_city_asks_for(lab: NodeLab, camera: Camera) -> None:
    """R-MATSUDO-09, R-ASAHIKAWA-01, R-TOTTORI-02."""
    lab.until(lambda: len(camera.segments()) >= ENOUGH, f"footage of {camera.city}", 240)
    sizes = {(segment.width, segment.height) for segment in camera.segments()}
    assert sizes == {(camera.profile.source.width, camera.profile.source.height)}


def test_what_leaves_the_node_is_what_its_city_asked_for(lab: NodeLab, camera: Camera) -> None:
    """R-MATSUDO-03: all is sent; R-SAGA-02, R-SAGA-03: the state and what was asked for; Asahikawa: nothing."""
    name, town = f"{camera.city}-001", camera.town
    match camera.profile.uplink.upload:
        case "all":
            lab.until(lambda: town.footage(name) >= ENOUGH, f"footage of {camera.city} at the center", 240)
        case "on_request":
            lab.until(lambda: town.beats(name) == 1, f"a heartbeat of {camera.city}", 240)
            assert town.footage(name) == 0, "what carries a picture waits for a window"
            with lab.network():
                assert town.ask_for_window(name, NOW, NOW + DAY_US) == 202
            lab.until(lambda: town.footage(name) > 0, f"the window of {camera.city}", 240)
        case "none":
            lab.until(lambda: len(camera.segments()) >= 2 * ENOUGH, f"footage of {camera.city} without a line", 240)
            assert (town.receipted(name), town.beats(name)) == (0, 0)
    assert camera.node.property("mimamori-uplink.service", "ActiveState") == "active"


def test_node_listens_on_nothing_but_its_management(camera: Camera) -> None:
    """R-MATSUDO-10, R-SAKU-03: it dials out; sshd is there for whoever manages it, and no port to view through."""
    listening = camera.node.run("ss", "-Hltnp").out.splitlines()
    assert [line for line in listening if "sshd" not in line] == []


def test_every_city_and_requirement_is_one_of_the_list() -> None:
    assert set(COVERED) == set(CITIES)
    told = " ".join(str(value.__doc__) for value in globals().values() if callable(value))
    assert [one for ids in COVERED.values() for one in ids if one not in told] == []
