"""What real machines bear in a rotation; ``make lab-fleet-ops`` runs it, for it takes minutes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from edge.base.errors import Stop, TryAgain
from edge.fleet.rotation.passwords import materials, new_password
from edge.passwords.messages import Request
from tests.fleet.rotation.city import DELIVERED, City, open_city
from tests.fleet.rotation.lab import kinds_of, machine, signs_in
from tests.lab.nodes import open_lab

REVERT_S = 30
PASSFILE = "/etc/mimamori/passfile"
INDEX = {
    "kind": "database", "role": "center", "host": "127.0.0.1", "port": 5432, "name": "center", "passfile": PASSFILE,
    "user": "www-data",
}  # fmt: skip
pytestmark = pytest.mark.timeout(1200)  # a machine under load boots and signs in slowly


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with open_city(tmp_path_factory.mktemp("city"), boards=["matsudo-002"]) as made:
        yield made


def test_second_run_finds_all_settled_and_a_new_round_replaces_all(city: City) -> None:
    assert all(signs_in(node, DELIVERED) for node in city.nodes.values())
    report = json.loads(city.rotate("run", "--json").out)
    assert [one["stand"] for one in report["outcomes"]] == ["settled"] * 3
    assert [one["finding"] for one in report["audited"]] == ["good"] * 3
    before = {name: city.current(name) for name in city.nodes}
    report = json.loads(city.rotate("run", "--json").out)
    assert [one["stand"] for one in report["outcomes"]] == ["settled"] * 3, "a round that is through begins another"
    for name, node in city.nodes.items():
        assert signs_in(node, city.current(name))
        assert not signs_in(node, before[name])


def test_timer_and_start_are_what_brings_the_old_passwords_back(city: City) -> None:
    """The control: without them the new ones, which nobody confirmed, stay."""
    name, node = "matsudo-001", city.nodes["matsudo-001"]
    old, new = city.current(name), city.stage(name)
    node.run("systemctl", "stop", "mimamori-rotation-revert.timer")
    node.run("systemctl", "mask", "--runtime", "mimamori-rotation-start.service")
    node.run("rm", "/etc/systemd/system/sysinit.target.wants/mimamori-rotation-start.service")
    node.cut()
    node.boot()
    assert signs_in(node, new)
    assert not signs_in(node, old)
    node.run("systemctl", "start", "mimamori-rotation-start.service")
    assert signs_in(node, old)
    node.run("systemctl", "enable", "mimamori-rotation-start.service")


def test_wrong_sudo_and_a_full_disk_stop_the_run_and_change_nothing(city: City) -> None:
    node, old = city.nodes["matsudo-002"], city.current("matsudo-002")
    node.run("mv", "/etc/sudoers.d/mimamori", "/root/sudoers")
    done = city.rotate("run", "--new-round", "--workers", "1", check=False)
    assert done.status == Stop.exit_status
    assert "matsudo-001: settled" in done.err
    assert "matsudo-002: failed" in done.err
    assert "sudo" in done.err
    assert signs_in(node, old)
    node.run("mv", "/root/sudoers", "/etc/sudoers.d/mimamori")
    node.run("mount", "-t", "tmpfs", "-o", "size=4k,mode=0700", "full", "/var/lib/mimamori/rotation")
    node.run("dd", "if=/dev/zero", "of=/var/lib/mimamori/rotation/fill", "bs=4k", "count=1")
    done = city.rotate("run", "--workers", "1", check=False)
    assert done.status == Stop.exit_status
    assert "No space left" in done.err
    assert signs_in(node, old)
    node.run("umount", "/var/lib/mimamori/rotation")
    done = city.rotate("run")
    assert "2 settled, 1 had been before" in done.out
    assert "audit: 3 of 3" in done.out
    assert not signs_in(node, old)


def test_machine_that_is_off_stays_pending_and_is_caught_up(city: City) -> None:
    node, old = city.nodes["asahikawa-pc"], city.current("asahikawa-pc")
    node.shutdown()
    done = city.rotate("run", "--new-round", check=False)
    assert done.status == TryAgain.exit_status
    assert "1 machines are away" in done.err
    assert "asahikawa-pc: made" in (status := city.rotate("status").out)
    assert "pending since" in status
    node.boot()
    assert signs_in(node, old)
    assert "1 settled, 2 had been before" in city.rotate("run").out
    assert not signs_in(node, old)
    assert signs_in(node, city.current("asahikawa-pc"))


def test_board_whose_state_is_mounted_late_goes_back_at_its_start_all_the_same(city: City) -> None:
    """The state lies on a partition that a unit of ours mounts: asked before that, nothing would be on trial."""
    name, node = "matsudo-002", city.nodes["matsudo-002"]
    city.rotate("run")
    assert node.run("findmnt", "--noheadings", "--output", "TARGET", "/var/lib/mimamori").out == "/var/lib/mimamori\n"
    assert "mimamori-storage.service" in node.property("mimamori-rotation-start.service", "After").split()
    unknown = city.stage(name)
    assert signs_in(node, unknown)
    node.cut()
    node.boot()
    assert signs_in(node, city.current(name))
    assert not signs_in(node, unknown)


def test_password_of_the_centers_index_goes_back_by_the_unit(tmp_path_factory: pytest.TempPathFactory) -> None:
    """PostgreSQL is asked by that unit, too, with the little that it has."""
    accounts, word = {"index": INDEX}, new_password()
    with open_lab(tmp_path_factory.mktemp("center")) as lab:
        center = machine(lab, "center", accounts, revert_s=REVERT_S, packages=("postgresql",))
        center.boot()
        center.shell("apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install postgresql")
        made = f"CREATE ROLE center LOGIN PASSWORD '{DELIVERED}'; CREATE DATABASE center OWNER center;"
        center.run("psql", "-q", "-f", "-", user="postgres", stdin=made.replace("; ", ";\n"))
        center.write(PASSFILE, f"127.0.0.1:5432:center:center:{DELIVERED}\n", mode=0o600)
        center.run("chown", "www-data", PASSFILE)
        enters = ("env", f"PGPASSFILE={PASSFILE}", "psql", "-w", "-h", "127.0.0.1", "-U", "center", "-c", "", "center")
        delivered = center.read(PASSFILE)
        request = Request("stage", turn="7" * 32, made=1, accounts=materials(kinds_of(accounts), {"index": word}))
        said = json.loads(center.run("mimamori-rotation", "serve", stdin=request.dump().decode()).out)
        assert said["ok"], said
        assert word in center.read(PASSFILE)
        center.run(*enters, user="www-data")
        lab.until(lambda: center.read(PASSFILE) == delivered, "the way back", 4.0 * REVERT_S)
        center.run(*enters, user="www-data")
