"""Debian Trixie with what a node has: the lowest layer, made once from Debian's archive."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Collection
from pathlib import Path

from tests.lab.nodes.cache import kept, key_of, tell

SUITE = "trixie"
PACKAGES = (
    "systemd", "systemd-sysv", "systemd-timesyncd", "libpam-systemd", "udev", "dbus", "kmod", "procps", "sudo",
    "iproute2", "iputils-ping", "openssh-server", "nftables", "wireguard-tools", "wireguard-go", "network-manager",
    "dnsmasq-base", "ca-certificates", "python3", "python3-venv", "python3-apt", "e2fsprogs", "fdisk", "libcap2-bin",
    "tzdata", "cloud-init", "unattended-upgrades",
)  # fmt: skip
_EXCLUDED = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*")
_SOURCES = (Path("/etc/apt/sources.list.d"), Path("/etc/apt/sources.list"))
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_TIDY = r"""
set -eu
cd "$1"
rm -f etc/ssh/ssh_host_* var/lib/dbus/machine-id
: >etc/machine-id
printf 'C.UTF-8 UTF-8\n' >etc/locale.gen
for unit in ssh.service systemd-networkd.service; do systemctl --root=. enable -q "$unit"; done
for unit in NetworkManager.service NetworkManager-wait-online.service NetworkManager-dispatcher.service ssh.socket \
  dpkg-db-backup.timer e2scrub_all.timer systemd-networkd-wait-online.service
do systemctl --root=. disable -q "$unit"; done
"""
"""Two nodes must not share an id or a host key."""


def base() -> Path:
    """Returns the folder of the base, made where it is missing."""
    return kept("base", key_of(SUITE, *PACKAGES, *_EXCLUDED, _TIDY), _make)


def mirror() -> str:
    """Returns the archive that this machine's own packages come from."""
    for place in _SOURCES:
        files = sorted(place.glob("debian*.sources")) + sorted(place.glob("*.sources")) if place.is_dir() else [place]
        for file in filter(Path.is_file, files):
            for line in file.read_text().splitlines():
                words = line.split()
                if words[:1] == ["URIs:"] and "debian" in words[1]:
                    return words[1]
                if words[:1] == ["deb"] and "/debian" in line:
                    return next(word for word in words[1:] if "://" in word)
    return "http://deb.debian.org/debian"


def download(root: Path, packages: Collection[str], into: Path, architecture: str | None = None) -> None:
    """Fetches Debian packages, and what of their dependencies a root lacks, by this machine's apt.

    Args:
        architecture: Debian's name of it, where it is not this machine's.
    """
    tell(f"fetching {', '.join(packages)} of Debian {SUITE}, once")
    with tempfile.TemporaryDirectory() as name:
        sources, state = Path(name, "sources.list"), Path(name, "state")
        sources.write_text(f"deb [signed-by={KEYRING}] {mirror()} {SUITE} main\n")
        for folder in (state / "lists" / "partial", into / "partial"):
            folder.mkdir(parents=True)
        settings = {
            "Dir::State": state,
            "Dir::State::status": root / "var/lib/dpkg/status",
            "Dir::Cache": name,
            "Dir::Cache::archives": into,
            "Dir::Etc::sourcelist": sources,
            "Dir::Etc::sourceparts": "-",
            "Acquire::Retries": 3,
        }
        if architecture is not None:
            settings |= {"APT::Architecture": architecture, "APT::Architectures": architecture}
        options = [f"-o{name}={value}" for name, value in settings.items()]
        fetch = ["install", "--yes", "--no-install-recommends", "--download-only", *packages]
        for words in (["update"], fetch):
            subprocess.run(["apt-get", "-qq", *options, *words], check=True, stdout=subprocess.DEVNULL)
    for left in (into / "lock", into / "partial"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _make(folder: Path) -> None:
    tell(f"making the base of Debian {SUITE} from {mirror()}, once on this machine, in a minute or two")
    options = [f"--dpkgopt=path-exclude={path}" for path in _EXCLUDED]
    command = [
        "mmdebstrap", "--mode=root", "--variant=essential", f"--include={','.join(PACKAGES)}", *options,
        "--dpkgopt=force-unsafe-io", '--aptopt=Acquire::Retries "3"', SUITE, str(folder), mirror(),
    ]  # fmt: skip
    # Namespaces of its own: an interrupted one leaves no mount behind.
    inside = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"]
    with subprocess.Popen(inside + command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as maker:
        assert maker.stdout is not None
        said = []
        for line in maker.stdout:
            said.append(line)
            if line.startswith("I: "):
                tell(line[3:].strip())
    if maker.returncode:
        raise RuntimeError(f"mmdebstrap: status {maker.returncode}: {''.join(said[-20:])}")
    subprocess.run(["sh", "-c", _TIDY, "tidy", str(folder)], check=True)
