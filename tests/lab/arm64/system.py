"""The system: Debian for arm64 with a node's environment, entered by chroot; systemd does not boot under emulation.

Its layers are kept: Debian's packages; an environment of the locked aarch64 wheels; the camera library, for its
contract suite; our wheel. This machine's own Trixie installs them, for that one is not emulated; the system's own pip
does in ``__main__``, where it is measured. What runs sees its own processes and a network of its own, and no ``/sys``.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.arm64.base import base
from tests.lab.nodes import base as native
from tests.lab.nodes.cache import kept, key_of
from tests.lab.nodes.ground import Ground, run
from tests.lab.nodes.layers import in_layer
from tests.lab.nodes.wheels import CHECKOUT, locked_wheels, own_wheel, picamera_wheels, source_key

MACHINE = "aarch64"
PARTS = ("node", "center", "desk")
TOOLS = ("pytest", "pytest-timeout", "hypothesis", "pillow")
PYTHON = "/opt/mimamori/a/bin/python"
TESTS = "/srv/mimamori"
"""Where the checkout's tests are, without its code: what they import is what was installed."""
_SITE = "/opt/mimamori/a/lib/python3.13/site-packages"
_TAGS = " ".join(f"--platform manylinux_2_{minor}_{MACHINE}" for minor in range(41, 16, -1))
_PIP = f"""/tmp/tool/bin/pip install -q --no-index --no-deps --only-binary :all: --target {_SITE} \\
  --python-version 3.13 --implementation cp --abi cp313 --abi abi3 --abi none {_TAGS}"""
_DEPENDENCIES = f"""
python3 -m venv /tmp/tool
python3 -m venv --system-site-packages --without-pip /opt/mimamori/a
{_PIP} --require-hashes --find-links /mnt -r /mnt/requirements.txt
"""
_PICAMERA = f"{_PIP} --require-hashes --find-links /mnt -r /mnt/requirements.txt"
_OWN = f"""
{_PIP} /mnt/*.whl
printf '#!{PYTHON}\\nimport sys\\n\\nfrom edge.cli import main\\n\\nsys.exit(main())\\n' >/opt/mimamori/a/bin/mimamori
chmod 755 /opt/mimamori/a/bin/mimamori
ln -s a /opt/mimamori/current
ln -s /opt/mimamori/current/bin/mimamori /usr/local/bin/mimamori
"""
_MOUNTS = """
lower=$1 folder=$2 checkout=$3
mkdir -p "$folder/upper" "$folder/work" "$folder/root"
root=$folder/root
mount -t overlay -o "lowerdir=$lower,upperdir=$folder/upper,workdir=$folder/work" mml "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs mml "$root/tmp"
mount -t tmpfs mml "$root/run"
mount -t tmpfs mml "$root/dev"
for device in null zero full random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
mkdir "$root/dev/shm" && mount -t tmpfs mml "$root/dev/shm"
mkdir -p "$root/srv/mimamori/tests"
cp "$checkout/pyproject.toml" "$root/srv/mimamori/"
cp -r "$checkout/tests" "$root/srv/mimamori/"
cp /etc/resolv.conf "$root/etc/resolv.conf"
"""
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root",
                "DEBIAN_FRONTEND": "noninteractive"}  # fmt: skip


def layers() -> list[Path]:
    """Returns the kept layers, uppermost first."""
    machine, lower, wheels = native.base(), base(), locked_wheels(*PARTS, machine=MACHINE, more=TOOLS)

    def dependencies(folder: Path) -> None:
        in_layer([machine], folder, wheels, _DEPENDENCIES)

    below = kept("arm64-dependencies", key_of(machine.name, wheels.name, _DEPENDENCIES), dependencies)
    camera = picamera_wheels(MACHINE)

    def picamera(folder: Path) -> None:
        in_layer([below / "layer", machine], folder, camera, _PICAMERA)

    tested = kept("arm64-picamera", key_of(below.name, camera.name, _PICAMERA), picamera)

    def code(folder: Path) -> None:
        in_layer([tested / "layer", below / "layer", machine], folder, own_wheel().parent, _OWN)

    own = kept("arm64-code", key_of(tested.name, source_key(), _OWN), code)
    return [own / "layer", tested / "layer", below / "layer", lower]


class System:
    """The system, entered.

    Attributes:
        root: its folder, as its processes' namespaces show it; ``folder/upper`` has what they wrote.
    """

    def __init__(self, ground: Ground, folder: Path, lower: list[Path]) -> None:
        self._ground, self.folder, self.root = ground, folder, folder / "root"
        words = (":".join(map(str, lower)), str(folder), str(CHECKOUT))
        run(*ground.inside("sh", "-euc", _MOUNTS, "mounts", *words))

    def words(self, *command: str, online: bool = False, **environment: str) -> list[str]:
        """Returns the command that runs another one in the system; ``online`` in this machine's network, for apt."""
        settings = [f"{name}={value}" for name, value in {**_ENVIRONMENT, **environment}.items()]
        entered = ("chroot", str(self.root), "env", "-i", "-C", TESTS, *settings, *command)
        return self._ground.inside(*entered, online=online)

    def bring(self, folder: Path, to: str) -> None:
        """Shows a folder of this machine in the system, as ``to``."""
        target = f"{self.root}{to}"
        run(*self._ground.inside("sh", "-euc", 'mkdir -p "$2"; mount --bind "$1" "$2"', "bring", str(folder), target))

    def run(self, *command: str, online: bool = False, **environment: str) -> str:
        """Runs a program of the system; returns what it said.

        Raises:
            RuntimeError: it failed.
        """
        return run(*self.words(*command, online=online, **environment)).out

    def start(self, *command: str, log: Path, online: bool = False) -> subprocess.Popen[bytes]:
        """Starts a program of the system; it dies with this process."""
        with log.open("wb") as output:
            words = self.words(*command, online=online)
            return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)


@contextmanager
def open_system(folder: Path) -> Iterator[System]:
    """Enters a fresh system over the kept layers; arm64 programs must run."""
    lower, ground = layers(), Ground()
    try:
        yield System(ground, folder, lower)
    finally:
        ground.close()
