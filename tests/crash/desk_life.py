"""One life of a custodian's key store and of the desk's archive of key lists, both on the lab's disk."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path
from random import Random

import pyrage

from edge.base.errors import BadInput
from edge.base.files import read_bounded, write_durably
from edge.desk.center import Center
from edge.desk.custodian import Custodian, create_custodian, load_custodian
from edge.desk.daykeys import issue_halves
from edge.desk.expiry import Rule, expire
from edge.desk.holdings import held, nodes
from edge.desk.keylists import Merge, merge
from edge.desk.keystore import FILE_LIMIT_BYTES, KeyStore, path_of
from edge.desk.office import Office
from edge.desk.passphrase import Passphrase
from edge.desk.periods import has_expired, last_day, periods_from, zone_named
from edge.desk.publish import newest, publish
from edge.wire import signed
from edge.wire.authority import Authority, Role, RoleKey
from edge.wire.keylist import Half, KeyHalves
from edge.wire.keys import SigningKey
from edge.wire.signed import Signed
from tests.crash.desk_books import FIRST_DAY, GONE, DeskBooks
from tests.crash.powercut import Position
from tests.spool.records import DAY_US, START_US

NODES = ("cam-1", "cam-2")
STORE = "manager"
RETENTION_DAYS = 2
SHARE = re.compile(rb"-> X25519 (.{43})\n")
"""The ephemeral share of an age file's first stanza: random, so it names the file."""
_PASSPHRASE = Passphrase("the manager's own long passphrase")
_ROOT, _MANAGER, _OPERATOR = (SigningKey.from_seed(bytes([number]) * 32) for number in (21, 22, 23))
_ZONE = zone_named("Asia/Tokyo")
_LIFE_US = 3650 * DAY_US
_AUTHORITY = signed.sign(
    "authority",
    Authority(
        city="testville",
        demo=True,
        version=1,
        previous=None,
        root=_ROOT.public_key.hex(),
        issued=START_US,
        keys=tuple(
            RoleKey(role=role, public_key=key.public_key.hex(), not_before=START_US, not_after=START_US + _LIFE_US)
            for role, key in ((Role.MANAGER, _MANAGER), (Role.OPERATOR, _OPERATOR))
        ),
    ),
    _ROOT,
)


class Keyring:
    """Spares scrypt's second of work: an identity file that was once opened here need not be opened again."""

    def __init__(self) -> None:
        self._opened: dict[bytes, pyrage.x25519.Identity] = {}

    def create(self, folder: Path) -> Custodian:
        """Makes the manager's store."""
        custodian = create_custodian(folder, "manager", _PASSPHRASE, demo=True)
        self._opened[_sealed(folder)] = custodian.store._identity
        return custodian

    def open(self, folder: Path) -> Custodian:
        """Opens the manager's store, as each command does; everything but scrypt is done anew.

        Raises:
            BadInput: no whole store there.
        """
        store = KeyStore.unlock(folder, _PASSPHRASE) if _sealed(folder) not in self._opened else None
        return load_custodian(store or KeyStore(folder, self._opened[_sealed(folder)]))

    def opens(self, mounted: Path) -> bool:
        """Whether a whole store is there."""
        try:
            self.open(mounted / STORE)
        except BadInput:
            return False
        return True


class Handed(Center):
    """Stands for the center: what comes here is in the world."""

    def __init__(self, books: DeskBooks, thing: tuple[str, str, int], position: Position) -> None:
        self._books, self._thing, self._position = books, thing, position

    def put(self, path: str, document: bytes) -> None:
        self._books.facts.keep(self._thing, self._position())


class DeskLife:
    """The commands of the manager and of the desk, one after another.

    Args:
        mounted: where the file system is; key store and desk are folders in it.
    """

    def __init__(self, keyring: Keyring, mounted: Path, books: DeskBooks, position: Position) -> None:
        self.books, self._position = books, position
        self.folder, self._halves = mounted / STORE, mounted / "halves.json"
        self.office = Office(mounted / "desk", _ROOT.public_key, _AUTHORITY)
        if books.facts.must_be(("store",), True):
            self.custodian = keyring.open(self.folder)
        else:
            self._make(keyring)

    def live(self, steps: int, random: Random) -> None:
        """Makes keys, publishes lists, and destroys what has expired, day after day."""
        for _ in range(steps):
            node = random.choice(NODES)
            what = random.choices(("issue", "publish", "expire"), (3, 1, 2))[0]
            if what == "expire":
                self.books.today += timedelta(days=random.choice((0, 1, 2)))
                self.expire()
            elif what == "issue":
                self.issue(node, -random.randrange(3), random.randint(1, 4))
            else:
                self.publish(node)

    def issue(self, node: str, from_day: int, days: int) -> Signed[KeyHalves]:
        """``keys issue``: the keys are made, the halves written."""
        first = self.books.today + timedelta(days=from_day)
        halves = issue_halves(self.custodian, node, periods_from(first, days), self.now_us)
        for half in halves.payload.halves:
            self._report(node, half)
        file = ("file", self._halves.name)
        self.books.facts.begin(file, halves.sha256, self._position())
        write_durably(self._halves, halves.data)
        self.books.facts.keep(file, self._position())
        return halves

    def publish(self, node: str) -> None:
        """``keys merge``, ``keys sign`` twice and ``keys publish``."""
        halves = self.issue(node, 0, 3)
        others = signed.sign("key-halves", _operators(halves.payload), _OPERATOR)
        document = merge(Merge(halves, others, newest(self.office, node)), self.now_us, _ZONE)
        document = signed.add_signature(signed.add_signature(document, _MANAGER), _OPERATOR)
        thing = ("list", node, document.payload.version)
        self.books.facts.begin(thing, document.sha256, self._position())
        publish(Handed(self.books, thing, self._position), self.office, document)

    def expire(self) -> None:
        """``keys expire``; where more days are due than usual, the person confirms their number."""
        today = self.books.today
        for node, period in self.books.reported():
            if has_expired(period, today, RETENTION_DAYS) and not self.books.facts.must_be(("key", node, period), GONE):
                self.books.facts.begin(("key", node, period), GONE, self._position())
        every = {period for node in nodes(self.folder) for period in held(self.folder, node)}
        due = {last_day(period) for period in every if has_expired(period, today, RETENTION_DAYS)}
        gone = expire(self.folder, Rule(RETENTION_DAYS, today, len(due)), self.now_us)
        for item in gone:
            thing = ("key", item.node, item.period)
            if thing not in self.books.facts:
                self.books.facts.begin(thing, GONE, self._position())
            self.books.facts.keep(thing, self._position())

    @property
    def now_us(self) -> int:
        """UTC of the day's commands, microseconds."""
        return START_US + (self.books.today - FIRST_DAY).days * DAY_US

    def _make(self, keyring: Keyring) -> None:
        """``custodian init``; of a making that was cut off the person removes the rest first, as they are told."""
        try:
            self.custodian = keyring.open(self.folder)
        except BadInput:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.books.facts.begin(("store",), True, self._position())
            self.custodian = keyring.create(self.folder)
            self.books.facts.keep(("store",), self._position())

    def _report(self, node: str, half: Half) -> None:
        thing = ("key", node, half.period)
        if not self.books.facts.must_be(thing, half.recipient):
            self.books.facts.begin(thing, half.recipient, self._position())
            self.books.facts.keep(thing, self._position())
        sealed = path_of(self.folder, f"days/{node}/{half.period}").read_bytes()
        self.books.shares[node, half.period] = share_of(sealed)


def share_of(sealed: bytes) -> bytes:
    """Returns what names an age file wherever its bytes lie."""
    found = SHARE.search(sealed)
    assert found is not None, "not an age file"
    return found[1]


def _sealed(folder: Path) -> bytes:
    return read_bounded(folder / "identity.age", limit_bytes=FILE_LIMIT_BYTES)


def _operators(halves: KeyHalves) -> KeyHalves:
    """The other custodian's halves of the same periods, made elsewhere."""
    own = tuple(
        Half(period=half.period, recipient=str(pyrage.x25519.Identity.generate().to_public())) for half in halves.halves
    )
    return KeyHalves(node=halves.node, custodian="operator", issued=halves.issued, halves=own)
