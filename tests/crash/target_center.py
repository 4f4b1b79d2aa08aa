"""The center's store and index under the lab: uploads, expiry and staff until the power goes; it comes back."""

from __future__ import annotations

from pathlib import Path
from random import Random

from edge.base.errors import MimamoriError, Refused
from edge.center.batch import Address
from edge.wire.receipt import parse_receipt, require_match
from tests.crash.center_books import CenterBooks
from tests.crash.center_checks import Held, held, missing, undone, unfounded, untidy
from tests.crash.center_life import BATCH, LATEST, CenterLife, due_before
from tests.crash.powercut import Findings, Left, Position
from tests.crash.street import Camera, Street

STEPS = 40


class CenterTarget:
    """See ``Target``.

    Args:
        folder: in memory, for the city's documents and keys, which are not on the disk that is cut.
    """

    def __init__(self, folder: Path) -> None:
        self._street = Street(folder)

    def begin(self) -> CenterBooks:
        return CenterBooks()

    def live(self, mounted: Path, books: CenterBooks, position: Position, random: Random) -> None:
        life = CenterLife(self._street, mounted, books, position)
        try:
            life.live(STEPS, random)
        finally:
            life.close()

    def judge(self, left: Left, before: CenterBooks, random: Random) -> Findings:
        try:
            life = CenterLife(self._street, left.mounted, before.at(0), lambda: 0)
        except (MimamoriError, OSError) as error:
            return Findings([], [f"the center does not come back: {error}"])
        try:
            there, faults = held(life.center, self._street)
            lost = [*missing(life.center, there, before), *undone(life.center, before)]
            corrupt = [*faults, *unfounded(life.center, self._street, there, before)]
            life.books = before.at(0)
            return Findings(lost, [*corrupt, *self._going_on(life, there, random)])
        except (MimamoriError, OSError) as error:
            return Findings([f"the index cannot be read: {error}"], [])
        finally:
            life.close()

    def _going_on(self, life: CenterLife, left: Held, random: Random) -> list[str]:
        """Has the center go on as if nothing had been, and says what it cannot do."""
        try:
            return self._next_day(life, left, random)
        except (MimamoriError, OSError, AssertionError) as error:
            return [f"the center came back and does not go on: {error}"]

    def _next_day(self, life: CenterLife, before: Held, random: Random) -> list[str]:
        """Has every node send again what it has no receipt for, and more; then the hour of expiry comes."""
        faults = [fault for camera in self._street.cameras.values() for fault in self._send(life, camera, random)]
        there, wrong = held(life.center, self._street)
        faults += [*wrong, *missing(life.center, there, life.books), *untidy(life.center, self._street, before, there)]
        life.expire(LATEST)
        there, wrong = held(life.center, self._street)
        limit = due_before(life.center.config.retention_days, LATEST)
        left = [f"the body of {place} outlived its day" for place, (day, body) in there.items() if body and day < limit]
        days = [f"{node} {day}" for node, day in life.center.store.days() if day < limit]
        left += [f"{where} is past its day and on the disk" for where in days]
        return [*faults, *wrong, *missing(life.center, there, life.books), *left]

    def _send(self, life: CenterLife, camera: Camera, random: Random) -> list[str]:
        life.enrol(camera)
        life.settle(camera)
        first = life.books.next_of(camera.name)
        # What was cut off comes again, not always as much at once: what the crash left behind it must not count.
        again = life.books.unanswered(camera.name)
        batches = [camera.batch(address.first, random.randint(1, address.count)) for address in again]
        if not again and first < len(camera.records):
            batches.append(camera.batch(first, random.randint(1, BATCH)))
        if first:
            batches.append(camera.batch(random.randrange(first), BATCH))
        if not life.takes_from(camera):
            return _refused(life, camera)
        for address, records in batches:
            life.upload(camera, address, records)
        given = [(address, document) for address, document, _ in life.books.documents if address.node == camera.name]
        return [fault for address, document in given for fault in _false(life, camera, address, document)]


def _refused(life: CenterLife, camera: Camera) -> list[str]:
    """A node that was taken out of service stays out."""
    try:
        life.put(*camera.batch(0, 1))
    except Refused:
        return []
    return [f"{camera.name} is out of service and a record was taken from it"]


def _false(life: CenterLife, camera: Camera, address: Address, document: bytes) -> list[str]:
    """Checks a receipt as the node does."""
    records = camera.records[address.first : address.last + 1]
    try:
        receipt = parse_receipt(document, life.center.authority.payload).payload
        hashes = tuple(record.header.sha256 for record in records)
        require_match(receipt, camera.name, camera.chain, address.first, hashes)
    except Refused as error:
        return [f"{camera.name} {address.first}-{address.last}: {error}"]
    return []
