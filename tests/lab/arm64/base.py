"""Debian Trixie for arm64: the packages that a node has, unpacked by this machine's own tools in a minute.

Their maintainer scripts are not run: they set up what boots, which nothing here does, and would take half an hour under
emulation. To dpkg all of them count as installed, so that apt and dpkg work there as on a node; what alternatives would
choose is linked by hand.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.lab.nodes import base as native
from tests.lab.nodes.base import KEYRING, PACKAGES, SUITE, mirror
from tests.lab.nodes.cache import kept, key_of
from tests.lab.nodes.layers import in_layer

MORE = ("mosquitto", "nginx-light", "python3-rpi.gpio", "ffmpeg")
"""More than a node has: what the demonstration's center is made of, the older of the two pin libraries, and the program
that tests ask about footage."""
_UNPACK = r"""
set -eu
debs=$1 root=$2 info=$2/var/lib/dpkg/info
for deb in "$debs"/base-files_*.deb "$debs"/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$root"
done
mkdir -p "$info"
: >"$root/var/lib/dpkg/available"
for deb in "$debs"/*.deb; do
  name=$(dpkg-deb -f "$deb" Package)
  if [ "$(dpkg-deb -f "$deb" Multi-Arch)" = same ]; then name=$name:arm64; fi
  dpkg-deb -f "$deb" | sed '/^Package:/a Status: install ok installed'
  echo
  dpkg-deb --fsys-tarfile "$deb" | tar -t | sed 's,^\.,,; s,/$,,; s,^$,/.,' >"$info/$name.list"
  rm -rf "$debs/control"
  dpkg-deb -e "$deb" "$debs/control"
  for part in "$debs"/control/*; do
    case $part in */control) ;; *) mv "$part" "$info/$name.${part##*/}" ;; esac
  done
done >"$root/var/lib/dpkg/status"
for list in passwd group; do cp "$root/usr/share/base-passwd/$list.master" "$root/etc/$list"; done
echo 'mosquitto:x:900:900::/nonexistent:/usr/sbin/nologin' >>"$root/etc/passwd"
echo 'mosquitto:x:900:' >>"$root/etc/group"
for place in dev media mnt opt proc root run srv sys tmp etc/ssl/certs var/tmp; do mkdir -p "$root/$place"; done
for library in blas lapack; do ln -s "$library/lib$library.so.3" "$root/usr/lib/aarch64-linux-gnu/"; done
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
ln -sf mawk "$root/usr/bin/awk"
"""
_APT = Path("ansible/roles/baseline/files/52mimamori-upgrades")
"""How a node's apt is set up."""
_COMPILE = "python3 -m compileall -q -s /mnt -p / /mnt/usr/lib/python3.13 /mnt/usr/lib/python3"
"""By this machine's own Trixie: compiled Python is the same on every architecture."""


def base() -> Path:
    """Returns the folder of the base, made where it is missing."""
    return kept("arm64-base", key_of(SUITE, *PACKAGES, *MORE, _UNPACK, _COMPILE, _APT.read_text()), _make)


def _make(folder: Path) -> None:
    status = folder / "var/lib/dpkg/status"
    status.parent.mkdir(parents=True)
    status.touch()
    with tempfile.TemporaryDirectory(prefix="arm64-") as name:
        debs, compiled = Path(name, "debs"), Path(name, "compiled")
        compiled.mkdir()
        native.download(folder, ("?essential", "apt", *PACKAGES, *MORE), debs, "arm64")
        subprocess.run(["sh", "-c", _UNPACK, "unpack", str(debs), str(folder)], check=True)
        in_layer([native.base()], compiled, folder, _COMPILE)
    shutil.copy(_APT, folder / "etc/apt/apt.conf.d")
    (folder / "etc/apt/sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror()} {SUITE} main\n")
