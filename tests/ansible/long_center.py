"""The role ``center`` on a bare Debian, and a node whose footage is receipted there; ``make lab-fleet-ops`` runs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.ansible.center import CENTER, PACKAGES, beats, files_of, receipted, release_of
from tests.ansible.town import HOME, Town, at_home
from tests.lab.nodes import Node, open_lab
from tests.lab.nodes.provision import CENTER as NAME
from tests.lab.nodes.provision import documents, provision, provisioned, settings

pytestmark = pytest.mark.timeout(1500)
SERVICES = ("mimamori-center.service", "mimamori-center-web.service", "mimamori-center-broker.service")


@dataclass
class Hall:
    """A city whose center the role set up, and one of its nodes.

    Attributes:
        more: settings of the playbooks.
    """

    town: Town
    center: Node
    node: Node
    more: dict[str, Any]

    def play(self, *words: str, **more: Any) -> Any:
        return self.town.play("center", *words, **self.more, **more)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    folder = tmp_path_factory.mktemp("city")
    city = provisioned(folder / "city")
    with open_lab(tmp_path_factory.mktemp("lab")) as lab:
        town = Town(lab, tmp_path_factory.mktemp("town"))
        hosts = {"/etc/hosts": f"127.0.0.1 localhost {NAME}\n127.0.1.1 {CENTER}\n"}
        center = lab.node(CENTER, bare=True, packages=PACKAGES, files=hosts)
        center.boot()
        town.center = center
        town.write_inventory()
        more: dict[str, Any] = {
            "center_files": str(files_of(city, folder / "center")),
            "center_release": str(release_of(city, folder / "release", 1)),
            "center_host": NAME,
            "center_demo": True,
        }
        at = "10.89.0.51"
        brought = {**documents(city, center.address), **at_home(at)}
        node = lab.node("matsudo-019", bridge=HOME, address=f"{at}/24", files=brought)
        node.boot()
        where = {"center_url": f"https://{NAME}", "mqtt_port": 8883}
        town.provision(CENTER, **more)
        provision(node, city, settings(node.name, uplink=where))
        yield Hall(town, center, node, more)


def footage_goes_on(hall: Hall, what: str) -> None:
    before = receipted(hall.center, hall.node.name)
    hall.town.lab.until(lambda: receipted(hall.center, hall.node.name) > before + 4, f"receipts {what}", 300)


def test_nodes_footage_gets_its_receipt(hall: Hall) -> None:
    footage_goes_on(hall, "of the first footage")
    read = "cat /var/lib/mimamori/uplink/receipts/*"
    hall.town.lab.until(lambda: hall.node.shell(read, check=False).out.count("\n") > 0, "receipts on the card")


def test_heartbeat_comes_through_the_broker_and_the_node_stands_on_the_fleet_page(hall: Hall) -> None:
    hall.town.lab.until(lambda: beats(hall.center, hall.node.name) == 1, "a heartbeat", 120)
    ask = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080/').read().decode())"
    assert hall.node.name in hall.center.run("python3", "-c", ask).out


def test_second_run_changes_nothing(hall: Hall) -> None:
    ran = hall.play()
    assert ran.changed == 0, ran.out


def test_check_mode_tells_and_changes_nothing(hall: Hall) -> None:
    hall.center.run("sh", "-c", "echo '# by hand' >>/etc/mimamori/center.toml")
    ran = hall.play("--check")
    assert ran.recaps[CENTER].changed == 2, ran.out  # the file, and the start anew
    assert "# by hand" in hall.center.read("/etc/mimamori/center.toml")
    assert hall.play().changed == 2
    assert "# by hand" not in hall.center.read("/etc/mimamori/center.toml")


def test_audit_has_nothing_to_say_of_it_until_somebody_changes_something(hall: Hall) -> None:
    hall.town.more(**hall.more)
    machine = hall.town.audit()[1][CENTER]
    assert machine["findings"] == []
    assert machine["open_ports"] == {"outside": [22, 443, 8883]}
    hall.center.run("useradd", "-m", "-s", "/bin/bash", "guest")
    found = {finding["detail"] for finding in hall.town.audit()[1][CENTER]["findings"]}
    hall.center.run("userdel", "-r", "guest")
    assert found == {"guest has a shell"}


def test_nobody_runs_as_root_and_no_key_is_anybody_elses(hall: Hall) -> None:
    for unit in SERVICES:
        pid = hall.center.property(unit, "MainPID")
        assert hall.center.run("stat", "-c", "%U", f"/proc/{pid}").out.strip() == "mimamori-center"
        exposure = hall.center.run("systemd-analyze", "security", "--threshold=20", unit, check=False)
        assert exposure.status == 0, exposure.out
    verified = hall.center.shell(
        "cd /usr/lib/systemd/system; systemd-analyze verify mimamori-center*.service mimamori-center.target"
    )
    assert (verified.out, verified.err) == ("", "")
    for name in ("receipt.pem", "issuing-key.pem", "tls.pem", "server-key.pem"):
        path = f"/etc/mimamori/center/{name}"
        assert hall.center.run("cat", path, user="nobody", check=False).status != 0
        assert hall.center.run("cat", path, user="mimamori-center").out != ""  # the control


def test_machine_that_starts_anew_serves_by_itself(hall: Hall) -> None:
    hall.center.cut()
    hall.center.boot()
    footage_goes_on(hall, "after the center was cut off")


def test_release_that_somebody_changed_is_refused(hall: Hall) -> None:
    city = provisioned(hall.town.folder / "other")
    foreign = release_of(city, hall.town.folder / "foreign", 2)
    ran = hall.town.play("center", check=False, **{**hall.more, "center_release": str(foreign)})
    assert ran.status != 0
    assert "release key" in ran.out
    assert hall.center.run("readlink", "/opt/mimamori/current").out.strip() == "1"


def test_revoked_node_is_hung_up_on_by_the_broker_and_not_let_in_again(hall: Hall) -> None:
    """Last, for nothing is taken from it any more."""
    name, town = hall.node.name, hall.town

    def talks() -> bool:
        """Whether somebody from without has a connection to the broker."""
        said = hall.center.run("ss", "-Htn", "state", "established", "sport", "=", ":8883").out
        return any(not line.split()[3].startswith(("127.", "[::", hall.center.address)) for line in said.splitlines())

    town.lab.until(talks, "the node, which is let in until then", 120)
    town.nodes[name] = hall.node
    town.write_inventory()
    town.play("revoke", "--limit", f"{CENTER},localhost", revoked=[name], **hall.more)
    town.lab.until(lambda: "verify failed" in hall.center.journal("-u", SERVICES[2]), "the node's next try", 300)
    assert not talks()
    assert hall.center.property("mimamori-center.service", "ActiveState") == "active"
