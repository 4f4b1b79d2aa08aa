"""Founding a city: its root, its authority, its certificates, laid out in one folder for each place they go to.

| folder | goes to | holds |
|---|---|---|
| ``root/`` | a safe, offline | key store with the root key and the city CA's key |
| ``center/`` | the center | the files of ``_write_center``, client ``@center`` |
| ``desk/`` | the desk | key store with five role keys (``DESK_ROLES``), client ``@desk`` |
| ``manager/`` ``operator/`` | each custodian | client ``@manager`` or ``@operator`` |

Each has ``authority.json``, ``root.pub`` (64 hex digits) and ``ca.pem``; a client is ``tls.pem`` and
``certificate.pem``. A custodian's keys are not made here: only their cards come in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from edge.base.clock import SECOND_US
from edge.base.errors import NotPermitted, UsageFault
from edge.base.files import is_free, private_directory, write_durably
from edge.desk.custodian import Card
from edge.desk.keystore import KeyStore
from edge.desk.passphrase import Passphrase
from edge.wire import certificates, signed
from edge.wire.authority import Authority, Role, RoleKey
from edge.wire.certificates import Issuer
from edge.wire.keys import SigningKey
from edge.wire.signed import Signed

DESK_ROLES = (Role.REGISTRATION, Role.COMMAND, Role.MASK, Role.VISIT, Role.RELEASE)
ROLE_LIFE = timedelta(days=5 * 365)
_BACKDATE = timedelta(hours=1)
"""Role keys count from a little before the authority is issued, because clocks differ (as certificates do)."""


@dataclass(frozen=True, slots=True)
class City:
    """What a city is founded with.

    Attributes:
        hosts: DNS names and IP addresses of the center's servers.
        issued_us: UTC microseconds that the authority bears.
        tls_now_us: real UTC microseconds, for the certificates.
    """

    name: str
    demo: bool
    hosts: tuple[str, ...]
    manager: Card
    operator: Card
    issued_us: int
    tls_now_us: int


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passphrases of the two key stores that founding makes."""

    root: Passphrase
    desk: Passphrase


@dataclass(frozen=True, slots=True)
class _Documents:
    authority: Signed[Authority]
    root: bytes
    ca: x509.Certificate


def found_city(out: Path, city: City, secrets: Secrets) -> Signed[Authority]:
    """Makes all keys, certificates and the authority under ``out``, and returns the authority.

    Raises:
        UsageFault: cards or hosts are off.
        NotPermitted: ``out`` holds something, a passphrase is too short, or cards of a demonstration elsewhere.
        StorageFault: the disk refused.
    """
    _require_sound(out, city)
    private_directory(out)
    safe = KeyStore.create(out / "root", secrets.root)
    office = KeyStore.create(out / "desk", secrets.desk)
    root, ca_key = SigningKey.generate(), certificates.new_tls_key()
    safe.write("root", root.seed)
    safe.write("ca", certificates.dump_key(ca_key))
    roles = {role: SigningKey.generate() for role in (*DESK_ROLES, Role.RECEIPT)}
    for role in DESK_ROLES:
        office.write(role_secret(role), roles[role].seed)
    authority = signed.sign("authority", _authority(city, root, roles), root)
    ca = certificates.make_ca(ca_key, f"{city.name} CA", city.tls_now_us)
    documents = _Documents(authority, root.public_key, ca)
    _write_documents(out / "root", documents)
    issuing = _write_center(out / "center", city, Issuer(ca_key, ca), roles[Role.RECEIPT])
    for place in ("center", "desk", "manager", "operator"):
        _write_client(out / place, f"@{place}", issuing, city.tls_now_us)
        _write_documents(out / place, documents)
    return authority


def role_secret(role: Role) -> str:
    """Returns the name of a role key in the desk's key store."""
    return f"roles/{role.value}"


def _require_sound(out: Path, city: City) -> None:
    for card, role in ((city.manager, "manager"), (city.operator, "operator")):
        if card.role != role:
            raise UsageFault(f"--{role}: that card is the {card.role}'s; give the {role}'s custodian.json")
        if card.demo != city.demo:
            kind = "a demonstration's" if card.demo else "no demonstration's"
            raise NotPermitted(f"--{role}: the card is {kind}; demonstration and real keys do not mix")
    if city.manager.public_key == city.operator.public_key:
        raise NotPermitted("manager and operator have the same key; they must be two persons (R-TOTTORI-01)")
    if not city.hosts:
        raise UsageFault("--hosts: name at least one host under which the center is reached")
    if not is_free(out):
        raise NotPermitted(f"{out}: is not empty; a city is founded in a folder of its own")


def _authority(city: City, root: SigningKey, roles: dict[Role, SigningKey]) -> Authority:
    public = {role: key.public_key.hex() for role, key in roles.items()}
    public |= {Role.MANAGER: city.manager.public_key, Role.OPERATOR: city.operator.public_key}
    first = city.issued_us - int(_BACKDATE.total_seconds()) * SECOND_US
    last = city.issued_us + int(ROLE_LIFE.total_seconds()) * SECOND_US
    keys = tuple(
        RoleKey(role=role, public_key=public[role], not_before=first, not_after=last) for role in Role if role in public
    )
    return Authority(
        city=city.name,
        demo=city.demo,
        version=1,
        previous=None,
        root=root.public_key.hex(),
        issued=city.issued_us,
        keys=keys,
    )


def _write_center(folder: Path, city: City, ca: Issuer, receipt: SigningKey) -> Issuer:
    """Writes ``receipt.pem``, ``issuing.pem`` and ``server.pem`` with keys ``issuing-key.pem`` and ``server-key.pem``.

    ``client-ca.pem`` is what nginx and mosquitto check clients against: city CA and issuing CA.
    """
    private_directory(folder)
    receipt.save(folder / "receipt.pem")
    issuing_key, server_key = certificates.new_tls_key(), certificates.new_tls_key()
    certificates.save_key(issuing_key, folder / "issuing-key.pem")
    certificates.save_key(server_key, folder / "server-key.pem")
    issuing = ca.issuing_ca(issuing_key, f"{city.name} issuing CA", city.tls_now_us)
    server = ca.server(server_key.public_key(), city.hosts[0], city.hosts, city.tls_now_us)
    write_durably(folder / "issuing.pem", certificates.dump_certificates(issuing))
    write_durably(folder / "client-ca.pem", certificates.dump_certificates(ca.certificate, issuing))
    write_durably(folder / "server.pem", certificates.dump_certificates(server))
    return Issuer(issuing_key, issuing)


def _write_client(folder: Path, name: str, issuing: Issuer, now_us: int) -> None:
    key = certificates.new_tls_key()
    leaf = issuing.client(key.public_key(), name, now_us, certificates.SERVICE_LIFE)
    certificates.save_key(key, private_directory(folder) / "tls.pem")
    write_durably(folder / "certificate.pem", certificates.dump_certificates(leaf, issuing.certificate))


def _write_documents(folder: Path, documents: _Documents) -> None:
    write_durably(folder / "authority.json", documents.authority.data)
    write_durably(folder / "root.pub", documents.root.hex().encode() + b"\n")
    write_durably(folder / "ca.pem", certificates.dump_certificates(documents.ca))
