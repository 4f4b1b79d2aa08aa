"""Programs that try what a process must not do, started by systemd with exactly the properties of that process's unit.

A probe's unit is a copy of the real one, with its drop-ins, in which only what is started is another. A control's copy
has further lines that take the property away that is to stop it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from tests.lab.nodes.node import Node

_UNITS = "/usr/lib/systemd/system"
_TRIES = """
import ctypes, json, os, socket, sys, time

STATE, SPOOL = "/var/lib/mimamori", "/var/spool/mimamori"
ADDRESS = sys.argv[1]


def connect(family, kind, to):
    with socket.socket(family, kind) as one:
        one.settimeout(5)
        one.connect(to)


def listen(port, address="192.168.70.1"):
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((address, port))
        one.listen()


def read(path):
    with open(path, "rb") as file:
        file.read(16)


def write(path):
    with open(path, "r+b") as file:
        file.write(file.read(1))


def create(folder):
    path = os.path.join(folder, "probe")
    open(path, "xb").close()
    os.unlink(path)


def device(path):
    try:
        open(path, "rb").close()
    except OSError as error:
        if error.errno not in (6, 19):  # ENXIO, ENODEV: no driver here, but the way to it was free
            raise


def clock():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.adjtimex(ctypes.create_string_buffer(512)) < 0:
        raise OSError(ctypes.get_errno(), "adjtimex")


TRIES = {
    "tcp": lambda: connect(socket.AF_INET, socket.SOCK_STREAM, (ADDRESS, 22)),
    "inet": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
    "inet6": lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close(),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close(),
    "abstract": lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, "\\0lab-probe"),
    "dbus": lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, "/run/dbus/system_bus_socket"),
    "systemd": lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, "/run/systemd/private"),
    "notify": lambda: connect(socket.AF_UNIX, socket.SOCK_DGRAM, "/run/systemd/notify"),
    "signing-key": lambda: read(STATE + "/recorder/signing.pem"),
    "floor": lambda: read(STATE + "/recorder/floor"),
    "tls-key": lambda: read(STATE + "/uplink/tls.pem"),
    "receipts": lambda: os.listdir(STATE + "/uplink/receipts"),
    "register": lambda: os.listdir(STATE + "/visit/register"),
    "page-key": lambda: read(STATE + "/visit/onsite-key.pem"),
    "spool-read": lambda: read(SPOOL + "/reel-00000"),
    "spool-write": lambda: write(SPOOL + "/reel-00000"),
    "spool-create": lambda: create(SPOOL),
    "run-create": lambda: create("/run/mimamori"),
    "etc-write": lambda: write("/etc/mimamori/node.toml"),
    "camera": lambda: device("/dev/video0"),
    "pins": lambda: device("/dev/gpiochip0"),
    "clock-asked": clock,
    "clock-set": lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()),
    "port-443": lambda: listen(443),
    "port-80": lambda: listen(80),
    "port-8444": lambda: listen(8444),
    "port-8443": lambda: listen(8443),
}
said = {}
for name in sys.argv[2:]:
    try:
        TRIES[name]()
        said[name] = ""
    except OSError as error:
        said[name] = type(error).__name__ + " " + str(error.errno)
print(json.dumps(said))
"""


def tried(node: Node, process: str, names: Sequence[str]) -> dict[str, str]:
    """Returns what each try came to with the properties of a process's unit: nothing said means that it succeeded."""
    return _run(node, process, [(names, ())])


def tried_without(node: Node, process: str, tries: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The control: each try with further lines, which take away the property that stops it."""
    return _run(node, process, [((name,), lines) for name, lines in tries.items()])


def _run(node: Node, process: str, probes: Sequence[tuple[Sequence[str], Sequence[str]]]) -> dict[str, str]:
    units = [f"probe-{process}-{number}" for number in range(len(probes))]
    lines = [f"cat >/opt/probe.py <<'END'\n{_TRIES}\nEND", "cd /run/systemd/system"]
    for unit, (names, without) in zip(units, probes, strict=True):
        own = ["[Service]", "Type=oneshot", "Restart=no", "WatchdogSec=0", "NotifyAccess=none", "ExecStart=",
               f"ExecStart=/usr/bin/python3 /opt/probe.py {node.address} {' '.join(names)}",
               f"StandardOutput=truncate:/root/{unit}", *without]  # fmt: skip
        lines += [
            f"cp {_UNITS}/mimamori-{process}.service {unit}.service; rm -rf {unit}.service.d",
            f"cp -r {_UNITS}/mimamori-{process}.service.d {unit}.service.d",
            *(f"echo '{line}' >>{unit}.service.d/99-probe.conf" for line in own),
        ]
    lines += ["systemctl daemon-reload", f"systemctl start {' '.join(units)}", "cd /root", f"cat {' '.join(units)}"]
    found: dict[str, str] = {}
    for line in node.run("sh", "-eu", stdin="\n".join(lines)).out.splitlines():
        found |= json.loads(line)
    return found
