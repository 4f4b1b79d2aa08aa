"""``mimamori flash prepare``: what lies on a card, that twice is once, and what is refused before a byte is written."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import pytest

from edge.base.clock import SystemClock
from edge.base.errors import BadConfiguration, BadInput, Refused
from edge.commission.certificate import OnSite
from edge.desk.office import open_office
from edge.firstboot.card import read_card
from edge.fleet import bootfs
from edge.fleet.papers import grouped
from edge.fleet.releases import make_release
from edge.node.config import NodeConfig
from edge.node.update.record import read_record
from edge.wire.registration import parse_ticket
from edge.wire.visit import parse_visit_ticket
from tests.fleet.bench import FROM, TO, Bench, run, tree_of
from tests.fleet.paper import pages_of

NETWORK = {"mimamori-onsite.nmconnection", "onsite.conf"}
SECRETS = {"enrolment-ticket.json", "visit-ticket.json", "onsite-key.pem", "onsite.pem", *NETWORK}


def test_a_prepared_card_is_whole_and_brings_a_node_toml_without_fault(bench: Bench) -> None:
    boot = bench.card()
    bench.prepare(boot)
    card = read_card(boot / "mimamori")
    card.require_whole()
    assert card.node == "matsudo-017" and card.storage == "partitions"
    tree = tomllib.loads((boot / "mimamori" / "etc" / "node.toml").read_text())
    assert NodeConfig.model_validate(tree).node == "matsudo-017"
    assert {path.name for path in (boot / "mimamori" / "secrets").iterdir()} == SECRETS


def test_the_tickets_on_the_card_count_and_the_page_shows_the_work_orders_certificate(bench: Bench) -> None:
    boot = bench.card()
    bench.prepare(boot)
    secrets, now_us = boot / "mimamori" / "secrets", SystemClock().now_us()
    authority = open_office(bench.desk).authority.payload
    assert (
        parse_ticket((secrets / "enrolment-ticket.json").read_bytes(), authority, now_us).payload.node == "matsudo-017"
    )
    visit = parse_visit_ticket(
        (secrets / "visit-ticket.json").read_bytes(), authority, "matsudo-017", now_us, trusted=False
    ).payload
    assert (visit.installer, visit.scope) == ("K-07", "first")
    fingerprint = OnSite(secrets / "onsite-key.pem", secrets / "onsite.pem").fingerprint
    order = bench.papers / "matsudo-017" / "work-order.pdf"
    page = pages_of(order.read_bytes())[0]
    assert all("".join(group.split()) in page for line in grouped(fingerprint) for group in line)
    assert order.stat().st_mode & 0o077 == 0


def test_the_cards_own_network_is_the_one_on_the_work_order(bench: Bench) -> None:
    boot = bench.card()
    bench.prepare(boot)
    card = read_card(boot / "mimamori")
    placed = {one.target: one for one in card.files}
    connection = placed["/etc/NetworkManager/system-connections/mimamori-onsite.nmconnection"]
    assert connection.mode == 0o600
    passphrase = (card.folder / connection.source).read_text().partition("psk=")[2].partition("\n")[0]
    (page,) = pages_of((bench.papers / "matsudo-017" / "work-order.pdf").read_bytes())
    assert page.count(passphrase) == 1
    assert "address=/#/192.168.70.1" in (card.folder / placed["/etc/mimamori/onsite.conf"].source).read_text()


def test_every_document_goes_where_its_process_looks_for_it(bench: Bench) -> None:
    boot = bench.card()
    bench.prepare(boot)
    config = NodeConfig.model_validate(tomllib.loads((boot / "mimamori" / "etc" / "node.toml").read_text()))
    placed = {one.target: one for one in read_card(boot / "mimamori").files}
    for path in (config.root, config.authority, config.uplink.ca, config.visit_ticket):
        assert str(path) in placed
    assert config.visit is not None
    key = placed[str(config.visit.state / "onsite-key.pem")]
    assert key.mode == 0o600


def test_secrets_are_their_owners_alone_and_lie_in_one_folder(bench: Bench) -> None:
    boot = bench.card()
    bench.prepare(boot)
    for path in (boot / "mimamori" / "secrets").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    secrets = {path.read_bytes() for path in (boot / "mimamori" / "secrets").iterdir()}
    outside = {name: data for name, data in tree_of(boot).items() if "/secrets/" not in name}
    assert not [name for name, data in outside.items() for secret in secrets if secret in data]


def test_preparing_twice_writes_nothing(bench: Bench) -> None:
    boot = bench.card()
    first, tree, papers = bench.prepare(boot), tree_of(boot), tree_of(bench.papers)
    again = bench.prepare(boot)
    assert tree_of(boot) == tree and tree_of(bench.papers) == papers
    assert (again.written, again.removed, again.unchanged) == (0, 0, first.written)


def test_the_command_makes_a_card_and_its_papers_and_tells_no_code(
    fresh_bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    boot = fresh_bench.card()
    own = ["--node", "saku-001", "--profile", "saku", "--center", "center.example", "--label", "本町通り"]
    visit = ["--installer", "K-07", "--from", FROM, "--to", TO]
    assert run("prepare", *own, *visit, *fresh_bench.shared(), "--json", boot) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["node"] == read_card(boot / "mimamori").node == "saku-001" and "code" not in said
    page = pages_of(Path(said["work_order"]).read_bytes())[0]
    assert "saku-001" in page and "本町通り" in page


@pytest.mark.parametrize(("option", "value"), [("--installer", "山田 太郎"), ("--label", ""), ("--camera", "松戸")])
def test_the_command_refuses_what_no_node_may_have(
    fresh_bench: Bench, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    own = ["--node", "saku-001", "--profile", "saku", "--center", "center.example", "--label", "本町通り"]
    visit = ["--installer", "K-07", "--from", FROM, "--to", TO]
    assert run("prepare", *own, *visit, *fresh_bench.shared(), option, value, fresh_bench.card()) == 64
    assert capsys.readouterr().err.count("\n") == 1


def test_another_nodes_card_takes_nothing_over(bench: Bench) -> None:
    used, fresh = bench.card("used"), bench.card("fresh")
    bench.prepare(used, "matsudo-016")
    bench.prepare(used)
    bench.prepare(fresh)
    assert tree_of(used) == tree_of(fresh)


def test_a_ticket_that_counts_no_longer_is_made_anew(bench: Bench) -> None:
    boot = bench.card()
    bench.prepare(boot)
    first = tree_of(bench.papers)
    (bench.papers / "matsudo-017" / "enrolment-ticket.json").write_bytes(b"damaged")
    bench.prepare(boot)
    changed = {name for name, data in tree_of(bench.papers).items() if first[name] != data}
    assert changed == {"matsudo-017/enrolment-ticket.json"}


def test_boot_settings_and_seed_are_in_place(bench: Bench) -> None:
    boot = bench.card()
    bench.prepare(boot)
    assert "dtparam=watchdog=on" in (boot / "config.txt").read_text()
    assert "resize" not in (boot / "cmdline.txt").read_text().split()
    user = json.loads((boot / "user-data").read_text().removeprefix("#cloud-config\n"))
    assert user["hostname"] == "matsudo-017" and user["users"] == [] and user["growpart"] == {"mode": "off"}
    assert user["bootcmd"] == [["sh", "/boot/firmware/mimamori/begin"]]
    assert "Mechanism=zram\n" in (boot / "mimamori" / "system" / "swap.conf").read_text()


def test_people_sign_in_by_certificate_where_the_citys_authority_is_given(bench: Bench, tmp_path: Path) -> None:
    authority = tmp_path / "user-ca.pub"
    authority.write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI city\n")
    boot = bench.card()
    bench.prepare(boot, admin_ca=authority)
    user = json.loads((boot / "user-data").read_text().removeprefix("#cloud-config\n"))
    assert [(one["name"], one["lock_passwd"]) for one in user["users"]] == [("mimamori-admin", True)]
    placed = {one.target: (boot / "mimamori" / one.source).read_text() for one in read_card(boot / "mimamori").files}
    assert placed["/etc/ssh/mimamori-user-ca.pub"] == authority.read_text()
    assert "PasswordAuthentication no\n" in placed["/etc/ssh/sshd_config.d/10-mimamori-first.conf"]


def test_a_private_key_in_place_of_the_citys_authority_is_refused(bench: Bench, tmp_path: Path) -> None:
    key = tmp_path / "user-ca"
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    boot = bench.card()
    before = tree_of(boot)
    with pytest.raises(BadConfiguration, match="no public SSH key"):
        bench.prepare(boot, admin_ca=key)
    assert tree_of(boot) == before


def test_wifi_goes_to_the_card_as_a_secret_without_its_passphrase(bench: Bench, tmp_path: Path) -> None:
    line = tmp_path / "line.toml"
    line.write_text('[wifi]\nssid = "hall"\npassphrase = "correct battery"\n')
    boot = bench.card()
    bench.prepare(boot, profile="tottori", line=line)
    placed = {one.source: one for one in read_card(boot / "mimamori").files}
    assert placed["secrets/mimamori-wifi.nmconnection"].mode == 0o600
    assert not [name for name, data in tree_of(boot).items() if b"correct battery" in data]


def signed_release(bench: Bench, number: int) -> None:
    signer = bench.signer
    document = make_release(signer.office, signer.keys, bench.release, number, 0, SystemClock().now_us())
    (bench.release / "release.json").write_bytes(document.data)


def test_a_node_of_a_signed_release_takes_no_older_one(bench: Bench) -> None:
    signed_release(bench, 7)
    boot = bench.card()
    bench.prepare(boot)
    placed = {one.target: one for one in read_card(boot / "mimamori").files}["/var/lib/mimamori/update/update.json"]
    assert placed.mode == 0o600
    assert read_record(boot / "mimamori" / placed.source).highest == 7


def test_an_unsigned_release_leaves_every_number_open(bench: Bench) -> None:
    boot = bench.card()
    bench.prepare(boot)
    assert "etc/update.json" not in read_card(boot / "mimamori").hashes


def test_a_release_that_is_not_what_was_signed_goes_on_no_card(bench: Bench) -> None:
    signed_release(bench, 7)
    (bench.release / "wheels" / "requirements.txt").write_text("other\n")
    boot = bench.card()
    before = tree_of(boot)
    with pytest.raises(Refused, match="not the file that release 7 names"):
        bench.prepare(boot)
    assert tree_of(boot) == before


NO_BOOT_PARTITION = {
    "a folder of photos": ([], "config.txt, cmdline.txt, kernel8.img or kernel_2712.img missing"),
    "no kernel": (["config.txt", "cmdline.txt", "user-data", "meta-data"], "kernel8.img or kernel_2712.img missing"),
    "an image without cloud-init": (["config.txt", "cmdline.txt", "kernel8.img"], "an image without cloud-init"),
}


@pytest.mark.parametrize(("names", "message"), NO_BOOT_PARTITION.values(), ids=NO_BOOT_PARTITION.keys())
def test_a_folder_that_is_no_boot_partition_is_refused_in_one_sentence(
    bench: Bench, tmp_path: Path, names: list[str], message: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in names:
        (folder / name).write_text("root=1")
    before = tree_of(folder)
    with pytest.raises(BadInput) as raised:
        bench.prepare(folder)
    assert message in str(raised.value) and "\n" not in str(raised.value) and tree_of(folder) == before


def test_the_running_machines_own_boot_partition_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    boot = bench.card()
    monkeypatch.setattr(bootfs, "_OWN", (boot,))
    with pytest.raises(BadInput, match="this machine's own boot partition"):
        bench.prepare(boot)


def test_a_card_without_room_is_refused_before_a_byte_is_written(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    boot = bench.card()
    before, usage = tree_of(boot), shutil.disk_usage(boot)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=2**20))
    with pytest.raises(BadInput, match="bytes are to be written, there is room for 0"):
        bench.prepare(boot)
    assert tree_of(boot) == before


def test_without_firmware_the_message_says_how_to_make_it(bench: Bench) -> None:
    boot = bench.card()
    (bench.release / "wheels" / "mimamori_edge-0.1.0-py3-none-any.whl").unlink()
    before = tree_of(boot)
    with pytest.raises(BadConfiguration, match="make it with 'mimamori flash wheels --out"):
        bench.prepare(boot)
    assert tree_of(boot) == before


def test_the_image_boots_plainly_until_the_last_file_is_there(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule 3 of bootfs: whichever write is the last before the card is pulled, the old seed or all of the new count."""
    whole = bench.card("whole")
    bench.prepare(whole)
    names = list(tree_of(whole))
    put, old = bootfs._put, "#cloud-config\n"
    for cut in range(len(names) - 1):
        boot, left = bench.card(f"cut-{cut}"), [cut]

        def put_some(path: Path, data: bytes | Path, mode: int, left: list[int] = left) -> bool:
            if left[0] == 0:
                raise OSError("pulled out")
            left[0] -= 1
            return put(path, data, mode)

        monkeypatch.setattr(bootfs, "_put", put_some)
        with pytest.raises(OSError, match="pulled out"):
            bench.prepare(boot)
        assert (boot / "user-data").read_text() == old or tree_of(boot) == tree_of(whole)
        monkeypatch.setattr(bootfs, "_put", put)
        bench.prepare(boot)
        assert tree_of(boot) == tree_of(whole)
