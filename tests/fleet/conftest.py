"""One city for all tests of the fleet, founded once: scrypt takes a second a key store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from edge.desk.city import City, Secrets, found_city
from edge.desk.custodian import create_custodian
from edge.desk.keystore import KeyStore
from edge.desk.office import open_office
from edge.desk.passphrase import Passphrase, from_file
from edge.fleet.orders import Signer
from tests.fleet.bench import Bench, make_release_folder


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city's folders, the fleet's ``store``, and the passphrases of both in files."""
    folder, now_us = tmp_path_factory.mktemp("fleet"), SystemClock().now_us()
    words = {
        who: Passphrase(f"the {who}'s own long passphrase") for who in ("manager", "operator", "root", "desk", "store")
    }
    manager = create_custodian(folder / "manager", "manager", words["manager"], demo=False)
    operator = create_custodian(folder / "operator", "operator", words["operator"], demo=False)
    city = City("Matsudo", False, ("center.example",), manager.card, operator.card, now_us, now_us)
    found_city(folder / "city", city, Secrets(words["root"], words["desk"]))
    KeyStore.create(folder / "store", words["store"])
    for who in ("desk", "store"):
        (folder / f"{who}.passphrase").write_text(words[who].secret + "\n")
    return folder


@pytest.fixture(scope="session")
def signer(founded: Path) -> Signer:
    """Both stores, unlocked once."""
    words = {who: from_file(founded / f"{who}.passphrase") for who in ("desk", "store")}
    desk = founded / "city" / "desk"
    return Signer(
        open_office(desk), KeyStore.unlock(desk, words["desk"]), KeyStore.unlock(founded / "store", words["store"])
    )


@pytest.fixture(scope="session")
def made(founded: Path, signer: Signer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Papers of two nodes: the seconds of typesetting are spent once."""
    first = _bench(founded, signer, tmp_path_factory.mktemp("made"))
    boot = first.card()
    for node in ("matsudo-016", "matsudo-017"):
        first.prepare(boot, node)
    return first.papers


@pytest.fixture
def fresh_bench(founded: Path, signer: Signer, tmp_path: Path) -> Bench:
    """A bench of the city's IT: its desk, a release, no papers yet."""
    return _bench(founded, signer, tmp_path)


@pytest.fixture
def bench(fresh_bench: Bench, made: Path) -> Bench:
    """A bench where papers of matsudo-016 and matsudo-017 lie."""
    shutil.copytree(made, fresh_bench.papers)
    return fresh_bench


def _bench(founded: Path, signer: Signer, folder: Path) -> Bench:
    make_release_folder(folder / "release")
    return Bench(founded, signer, folder)
