"""What a demonstration records, and that its files are what node and center take."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.config import load, to_toml
from edge.base.errors import UsageFault
from edge.center.config import CenterConfig
from edge.demo.places import NODE, Places, Ports
from edge.demo.scene import Scene, demonstration_masks
from edge.demo.settings import write_center, write_node
from edge.mask import maskset
from edge.node.config import NodeConfig
from tests.node.town import START_US

PORTS = Ports(18443, 18883, 18080, 18444, 18081, 18445)


def scene(tmp_path: Path, source: str) -> Scene:
    (tmp_path / "film.mp4").touch()
    return Scene(source.replace("FILM", str(tmp_path / "film.mp4")), size=(128, 96), fps=10, fast=source != "/dev/null")


@pytest.mark.parametrize(("source", "count"), [("street", 1), ("FILM", 4)])
def test_masks_are_signed_off_and_valid(tmp_path: Path, source: str, count: int) -> None:
    masks = maskset.parse(demonstration_masks(scene(tmp_path, source), START_US), NODE, source="masks.json")
    assert len(masks.masks) >= count
    assert masks.signed_off.by == "demonstration"


@pytest.mark.parametrize("source", ["street", "FILM"])
def test_node_takes_its_configuration(tmp_path: Path, source: str) -> None:
    places = founded(tmp_path)
    table = scene(tmp_path, source).table()
    path = write_node(places, PORTS, table, f"simulated:{places.clock.resolve()}", "Asia/Tokyo")
    config = load(path, NodeConfig)
    assert (config.node, config.demo, config.source.fast) == (NODE, True, True)
    assert config.source.kind == ("street" if source == "street" else "file")
    assert config.source.loop == (source != "street")
    assert config.uplink.center_url == "https://localhost:18443"


def test_center_takes_its_configuration(tmp_path: Path) -> None:
    places = founded(tmp_path)
    write_center(places, PORTS, "system", "Asia/Tokyo")
    config = load(places.center / "center.toml", CenterConfig)
    assert config.demo
    assert "127.0.0.1:18443" in (places.center / "nginx.conf").read_text()
    assert "18883" in (places.center / "mosquitto.conf").read_text()


def founded(tmp_path: Path) -> Places:
    """A city's folder with the documents that are carried to center and node, empty."""
    places = Places(tmp_path / "out", tmp_path / "out" / "city")
    places.make()
    center = places.founded / "center"
    center.mkdir(parents=True)
    for name in ("authority.json", "root.pub", "ca.pem", "issuing.pem"):
        (center / name).touch()
    return places


def test_device_is_named_by_its_path(tmp_path: Path) -> None:
    assert Scene("/dev/video0").kind == "v4l2"
    assert Scene("picamera", fps=15).table() == {"kind": "picamera", "fast": False, "fps": 15}
    with pytest.raises(UsageFault, match="no such file"):
        Scene("/dev/video-nowhere").table()


def test_missing_film_is_a_fault_of_the_words() -> None:
    with pytest.raises(UsageFault, match="give street, picamera, a video file or a device"):
        Scene("nowhere.mp4").table()


def test_toml_keeps_every_letter(tmp_path: Path) -> None:
    import tomllib

    tree: dict[str, object] = {"a": 'b"\\\n\u3042', "n": 3, "yes": True, "t": {"x": 1.5, "list": ["a", "b"]}}
    assert tomllib.loads(to_toml(tree).decode()) == tree
