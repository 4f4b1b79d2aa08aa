"""The seed: what cloud-init's own schema says of it, in the Debian that nodes run, and what must not be in it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from edge.fleet.cloudinit import meta_data, network_config, user_data
from edge.fleet.profile import read_profile
from tests.lab.nodes.base import base

CITIES = ("asahikawa", "matsudo", "saga", "saku", "tottori")
_INSIDE = 'mount --bind "$1" "$2/mnt"; shift; root=$1; shift; exec chroot "$root" cloud-init schema "$@"'


def judged(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Has the cloud-init of the lab's Debian look at a file of ``folder``."""
    command = ["unshare", "--mount", "sh", "-euc", _INSIDE, "schema", str(folder), str(base()), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("city", CITIES)
def test_cloud_inits_own_schema_passes_what_is_written(tmp_path: Path, city: str) -> None:
    profile = read_profile(city)
    (tmp_path / "user-data").write_bytes(user_data(f"{city}-001", profile, admin=city != "saku"))
    (tmp_path / "network-config").write_bytes(network_config(profile.network))
    said = judged(tmp_path, "--config-file", "/mnt/user-data")
    assert "Valid schema /mnt/user-data" in said.stdout, said
    said = judged(tmp_path, "--schema-type", "network-config", "--config-file", "/mnt/network-config")
    assert "Valid schema /mnt/network-config" in said.stdout, said


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("user-data", '#cloud-config\n{"hostname": 3, "bootcmd": 5}\n'),
        ("network-config", '{"network": {"version": 2, "ethernets": {"eth0": {"dhcp4": "perhaps"}}}}\n'),
    ],
)
def test_control_the_schema_refuses_what_is_off(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    said = judged(tmp_path, "--schema-type", name.replace("user-data", "cloud-config"), "--config-file", f"/mnt/{name}")
    assert said.returncode != 0 and "Invalid" in said.stdout + said.stderr


@pytest.mark.parametrize("city", CITIES)
def test_nothing_is_fetched_and_no_password_signs_in(city: str) -> None:
    tree = json.loads(user_data("a", read_profile(city), admin=True).removeprefix(b"#cloud-config\n"))
    assert tree["package_update"] is tree["package_upgrade"] is tree["ssh_pwauth"] is False
    assert not {"packages", "apt", "ssh_import_id", "chpasswd", "password", "runcmd"} & set(tree)
    assert [one["lock_passwd"] for one in tree["users"]] == [True]


def test_another_ticket_is_another_first_boot() -> None:
    assert json.loads(meta_data("a-1"))["instance-id"] != json.loads(meta_data("a-2"))["instance-id"]
    assert json.loads(meta_data("a-1"))["dsmode"] == "local"


def test_a_node_without_a_line_asks_no_network_for_an_address() -> None:
    asked = {city: json.loads(network_config(read_profile(city).network)) for city in CITIES}
    assert asked["asahikawa"]["network"]["ethernets"]["eth0"] == {"optional": True, "dhcp4": False, "dhcp6": False}
    assert asked["matsudo"]["network"]["ethernets"]["eth0"] == {"optional": True, "dhcp4": True, "dhcp6": True}
