"""A demonstration's city: what people do at the desk once, done in one go and marked as a demonstration's."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.base.clock import SystemClock
from edge.base.files import private_directory, write_durably
from edge.demo.places import NODE, Places
from edge.desk import passphrase
from edge.desk.city import City, Secrets, found_city
from edge.desk.custodian import Custodian, create_custodian, unlock_custodian
from edge.desk.daykeys import issue_halves
from edge.desk.enrol import make_registration, make_ticket
from edge.desk.keylists import Merge, merge, sign_list
from edge.desk.keystore import KeyStore
from edge.desk.office import open_office
from edge.desk.passphrase import Passphrase
from edge.desk.periods import local_day, periods_from
from edge.wire.registration import EnrolmentTicket, Registration, parse_enrolment
from edge.wire.signed import Signed

HOSTS = ("localhost", "127.0.0.1")
_DAYS = 60
_PEOPLE = ("manager", "operator", "root", "desk")


@dataclass(frozen=True, slots=True)
class Founded:
    """People with their stores unlocked, as they sit at their machines."""

    places: Places
    manager: Custodian
    operator: Custodian
    desk: KeyStore

    def ticket(self, now_us: int) -> Signed[EnrolmentTicket]:
        """Returns a one-time ticket for the demonstration's node."""
        return make_ticket(open_office(self.places.founded / "desk"), self.desk, NODE, now_us)

    def key_list(self, now_us: int, zone: ZoneInfo) -> bytes:
        """Returns a key list for the days from today on, signed by both custodians."""
        periods = periods_from(local_day(now_us, zone), _DAYS)
        halves = Merge(
            manager=issue_halves(self.manager, NODE, periods, now_us),
            operator=issue_halves(self.operator, NODE, periods, now_us),
            previous=None,
        )
        return sign_list(self.operator, sign_list(self.manager, merge(halves, now_us, zone))).data

    def register(self, enrolment: bytes, now_us: int) -> Signed[Registration]:
        """Registers the node that presented ``enrolment``; the demonstration has just made that node itself."""
        office = open_office(self.places.founded / "desk")
        return make_registration(office, self.desk, parse_enrolment(enrolment).payload, now_us)


def found_or_open(places: Places, issued_us: int) -> Founded:
    """Founds the city, or opens the one that is there.

    Raises:
        NotPermitted: a city that was never finished is there.
    """
    words = {name: _passphrase(places.secrets / name) for name in _PEOPLE}
    if places.whole.exists():
        manager = unlock_custodian(places.manager, words["manager"])
        operator = unlock_custodian(places.operator, words["operator"])
        return Founded(places, manager, operator, KeyStore.unlock(places.founded / "desk", words["desk"]))
    manager = create_custodian(places.manager, "manager", words["manager"], demo=True)
    operator = create_custodian(places.operator, "operator", words["operator"], demo=True)
    city = City(
        name="demonstration",
        demo=True,
        hosts=HOSTS,
        manager=manager.card,
        operator=operator.card,
        issued_us=issued_us,
        tls_now_us=SystemClock().now_us(),
    )
    found_city(places.founded, city, Secrets(root=words["root"], desk=words["desk"]))
    write_durably(places.whole, b"")
    return Founded(places, manager, operator, KeyStore.unlock(places.founded / "desk", words["desk"]))


def _passphrase(path: Path) -> Passphrase:
    if not path.exists():
        private_directory(path.parent)
        write_durably(path, secrets.token_urlsafe(24).encode() + b"\n", mode=0o600)
    return passphrase.from_file(path)
