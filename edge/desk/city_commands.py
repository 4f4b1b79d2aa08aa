"""``desk custodian init``, ``desk init``, ``desk renew``: keys made where they belong, certificates in time."""

from __future__ import annotations

import argparse
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge.base.clock import SystemClock, to_datetime
from edge.base.errors import UsageFault
from edge.base.model import OpaqueId
from edge.desk.arguments import add_json, add_passphrase, hosts, moment, passphrase_of, say
from edge.desk.city import City, Secrets, found_city
from edge.desk.custodian import CARD_NAME, create_custodian, read_card
from edge.desk.keystore import KeyStore
from edge.desk.renewal import PLACES, renew_city
from edge.wire import certificates, signed

_CITY: TypeAdapter[str] = TypeAdapter(OpaqueId)


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Mounts the commands."""
    custodian = subparsers.add_parser("custodian", help="manager's and operator's key stores")
    actions = custodian.add_subparsers(required=True, metavar="ACTION")
    init = actions.add_parser("init", help="make this custodian's key store, on this custodian's machine")
    init.add_argument("--role", required=True, choices=("manager", "operator"))
    init.add_argument("--store", required=True, type=Path, metavar="DIR")
    init.add_argument("--demo", action="store_true", help="marks the keys as a demonstration's")
    add_passphrase(init)
    add_json(init)
    init.set_defaults(run=_custodian_init)

    city = subparsers.add_parser("init", help="found a city: root, authority, CA, certificates")
    city.add_argument("--out", required=True, type=Path, metavar="DIR")
    city.add_argument("--city", required=True, metavar="NAME")
    city.add_argument("--hosts", required=True, type=hosts, metavar="HOST,...", help="names of the center's servers")
    city.add_argument("--manager", required=True, type=Path, metavar="CARD", help=f"the manager's {CARD_NAME}")
    city.add_argument("--operator", required=True, type=Path, metavar="CARD", help=f"the operator's {CARD_NAME}")
    city.add_argument("--demo", action="store_true", help="marks the authority as a demonstration's")
    city.add_argument("--start", type=moment, metavar="ISO8601", help="demonstrations only: time that documents bear")
    add_passphrase(city)
    add_passphrase(city, "root-")
    add_json(city)
    city.set_defaults(run=_init)

    renew = subparsers.add_parser("renew", help="new certificates for servers and services; keys and names stay")
    renew.add_argument("city", type=Path, metavar="CITY", help="what 'desk init' made")
    renew.add_argument("--root", type=Path, metavar="DIR", help="the root's folder (default: CITY/root)")
    add_passphrase(renew)
    add_json(renew)
    renew.set_defaults(run=_renew)


def _custodian_init(options: argparse.Namespace) -> int:
    secret = passphrase_of(options, f"New passphrase of the {options.role}'s store", new=True)
    card = create_custodian(options.store, options.role, secret, demo=options.demo).card
    identifier = signed.key_id(bytes.fromhex(card.public_key))
    path = options.store / CARD_NAME
    text = f"{card.role}: key store made in {options.store}; give {path} to the desk (key {identifier})"
    say(options, text, role=card.role, store=str(options.store), card=str(path), key_id=identifier)
    return 0


def _init(options: argparse.Namespace) -> int:
    if options.start is not None and not options.demo:
        raise UsageFault("--start: only a demonstration (--demo) may begin at another time")
    now_us = SystemClock().now_us()
    city = City(
        name=_city_name(options.city),
        demo=options.demo,
        hosts=options.hosts,
        manager=read_card(options.manager),
        operator=read_card(options.operator),
        issued_us=now_us if options.start is None else options.start,
        tls_now_us=now_us,
    )
    root = passphrase_of(options, "New passphrase of the root's key store", prefix="root-", new=True)
    desk = passphrase_of(options, "New passphrase of the desk's key store", new=True)
    authority = found_city(options.out, city, Secrets(root=root, desk=desk))
    kind = "demonstration city" if options.demo else "city"
    text = f"{kind} {city.name} founded in {options.out} (root {authority.payload.root}); keep root/ offline"
    say(options, text, city=city.name, demo=city.demo, out=str(options.out), root=authority.payload.root)
    return 0


def _renew(options: argparse.Namespace) -> int:
    safe = KeyStore.unlock(options.root or options.city / "root", passphrase_of(options, "Passphrase of the root"))
    now_us = SystemClock().now_us()
    written = renew_city(options.city, safe, now_us)
    end = to_datetime(now_us) + certificates.SERVICE_LIFE
    lines = [f"until {end:%Y-%m-%d}, with the keys that they have: {', '.join(str(path) for path in written)}"]
    missing = [place for place in PLACES if options.city / place / "certificate.pem" not in written]
    lines += [
        f"{place}: not there; put its certificate.pem in {options.city / place} and renew again" for place in missing
    ]
    say(options, "\n".join(lines), written=[str(path) for path in written], missing=missing, until=f"{end:%Y-%m-%d}")
    return 0


def _city_name(text: str) -> str:
    try:
        return _CITY.validate_python(text)
    except ValidationError as error:
        raise UsageFault(f"--city {text[:64]!r}: letters, digits, '.', '_' and '-', at most 64") from error
