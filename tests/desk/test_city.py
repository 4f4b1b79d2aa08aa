"""Founding a city, enrolling and asking: what goes where, and what is refused."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import pytest
from cryptography import x509

from edge.base.clock import SECOND_US, from_iso
from edge.base.errors import BadConfiguration, BadInput, NotPermitted, UsageFault
from edge.center.documents import pending_commands
from edge.desk.city import ROLE_LIFE
from edge.desk.custodian import Custodian
from edge.desk.enrol import fingerprint, make_registration, make_ticket, require_expected
from edge.desk.keystore import KeyStore
from edge.desk.node_commands import compare
from edge.desk.office import open_office, role_key
from edge.desk.request import send_window
from edge.wire import certificates
from edge.wire.authority import Role, parse_authority
from edge.wire.certificates import load_certificate
from edge.wire.command import parse_command
from edge.wire.keys import SigningKey
from edge.wire.registration import Enrolment, parse_registration, parse_ticket
from tests.desk.conftest import FOUNDED, Town
from tests.desk.scene import NODE, START_US

NOW = from_iso("2026-01-05T09:30:00+09:00")


def test_every_place_has_what_it_needs_and_no_more(town: Town) -> None:
    found = {
        place: {path.name for path in (town.folder / "city" / place).rglob("*") if path.is_file()}
        for place in ("root", "manager", "operator")
    }
    documents = {"authority.json", "root.pub", "ca.pem"}
    assert found["root"] == documents | {"identity.age", "store.json", "root.age", "ca.age"}
    assert found["manager"] == found["operator"] == documents | {"tls.pem", "certificate.pem"}
    roles = {path.stem for path in (town.desk / "roles").iterdir()}
    assert roles == {"registration", "command", "mask", "visit", "release"}
    center = {path.name for path in (town.folder / "city" / "center").glob("*.pem")}
    assert center == {"receipt.pem", "issuing.pem", "issuing-key.pem", "server.pem", "server-key.pem", "client-ca.pem",
                      "ca.pem", "tls.pem", "certificate.pem"}  # fmt: skip


def test_authority_names_every_role_for_years_and_is_a_demonstrations(town: Town, manager: Custodian) -> None:
    office = town.office()
    authority = parse_authority(office.authority.data, office.root, demo=True).payload
    assert {key.role for key in authority.keys} == set(Role)
    assert authority.issued == from_iso(FOUNDED)
    later = authority.issued + int(ROLE_LIFE.total_seconds()) * SECOND_US
    for role in Role:
        assert len(list(authority.holders(role, NOW))) == len(list(authority.holders(role, later))) == 1
        assert not list(authority.holders(role, later + 1))
    assert list(authority.holders(Role.MANAGER, NOW)) == [bytes.fromhex(manager.card.public_key)]
    receipt = SigningKey.load(town.folder / "city" / "center" / "receipt.pem")
    assert list(authority.holders(Role.RECEIPT, NOW)) == [receipt.public_key]


def test_certificates_chain_to_the_city_and_have_their_names(town: Town) -> None:
    city = town.folder / "city"
    ca, issuing = load_certificate(city / "root" / "ca.pem"), load_certificate(city / "center" / "issuing.pem")
    issuing.verify_directly_issued_by(ca)
    for place in ("center", "desk", "manager", "operator"):
        leaf = load_certificate(city / place / "certificate.pem")
        leaf.verify_directly_issued_by(issuing)
        assert leaf.subject == x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"@{place}")])
    server = load_certificate(city / "center" / "server.pem")
    server.verify_directly_issued_by(ca)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"--start": FOUNDED}, 64),
        ({"--demo": None, "--start": "2026-01-05"}, 64),
        ({"--demo": None, "--city": "松戸 市"}, 64),
        ({"--demo": None, "--hosts": ","}, 64),
        ({"--demo": None, "--manager": "operator"}, 64),
        ({"--demo": None, "--operator": "manager"}, 64),
        ({"--demo": None, "--operator": "nowhere"}, 66),
        ({"--demo": None, "--out": "."}, 77),
        ({}, 77),  # cards of a demonstration in a real city
    ],
)
def test_a_city_is_not_founded_on_what_is_off(
    town: Town, tmp_path: Path, changes: dict[str, str | None], status: int
) -> None:
    options: dict[str, object] = {"--out": tmp_path / "new", "--city": "matsudo", "--hosts": "localhost"}
    options |= {f"--{role}": town.folder / role / "custodian.json" for role in ("manager", "operator")}
    words: list[object] = ["--demo"] if "--demo" in changes else []
    for name, value in changes.items():
        if name in ("--manager", "--operator"):
            options[name] = town.folder / str(value) / "custodian.json"
        elif name == "--out":
            options[name] = town.folder
        elif value is not None:
            options[name] = value
    words += [word for option in options.items() for word in option]
    secrets = ("--passphrase-file", town.secret("desk"), "--root-passphrase-file", town.secret("root"))
    assert town.run("desk", "init", *words, *secrets) == status
    assert not (tmp_path / "new").exists()


def test_two_cards_of_one_person_are_refused(town: Town, tmp_path: Path) -> None:
    card = json.loads((town.folder / "manager" / "custodian.json").read_text())
    (tmp_path / "card").write_bytes(
        json.dumps(card | {"role": "operator"}, separators=(",", ":"), sort_keys=True).encode()
    )
    out = ("--out", tmp_path / "new", "--city", "matsudo", "--hosts", "localhost", "--demo")
    cards = ("--manager", town.folder / "manager" / "custodian.json", "--operator", tmp_path / "card")
    secrets = ("--passphrase-file", town.secret("desk"), "--root-passphrase-file", town.secret("root"))
    assert town.run("desk", "init", *out, *cards, *secrets) == 77


def test_custodian_init_writes_the_card_and_says_its_key(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    who = ("--role", "manager", "--store", tmp_path / "store", "--passphrase-file", town.secret("manager"))
    assert town.run("desk", "custodian", "init", *who, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    card = json.loads((tmp_path / "store" / "custodian.json").read_text())
    assert (card["role"], card["demo"], said["role"]) == ("manager", False, "manager")
    assert len(said["key_id"]) == 32
    assert town.run("desk", "custodian", "init", *who) == 77  # a store is never made over another


def test_folders_that_init_did_not_make_are_refused(town: Town, tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="desk init"):
        open_office(tmp_path)
    (tmp_path / "authority.json").write_bytes((town.desk / "authority.json").read_bytes())
    (tmp_path / "root.pub").write_text("00" * 32)
    with pytest.raises(BadConfiguration, match="another root"):
        open_office(tmp_path)


def test_ticket_lets_one_node_in_for_a_while(town: Town, store: KeyStore) -> None:
    office = town.office()
    ticket = make_ticket(office, store, "cam-2", NOW)
    assert parse_ticket(ticket.data, office.authority.payload, NOW).payload.node == "cam-2"
    assert make_ticket(office, store, "cam-2", NOW).payload.ticket != ticket.payload.ticket


def test_ticket_is_written_for_its_owner_alone(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = os.open(town.secret("desk"), os.O_RDONLY)
    common = ("--desk", town.desk, "--node", "cam-2", "--passphrase-fd", secret, "--clock", town.clock)
    assert town.run("desk", "enrol", "ticket", *common, "--out", tmp_path / "t") == 0
    assert "cam-2: enrolment ticket" in capsys.readouterr().out
    assert (tmp_path / "t").stat().st_mode & 0o777 == 0o600
    parse_ticket((tmp_path / "t").read_bytes(), town.office().authority.payload, town.served.clock.now_us())


def test_registration_is_by_the_role_and_names_both_keys(town: Town, store: KeyStore) -> None:
    office = town.office()
    enrolment = town.camera.enrolment(make_ticket(office, store, NODE, NOW)).payload
    document = make_registration(office, store, enrolment, NOW)
    registration = parse_registration(document.data, office.authority.payload).payload
    assert registration.signing_key == town.camera.signing.public_key.hex()
    assert registration.tls_key == certificates.key_hash(town.camera.tls.public_key())


def test_registering_compares_with_the_work_order(town: Town, store: KeyStore) -> None:
    enrolment = town.camera.enrolment(make_ticket(town.office(), store, NODE, NOW)).payload
    shown = fingerprint(enrolment)
    for expected in (shown, shown.replace(" ", "").upper(), enrolment.signing_key):
        require_expected(enrolment, expected)
    for expected in ("", "00" * 16, shown[:-1], enrolment.signing_key[:-2]):
        with pytest.raises(NotPermitted, match="not registered"):
            require_expected(enrolment, expected)


def test_confirming_refuses_another_key_and_asks_for_one(town: Town) -> None:
    common = ("--desk", town.desk, "--node", NODE, "--center", town.served.url, "--clock", town.clock)
    assert town.run("desk", "enrol", "confirm", *common, "--expect-key", "00" * 16) == 77
    assert town.run("desk", "enrol", "confirm", *common) == 64
    assert town.run("desk", "enrol", "confirm", *common, "--yes", "--expect-key", "00") == 64
    town.served.faults.asked.clear()
    wrong = ("--desk", town.desk, "--node", "cam-7", "--center", town.served.url)
    assert town.run("desk", "enrol", "confirm", *wrong, "--yes") == 65  # nobody of that name presented itself
    assert not any("registration" in path for path in town.served.faults.asked)


def test_role_keys_speak_only_while_the_authority_lets_them(town: Town, store: KeyStore) -> None:
    authority = town.office().authority.payload
    assert role_key(store, authority, Role.MASK, NOW)
    late = authority.issued + int(ROLE_LIFE.total_seconds()) * SECOND_US + 1
    with pytest.raises(NotPermitted, match="mask"):
        role_key(store, authority, Role.MASK, late)
    with pytest.raises(BadInput):
        role_key(store, authority, Role.RECEIPT, NOW)  # the center's, not the desk's


def test_commands_count_upwards_even_when_the_clock_runs_back(town: Town, store: KeyStore) -> None:
    office, window = town.office(), (START_US, START_US + SECOND_US)
    counters = []
    for now_us in (NOW, NOW, NOW - 3_600 * SECOND_US, NOW + 5):
        document = send_window(office, store, NODE, window, now_us)
        counters.append(document.payload.counter)
        assert parse_command(document.data, office.authority.payload, NODE, now_us, counters[-1] - 1)
    assert counters == sorted(set(counters)) and counters[0] >= NOW
    with pytest.raises(UsageFault, match="before"):
        send_window(office, store, NODE, (5, 5), NOW)


@pytest.mark.parametrize("data", [b"[]", b"{", b'{"cam-1":"9"}', b'{"cam-1":true}'])
def test_damaged_counters_are_said(town: Town, store: KeyStore, data: bytes) -> None:
    path = town.desk / "commands.json"
    kept = path.read_bytes() if path.exists() else None
    path.write_bytes(data)
    try:
        with pytest.raises(BadInput, match="damaged"):
            send_window(town.office(), store, NODE, (START_US, START_US + 1), NOW)
    finally:
        path.unlink() if kept is None else path.write_bytes(kept)


def test_request_reaches_the_center(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    common = ("--desk", town.desk, "--node", NODE, "--passphrase-file", town.secret("desk"), "--clock", town.clock)
    window = ("--from", "2026-01-05T10:00:00+09:00", "--to", "2026-01-05T10:01:00+09:00")
    assert town.run("desk", "request", *common, *window, "--center", town.served.url, "--json") == 0
    assert json.loads(capsys.readouterr().out)["node"] == NODE
    with town.served.center.database.read() as connection:
        assert [pending.node for pending in pending_commands(connection, NOW)] == [NODE]


class _Person:
    """Types one line at a terminal."""

    def __init__(self, line: str) -> None:
        self.line = line

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return self.line


@pytest.mark.parametrize(("line", "agreed"), [("yes\n", True), ("y\n", False), ("no\n", False), ("\n", False)])
def test_a_person_compares_the_key(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, agreed: bool
) -> None:
    monkeypatch.setattr("sys.stdin", _Person(line))
    enrolment = Enrolment(ticket="0" * 32, node=NODE, signing_key=town.camera.signing.public_key.hex(), csr="")
    options = argparse.Namespace(expect_key=None, yes=False)
    if agreed:
        compare(options, enrolment)
    else:
        with pytest.raises(NotPermitted, match="not registered"):
            compare(options, enrolment)
    assert fingerprint(enrolment) in capsys.readouterr().err


def test_another_nodes_enrolment_is_not_registered(town: Town) -> None:
    enrolment = town.camera.enrolment(town.ticket).data
    town.served.faults.replaced["/enrolment"] = (200, enrolment)
    common = ("--desk", town.desk, "--node", "cam-7", "--center", town.served.url)
    assert town.run("desk", "enrol", "confirm", *common, "--yes") == 65


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "status", "--store", "STORE", "--clock", "sundial"),
        ("keys", "issue", "--store", "STORE", "--node", "Cam_1", "--out", "x"),
        ("keys", "issue", "--store", "STORE", "--node", "cam-1", "--from", "tomorrow", "--out", "x"),
        ("request", "--desk", "x", "--node", "cam-1", "--center", "x", "--from", "2026-01-05T10:00:00", "--to", "x"),
        ("keys", "expire", "--store", "STORE", "--retention-days", "1"),
        ("enrol",),
    ],
)
def test_words_that_are_off_are_usage_faults(town: Town, words: tuple[str, ...]) -> None:
    assert town.run("desk", *(town.folder / "manager" if word == "STORE" else word for word in words)) == 64


def test_simulated_clocks_are_a_demonstrations_alone(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = (town.folder / "manager" / "custodian.json").read_text().replace('"demo":true', '"demo":false')
    (tmp_path / "custodian.json").write_text(card)
    assert town.run("desk", "keys", "status", "--store", tmp_path, "--clock", town.clock) == 77
    assert "only a demonstration" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url",
    [
        "http://center",
        "https://",
        "https://u:p@center",
        "https://center/path",
        "https://center?x",
        "ftp://x",
        "https://c:x",
        "",
    ],
)
def test_urls_that_are_no_centers_are_refused(town: Town, url: str) -> None:
    from edge.desk.center import Center

    with pytest.raises(UsageFault, match="https://HOST"):
        Center(url, town.desk)


def test_missing_tls_files_are_named(town: Town, tmp_path: Path) -> None:
    from edge.desk.center import Center

    with pytest.raises(BadConfiguration, match=r"certificate\.pem, .*tls\.pem, .*ca\.pem: missing"):
        Center("https://center", tmp_path)


@pytest.mark.parametrize("data", ["zz" * 32, "00" * 31, ""])
def test_what_is_no_root_is_refused(town: Town, tmp_path: Path, data: str) -> None:
    (tmp_path / "root.pub").write_text(data)
    assert town.run("desk", "verify", tmp_path, "--root", tmp_path / "root.pub") == 66
