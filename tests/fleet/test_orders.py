"""Issuing visits by the one command: tickets that open with the printed code, papers, and where no secret is."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from edge.base.errors import NotPermitted
from edge.cli import main
from edge.commission.certificate import on_site
from edge.desk.keystore import KeyStore
from edge.desk.office import open_office
from edge.desk.passphrase import from_file
from edge.fleet.onsitekit import Kit, kit_of
from edge.fleet.profile import PROFILES
from edge.wire.visit import VisitTicket, parse_visit_ticket
from tests.fleet.city import City, found
from tests.fleet.paper import pages_of, picture_of
from tests.qr import scanned

NODES = ("matsudo-017", "matsudo-018")
MATSUDO = (PROFILES / "matsudo.toml").read_text(encoding="utf-8")
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return found(tmp_path_factory.mktemp("fleet-city"))


def words(city: City, out: Path, *more: object) -> list[object]:
    now = datetime.now(UTC)
    hours = ("--from", now.isoformat(), "--to", (now + timedelta(hours=8)).isoformat())
    stores = ("--desk", city.desk, "--passphrase-file", city.secret("desk"), "--store", city.store)
    secret = ("--store-passphrase-file", city.secret("fleet"))
    visit = ("--installer", "K-07", "--scope", "first", *hours, "--profile", "matsudo", "--phone", "047-366-1111")
    return ["fleet", "order", *stores, *secret, *visit, "--out", out, *more]


def listed(tmp_path: Path) -> tuple[str, Path]:
    (tmp_path / "nodes.csv").write_text("node,label\n" + "".join(f"{node},本町 {node}\n" for node in NODES))
    return "--nodes", tmp_path / "nodes.csv"


def one(node: str = NODES[0]) -> tuple[str, ...]:
    return "--node", node, "--place", "本町通り 3丁目角"


def ticket_in(city: City, path: Path, node: str) -> VisitTicket:
    authority = open_office(city.desk).authority.payload
    return parse_visit_ticket(path.read_bytes(), authority, node, SystemClock().now_us(), trusted=True).payload


def kit_in(city: City, node: str) -> Kit:
    store = KeyStore.unlock(city.store, from_file(city.secret("fleet")))
    return kit_of(store, node, "192.168.70.1")


def test_batch_prints_a_page_a_node_whose_code_opens_its_own_ticket(
    city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    out = tmp_path / "out"
    assert city.run(*words(city, out, *listed(tmp_path), "--code", "paper")) == 0
    pages = pages_of((out / "work-orders.pdf").read_bytes())
    codes = [CODE.findall(page) for page in pages]
    assert [len(found) for found in codes] == [1, 1]
    for node, page, (code,) in zip(NODES, pages, codes, strict=True):
        assert f"本町{node}" in page
        assert [ticket_in(city, out / f"{name}.visit.json", name).opens_with(code) for name in NODES] == [
            name == node for name in NODES
        ]
    spoken = "".join(capsys.readouterr()) + caplog.text
    assert not any(code in spoken or code.replace("-", "") in spoken for (code,) in codes)


def test_papers_and_tickets_are_their_owners_alone(city: City, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert city.run(*words(city, out, *one(), "--code", "paper")) == 0
    modes = {path.name: path.stat().st_mode & 0o777 for path in out.iterdir()}
    assert modes == {"work-orders.pdf": 0o600, "matsudo-017.visit.json": 0o600, "labels.pdf": 0o644}
    assert out.stat().st_mode & 0o777 == 0o700


def test_code_for_the_screen_is_on_no_paper(city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert city.run(*words(city, out, *one(), "--code", "screen", "--json")) == 0
    code = json.loads(capsys.readouterr().out)["codes"][NODES[0]]
    assert ticket_in(city, out / f"{NODES[0]}.visit.json", NODES[0]).opens_with(code)
    assert code not in "".join(pages_of((out / "work-orders.pdf").read_bytes()))
    assert all(code.encode() not in path.read_bytes() for path in out.iterdir())


def test_second_order_shows_the_same_network_and_fingerprint_and_another_code(city: City, tmp_path: Path) -> None:
    kit = kit_in(city, NODES[0])
    seen = []
    for name in ("one", "two"):
        assert city.run(*words(city, tmp_path / name, *one(), "--code", "paper")) == 0
        data = (tmp_path / name / "work-orders.pdf").read_bytes()
        (page,) = pages_of(data)
        assert kit.access.passphrase in page
        assert kit.pair.fingerprint.replace(":", "")[:16] in page
        assert scanned(picture_of(data)) == f"WIFI:T:WPA;S:{NODES[0]};P:{kit.access.passphrase};;"
        seen += CODE.findall(page)
    assert len(set(seen)) == 2


def test_nodes_have_passphrases_and_certificates_of_their_own(city: City) -> None:
    one, other = (kit_in(city, node) for node in NODES)
    assert one.access.passphrase != other.access.passphrase
    assert one.pair.fingerprint != other.pair.fingerprint


def test_secrets_lie_in_the_store_only_encrypted(city: City) -> None:
    kit = kit_in(city, NODES[0])
    written = [path for path in city.store.rglob("*") if path.is_file()]
    assert city.store / "nodes" / NODES[0] / "access-point.age" in written
    for secret in (kit.access.passphrase.encode(), kit.pair.key[30:60]):
        assert all(secret not in path.read_bytes() for path in written)
    assert all(path.stat().st_mode & 0o077 == 0 for path in written if path.suffix == ".age")


def test_node_by_whose_radio_it_dials_out_is_visited_by_cable(city: City, tmp_path: Path) -> None:
    """Of the shipped profiles none dials by Wi-Fi; one that does is the first with another line."""
    (tmp_path / "wireless.toml").write_text(MATSUDO.replace('kind = "cable"', 'kind = "wifi"'), encoding="utf-8")
    order = words(city, tmp_path / "out", *one(), "--code", "paper")
    order[order.index("--profile") + 1] = tmp_path / "wireless.toml"
    assert city.run(*order) == 0
    data = (tmp_path / "out" / "work-orders.pdf").read_bytes()
    assert scanned(picture_of(data)) == ""
    assert "ケーブルでつなぐ" in pages_of(data)[0]


def test_papers_that_are_there_are_left_alone(city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert city.run(*words(city, out, *one(), "--code", "paper")) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert city.run(*words(city, out, *one(), "--code", "paper")) == NotPermitted.exit_status
    assert "has work orders already" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (one(), 64, "--code: say where"),
        (("--node", "matsudo-017", "--code", "paper"), 64, "give both, or --nodes"),
        (("--node", "matsudo-017", "--place", "", "--code", "paper"), 64, "1 to 80 characters"),
        ((*one(), "--code", "paper", "--window-from", "2026-01-01T00:00:00Z"), 64, "give both"),
        ((*one(), "--code", "paper", "--profile", "nowhere"), 78, "profile 'nowhere'"),
    ],
)
def test_order_at_fault_issues_nothing(
    city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], status: int, said: str
) -> None:
    assert main([str(word) for word in words(city, tmp_path / "out", *more)]) == status
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_secrets_are_in_no_process_listing(city: City, tmp_path: Path) -> None:
    """Whoever may list processes sees neither code, passphrase nor key while the papers are made."""
    program = "import sys; from edge.cli import main; main(sys.argv[1:]); print('made', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", program, *map(str, words(city, tmp_path / "out", *one(), "--code", "paper"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as made:
        assert made.stdout is not None
        while (line := made.stdout.readline()) not in ("made\n", ""):
            pass
        assert line == "made\n"
        process = Path("/proc") / str(made.pid)
        shown = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        made.communicate()
    (page,) = pages_of((tmp_path / "out" / "work-orders.pdf").read_bytes())
    secrets = [*CODE.findall(page), kit_in(city, NODES[0]).access.passphrase, city.passphrase("fleet")]
    assert len(secrets) == 3
    assert not any(secret.encode() in shown for secret in secrets)


def on_site_words(city: City, node: str, out: Path, profile: object = "matsudo") -> list[object]:
    store = ("--store", city.store, "--passphrase-file", city.secret("fleet"))
    return ["fleet", "on-site", *store, "--node", node, "--profile", profile, "--out", out]


def elsewhere(tmp_path: Path) -> Path:
    """A profile whose nodes have another on-site address."""
    (tmp_path / "elsewhere.toml").write_text(MATSUDO.replace("192.168.70.1", "10.9.9.1"), encoding="utf-8")
    return tmp_path / "elsewhere.toml"


def test_certificate_made_ahead_is_the_one_that_the_node_serves(
    city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert city.run(*on_site_words(city, "matsudo-020", tmp_path), "--json") == 0
    told = json.loads(capsys.readouterr().out)["fingerprint"]
    state = tmp_path / "var/lib/mimamori/visit"
    served = on_site(state, "matsudo-020", "192.168.70.1").fingerprint
    assert served == told == kit_in(city, "matsudo-020").pair.fingerprint


def test_files_for_a_node_have_its_secrets_where_its_owner_alone_reads(
    city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert city.run(*on_site_words(city, NODES[0], tmp_path)) == 0
    spoken = "".join(capsys.readouterr())
    kit = kit_in(city, NODES[0])
    secrets = kit.access.passphrase.encode(), kit.pair.key
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    holding = {path.name for path in files if any(secret in path.read_bytes() for secret in secrets)}
    assert holding == {"onsite-key.pem", "mimamori-onsite.nmconnection"}
    assert holding == {path.name for path in files if path.stat().st_mode & 0o777 == 0o600}
    assert "/var/lib/mimamori/visit/onsite-key.pem 0600 mimamori-commission:mimamori" in spoken
    assert kit.access.passphrase not in spoken


def test_certificate_for_another_address_is_made_only_when_asked_for(
    city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = on_site_words(city, "matsudo-021", tmp_path, elsewhere(tmp_path))
    made = [city.run(*on_site_words(city, "matsudo-021", tmp_path)), city.run(*other), city.run(*other, "--renew")]
    assert made == [0, NotPermitted.exit_status, 0]
    assert "is not for 10.9.9.1" in capsys.readouterr().err
