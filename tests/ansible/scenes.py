"""What playbooks must bring about on real nodes, each scene with the control that shows that it could have failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from edge.wire.decommissioned import parse_decommissioned
from edge.wire.keys import SigningKey
from tests.ansible.town import BASTION, ROUTER, ROUTER_FORWARDS, Town
from tests.lab.update.releases import unlike_its_signature

STANDS_STILL = "mimamori-commission.service, mimamori-recorder.service"
"""A node of this lab has no button and no masks."""


def set_up(town: Town, names: Sequence[str]) -> None:
    """Brings bastion and nodes up for the first time; from then on playbooks reach nodes by the link alone."""
    for name in names:
        town.node(name)
    town.provision(BASTION)
    town.provision(*names)


def only_certificates_get_in(town: Town, name: str) -> None:
    """Through the link, as the administrators' account, with a certificate; in no other way."""
    done = town.sign_in(name, "hostname; sudo -n id -u")
    assert done.out.split() == [name, "0"], done
    bare = town.sign_in(name, "true", certificate=False)
    assert bare.status != 0
    assert "Permission denied" in bare.err
    root = town.sign_in(name, "true", user="root")
    assert root.status != 0
    node = town.nodes[name]
    assert listeners(town, name) == [f"[{town.link_address(name)}]:22"]
    assert "silent" in knock(town, node.address, 22)
    node.run("nft", "add", "rule", "inet", "mimamori", "inbound", "tcp", "dport", "22", "accept")  # the control
    assert "refused" in knock(town, node.address, 22)
    node.run("systemctl", "reload", "nftables.service")
    assert "silent" in knock(town, node.address, 22)


def second_run_changes_nothing(town: Town) -> None:
    """A run of everything on machines that are as they should be."""
    ran = town.play("site")
    assert ran.recaps.keys() == {BASTION, *town.nodes}
    assert ran.changed == 0, ran.out


def check_mode_tells_and_changes_nothing(town: Town, name: str) -> None:
    """What somebody changed by hand is told, and left as it is."""
    town.nodes[name].run("sh", "-c", "echo '# by hand' >>/etc/ssh/sshd_config.d/00-mimamori.conf")
    ran = town.play("site", "--check", "--limit", f"{BASTION},{name}")
    assert ran.recaps[name].changed == 2, ran.out  # the file, and sshd that reads it anew
    assert ran.recaps[BASTION].changed == 0
    assert "# by hand" in town.nodes[name].read("/etc/ssh/sshd_config.d/00-mimamori.conf")
    town.play("site", "--limit", f"{BASTION},{name}")
    assert "# by hand" not in town.nodes[name].read("/etc/ssh/sshd_config.d/00-mimamori.conf")


def link_survives_a_new_address_of_the_node(town: Town, name: str) -> None:
    """A home that changes its provider, or a router that gives out another address."""
    home = town.nodes[name].address
    for old, new in ((home, "10.89.0.200"), ("10.89.0.200", home)):
        move = f"ip addr del {old}/24 dev host0; ip addr add {new}/24 dev host0; ip route add default via {ROUTER}"
        town.nodes[name].shell(move)
        town.lab.until(lambda: town.sign_in(name, "true").status == 0, f"the link from {new}", 300)


def link_survives_an_outage(town: Town, name: str) -> None:
    """Longer than WireGuard's session lives (180 s, whitepaper 6.1): what comes after days is the same."""
    since = float(town.nodes[name].read("/proc/uptime").split()[0])
    town.lab.run("nft", "insert", "rule", "ip", "router", "forward", "drop")
    town.lab.until(
        lambda: float(town.nodes[name].read("/proc/uptime").split()[0]) > since + 240, "the outage's end", 600
    )
    assert "silent" in knock(town, town.link_address(name), 22, at_bastion=True)
    town.lab.run("nft", "flush", "chain", "ip", "router", "forward")
    town.lab.run("nft", "-f", "-", stdin=ROUTER_FORWARDS)
    town.lab.until(lambda: town.sign_in(name, "true").status == 0, "the link after the outage", 300)


def link_follows_the_bastion_to_a_new_address(town: Town, name: str) -> None:
    """The name leads elsewhere; nobody can sign in to tell the node."""
    old, new = town.bastion.address, "10.88.0.77"
    town.bastion.shell(f"ip addr add {new}/24 dev host0; ip addr del {old}/24 dev host0")
    moved = town.nodes[name].read("/etc/hosts").replace(f"{old} {BASTION}", f"{new} {BASTION}")
    assert "silent" in knock(town, new, 9)  # it is there, and drops
    town.nodes[name].write("/etc/hosts", moved)

    def dialled() -> bool:
        return new in town.nodes[name].run("wg", "show", "wg0", "endpoints").out

    assert not dialled()
    town.lab.until(dialled, "mimamori-link dials the new address", 600)
    address = town.link_address(name)
    town.lab.until(lambda: knock(town, address, 22, at_bastion=True) == "open", "the link to the new address", 120)
    town.bastion.shell(f"ip addr add {old}/24 dev host0; ip addr del {new}/24 dev host0")
    town.nodes[name].write("/etc/hosts", moved.replace(f"{new} {BASTION}", f"{old} {BASTION}"))
    town.lab.until(lambda: town.sign_in(name, "true").status == 0, "the link to the old address", 600)


def lock_out_goes_back_by_itself(town: Town, name: str) -> None:
    """A firewall that lets nobody in, rolled out by mistake: the run stops, and the node is back in a minute."""
    closed = [{"interface": "wg9", "protocol": "tcp", "ports": [22]}]
    before = town.nodes[name].read("/etc/nftables.conf")
    ran = town.play("site", "--limit", name, check=False, baseline_inbound=closed, baseline_revert_after_s=90)
    assert ran.status != 0
    assert ran.recaps[name].failures == 1, ran.out
    assert "wg9" in town.nodes[name].read("/etc/nftables.conf")  # the control: it was locked, and is still
    assert "silent" in knock(town, town.link_address(name), 22, at_bastion=True)
    town.lab.until(lambda: town.sign_in(name, "true").status == 0, "the way back in", 300)
    assert town.nodes[name].read("/etc/nftables.conf") == before


def first_failure_stops_the_run(town: Town, names: Sequence[str]) -> None:
    """The canary fails, and no other node is touched."""
    ran = town.play("site", "--limit", "nodes", check=False, baseline_timezone="Nowhere/Never")
    assert ran.status != 0
    canary, *others = names
    assert ran.recaps[canary].failures == 1, ran.out
    untouched = [ran.recaps[name] for name in others]
    assert all(recap.ok <= 3 and not recap.changed and not recap.failures for recap in untouched), ran.out


def silent_node_keeps_no_other_from_its_turn(town: Town, names: Sequence[str]) -> None:
    """A node that hangs is named, and the others are served."""
    *served, silent = names
    town.nodes[silent].freeze()
    try:
        ran = town.play("site")
        assert f"no answer from {silent}" in ran.out
        assert all(ran.recaps[name].ok > 20 for name in served), ran.out
    finally:
        town.nodes[silent].thaw()


def audit_finds_what_was_planted(town: Town, name: str) -> None:
    """Nothing but what a fresh lab lacks; then an open port, an account, a key and a change by hand, all told."""
    lacking = {"password", "keys", "unit"}  # no rotation, no desk and no installer in this lab
    status, machines = town.audit()
    assert status == 1
    for machine in machines.values():
        told = {finding["kind"]: finding["detail"] for finding in machine["findings"]}
        assert set(told) <= (lacking if machine["name"] != BASTION else set()), told
        assert told.get("unit", STANDS_STILL) == STANDS_STILL, told
    assert machines[name]["open_ports"] == {"link": [22], "outside": []}
    assert machines[BASTION]["open_ports"] == {"outside": [22]}, machines[BASTION]
    node = town.nodes[name]
    node.shell(
        "useradd -m -s /bin/bash pi; echo pi:open | chpasswd; usermod -aG sudo pi;"
        "nft add rule inet mimamori inbound accept; echo '# by hand' >>/etc/sudoers.d/mimamori;"
        "systemd-run --quiet --unit=planted python3 -m http.server 8080 --bind ::"
    )
    town.lab.until(lambda: "8080" in node.run("ss", "-lntH").out, "the planted server")
    status, machines = town.audit()
    found = {(finding["kind"], finding["detail"]) for finding in machines[name]["findings"]}
    assert {("access", "pi has a shell"), ("access", "in the group sudo: pi")} <= found
    assert {("port", "8080 open from link"), ("port", "8080 open from outside")} <= found, machines[name]
    drift = next(detail for kind, detail in found if kind == "drift")
    assert "Let it become root" in drift
    assert "Remove accounts of the image" in drift
    node.run("systemctl", "stop", "planted")
    town.play("site", "--limit", name)
    node.run("systemctl", "reload", "nftables.service")
    status, machines = town.audit()
    assert {finding["kind"] for finding in machines[name]["findings"]} <= lacking


def release_comes_in_waves(town: Town, names: Sequence[str]) -> None:
    """In waves; what runs it already is left alone."""
    good = town.release(1, "1.0.0")
    town.play("update", update_release=str(good))
    for name in names:
        assert town.nodes[name].run("mimamori", "--version").out.split() == ["mimamori", "1.0.0"]
    again = town.play("update", update_release=str(good))
    assert again.changed == 0, again.out
    ran = town.play("update", check=False, update_release=str(town.release(2, "2.0.0", unlike_its_signature)))
    canary, *others = names
    assert ran.status != 0
    assert ran.recaps[canary].failures == 1, ran.out
    assert all(not ran.recaps[name].changed for name in others), ran.out
    assert town.nodes[canary].run("mimamori", "--version").out.split() == ["mimamori", "1.0.0"]


def node_leaves_for_good(town: Town, name: str) -> None:
    """Its keys are gone, the certificate is here, its link is dead."""
    node = town.nodes[name]
    public = SigningKey.load(Path(f"/proc/{node.pid}/root/var/lib/mimamori/recorder/signing.pem")).public_key
    certificates = town.folder / "certificates"
    certificates.mkdir()
    where = str(certificates)
    town.play(
        "decommission", decommissioned=[name], decommission_reference="T-2026-17", decommission_certificates=where
    )
    word = parse_decommissioned((certificates / f"{name}.json").read_bytes().strip(), public).payload
    assert (word.node, word.reference) == (name, "T-2026-17")
    left = "find /var/lib/mimamori/recorder /var/lib/mimamori/uplink /var/spool/mimamori /etc/wireguard -type f"
    assert node.shell(left).out == ""
    assert "silent" in knock(town, town.link_address(name), 22, at_bastion=True)


def revoked_node_is_cut_off(town: Town, name: str) -> None:
    """One command, and the link is dead; the key is never taken again."""
    assert town.sign_in(name, "true").status == 0
    ran = town.play("revoke", "-e", json.dumps({"revoked": [name]}))
    assert ran.recaps[BASTION].changed == 1
    assert name not in town.bastion.run("mimamori-peers", "list").out
    town.nodes[name].run("systemctl", "restart", "wg-quick@wg0.service")  # it dials, and nobody answers
    town.nodes[name].run("systemctl", "start", "mimamori-link.service")
    assert "silent" in knock(town, town.link_address(name), 22, at_bastion=True)
    assert town.nodes[name].run("wg", "show", "wg0", "latest-handshakes").out.split()[1] == "0"
    key = town.nodes[name].read("/etc/wireguard/wg0.pub").strip()
    words = ("--node", name, "--key", key, "--address", town.link_address(name))
    again = town.bastion.run("mimamori-peers", "register", *words, "--replace", check=False)
    assert again.status == 77
    assert "revoked" in again.err


def listeners(town: Town, name: str) -> list[str]:
    """Returns where TCP waits on a node, but for itself."""
    lines = town.nodes[name].run("ss", "-lntH").out.splitlines()
    return [line.split()[3] for line in lines if not line.split()[3].startswith(("127.", "[::1]"))]


def knock(town: Town, address: str, port: int, *, at_bastion: bool = False) -> str:
    """Knocks from the city's network, or from the bastion; returns ``open``, ``refused`` or ``silent``."""
    program = (
        "import socket, sys\n"
        "try: socket.create_connection((sys.argv[1], int(sys.argv[2])), 5); print('open')\n"
        "except ConnectionRefusedError: print('refused')\n"
        "except OSError: print('silent')\n"
    )
    words = ("python3", "-c", program, address, str(port))
    return (town.bastion.run(*words) if at_bastion else town.lab.run(*words)).out.strip()
