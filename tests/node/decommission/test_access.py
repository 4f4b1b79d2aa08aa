"""What lets people into a machine is found where it lies, and no password is left."""

from __future__ import annotations

from pathlib import Path

from edge.node.decommission.access import forget_passwords, places_of_access

SHADOW = b"root:*:20000:0:99999:7:::\nmimamori-admin:$y$j9T$salt$hash:20000:0:99999:7:::\ndaemon:!:20000::::::\n"


def test_keys_of_link_networks_and_ssh_are_named_where_they_are(tmp_path: Path) -> None:
    for name in ("etc/wireguard", "etc/ssh/mimamori", "home/mimamori-admin/.ssh", "var/lib/mimamori-revert"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "etc/ssh/ssh_host_ed25519_key").touch()
    (tmp_path / "etc/ssh/ssh_host_ed25519_key.pub").touch()
    found = [str(path.relative_to(tmp_path)) for path in places_of_access(tmp_path)]
    assert found == [
        "etc/wireguard", "etc/ssh/mimamori", "etc/ssh/ssh_host_ed25519_key", "home/mimamori-admin/.ssh",
        "var/lib/mimamori-revert",
    ]  # fmt: skip


def test_passwords_are_overwritten_where_they_lie_and_accounts_stay(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    path = tmp_path / "etc/shadow"
    path.write_bytes(SHADOW)
    path.chmod(0o640)
    inode = path.stat().st_ino
    forget_passwords(tmp_path)
    assert [line.split(b":")[:3] for line in path.read_bytes().splitlines()] == [
        [b"root", b"*", b"20000"], [b"mimamori-admin", b"*", b"20000"], [b"daemon", b"*", b"20000"],
    ]  # fmt: skip
    assert (path.stat().st_ino, path.stat().st_mode & 0o777) == (inode, 0o640)
    forget_passwords(tmp_path / "nowhere")
