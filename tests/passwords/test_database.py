"""A service's password at a real PostgreSQL, on loopback, that writes every statement into its log."""

from __future__ import annotations

import os
import pwd
import socket
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.base.errors import BadConfiguration, Refused, StorageFault
from edge.center.database import Database as Index
from edge.center.schema import receipts
from edge.fleet.rotation.passwords import material, new_password
from edge.passwords.database import Database

OLD = "delivered-word-1"
SOCKETS = Path("/var/run/postgresql")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, and the account of the service ``center`` there."""

    account: Database
    passfile: Path
    log: Path
    port: int

    def service_signs_in(self) -> bool:
        """Whether the service gets in by its own file, as libpq reads it."""
        words = [
            "psql",
            "-X",
            "-w",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            "center",
            "-c",
            "SELECT 1",
            "center",
        ]
        environment = {"PATH": "/usr/bin:/bin", "PGPASSFILE": str(self.passfile)}
        return subprocess.run(words, env=environment, user="nobody", capture_output=True, check=False).returncode == 0


def as_postgres(*words: str, stdin: str = "") -> None:
    subprocess.run(
        words, input=stdin, text=True, user="postgres", group="postgres", cwd="/", check=True, stdout=subprocess.DEVNULL
    )


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    (programs,) = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
    folder = Path(subprocess.check_output(["mktemp", "-d", "/tmp/mimamori-rotation-pg.XXXXXX"], text=True).strip())
    owner = pwd.getpwnam("postgres")
    SOCKETS.mkdir(exist_ok=True)
    for path in (folder, SOCKETS):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    folder.chmod(0o755)
    data, log = folder / "data", folder / "log"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    as_postgres(f"{programs}/initdb", "-D", str(data), "-A", "scram-sha-256", "--auth-local=peer", "-N")
    options = f"-p {port} -h 127.0.0.1 -k {SOCKETS} -c log_statement=all -c fsync=off"
    as_postgres(f"{programs}/pg_ctl", "-D", str(data), "-l", str(log), "-o", options, "-w", "-t", "120", "start")
    try:
        made = f"CREATE ROLE center LOGIN PASSWORD '{OLD}'; CREATE DATABASE center OWNER center;"
        as_postgres("psql", "-X", "-q", "-p", str(port), "-f", "-", "postgres", stdin=made.replace("; ", ";\n"))
        passfile = folder / "passfile"
        passfile.write_text(f"127.0.0.1:{port}:center:center:{OLD}\n")
        passfile.chmod(0o600)
        os.chown(passfile, pwd.getpwnam("nobody").pw_uid, -1)
        yield Server(Database("center", "127.0.0.1", port, "center", passfile, "nobody"), passfile, log, port)
    finally:
        as_postgres(f"{programs}/pg_ctl", "-D", str(data), "-m", "immediate", "-w", "-t", "120", "stop")
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_new_password_lets_the_service_in_and_the_old_one_comes_back_whole(server: Server) -> None:
    account, new, file = server.account, new_password(), server.passfile.read_bytes()
    assert account.signs_in(OLD) and server.service_signs_in()
    before = account.read()
    account.take(material("database", new))
    assert account.signs_in(new) and server.service_signs_in()
    assert not account.signs_in(OLD)
    status = server.passfile.stat()
    assert (stat.S_IMODE(status.st_mode), status.st_uid) == (0o600, pwd.getpwnam("nobody").pw_uid)
    assert new not in server.log.read_text()
    assert "ALTER ROLE center PASSWORD" in server.log.read_text(), "statements are logged, so the password would be"
    account.bring_back(before)
    assert account.signs_in(OLD) and server.service_signs_in()
    assert not account.signs_in(new)
    assert server.passfile.read_bytes() == file


def test_password_that_is_not_made_for_it_is_refused(server: Server) -> None:
    for given in ({"secret": "a'; DROP ROLE x; --"}, {"secret": "word", "verifier": "md5abc"}, {}):
        with pytest.raises(Refused):
            server.account.take(given)
    assert server.account.signs_in(OLD)


def test_server_that_is_down_is_told(tmp_path: Path) -> None:
    path = tmp_path / "passfile"
    path.write_text("x")
    with pytest.raises(StorageFault, match="psql"):
        Database("center", "127.0.0.1", 1, "center", path, "nobody").read()


@pytest.mark.parametrize("role", ["center; x", "Center", "", "x" * 64])
def test_names_that_are_none_are_refused(role: str) -> None:
    with pytest.raises(BadConfiguration):
        Database(role, "127.0.0.1", 5432, "center", Path("/x"), "nobody")


def test_center_keeps_its_index_there(server: Server) -> None:
    """What is committed is there, and what was not is not, as in SQLite."""
    index = Index(f"postgresql+psycopg://center@127.0.0.1:{server.port}/center?passfile={server.passfile}")
    row = {"node": "cam-1", "chain": "0" * 32, "first": 0, "last": 0, "document": b"x"}
    with index.write() as connection:
        connection.execute(receipts.insert().values(row))
    with pytest.raises(KeyboardInterrupt), index.write() as connection:
        connection.execute(receipts.insert().values(row | {"first": 1}))
        raise KeyboardInterrupt
    with index.read() as connection:
        assert [found.first for found in connection.execute(receipts.select())] == [0]
    index.close()
