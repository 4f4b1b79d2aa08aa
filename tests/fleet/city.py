"""A city with a desk and a fleet's store, made by the commands themselves; its passphrases cost scrypt's time once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.cli import main

ROLES = ("manager", "operator", "root", "desk", "fleet")


@dataclass(frozen=True, slots=True)
class City:
    """Its folder."""

    folder: Path

    @property
    def desk(self) -> Path:
        return self.folder / "city" / "desk"

    @property
    def store(self) -> Path:
        return self.folder / "fleet"

    def secret(self, whose: str) -> Path:
        return self.folder / f"{whose}.passphrase"

    def passphrase(self, whose: str) -> str:
        return f"the {whose}'s own long passphrase"

    def run(self, *words: object) -> int:
        """Runs a command line."""
        return main([str(word) for word in words])


def found(folder: Path) -> City:
    """Founds it."""
    city = City(folder)
    for whose in ROLES:
        city.secret(whose).write_text(city.passphrase(whose) + "\n")
    for role in ("manager", "operator"):
        store = ("--store", folder / role, "--passphrase-file", city.secret(role))
        assert city.run("desk", "custodian", "init", "--role", role, *store) == 0
    cards = [word for role in ("manager", "operator") for word in (f"--{role}", folder / role / "custodian.json")]
    secrets = ("--passphrase-file", city.secret("desk"), "--root-passphrase-file", city.secret("root"))
    out = ("--out", folder / "city", "--city", "matsudo", "--hosts", "localhost")
    assert city.run("desk", "init", *out, *cards, *secrets) == 0
    assert city.run("fleet", "init", "--store", city.store, "--passphrase-file", city.secret("fleet")) == 0
    return city
