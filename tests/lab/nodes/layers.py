"""The layers under a node's own: Debian, packages for apt, our dependencies, our code. Each is made once."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Collection
from pathlib import Path

from tests.lab.nodes.base import base, download
from tests.lab.nodes.cache import kept, key_of
from tests.lab.nodes.wheels import CHECKOUT, locked_wheels, own_wheel, source_key

_DEPENDENCIES = """
python3 -m venv /opt/mimamori/a
/opt/mimamori/a/bin/python -m pip install -q --no-index --no-deps --require-hashes --find-links /mnt \
  -r /mnt/requirements.txt
ln -s a /opt/mimamori/current
"""
_OWN = """
/opt/mimamori/a/bin/python -m pip install -q --no-index --no-deps /mnt/*.whl
ln -sf /opt/mimamori/current/bin/mimamori /usr/local/bin/mimamori
"""
_DEBS = """
dpkg --install /mnt/apt/*.deb
systemctl disable -q apt-daily.timer apt-daily-upgrade.timer
cp -r /mnt/all /srv/debs
cd /srv/debs
for deb in *.deb; do
  dpkg-deb -f "$deb"
  printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -c1-64)"
done >Packages
echo 'deb [trusted=yes] file:/srv/debs ./' >/etc/apt/sources.list
"""
"""Not installed: apt finds them in a source on the machine's own disk, and installs them as from Debian's archive."""
_DEPLOYED = "deploy/systemd"
_UNITS = "/mnt/install"
_IN_LAYER = """
set -eu
lower=$1 upper=$2 work=$3 merged=$4 brought=$5
mount -t tmpfs mml "$merged"
mkdir "$merged/root"
mount -t overlay -o "lowerdir=$lower,upperdir=$upper,workdir=$work" mml "$merged/root"
mount --bind "$brought" "$merged/root/mnt"
mount -t proc proc "$merged/root/proc"
mount --bind /dev "$merged/root/dev"
exec chroot "$merged/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 sh -euc "$6"
"""


def bare_layers() -> list[Path]:
    """Returns the layers of a node without anything of ours, uppermost first."""
    return [base()]


def stocked_layer(packages: Collection[str]) -> Path:
    """Returns the layer over all others of a node whose apt can install some packages."""
    lower = base()

    def debs(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as brought:
            for name, wanted in (("apt", ("apt",)), ("all", packages)):
                download(lower, wanted, Path(brought, name))
            in_layer([lower], folder, Path(brought), _DEBS)

    return kept("debs", key_of(lower.name, *packages, _DEBS, _IN_LAYER), debs) / "layer"


def full_layers() -> list[Path]:
    """Returns the layers of a node with our code and units installed, uppermost first."""
    lower, wheels = base(), locked_wheels()

    def dependencies(folder: Path) -> None:
        in_layer([lower], folder, wheels, _DEPENDENCIES)

    below = kept("dependencies", key_of(lower.name, wheels.name, _DEPENDENCIES, _IN_LAYER), dependencies)

    def code(folder: Path) -> None:
        in_layer([below / "layer", lower], folder, own_wheel().parent, _OWN)

    own = kept("code", key_of(below.name, source_key(), _OWN, _IN_LAYER), code)

    def units(folder: Path) -> None:
        in_layer([own / "layer", below / "layer", lower], folder, CHECKOUT / _DEPLOYED, _UNITS)

    top = kept("units", key_of(own.name, source_key(_DEPLOYED), _UNITS), units)
    return [top / "layer", own / "layer", below / "layer", lower]


def in_layer(lower: list[Path], folder: Path, brought: Path, script: str) -> None:
    """Runs a script in a root that consists of ``lower``; what it writes becomes ``folder``'s layer."""
    upper, work, merged = (folder / name for name in ("layer", "work", "merged"))
    for place in (upper, work, merged):
        place.mkdir()
    words = [":".join(map(str, lower)), str(upper), str(work), str(merged), str(brought), script]
    command = [
        "setpriv",
        "--pdeathsig",
        "KILL",
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "sh",
        "-c",
        _IN_LAYER,
        "layer",
        *words,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(
            f"a layer cannot be made: status {done.returncode}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
        )
