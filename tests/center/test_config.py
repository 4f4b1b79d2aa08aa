from __future__ import annotations

from pathlib import Path

import pytest

from edge.base.config import load
from edge.base.errors import BadConfiguration
from edge.center.center import open_center
from edge.center.config import CenterConfig
from tests.center.city import City


def test_relative_paths_mean_beside_the_file(city: City) -> None:
    config = load(city.config_path, CenterConfig)
    assert config.store == city.folder / "store"
    assert config.index == f"sqlite:///{city.folder / 'index.db'}"
    assert config.listen == f"unix:{city.folder / 'center.sock'}"


def test_postgresql_is_spoken_to_by_the_driver_that_is_installed(city: City) -> None:
    _edit(city, 'index = "sqlite:///index.db"', 'index = "postgresql://center@db/index"')
    assert load(city.config_path, CenterConfig).index == "postgresql+psycopg://center@db/index"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("retention_days = 7", "retention_days = 2"),
        ("retention_days = 7", "retention_days = 31"),
        ('listen = "unix:center.sock"', 'listen = "127.0.0.1:8000"'),
        ('index = "sqlite:///index.db"', 'index = "postgresql+psycopg://center@db/index"'),
        ('timezone = "Asia/Tokyo"', 'timezone = "UTC"'),
    ],
)
def test_accepts(city: City, old: str, new: str) -> None:
    _edit(city, old, new)
    load(city.config_path, CenterConfig)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("retention_days = 7", "retention_days = 1", "retention_days"),
        ("retention_days = 7", "retention_days = 32", "retention_days"),
        ("retention_days = 7", 'retention_days = "7"', "retention_days"),
        ('listen = "unix:center.sock"', 'listen = "0.0.0.0:8000"', "listen"),
        ('listen = "unix:center.sock"', 'listen = "127.0.0.1:8000\\nx"', "listen"),
        ('index = "sqlite:///index.db"', 'index = "mysql://x"', "index"),
        ('index = "sqlite:///index.db"', 'index = "postgresql+psycopg2://center@db/index"', "index"),
        ('timezone = "Asia/Tokyo"', 'timezone = "Asia/../Tokyo"', "timezone"),
        ('store = "store"', 'store = ""', "store"),
        ("retention_days = 7", "retention_days = 7\nsurprise = 1", "surprise: unknown key"),
        ("retention_days = 7", "retention_days = 7\n[nodes.BAD]\n", "nodes.BAD"),
    ],
)
def test_refuses_and_names_the_field(city: City, old: str, new: str, told: str) -> None:
    _edit(city, old, new)
    with pytest.raises(BadConfiguration, match=told):
        load(city.config_path, CenterConfig)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("root.pub", b"ff" * 32),
        ("root.pub", b"no hex"),
        ("authority.json", b"{}"),
        ("receipt.pem", b"no key"),
        ("issuing.key", b"no key"),
        ("issuing.pem", b"no certificate"),
    ],
)
def test_center_does_not_open_with_a_wrong_file(city: City, file: str, content: bytes) -> None:
    (city.folder / file).write_bytes(content)
    with pytest.raises(BadConfiguration):
        open_center(load(city.config_path, CenterConfig))


def test_center_does_not_open_without_demo_on_a_demonstrations_authority(city: City) -> None:
    _edit(city, "demo = true", "demo = false")
    with pytest.raises(BadConfiguration, match="demonstration"):
        open_center(load(city.config_path, CenterConfig))


def test_simulated_clock_is_for_demonstrations_only(city: City, tmp_path: Path) -> None:
    _edit(city, "demo = true", f'demo = true\nclock = "simulated:{tmp_path / "none"}"')
    with pytest.raises(BadConfiguration, match="clock"):
        open_center(load(city.config_path, CenterConfig))


def _edit(city: City, old: str, new: str) -> None:
    text = city.config_path.read_text()
    assert old in text
    city.config_path.write_text(text.replace(old, new))
