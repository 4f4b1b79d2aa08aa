"""One city for all desk tests, founded by the commands themselves; scrypt takes a second a time, so it is shared."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from edge.base.clock import from_iso
from edge.center.batch import Address
from edge.center.certify import enrol_node
from edge.center.intake import take_batch
from edge.cli import main
from edge.desk.center import Center
from edge.desk.custodian import Custodian, create_custodian, load_custodian
from edge.desk.daykeys import issue_halves
from edge.desk.enrol import make_ticket
from edge.desk.fetch import Window, fetch
from edge.desk.keylists import read_key_list, sign_list
from edge.desk.keystore import KeyStore
from edge.desk.office import Office, open_office
from edge.desk.passphrase import from_file
from edge.desk.periods import periods_from
from edge.wire import signed
from edge.wire.registration import EnrolmentTicket
from edge.wire.signed import Signed
from tests.desk.scene import NODE, Camera, Taken, digest_of, joined
from tests.desk.served import Served

FOUNDED = "2026-01-05T08:00:00+09:00"
ENROLLED = "2026-01-05T09:00:00+09:00"
RECEIPTED = "2026-01-05T10:05:00+09:00"


@dataclass(frozen=True, slots=True)
class Town:
    """A city with one enrolled node whose records are at its center.

    Attributes:
        taken: the node's records, in order.
        clock: option value for the commands that take ``--clock``.
        store: the desk's role keys.
    """

    folder: Path
    served: Served
    camera: Camera
    ticket: Signed[EnrolmentTicket]
    taken: list[Taken]
    clock: str
    store: KeyStore

    def run(self, *words: object) -> int:
        """Runs a command line."""
        return main([str(word) for word in words])

    @property
    def desk(self) -> Path:
        return self.folder / "city" / "desk"

    def secret(self, whose: str) -> Path:
        return self.folder / f"{whose}.passphrase"

    def office(self) -> Office:
        return open_office(self.desk)

    def connect(self) -> Center:
        return Center(self.served.url, self.desk)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    for whose in ("manager", "operator", "desk", "root"):
        (folder / f"{whose}.passphrase").write_text(f"the {whose}'s own long passphrase\n")
    return folder


@pytest.fixture(scope="session")
def manager(folder: Path) -> Custodian:
    return create_custodian(folder / "manager", "manager", from_file(folder / "manager.passphrase"), demo=True)


@pytest.fixture(scope="session")
def operator(folder: Path) -> Custodian:
    return create_custodian(folder / "operator", "operator", from_file(folder / "operator.passphrase"), demo=True)


@pytest.fixture(scope="session")
def founded(folder: Path, manager: Custodian, operator: Custodian) -> Path:
    cards = [word for role in ("manager", "operator") for word in (f"--{role}", folder / role / "custodian.json")]
    secrets = ["--passphrase-file", folder / "desk.passphrase", "--root-passphrase-file", folder / "root.passphrase"]
    out = ["--out", folder / "city", "--city", "testville", "--hosts", "localhost,127.0.0.1"]
    _must("desk", "init", *out, *cards, *secrets, "--demo", "--start", FOUNDED)
    return folder / "city"


@pytest.fixture(scope="session")
def store(founded: Path, folder: Path) -> KeyStore:
    """The desk's own, with the role keys."""
    return KeyStore.unlock(founded / "desk", from_file(folder / "desk.passphrase"))


@pytest.fixture(scope="session")
def town(folder: Path, founded: Path, manager: Custodian, operator: Custodian, store: KeyStore) -> Iterator[Town]:
    with Served(founded / "center", from_iso(ENROLLED)) as served:
        ticket = make_ticket(open_office(founded / "desk"), store, NODE, from_iso(ENROLLED))
        town = Town(folder, served, Camera(), ticket, [], f"simulated:{founded / 'center' / 'clock'}", store)
        _make_key_list(town, manager, operator)
        _enrol(town)
        _upload(town)
        yield town


def _make_key_list(town: Town, manager: Custodian, operator: Custodian) -> None:
    now_us = town.served.clock.now_us()
    halves = issue_halves(manager, NODE, periods_from(date(2026, 1, 5), 3), now_us)
    (town.folder / "manager.halves").write_bytes(halves.data)
    who = ["--store", town.folder / "operator", "--passphrase-file", town.secret("operator"), "--clock", town.clock]
    _must("desk", "keys", "issue", *who, "--node", NODE, "--days", 4, "--out", town.folder / "operator.halves")
    listed = town.folder / "list.json"
    both = [word for role in ("manager", "operator") for word in (f"--{role}", town.folder / f"{role}.halves")]
    _must("desk", "keys", "merge", "--desk", town.desk, *both, "--out", listed, "--clock", town.clock)
    who = ["--store", town.folder / "manager", "--passphrase-file", town.secret("manager")]
    _must("desk", "keys", "sign", *who, listed)
    listed.write_bytes(sign_list(operator, read_key_list(listed)).data)


def _enrol(town: Town) -> None:
    enrolment = town.camera.enrolment(town.ticket)
    enrol_node(town.served.center, b'{"ticket":' + town.ticket.data + b',"enrolment":' + enrolment.data + b"}")
    key = signed.key_id(town.camera.signing.public_key)
    common = ["--desk", town.desk, "--node", NODE, "--passphrase-file", town.secret("desk"), "--clock", town.clock]
    _must("desk", "enrol", "confirm", *common, "--center", town.served.url, "--expect-key", key)
    _must("desk", "keys", "publish", "--desk", town.desk, "--center", town.served.url, town.folder / "list.json")


def _upload(town: Town) -> None:
    town.served.clock.advance_to(from_iso(RECEIPTED))
    town.taken.extend(town.camera.record(read_key_list(town.folder / "list.json")))
    first, last = town.taken[0].record.header, town.taken[-1].record.header
    data = joined(town.taken)
    address = Address(NODE, first.manifest.chain, first.sequence, last.sequence)
    take_batch(town.served.center, address, digest_of(data), data)


def _must(*words: object) -> None:
    assert main([str(word) for word in words]) == 0, words


@pytest.fixture(autouse=True)
def _healed(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "town" in request.fixturenames:
        request.getfixturevalue("town").served.faults.heal()


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Custodian], Custodian]:
    """Copies a custodian's store, unlocked, so that a test may spoil it."""

    def copy(custodian: Custodian) -> Custodian:
        folder = tmp_path / f"copy-of-{custodian.card.role}"
        shutil.copytree(custodian.store.folder, folder)
        return load_custodian(KeyStore(folder, custodian.store._identity))

    return copy


@pytest.fixture(scope="session")
def whole(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of all records."""
    out = tmp_path_factory.mktemp("whole") / "bundle"
    window = Window(NODE, from_iso("2026-01-05T09:59:00+09:00"), from_iso("2026-01-05T10:01:00+09:00"))
    with town.connect() as center:
        fetch(center, town.office(), window, out)
    return out
