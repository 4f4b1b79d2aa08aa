"""A camera that is taken down by its installer: keys and records destroyed on the page's word, as root checks it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge.base.clock import SECOND_US, SystemClock
from edge.base.model import to_json
from edge.wire import signed
from edge.wire.authority import Role
from edge.wire.decommissioned import parse_decommissioned
from edge.wire.decommissioning import DestructionRequest
from edge.wire.keys import SigningKey
from edge.wire.signed import Signed
from edge.wire.visit import Scope, VisitTicket, new_code
from tests.center.city import City
from tests.lab.firstboot.visit import hold_button, opened, stands
from tests.lab.nodes import File, Node, NodeLab, open_lab
from tests.lab.nodes.provision import documents, provision, provisioned, settings
from tests.node.decommission.search import found_on

pytestmark = pytest.mark.timeout(1200)  # a machine under load boots slowly, and the search reads 2 GiB thrice

NAME, UNIT = "matsudo-017", "mimamori-decommission.service"
MIB, HOUR_US = 2**20, 3600 * SECOND_US
LINK_KEY, PASSPHRASE = "kLinkKeyOfTheLab0123456789abcdefghijklmnopqr=", "correct-horse-of-the-access-point"
CODE = new_code()
SECRETS: dict[str, str | bytes | File] = {
    "/etc/wireguard/wg0.key": File(LINK_KEY, 0o600),
    "/etc/NetworkManager/system-connections/mimamori-onsite.nmconnection": File(f"psk={PASSPHRASE}\n", 0o600),
}
HIDDEN = {"link": LINK_KEY.encode(), "passphrase": PASSPHRASE.encode()}
HURRY = {f"/etc/systemd/system/{UNIT}.d/wait.conf": "[Service]\nEnvironment=WAIT_S=5\n"}
"""Nobody answers here with receipts."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A node that records, and the city that it belongs to.

    Attributes:
        installed: what a search finds on its root where it never ran: in programs.
    """

    lab: NodeLab
    node: Node
    city: City
    folder: Path
    installed: Mapping[str, int]

    def segments(self) -> int:
        """Segments that the recorder's run has kept."""
        said = self.node.run("cat", "/run/mimamori/recorder.json", check=False).out
        return int(json.loads(said)["segments"]) if said else 0

    def searched(self) -> dict[str, int]:
        """What stands on the raw disks of state and spool, and on that of everything else."""
        self.node.run("sync")
        images = [self.node.folder / f"{name}.img" for name in ("mimamori-state", "mimamori-spool", "own")]
        found = [found_on(image, **HIDDEN) for image in images]
        return {what: sum(one[what] for one in found) - self.installed[what] for what in found[0]}

    def certificate(self) -> Path:
        """The page's, as a phone is shown it."""
        path = self.folder / "page.pem"
        path.write_text(self.node.read("/var/lib/mimamori/visit/onsite.pem"))
        return path

    def brings(self, ticket: Signed[VisitTicket]) -> None:
        """The uplink fetched it."""
        inbox = "/var/lib/mimamori/uplink/inbox/visit-ticket.json"
        self.node.write(inbox, ticket.data.decode(), mode=0o640, owner="mimamori-uplink:mimamori")


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Camera]:
    folder = tmp_path_factory.mktemp("leaving")
    with open_lab(tmp_path_factory.mktemp("nodes")) as lab:
        city = provisioned(folder / "city")
        node = lab.node(
            NAME, formatted=("mimamori-state",),
            disks={"mimamori-state": 64 * MIB, "mimamori-spool": 96 * MIB}, ext4_root=True,
        )  # fmt: skip
        installed = found_on(node.folder / "own.img", **HIDDEN)
        installed["private key"] -= node.identity.private_host_key.count("PRIVATE KEY")  # it goes, too
        node.lay({**documents(city, lab.address), **SECRETS, **HURRY})
        node.boot()
        provision(node, city, settings(NAME))
        node.run("systemctl", "stop", "mimamori-panel.service")  # the test says what it would
        camera = Camera(lab, node, city, folder, installed)
        lab.until(lambda: camera.segments() > 4, "footage", 240)
        node.shutdown()
        node.read_only = True
        node.boot()
        node.run("systemctl", "stop", "mimamori-panel.service")
        lab.until(lambda: camera.segments() > 4, "footage from a closed root", 240)
        yield camera


def ticket_for(city: City, scope: Scope = Scope.DECOMMISSION, **changes: Any) -> Signed[VisitTicket]:
    now_us = SystemClock().now_us()
    fields: dict[str, Any] = {
        "ticket": f"{now_us:032x}", "node": NAME, "installer": "K-07", "scope": scope, "issued": now_us - HOUR_US,
        "begins": now_us - HOUR_US, "ends": now_us + 4 * HOUR_US, "code_salt": CODE.salt, "code_hash": CODE.hash,
    }  # fmt: skip
    word = VisitTicket.model_validate(fields | changes)
    return signed.sign("visit-ticket", word, city.roles[Role.VISIT])


FORGED: dict[str, Callable[[City], Signed[VisitTicket]]] = {
    "a ticket without the scope": lambda city: ticket_for(city, Scope.RE_AIM),
    "another node's": lambda city: ticket_for(city, node="matsudo-018"),
    "an expired one": lambda city: ticket_for(city, ends=SystemClock().now_us() - SECOND_US),
    "a good one, and no visit open": ticket_for,
}


@pytest.mark.parametrize("ticket", FORGED)
def test_page_that_was_broken_into_destroys_nothing(camera: Camera, ticket: str) -> None:
    """It may write what it likes as the page's process; it has not stopped the recorder either."""
    node, since = camera.node, camera.node.property("mimamori-recorder.service", "ActiveEnterTimestampMonotonic")
    request = DestructionRequest(
        node=NAME, at=SystemClock().now_us(), ticket=FORGED[ticket](camera.city).data.decode(), unreceipted=True
    )
    path = "/var/lib/mimamori/visit/decommission.json"
    node.write(path, to_json(request).decode(), owner="mimamori-commission:mimamori")
    camera.lab.until(lambda: node.run("test", "-e", path, check=False).status != 0, "root's look at it")
    camera.lab.until(lambda: node.property(UNIT, "ActiveState") in {"failed", "inactive"}, "its end")
    assert "no visit of scope decommission is open" in node.journal("-u", UNIT)
    assert node.run("test", "-e", "/var/lib/mimamori/recorder/signing.pem").status == 0
    assert node.property("mimamori-recorder.service", "ActiveEnterTimestampMonotonic") == since
    node.run("systemctl", "reset-failed", UNIT)


def test_installer_has_it_destroyed_and_no_key_and_no_record_is_left_on_its_disks(camera: Camera) -> None:
    """R-MATSUDO-14, R-ASAHIKAWA-07."""
    node, lab = camera.node, camera.lab
    public = SigningKey.load(Path(f"/proc/{node.pid}/root/var/lib/mimamori/recorder/signing.pem")).public_key
    assert min(camera.searched().values()) > 0, "the control: the search finds what is there"
    ticket = ticket_for(camera.city)
    camera.brings(ticket)
    with opened(lab, node, CODE.text, camera.certificate()) as phone, lab.network():
        token = re.search(r'data-shown="([^"]+)"', phone.get("/decommission").text)
        assert token is not None
        asked = {"shown": token[1], "unreceipted": False}
        assert phone.post("/decommission", json.dumps(asked).encode()).status_code == 204
        lab.until(lambda: "消去していません" in phone.get("/decommission").text, "what holds it up", 300)
        before = camera.segments()
        lab.until(lambda: camera.segments() != before, "the recorder, which goes on", 120)
        token = re.search(r'data-shown="([^"]+)"', phone.get("/decommission").text)
        assert token is not None
        asked = {"shown": token[1], "unreceipted": True}
        assert phone.post("/decommission", json.dumps(asked).encode()).status_code == 204
        lab.until(lambda: "消去が終わりました" in phone.get("/decommission").text, "the certificate", 300)
        word = parse_decommissioned(phone.get("/decommission/certificate.json").content, public).payload
        assert word.last is not None
        assert word.last.sha256 in phone.get("/decommission").text
        assert (word.node, word.reference, word.free_space) == (NAME, ticket.payload.ticket, True)
        assert stands(node) == "open"
        assert phone.post("/leave").status_code == 204
    lab.until(lambda: node.property(UNIT, "ActiveState") == "inactive", "the end of it", 120)
    assert node.property(UNIT, "Result") == "success"
    assert camera.searched() == dict.fromkeys(camera.searched(), 0)
    assert ":$" not in node.read("/etc/shadow")


def test_nothing_of_it_starts_again_and_nobody_gets_in(camera: Camera) -> None:
    node = camera.node
    node.shutdown()
    node.boot()
    for unit in ("mimamori-recorder", "mimamori-uplink", "mimamori-commission", "ssh"):
        assert node.property(f"{unit}.service", "ActiveState") == "inactive", unit
    hold_button(node, 2)
    assert node.run("ss", "-Hltn").out == ""
    node.run("systemctl", "start", "mimamori-storage.service")  # nothing wants the partitions any more
    assert json.loads(node.read("/var/lib/mimamori/decommission/certificate.json"))["kind"] == "decommissioned"
