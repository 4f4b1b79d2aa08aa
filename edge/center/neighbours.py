"""Lays out the processes beside the center, nginx and mosquitto, from ``center.toml`` and the templates.

``nginx.conf``, ``mosquitto.conf``, ``mosquitto.acl`` and ``clients.crl`` go into one folder, ``run/`` (pid files, logs,
uploads) beside them or elsewhere.
Center, nginx's workers and mosquitto run as one user: the workers write the bodies that the center reads, and mosquitto
reads its key after it has given up root.
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
from dataclasses import dataclass
from pathlib import Path

from edge.base.config import load
from edge.base.errors import BadConfiguration, StorageFault, UsageFault
from edge.base.files import durable_directory, private_directory, read_bounded, write_durably
from edge.center.config import CenterConfig
from edge.center.refusals import refusals
from edge.center.render import REFUSALS, TEMPLATES, MosquittoSettings, NginxSettings, render_mosquitto, render_nginx

_CARRIED = ("server.pem", "server-key.pem", "client-ca.pem")
_LIMIT_BYTES = 64 * 1024
_ADDRESS = re.compile(r"(?:[0-9.]{7,15}|\[[0-9a-f:]{2,39}\]):([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the city reaches the center: ``public`` and ``staff`` as ``ADDRESS:PORT``, mosquitto's address alone."""

    public: str
    staff: str
    mqtt: str


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Mounts ``center render``."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="center.toml")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the configurations go")
    parser.add_argument("--public", default="0.0.0.0:443", metavar="ADDRESS:PORT", help="for nodes and the desk")
    parser.add_argument("--staff", default="127.0.0.1:8080", metavar="ADDRESS:PORT", help="for the fleet page")
    parser.add_argument("--mqtt-address", default="0.0.0.0", metavar="ADDRESS", help="the port is center.toml's")
    parser.add_argument("--user", metavar="NAME", help="whom center, nginx and mosquitto run as; you if not given")
    parser.add_argument("--run-folder", type=Path, metavar="DIR", help="for pid files, logs, uploads; DIR/run of --out")
    parser.add_argument("--journal", action="store_true", help="both log to standard error, for systemd's journal")
    parser.set_defaults(run=_render)


def lay_out(
    config: CenterConfig, out: Path, addresses: Addresses, user: str, *, run: Path | None = None, journal: bool = False
) -> list[Path]:
    """Writes the configurations and returns their paths.

    Raises:
        BadConfiguration: a file of ``desk init`` is missing beside ``city_ca``, or a value is off.
        UsageFault: an address is none, or the user is unknown.
        StorageFault: the disk refused.
    """
    for option, text in (("--public", addresses.public), ("--staff", addresses.staff)):
        _require_address(option, text)
    carried = _carried(config.city_ca.parent)
    run = _run_folder(run or out / "run", user)
    durable_directory(out)
    nginx = NginxSettings(run, config.listen, addresses.public, addresses.staff, *carried, user=user, journal=journal)
    files = {"nginx.conf": render_nginx(nginx).encode()}
    if config.mqtt is not None:
        acl = TEMPLATES / "mosquitto.acl"
        mosquitto = MosquittoSettings(
            run, addresses.mqtt, config.mqtt.port, *carried, out / REFUSALS, user=user, acl_file=out / acl.name,
            journal=journal,
        )  # fmt: skip
        files["mosquitto.conf"] = render_mosquitto(mosquitto).encode()
        files[REFUSALS] = refusals(config)
        files[acl.name] = read_bounded(acl, limit_bytes=_LIMIT_BYTES)
    for name, data in files.items():
        write_durably(out / name, data)
    if config.mqtt is not None:
        _for_mosquitto_alone(out / "mosquitto.acl", user)
    return [out / name for name in files]


def _render(options: argparse.Namespace) -> int:
    config, out = load(options.config, CenterConfig), options.out.resolve()
    user = options.user or pwd.getpwuid(os.geteuid()).pw_name
    run, addresses = options.run_folder or out / "run", Addresses(options.public, options.staff, options.mqtt_address)
    written = lay_out(config, out, addresses, user, run=run.resolve(), journal=options.journal)
    lines = [f"written: {', '.join(str(path) for path in written)}; now start, each by itself:"]
    log = "stderr" if options.journal else run.resolve() / "nginx-error.log"
    lines.append(f"  nginx -c {out / 'nginx.conf'} -e {log}")
    lines += [f"  mosquitto -c {out / 'mosquitto.conf'}"] if config.mqtt is not None else []
    lines.append(f"  mimamori center serve --config {options.config}    as {user}, who alone reads the keys")
    print("\n".join(lines))
    return 0


def _require_address(option: str, text: str) -> None:
    found = _ADDRESS.fullmatch(text[:64])
    if found is None or not 0 < int(found[1]) < 65536:
        raise UsageFault(f"{option} {text[:64]!r}: write ADDRESS:PORT, for example 127.0.0.1:8080")


def _carried(folder: Path) -> tuple[Path, Path, Path]:
    """Returns server certificate, its key and the clients' CA, as ``desk init`` put them beside the city's CA."""
    paths = tuple(folder / name for name in _CARRIED)
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise BadConfiguration(f"{', '.join(missing)}: missing; 'mimamori desk init' makes it beside city_ca")
    return paths[0], paths[1], paths[2]


def _run_folder(path: Path, user: str) -> Path:
    """Makes the folder that nginx's workers and mosquitto write to, theirs alone."""
    try:
        owner = pwd.getpwnam(user)
    except KeyError as error:
        raise UsageFault(f"--user {user[:64]!r}: there is no such user on this machine") from error
    private_directory(path)
    _give(path, owner.pw_uid, owner.pw_gid)
    return path


def _for_mosquitto_alone(path: Path, user: str) -> None:
    """Versions of mosquitto to come refuse a list that others can read."""
    path.chmod(0o640)
    _give(path, 0, pwd.getpwnam(user).pw_gid)


def _give(path: Path, owner: int, group: int) -> None:
    try:
        if os.geteuid() == 0:
            os.chown(path, owner, group)
    except OSError as error:
        raise StorageFault(f"{path}: cannot be given to {owner}:{group} ({error.strerror})") from error
