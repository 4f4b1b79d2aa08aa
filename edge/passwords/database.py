"""The password by which a service signs in to PostgreSQL: a role in the server, and the service's libpq password file.

The server gets a SCRAM verifier (RFC 5803), so that the password itself is in no statement and in no log of it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from edge.base import strictjson
from edge.base.errors import BadConfiguration, BadInput, Refused, StorageFault
from edge.base.files import read_bounded, write_durably
from edge.passwords import programs
from edge.passwords.messages import Material

_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_HOST = re.compile(r"[A-Za-z0-9./:-]{1,255}")
_VERIFIER = re.compile(r"SCRAM-SHA-256\$\d{4,7}:[A-Za-z0-9+/=]{16,64}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}")
_SECRET = re.compile(r"[a-z0-9-]{12,63}")
_SERVER_USER = "postgres"
_LIMIT_BYTES = 4096


class Database:
    """A role's password.

    Args:
        role, host, port, name: how the service reaches its database.
        passfile: the service's password file (libpq's ``passfile``), 0600 and the service's own.
        user: as whom the service runs.

    Raises:
        BadConfiguration: a name that cannot be one.
    """

    kind = "database"

    def __init__(self, role: str, host: str, port: int, name: str, passfile: Path, user: str) -> None:
        if not _ROLE.fullmatch(role) or not _ROLE.fullmatch(name) or not _HOST.fullmatch(host):
            raise BadConfiguration(f"account of database role {role[:63]!r}: role, database and host are plain names")
        self._role, self._host, self._port, self._name = role, host, port, name
        self._passfile, self._user = passfile, user

    def read(self) -> str:
        verifier = self._server(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{self._role}'").strip()
        return strictjson.dump({"verifier": verifier, "passfile": self._file()}).decode()

    def take(self, material: Material) -> None:
        verifier, secret = material.get("verifier", ""), material.get("secret", "")
        if (
            set(material) != {"verifier", "secret"}
            or not _VERIFIER.fullmatch(verifier)
            or not _SECRET.fullmatch(secret)
        ):
            raise Refused("bad-request", f"database role {self._role}: a SCRAM verifier and its password are needed")
        self._put(verifier, self._line(secret))

    def bring_back(self, before: str) -> None:
        tree = strictjson.parse(before.encode(), limit_bytes=_LIMIT_BYTES)
        self._put(tree["verifier"], tree["passfile"])

    def signs_in(self, secret: str) -> bool:
        """Signs in to the server as the service does; the password file for it is in memory alone."""
        descriptor = os.memfd_create("passfile")
        try:
            os.fchmod(descriptor, 0o600)
            os.write(descriptor, self._line(secret).encode())
            words = [
                "psql",
                "-X",
                "-w",
                "-h",
                self._host,
                "-p",
                str(self._port),
                "-U",
                self._role,
                "-c",
                "",
                self._name,
            ]
            done = programs.run(words, environment={"PGPASSFILE": f"/proc/self/fd/{descriptor}"}, keep=[descriptor])
        finally:
            os.close(descriptor)
        return done.returncode == 0

    def _put(self, verifier: str, passfile: str) -> None:
        if not _VERIFIER.fullmatch(verifier):
            raise StorageFault(f"database role {self._role}: has no SCRAM password; set one by hand first")
        self._server(f"ALTER ROLE {self._role} PASSWORD '{verifier}'")
        write_durably(self._passfile, passfile.encode(), mode=0o600)
        self._give_to_service()

    def _server(self, statement: str) -> str:
        words = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-p", str(self._port), "-d", "postgres"]
        return programs.require(words, statement + ";\n", user=_SERVER_USER)

    def _line(self, secret: str) -> str:
        host = self._host.replace(":", r"\:")
        return f"{host}:{self._port}:{self._name}:{self._role}:{secret}\n"

    def _file(self) -> str:
        try:
            return read_bounded(self._passfile, limit_bytes=_LIMIT_BYTES).decode("utf-8")
        except (BadInput, UnicodeDecodeError) as error:
            raise StorageFault(f"{self._passfile}: cannot be read; write the service's password file first") from error

    def _give_to_service(self) -> None:
        import pwd

        try:
            owner = pwd.getpwnam(self._user)
            os.chown(self._passfile, owner.pw_uid, owner.pw_gid)
        except (KeyError, OSError) as error:
            raise StorageFault(f"{self._passfile}: cannot be given to user {self._user}") from error
