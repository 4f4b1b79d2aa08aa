"""Asahikawa from end to end: a booted node without any line, two weeks on its card, a window fetched by a PC.

In the lab's place of the profile's: a drawn street, a small ring, a cable for the on-site radio.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.base.clock import SECOND_US, SystemClock, to_datetime
from edge.base.config import to_toml
from edge.commission.certificate import OnSite
from edge.desk.ledger import NAME as LEDGER
from edge.desk.ledger import read_ledger
from edge.fleet.profile import Own, node_tree, read_profile
from edge.seal.bundle import read_bundle
from edge.seal.manifest import Kind
from edge.seal.record import Record, parse_records
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.keys import SigningKey
from edge.wire.visit import Scope, VisitTicket, Window, new_code
from edge.wire.visitevents import What, read_events
from tests.center.city import City
from tests.lab.firstboot.visit import hold_button, stands
from tests.lab.nodes import Node, NodeLab, open_lab
from tests.lab.nodes.desk_pc import NODE_ADDRESS, PORT, desk_folder, mimamori, plug_in
from tests.lab.nodes.provision import CENTER, documents, provision, provisioned, settings
from tests.node.town import opened, records_in

pytestmark = pytest.mark.timeout(900)  # a machine under load boots slowly

CITY, NAME, MIB = "asahikawa", "asahikawa-001", 2**20
ENOUGH = 12
WINDOW_S = 8
HOUR_US = 3600 * SECOND_US


@dataclass(frozen=True, slots=True)
class Camera:
    """The node, and the city that it belongs to."""

    lab: NodeLab
    node: Node
    city: City
    folder: Path

    def inside(self, path: str) -> Path:
        """Returns one of its files as this machine sees it."""
        return Path(f"/proc/{self.node.pid}/root{path}")

    def footage(self) -> list[Record]:
        """Segments on its card."""
        folder = self.inside("/var/spool/mimamori")
        return [record for record in records_in(folder) if record.header.kind is Kind.SEGMENT]


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Camera]:
    folder = tmp_path_factory.mktemp("asahikawa")
    with open_lab(tmp_path_factory.mktemp("nodes")) as lab:
        city = provisioned(folder / "city")
        node = lab.node(
            NAME, files=documents(city, lab.address), formatted=("mimamori-state", "mimamori-spool"),
            disks={"mimamori-state": 64 * MIB, "mimamori-spool": 96 * MIB},
        )  # fmt: skip
        node.boot()
        lab.run("ip", "link", "set", node.line, "down")
        plug_in(lab, node)
        node.run("ip", "addr", "add", f"{NODE_ADDRESS}/24", "dev", PORT)
        provision(node, city, settings(NAME, CITY, spool={"keeps_footage": False}))
        node.run("systemctl", "stop", "mimamori-panel.service")  # the test says what it would
        yield Camera(lab, node, city, folder)


def shipped(share: float = 1.0) -> str:
    """Returns ``node.toml`` as it is shipped, with a share of the profile's ring."""
    profile = read_profile(CITY)
    tree = node_tree(profile, Own(node=NAME, camera=NAME, label=NAME, center=CENTER))
    tree["spool"]["capacity_bytes"] = int(tree["spool"]["capacity_bytes"] * share)
    return to_toml(tree).decode()


def test_card_holds_two_weeks_and_a_smaller_one_is_refused(camera: Camera) -> None:
    """R-ASAHIKAWA-01, R-ASAHIKAWA-06: what the node is shipped with, judged by the node itself."""
    profile = read_profile(CITY)
    assert (profile.retention_days, profile.spool.keeps_footage, profile.network.kind) == (14, True, "none")
    camera.node.write("/root/shipped.toml", shipped())
    camera.node.run("mimamori", "check-config", "/root/shipped.toml")
    camera.node.write("/root/half.toml", shipped(0.5))
    refused = camera.node.run("mimamori", "check-config", "/root/half.toml", check=False)
    assert refused.status != 0
    assert "14 days" in refused.err or "retention" in refused.err, refused.err


def test_it_records_without_a_line_and_nothing_leaves_it(camera: Camera) -> None:
    """R-ASAHIKAWA-06."""
    camera.lab.until(lambda: len(camera.footage()) >= ENOUGH, "footage", 240)
    assert camera.node.run("ip", "route", "show", "default").out == ""
    assert "NO-CARRIER" in camera.node.run("ip", "link", "show", "host0").out
    assert not list(camera.inside("/var/lib/mimamori/uplink/receipts").glob("*"))


def test_desk_pc_takes_one_window_on_site_and_both_custodians_open_it(camera: Camera) -> None:
    """R-ASAHIKAWA-04, R-ASAHIKAWA-05, R-ASAHIKAWA-08, R-ASAHIKAWA-09: by cable in the place of the wireless LAN."""
    lab, node = camera.lab, camera.node
    camera.lab.until(lambda: len(camera.footage()) >= ENOUGH, "footage", 240)
    begins = camera.footage()[2].header.manifest.start_us
    window = Window(start=begins, end=begins + WINDOW_S * SECOND_US)
    desk, words = desk_folder(camera.city, camera.folder / "desk"), errand(camera, window)
    hold_button(node, 0)
    lab.until(lambda: stands(node) == "closed", "the page's process")
    hold_button(node, 1)
    lab.until(lambda: f"{NODE_ADDRESS}:8444" in node.run("ss", "-Hltn").out, "the port that collects")
    bundle = camera.folder / "bundle"
    done = mimamori(lab, "desk", "collect", "--desk", desk, *words, "--out", bundle)
    assert done.status == 0, done.err
    on_card = {record.header.sequence: record for record in camera.footage()}
    taken = [r for r in parse_records((bundle / "records").read_bytes()) if r.header.kind is Kind.SEGMENT]
    assert taken
    assert len(taken) < len(on_card), "the window alone"
    public = SigningKey.load(camera.inside("/var/lib/mimamori/recorder/signing.pem")).public_key
    for record in taken:
        record.header.require_signature(public)
        span = record.header.manifest
        assert span.end_us > window.start and span.start_us < window.end
        assert record.dump() == on_card[record.header.sequence].dump(), "bit by bit what the camera sealed"
        assert opened(record)[4:8] == b"ftyp"
    assert read_bundle(bundle).bare
    (line,) = read_ledger(desk / LEDGER)
    assert (line.entry.node, line.entry.reference, line.entry.who) == (NAME, "R-0815", "K-07")
    lab.until(lambda: stands(node) == "ended", "the visit's end")
    events = read_events(camera.inside("/var/lib/mimamori/visit/visits.jsonl"))
    assert [event.state for event in events] == [What.OPENED, What.COLLECTED, What.ENDED]


def test_window_that_no_ticket_names_stays_on_the_card(camera: Camera) -> None:
    """R-ASAHIKAWA-08: only that window; the control of the journey above."""
    lab, node = camera.lab, camera.node
    begins = camera.footage()[2].header.manifest.start_us
    window = Window(start=begins, end=begins + WINDOW_S * SECOND_US)
    words = errand(camera, window)
    words[words.index("--to") + 1] = iso(window.end + HOUR_US)
    hold_button(node, 2)
    lab.until(lambda: stands(node) == "waiting", "the page")
    done = mimamori(lab, "desk", "collect", "--desk", camera.folder / "desk", *words, "--out", camera.folder / "more")
    assert done.status == 64, done.err
    assert "not within the ticket's" in done.err
    assert not (camera.folder / "more").exists()


def errand(camera: Camera, window: Window) -> list[str]:
    """Signs a ticket for a window and returns the words of ``desk collect`` for it."""
    now_us, code = SystemClock().now_us(), new_code()
    word = VisitTicket(
        ticket=f"{now_us:032x}", node=NAME, installer="K-07", scope=Scope.COLLECT, issued=now_us - HOUR_US,
        begins=now_us - HOUR_US, ends=now_us + HOUR_US, window=window, code_salt=code.salt, code_hash=code.hash,
    )  # fmt: skip
    ticket, secret, pem = (camera.folder / name for name in ("ticket.json", "code", "page.pem"))
    ticket.write_bytes(signed.sign("visit-ticket", word, camera.city.roles[Role.VISIT]).data)
    secret.write_text(code.text + "\n")
    pem.write_text(camera.node.read("/var/lib/mimamori/visit/onsite.pem"))
    return [
        "--node", NAME, "--at", NODE_ADDRESS, "--fingerprint", OnSite(pem, pem).fingerprint, "--ticket", str(ticket),
        "--from", iso(window.start), "--to", iso(window.end), "--purpose", "investigation", "--reference", "R-0815",
        "--code-file", str(secret),
    ]  # fmt: skip


def iso(moment_us: int) -> str:
    return to_datetime(moment_us).isoformat()
