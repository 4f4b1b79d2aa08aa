"""What of an audit needs a person. Pure: everything that was found goes in, findings come out.

Rules, each a finding of the named kind:
  drift       a run of the playbooks would change something, or fails
  silent      the machine did not answer; nothing else is said of it
  unreadable  its word about itself makes no sense
  version     another version than most of the fleet, or none
  password    older than 120 days, or never rotated
  certificate its TLS certificate ends within 14 days (the uplink renews at 30); none on a node with a line
  host        its SSH host certificate ends within 30 days, or there is none
  keys        its key list ends within 14 days, or there is none
  port        open from outside, or through the link beside sshd
  listener    sshd waits at every address, though it is a node
  access      somebody with a shell who is not the administrators' account, a password of root's, keys or passwords that
              sshd would take, another member of the group sudo
  pending     a rotation of passwords, or a change of who gets in, that nobody confirmed
  unit        a unit that failed
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from edge.base.clock import SECOND_US
from edge.base.errors import Refused
from edge.fleet.audit.found import Found, Looked, Scan
from edge.wire import signed
from edge.wire.certificates import expires_us
from edge.wire.keylist import KeyList

DAY_US = 86_400 * SECOND_US
PASSWORD_DAYS, CERTIFICATE_DAYS, HOST_DAYS, KEYS_DAYS = 120, 14, 30, 14


@dataclass(frozen=True, slots=True)
class Finding:
    """What a person has to look at."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Ages:
    """In whole days; None where there is nothing to count from.

    Attributes:
        password: since the passwords were made; the others: until the end.
    """

    password: int | None = None
    certificate: int | None = None
    host: int | None = None
    keys: int | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """One line of the audit."""

    name: str
    looked: Looked | None
    ages: Ages
    open_ports: Mapping[str, tuple[int, ...]]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the city expects.

    Attributes:
        nodes: every node of the inventory.
        admin: the one account that people sign in to.
        pending: nodes with passwords that were never confirmed, by the rotation's store.
        others: machines of the inventory that are no nodes and must answer, too.
    """

    nodes: tuple[str, ...]
    admin: str
    pending: frozenset[str]
    others: tuple[str, ...] = ()


def judge(found: Found, expected: Expected, now_us: int) -> tuple[Machine, ...]:
    """Returns a line for each node and for every other machine that was looked at or should have been, nodes first."""
    usual = _usual_version(found)
    others = sorted({*found.looked, *expected.others} - set(expected.nodes))
    return tuple(_machine(name, found, expected, usual, now_us) for name in (*expected.nodes, *others))


def _machine(name: str, found: Found, expected: Expected, usual: str, now_us: int) -> Machine:
    looked = found.looked.get(name)
    scanned = {vantage: scans[name] for vantage, scans in found.scans.items() if name in scans}
    ports = {vantage: scan.open for vantage, scan in scanned.items()}
    drift = [Finding("drift", "; ".join(tasks))] if (tasks := found.drift.get(name)) else []
    if looked is None:
        return Machine(name, None, Ages(), ports, (Finding("silent", "no answer"), *drift))
    if isinstance(looked, str):
        return Machine(name, None, Ages(), ports, (Finding("unreadable", looked), *drift))
    is_node = name in expected.nodes
    ages = ages_of(looked, now_us)
    findings = [
        *drift,
        *(_of_node(looked, ages, usual) if is_node else ()),
        *_of_ports(scanned),
        *_of_access(looked, expected.admin, is_node=is_node),
        *_of_state(looked, ages, pending=name in expected.pending),
    ]
    return Machine(name, looked, ages, ports, tuple(findings))


def ages_of(looked: Looked, now_us: int) -> Ages:
    """Returns how old or how near its end each thing is."""
    made = looked.passwords_made_us
    return Ages(
        password=(now_us - int(made)) // DAY_US if made.isdecimal() else None,
        certificate=_days(_certificate_end_us(looked.certificate), now_us),
        host=_days(_host_end_us(looked.host_certificate), now_us),
        keys=_days(_keys_end_us(looked.key_list), now_us),
    )


def _of_node(looked: Looked, ages: Ages, usual: str) -> Iterator[Finding]:
    if looked.versions.mimamori != usual or not usual:
        yield Finding("version", f"{looked.versions.mimamori or 'none'}; most have {usual or 'none'}")
    if ages.password is None or ages.password > PASSWORD_DAYS:
        yield Finding("password", "never rotated" if ages.password is None else f"{ages.password} days old")
    if ages.certificate is not None and ages.certificate < CERTIFICATE_DAYS:
        yield Finding("certificate", f"ends in {ages.certificate} days; is its line gone?")
    if ages.keys is None or ages.keys < KEYS_DAYS:
        yield Finding("keys", "no key list: it keeps no footage" if ages.keys is None else f"ends in {ages.keys} days")


def _of_ports(scanned: Mapping[str, Scan]) -> Iterator[Finding]:
    for vantage, scan in scanned.items():
        if not (scan.open or scan.refused or scan.silent):
            yield Finding("port", f"nobody could knock from {vantage}: its name leads nowhere")
        if scan.strange:
            yield Finding("port", f"{', '.join(map(str, scan.strange))} open from {vantage}")


def _of_access(looked: Looked, admin: str, *, is_node: bool) -> Iterator[Finding]:
    for account in looked.accounts:
        if account.name == "root" and account.password != "locked":
            yield Finding("access", f"root's password is {account.password}, not locked")
        elif account.name not in (admin, "root"):
            yield Finding("access", f"{account.name} has a shell")
    if members := {name for name in looked.sudo_group.split(",") if name} - {admin}:
        yield Finding("access", f"in the group sudo: {', '.join(sorted(members))}")
    for name, wanted in (("authorizedkeysfile", "none"), ("passwordauthentication", "no"), ("permitrootlogin", "no")):
        if looked.sshd.get(name) != (wanted,):
            yield Finding("access", f"sshd: {name} {' '.join(looked.sshd.get(name, ('unknown',)))}")
    if is_node and any(listener.process == "sshd" and _everywhere(listener.address) for listener in looked.listeners):
        yield Finding("listener", "sshd waits at every address")


def _of_state(looked: Looked, ages: Ages, *, pending: bool) -> Iterator[Finding]:
    if ages.host is None or ages.host < HOST_DAYS:
        yield Finding("host", "no SSH host certificate" if ages.host is None else f"ends in {ages.host} days")
    if pending:
        yield Finding("pending", "new passwords, not confirmed")
    if looked.unconfirmed:
        yield Finding("pending", "a change of who gets in, not confirmed; it goes back by itself")
    if looked.failed_units:
        yield Finding("unit", ", ".join(looked.failed_units))


def _usual_version(found: Found) -> str:
    versions = Counter(
        looked.versions.mimamori
        for looked in found.looked.values()
        if isinstance(looked, Looked) and looked.versions.mimamori
    )
    return versions.most_common(1)[0][0] if versions else ""


def _everywhere(address: str) -> bool:
    return address.strip("[]") in ("0.0.0.0", "::", "*")


def _days(end_us: int | None, now_us: int) -> int | None:
    return None if end_us is None else (end_us - now_us) // DAY_US


def _certificate_end_us(pem: str) -> int | None:
    try:
        return expires_us(x509.load_pem_x509_certificates(pem.encode())[0])
    except (ValueError, IndexError, x509.InvalidVersion):
        return None


def _host_end_us(text: str) -> int | None:
    match = re.search(r"Valid: from \S+ to (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)$", text, re.MULTILINE)
    return None if match is None else int(datetime.fromisoformat(f"{match[1]}+00:00").timestamp()) * SECOND_US


def _keys_end_us(text: str) -> int | None:
    try:
        return signed.parse("key-list", KeyList, text.encode().removesuffix(b"\n")).payload.expires
    except Refused:
        return None
