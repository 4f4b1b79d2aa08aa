"""New certificates before the old ones end: keys and names stay, and OpenSSL takes old and new in any mix."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge.base.clock import SystemClock
from edge.cli import main
from edge.desk.keystore import KeyStore
from edge.desk.passphrase import from_file
from edge.desk.renewal import PLACES, renew_city
from edge.wire.certificates import SERVICE_LIFE, Issuer, key_hash, load_certificate, load_key, make_ca, new_tls_key
from tests.desk.conftest import Town

DAY_S = 86_400


@pytest.fixture
def city(town: Town, tmp_path: Path) -> Path:
    """A copy of a city's folder, to renew in."""
    return Path(shutil.copytree(town.folder / "city", tmp_path / "city"))


@pytest.fixture
def renew(town: Town, city: Path) -> Callable[..., int]:
    def run(*words: object) -> int:
        secret = town.folder / "root.passphrase"
        return main(["desk", "renew", str(city), "--passphrase-file", str(secret), *(str(word) for word in words)])

    return run


def taken(city: Path, leaf: Path, days: int) -> bool:
    """Whether OpenSSL takes a certificate so many days from now, by what the center's nginx trusts."""
    at_s = SystemClock().now_us() // 1_000_000 + days * DAY_S
    trusted = ["-CAfile", str(city / "center" / "client-ca.pem"), "-untrusted", str(leaf)]
    command = ["openssl", "verify", "-attime", str(at_s), *trusted, str(leaf)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_keys_names_and_hosts_stay_and_the_end_moves(town: Town, city: Path, renew: Callable[..., int]) -> None:
    assert renew() == 0
    paths = [f"center/{name}.pem" for name in ("issuing", "server")] + [f"{place}/certificate.pem" for place in PLACES]
    for path in paths:
        old, new = (load_certificate(folder / path) for folder in (town.folder / "city", city))
        assert (new.subject, key_hash(new)) == (old.subject, key_hash(old))
        assert new.serial_number != old.serial_number and new.not_valid_after_utc >= old.not_valid_after_utc
        assert new.not_valid_after_utc - new.not_valid_before_utc == SERVICE_LIFE + timedelta(hours=1)
    names = [
        load_certificate(folder / "center/server.pem").extensions.get_extension_for_class(x509.SubjectAlternativeName)
        for folder in (town.folder / "city", city)
    ]
    assert names[0] == names[1]
    assert not [path for path in city.rglob("*.pem") if path.stat().st_mode & 0o077 and "key" in path.name]


def test_services_and_nodes_are_taken_before_and_after_and_no_longer_without(
    town: Town, city: Path, tmp_path: Path
) -> None:
    issuing = load_certificate(city / "center" / "issuing.pem")
    almost_us = SystemClock().now_us() + 390 * DAY_S * 1_000_000
    issuer = Issuer(load_key(city / "center" / "issuing-key.pem"), issuing)
    node = issuer.client(new_tls_key().public_key(), "demo-1", almost_us)
    leaf = tmp_path / "node.pem"
    leaf.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in (node, issuing)))
    desk, kept = city / "desk" / "certificate.pem", tmp_path / "old.pem"
    shutil.copyfile(desk, kept)
    assert taken(city, desk, 396) and not taken(city, desk, 398), "the control: it ends"
    assert taken(city, leaf, 395) and not taken(city, leaf, 398), "its issuer ends"
    safe = KeyStore.unlock(city / "root", from_file(town.folder / "root.passphrase"))
    renew_city(city, safe, almost_us)
    assert taken(city, leaf, 398) and taken(city, desk, 398)
    assert taken(city, kept, 396), "who has not got the new one yet goes on"


def test_a_place_that_was_carried_away_is_named(
    city: Path, renew: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(city / "manager")
    assert renew("--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["missing"] == ["manager"] and len(said["written"]) == 6


def test_another_citys_root_renews_nothing(city: Path, renew: Callable[..., int]) -> None:
    other = new_tls_key()
    (city / "center" / "ca.pem").write_bytes(
        make_ca(other, "another", SystemClock().now_us()).public_bytes(Encoding.PEM)
    )
    before = (city / "center" / "server.pem").read_bytes()
    assert renew() == 77
    assert (city / "center" / "server.pem").read_bytes() == before
