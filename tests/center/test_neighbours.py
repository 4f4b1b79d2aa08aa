"""``center render``: nginx's and mosquitto's configurations for an administrator, from ``center.toml``."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from edge.cli import main
from tests.center.city import City
from tests.center.stack import free_port
from tests.lab.nodes.wheels import own_wheel

BROKER = """
[mqtt]
host = "localhost"
port = 28883
ca = "ca.pem"
certificate = "center.pem"
key = "center.key"
"""
USER = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture
def founded(tmp_path: Path) -> City:
    """A city whose server's files have the names that ``desk init`` gives them."""
    city = City(tmp_path / "city", extra=BROKER)
    shutil.copyfile(city.folder / "server.key", city.folder / "server-key.pem")
    return city


def render(city: City, out: Path, *words: str) -> int:
    return main(["center", "render", "--config", str(city.config_path), "--out", str(out), *words])


def test_written_configuration_is_one_that_nginx_takes(
    founded: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, ports = tmp_path / "etc", (free_port(), free_port())
    assert render(founded, out, "--public", f"127.0.0.1:{ports[0]}", "--staff", f"127.0.0.1:{ports[1]}") == 0
    said = capsys.readouterr().out
    nginx = next(line.split() for line in said.splitlines() if line.startswith("  nginx "))
    looked = subprocess.run([*nginx, "-t"], capture_output=True, text=True, timeout=20, check=False)
    assert looked.returncode == 0, looked.stderr
    assert f"listen 127.0.0.1:{ports[1]};" in (out / "nginx.conf").read_text()
    assert (out / "run").stat().st_mode & 0o777 == 0o700
    mosquitto = (out / "mosquitto.conf").read_text()
    assert f"acl_file {out / 'mosquitto.acl'}" in mosquitto and "listener 28883 0.0.0.0" in mosquitto
    assert "pattern read nodes/%u/commands" in (out / "mosquitto.acl").read_text()


def test_installed_wheel_brings_the_templates(founded: City, tmp_path: Path) -> None:
    installed, out = tmp_path / "installed", tmp_path / "etc"
    with zipfile.ZipFile(own_wheel()) as wheel:
        wheel.extractall(installed)
    words = ["center", "render", "--config", str(founded.config_path), "--out", str(out)]
    settings = {**os.environ, "PYTHONPATH": str(installed)}
    subprocess.run([sys.executable, "-m", "edge.cli", *words], cwd=tmp_path, env=settings, check=True)
    assert sorted(path.name for path in out.iterdir()) == [
        "clients.crl",
        "mosquitto.acl",
        "mosquitto.conf",
        "nginx.conf",
        "run",
    ]


def test_under_systemd_both_log_to_its_journal_and_keep_their_files_elsewhere(founded: City, tmp_path: Path) -> None:
    out, run = tmp_path / "etc", tmp_path / "state"
    assert render(founded, out, "--run-folder", str(run), "--journal") == 0
    assert not (out / "run").exists()
    nginx, mosquitto = (out / "nginx.conf").read_text(), (out / "mosquitto.conf").read_text()
    assert "error_log stderr warn;" in nginx and f"client_body_temp_path {run}/body;" in nginx
    assert "log_dest stderr\n" in mosquitto and f"persistence_location {run}/" in mosquitto


def test_a_center_without_broker_gets_none(tmp_path: Path) -> None:
    city = City(tmp_path / "city")
    shutil.copyfile(city.folder / "server.key", city.folder / "server-key.pem")
    assert render(city, tmp_path / "etc") == 0
    assert sorted(path.name for path in (tmp_path / "etc").iterdir()) == ["nginx.conf", "run"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--public", "443"), 64, "--public '443': write ADDRESS:PORT"),
        (("--staff", "127.0.0.1:0"), 64, "--staff '127.0.0.1:0': write ADDRESS:PORT"),
        (("--staff", "127.0.0.1:8080; deny all"), 64, "write ADDRESS:PORT"),
        (("--user", "nobody-of-that-name"), 64, "there is no such user"),
        (("--mqtt-address", "0.0.0.0\nuser root"), 78, "address: "),
    ],
)
def test_what_cannot_be_written_is_said(
    founded: City, tmp_path: Path, words: tuple[str, ...], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert render(founded, tmp_path / "etc", *words) == status
    assert said in capsys.readouterr().err
    assert not (tmp_path / "etc" / "nginx.conf").exists()


def test_a_missing_file_of_the_city_is_named(founded: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (founded.folder / "server-key.pem").unlink()
    assert render(founded, tmp_path / "etc", "--user", USER) == 78
    assert re.search(r"server-key\.pem: missing; 'mimamori desk init'", capsys.readouterr().err)
