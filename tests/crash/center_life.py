"""One life of a center on the lab's disk: store and index lie on it, keys and configuration elsewhere."""

from __future__ import annotations

import io
from contextlib import redirect_stdout, suppress
from datetime import date, timedelta
from pathlib import Path
from random import Random

from edge.base.config import load
from edge.base.errors import Refused
from edge.center.batch import Address
from edge.center.center import open_center
from edge.center.certify import enrol_node
from edge.center.config import CenterConfig
from edge.center.expiry import expire
from edge.center.intake import take_batch
from edge.cli import main
from edge.seal.record import Record
from tests.center.city import DAY_US, NOW, TODAY, digest_of, joined
from tests.crash.center_books import CenterBooks
from tests.crash.powercut import Position
from tests.crash.street import NODES, Camera, Street

BATCH = 6
LATEST = NOW + 2 * DAY_US
"""When the last expiry of a life may be, UTC microseconds."""


def due_before(center_retention_days: int, now_us: int) -> str:
    """Returns the day before which bodies are past their retention."""
    today = date.fromisoformat(TODAY) + timedelta(days=(now_us - NOW) // DAY_US)
    return (today - timedelta(days=center_retention_days)).isoformat()


class CenterLife:
    """The center's calls, as its routes, its hourly worker and its staff make them.

    Args:
        mounted: where the file system is; store and index lie in it.
    """

    def __init__(self, street: Street, mounted: Path, books: CenterBooks, position: Position) -> None:
        self.street, self.books, self._position = street, books, position
        self._toml = _configure(street, mounted)
        self.center = open_center(load(self._toml, CenterConfig))

    def live(self, steps: int, random: Random) -> None:
        """Takes uploads, once and again, enrols, expires, restarts, meets and settles a fork, takes a node out."""
        kinds, weights = ("upload", "again", "enrol", "expire", "restart", "fork", "settle", "revoke"), (30,) + (4,) * 7
        for _ in range(steps):
            camera = self.street.cameras[random.choice(NODES)]
            what = random.choices(kinds, weights)[0]
            if what == "enrol":
                self.enrol(camera)
            elif what == "expire":
                self.expire(random.choice((NOW, NOW + DAY_US, LATEST)))
            elif what == "restart":
                self.close()
                self.center = open_center(load(self._toml, CenterConfig))
            elif what == "revoke" and camera.name == NODES[-1] and random.random() < 0.3:
                self.revoke(camera)
            elif what == "settle":
                self.settle(camera)
            elif self.takes_from(camera):
                self._send(camera, what, random)

    def _send(self, camera: Camera, what: str, random: Random) -> None:
        first = self.books.next_of(camera.name)
        twin = camera.twin.header.sequence
        if what == "fork" and (camera.name, twin) in self.books.receipted:
            self.fork(camera)
        elif what == "again" and first:
            self.upload(camera, *camera.batch(random.randrange(first), random.randint(1, BATCH)))
        elif what == "upload":
            skipped = random.choice((0, 0, 0, 2, 9))  # a window that was asked for comes before its turn
            if first + skipped < len(camera.records):
                self.upload(camera, *camera.batch(first + skipped, random.randint(1, BATCH)))

    def takes_from(self, camera: Camera) -> bool:
        """Whether the center has every reason to take this node's records."""
        facts, name = self.books.facts, camera.name
        usual = facts.must_be(("revoked", name), None) and facts.must_be(("frozen", name, camera.chain), None)
        return usual and facts.must_be(("enrolled", name), True)

    def upload(self, camera: Camera, address: Address, records: list[Record]) -> None:
        """Sends a batch and keeps its receipt."""
        self.books.sent.append((address, self._position()))
        self.books.facts.begin(("bodies", camera.name, camera.days[address.first]), None, self._position())
        document = self.put(address, records)
        self.books.receipt(address, document, self._position())

    def put(self, address: Address, records: list[Record]) -> bytes:
        """Sends a batch, whatever comes of it."""
        data = joined(records)
        return take_batch(self.center, address, digest_of(data), data)

    def enrol(self, camera: Camera) -> None:
        """Sends the node's one enrolment; a node that was taken out of service would need another ticket."""
        thing = ("enrolled", camera.name)
        if self.books.facts.must_be(("revoked", camera.name), None):
            self.books.facts.begin(thing, True, self._position())
            enrol_node(self.center, camera.enrolment)
            self.books.facts.keep(thing, self._position())

    def expire(self, now_us: int) -> None:
        """Removes what is due, as the hourly worker does."""
        limit = due_before(self.center.config.retention_days, now_us)
        self.books.due.append((limit, self._position()))
        days = [(node, day) for node, day in self.center.store.days() if day < limit]
        for node, day in days:
            self.books.facts.begin(("bodies", node, day), "gone", self._position())
        expire(self.center, now_us)
        for node, day in days:
            self.books.facts.keep(("bodies", node, day), self._position())

    def fork(self, camera: Camera) -> None:
        """Another record comes for a place that is taken: the center refuses it and freezes the chain."""
        twin, thing = camera.twin, ("frozen", camera.name, camera.chain)
        self.books.facts.begin(thing, True, self._position())
        place = twin.header.sequence
        with suppress(Refused):
            self.put(Address(camera.name, camera.chain, place, place), [twin])
            raise AssertionError(f"{camera.name}: a second record {place} was taken")
        self.books.facts.keep(thing, self._position())

    def settle(self, camera: Camera) -> None:
        """Staff let a frozen chain go on."""
        if self.books.facts.must_be(("frozen", camera.name, camera.chain), True):
            self._staff("settle", camera, "frozen", None)

    def revoke(self, camera: Camera) -> None:
        """Staff take a node out of service."""
        facts = self.books.facts
        if facts.must_be(("enrolled", camera.name), True) and facts.must_be(("revoked", camera.name), None):
            self._staff("revoke", camera, "revoked", True)

    def close(self) -> None:
        """Ends the process."""
        self.center.close()

    def _staff(self, action: str, camera: Camera, fact: str, value: bool | None) -> None:
        thing = (fact, camera.name, camera.chain) if fact == "frozen" else (fact, camera.name)
        self.books.facts.begin(thing, value, self._position())
        with redirect_stdout(io.StringIO()):
            status = main(["center", action, "--config", str(self._toml), "--node", camera.name])
        if status:
            raise AssertionError(f"center {action} --node {camera.name} ended with {status}")
        self.books.facts.keep(thing, self._position())


def _configure(street: Street, mounted: Path) -> Path:
    """Writes the ``center.toml`` whose store and index lie on a mounted file system."""
    text = street.city.config_path.read_text()
    text = text.replace('store = "store"', f'store = "{mounted}/store"').replace(":///index", f":///{mounted}/index")
    path = street.city.folder / f"center-{mounted.name}.toml"
    path.write_text(text)
    return path
