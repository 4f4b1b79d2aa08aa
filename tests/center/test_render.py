from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from edge.base.errors import BadConfiguration
from edge.center.render import MosquittoSettings, NginxSettings, render_mosquitto, render_nginx

PATHS: dict[str, Any] = {
    "server_certificate": Path("/etc/server.pem"),
    "server_key": Path("/etc/server.key"),
    "client_ca": Path("/etc/ca.pem"),
}
NGINX = NginxSettings(Path("/run/center"), "unix:/run/center.sock", "0.0.0.0:443", "127.0.0.1:8080", **PATHS)
MOSQUITTO = MosquittoSettings(Path("/run/center"), "0.0.0.0", 8883, **PATHS, refusals=Path("/run/center/clients.crl"))


def test_nothing_is_left_unfilled_and_no_system_path_is_touched() -> None:
    for text in (render_nginx(NGINX), render_mosquitto(MOSQUITTO)):
        assert "${" not in text
        assert "$$" not in text
        assert "/var/" not in text
        assert "/run/center/" in text


def test_the_header_that_names_the_client_is_set_in_every_location_that_is_passed_on() -> None:
    """nginx drops inherited headers where a location sets its own; one forgotten place would let names in."""
    locations = render_nginx(NGINX).split("location ")[1:]
    passed = [location for location in locations if "proxy_pass http://center" in location]
    assert len(passed) == 5
    for location in passed:
        for header in ("X-Client-Name", "X-Client-Serial", "X-Listener", "X-Body-File"):
            assert f"proxy_set_header {header} " in location


@pytest.mark.parametrize("value", ["0.0.0.0:443; deny all", "a\nb", "${pid}", "x" * 1025, "a}b", 'a"b'])
def test_a_value_that_could_be_read_as_more_is_refused(value: str) -> None:
    with pytest.raises(BadConfiguration, match="public_listen"):
        render_nginx(dataclasses.replace(NGINX, public_listen=value))


def test_a_missing_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=r"mosquitto\.conf\.template"):
        render_mosquitto(MOSQUITTO, templates=tmp_path)
