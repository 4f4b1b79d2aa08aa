"""Issuing visits: tickets that open with the printed code, papers, and where no secret is."""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.base.clock import SECOND_US, SystemClock
from edge.base.errors import NotPermitted
from edge.cli import main
from edge.commission.certificate import on_site
from edge.desk.keystore import KeyStore
from edge.desk.passphrase import Passphrase, from_file
from edge.desk.visits import Visit
from edge.fleet.nodelist import Placed
from edge.fleet.onsitekit import kit_of, node_files, renew_pair
from edge.fleet.orders import LABELS, ORDERS, Signer, issue, write_papers
from edge.fleet.profile import PROFILES, Profile, read_profile
from edge.wire.visit import Scope, VisitTicket, parse_visit_ticket
from tests.fleet.paper import OFFICE, pages_of, picture_of
from tests.qr import scanned

NODES = ("matsudo-117", "matsudo-118")
ADDRESS = "192.168.70.1"
MATSUDO = (PROFILES / "matsudo.toml").read_text(encoding="utf-8")
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")
WORD = Passphrase("a long word for tests")


def papers(signer: Signer, out: Path, profile: Profile | None = None) -> bytes:
    """Issues a visit to the first node, its code on paper; returns the work order."""
    now_us = SystemClock().now_us()
    visit = Visit(NODES[0], "K-07", Scope.FIRST, (now_us, now_us + 3600 * SECOND_US))
    issued = issue(signer, [(Placed(node=NODES[0], label="本町通り"), visit)], ADDRESS, now_us)
    write_papers(out, issued, profile or read_profile("matsudo"), OFFICE, code_on_paper=True)
    return (out / ORDERS).read_bytes()


def words(founded: Path, out: Path, *more: object) -> list[str]:
    """The command's words, the same visit for any nodes."""
    now = datetime.now(UTC)
    hours = ("--from", now.isoformat(), "--to", (now + timedelta(hours=8)).isoformat())
    desk = ("--desk", founded / "city" / "desk", "--passphrase-file", founded / "desk.passphrase")
    store = ("--store", founded / "store", "--store-passphrase-file", founded / "store.passphrase")
    visit = ("--installer", "K-07", "--scope", "first", *hours, "--profile", "matsudo", "--phone", "047-366-1111")
    return [str(word) for word in ("fleet", "order", *desk, *store, *visit, "--out", out, *more)]


def ticket_in(signer: Signer, path: Path, node: str) -> VisitTicket:
    authority = signer.office.authority.payload
    return parse_visit_ticket(path.read_bytes(), authority, node, SystemClock().now_us(), trusted=True).payload


ONE = ("--node", NODES[0], "--place", "本町通り 3丁目角")


def test_batch_prints_a_page_a_node_whose_code_opens_its_own_ticket_and_is_told_nowhere_else(
    founded: Path, signer: Signer, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    out, listed = tmp_path / "out", tmp_path / "nodes.csv"
    listed.write_text("node,label\n" + "".join(f"{node},本町 {node}\n" for node in NODES))
    assert main(words(founded, out, "--nodes", listed, "--code", "paper")) == 0
    pages = pages_of((out / ORDERS).read_bytes())
    codes = [CODE.findall(page) for page in pages]
    assert [len(found) for found in codes] == [1, 1]
    for node, page, (code,) in zip(NODES, pages, codes, strict=True):
        assert f"本町{node}" in page
        opened = [ticket_in(signer, out / f"{name}.visit.json", name).opens_with(code) for name in NODES]
        assert opened == [name == node for name in NODES]
    spoken = "".join(capsys.readouterr()) + caplog.text
    assert not any(code in spoken or code.replace("-", "") in spoken for (code,) in codes)
    modes = {path.name: path.stat().st_mode & 0o777 for path in out.iterdir()}
    assert modes == {ORDERS: 0o600, LABELS: 0o644} | {f"{node}.visit.json": 0o600 for node in NODES}
    assert out.stat().st_mode & 0o777 == 0o700


def test_code_for_the_screen_is_on_no_paper(
    founded: Path, signer: Signer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(words(founded, out, *ONE, "--code", "screen", "--json")) == 0
    code = json.loads(capsys.readouterr().out)["codes"][NODES[0]]
    assert ticket_in(signer, out / f"{NODES[0]}.visit.json", NODES[0]).opens_with(code)
    assert code not in "".join(pages_of((out / ORDERS).read_bytes()))
    assert all(code.encode() not in path.read_bytes() for path in out.iterdir())


def test_second_order_shows_the_same_network_and_fingerprint_and_another_code(signer: Signer, tmp_path: Path) -> None:
    kit, seen = kit_of(signer.fleet, NODES[0], ADDRESS), list[str]()
    for name in ("one", "two"):
        data = papers(signer, tmp_path / name)
        (page,) = pages_of(data)
        assert kit.access.passphrase in page
        assert kit.pair.fingerprint.replace(":", "")[:16] in page
        assert scanned(picture_of(data)) == f"WIFI:T:WPA;S:{NODES[0]};P:{kit.access.passphrase};;"
        seen += CODE.findall(page)
    assert len(set(seen)) == 2


def test_papers_that_are_there_are_left_alone(signer: Signer, tmp_path: Path) -> None:
    papers(signer, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(NotPermitted, match="has work orders already"):
        papers(signer, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_node_by_whose_radio_it_dials_out_is_visited_by_cable(signer: Signer, tmp_path: Path) -> None:
    (tmp_path / "wireless.toml").write_text(MATSUDO.replace('kind = "cable"', 'kind = "wifi"'), encoding="utf-8")
    data = papers(signer, tmp_path / "out", read_profile(str(tmp_path / "wireless.toml")))
    assert scanned(picture_of(data)) == ""
    assert "ケーブルでつなぐ" in pages_of(data)[0]


def test_nodes_have_passphrases_and_certificates_of_their_own(signer: Signer) -> None:
    one, other = (kit_of(signer.fleet, node, ADDRESS) for node in NODES)
    assert one.access.passphrase != other.access.passphrase
    assert one.pair.fingerprint != other.pair.fingerprint


def test_secrets_lie_in_the_store_only_encrypted(founded: Path, signer: Signer) -> None:
    kit = kit_of(signer.fleet, NODES[0], ADDRESS)
    written = [path for path in (founded / "store").rglob("*") if path.is_file()]
    assert founded / "store" / "nodes" / NODES[0] / "access-point.age" in written
    for secret in (kit.access.passphrase.encode(), kit.pair.key[30:60]):
        assert all(secret not in path.read_bytes() for path in written)
    assert all(path.stat().st_mode & 0o077 == 0 for path in written if path.suffix == ".age")


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (ONE, 64, "--code: say where"),
        (("--node", NODES[0], "--code", "paper"), 64, "give both, or --nodes"),
        (("--node", NODES[0], "--place", "", "--code", "paper"), 64, "1 to 80 characters"),
        ((*ONE, "--code", "paper", "--window-from", "2026-01-01T00:00:00Z"), 64, "give both"),
        ((*ONE, "--code", "paper", "--profile", "nowhere"), 78, "profile 'nowhere'"),
    ],
)
def test_order_at_fault_issues_nothing(
    founded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], status: int, said: str
) -> None:
    assert main(words(founded, tmp_path / "out", *more)) == status
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def test_person_is_asked_where_the_code_goes_and_nothing_is_issued_on_another_answer(
    founded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("both\n"))
    assert main(words(founded, tmp_path / "out", *ONE)) == NotPermitted.exit_status
    said = capsys.readouterr()
    assert "(paper/screen)" in said.out
    assert "'both': write paper or screen; nothing was issued" in said.err
    assert not (tmp_path / "out").exists()


def test_secrets_are_in_no_process_listing(founded: Path, signer: Signer, tmp_path: Path) -> None:
    """Whoever may list processes sees neither code, passphrase nor key while the papers are made."""
    program = "import sys; from edge.cli import main; main(sys.argv[1:]); print('made', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", program, *words(founded, tmp_path / "out", *ONE, "--code", "paper")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as made:
        assert made.stdout is not None
        while (line := made.stdout.readline()) not in ("made\n", ""):
            pass
        assert line == "made\n"
        process = Path("/proc") / str(made.pid)
        shown = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        made.communicate()
    (page,) = pages_of((tmp_path / "out" / ORDERS).read_bytes())
    passphrase = kit_of(signer.fleet, NODES[0], ADDRESS).access.passphrase
    secrets = [*CODE.findall(page), passphrase, from_file(founded / "store.passphrase").secret]
    assert len(secrets) == 3
    assert not any(secret.encode() in shown for secret in secrets)


def test_files_for_a_node_are_the_certificate_made_ahead_and_its_secrets_where_their_owner_alone_reads(
    founded: Path, signer: Signer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ("--store", founded / "store", "--passphrase-file", founded / "store.passphrase")
    command = ("fleet", "on-site", *store, "--node", NODES[0], "--profile", "matsudo", "--out", tmp_path, "--json")
    assert main([str(word) for word in command]) == 0
    spoken = "".join(capsys.readouterr())
    kit = kit_of(signer.fleet, NODES[0], ADDRESS)
    assert on_site(tmp_path / "var/lib/mimamori/visit", NODES[0], ADDRESS).fingerprint == kit.pair.fingerprint
    assert json.loads(spoken)["fingerprint"] == kit.pair.fingerprint
    secrets = kit.access.passphrase.encode(), kit.pair.key
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    holding = {path.name for path in files if any(secret in path.read_bytes() for secret in secrets)}
    assert holding == {"onsite-key.pem", "mimamori-onsite.nmconnection"}
    assert holding == {path.name for path in files if path.stat().st_mode & 0o777 == 0o600}
    assert kit.access.passphrase not in spoken
    assert {file.owner for file in node_files(kit, read_profile("matsudo")) if "visit" in file.path} == {
        "mimamori-commission:mimamori"
    }


def test_store_is_made_by_a_command_and_opens_with_its_passphrase(tmp_path: Path) -> None:
    (tmp_path / "word").write_text(WORD.secret)
    command = ["fleet", "init", "--store", tmp_path / "store", "--passphrase-file", tmp_path / "word"]
    assert main([str(word) for word in command]) == 0
    assert not KeyStore.unlock(tmp_path / "store", WORD).holds("nodes/x/access-point")


def test_certificate_for_another_address_is_made_only_when_asked_for(signer: Signer) -> None:
    before = kit_of(signer.fleet, "matsudo-121", ADDRESS).pair
    with pytest.raises(NotPermitted, match=r"is not for 10\.9\.9\.1"):
        kit_of(signer.fleet, "matsudo-121", "10.9.9.1")
    assert kit_of(signer.fleet, "matsudo-121", ADDRESS).pair == before
    renew_pair(signer.fleet, "matsudo-121", "10.9.9.1")
    assert kit_of(signer.fleet, "matsudo-121", "10.9.9.1").pair.fingerprint != before.fingerprint
