"""``mimamori node decommission``: as root, by a playbook or in a visit of that scope. It cannot be undone.

Rules:
  1. The recorder has ended, so that SHUTDOWN is the chain's last record; what it is, is noted durably first. Uplink and
     line are left until then: what was recorded last may still get its receipt.
  2. Keys and footage go first, the signing key last: it signs the certificate of all the rest.
  3. The certificate is durable before the signing key goes. A command that was cut off is run again and goes on.
  4. In a visit nothing is begun but by a request that counts (``edge.node.decommission.asked``); page and on-site
     network last until the visit is over, so that the certificate can be read and saved.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge.base.clock import Clock
from edge.base.config import load
from edge.base.errors import BadInput, MimamoriError, NotPermitted, Refused, UsageFault
from edge.base.files import Lock, durable_directory, read_bounded, write_durably
from edge.base.model import OpaqueId, Strict, Utc, read_json, to_json
from edge.base.openroot import opened
from edge.node.config import NodeConfig
from edge.node.credentials import SIGNING_KEY, load_authority
from edge.node.decommission.access import forget_passwords, places_of_access
from edge.node.decommission.asked import Asked
from edge.node.decommission.destruction import Destroyed, destroy, overwrite_free_space
from edge.node.decommission.lastword import read_last_word
from edge.node.uplink import places_of
from edge.uplink.receipted import Receipted
from edge.wire import signed
from edge.wire.decommissioned import Decommissioned, LastRecord
from edge.wire.decommissioning import Destruction
from edge.wire.keys import SigningKey
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed
from edge.wire.status import Count

CERTIFICATE = "certificate.json"
BEGUN, BEGUN_ON_SITE = "begun.json", "begun-on-site.json"
"""Apart, because at the next boot the node goes on by itself with what a visit began, and takes every way in along;
what a playbook began waits for the playbook, which is to have the certificate."""
STEPS = ("permit", "begin")
"""``--only``: look whether it may be done; note what the card holds. Both destroy nothing."""
_LOOK_S = 2.0


class Begun(Strict):
    """What the card held before its destruction began."""

    reference: OpaqueId
    at: Utc
    last: LastRecord | None
    unreceipted: Count


class _Unreceipted(NotPermitted):
    """Records are there that the center never acknowledged, and nobody said that they may go."""

    def __init__(self, node: str, count: int) -> None:
        super().__init__(
            f"{node}: {count} records have no receipt of the center; let them be sent, collect them on"
            " site, or say --unreceipted to lose them"
        )
        self.count = count


@dataclass(frozen=True, slots=True)
class _Work:
    config: NodeConfig
    options: argparse.Namespace
    clock: Clock
    asked: Asked | None

    @property
    def begun(self) -> Path:
        return Path(self.options.state) / (BEGUN if self.asked is None else BEGUN_ON_SITE)

    @property
    def certificate(self) -> Path:
        return Path(self.options.state) / CERTIFICATE


def decommission(options: argparse.Namespace) -> int:
    """Does it, or goes on with it, and prints the certificate; ``edge.node.commands`` has the options."""
    config = load(options.config, NodeConfig)
    clock = config.open_clock()
    work = _Work(config, options, clock, Asked(config, clock) if options.visit else None)
    durable_directory(options.state)
    with Lock(options.state / "lock", "decommissioning"):
        try:
            begun = _begin(work)
        except MimamoriError as error:
            if work.asked is not None:
                work.asked.refuse(error.count if isinstance(error, _Unreceipted) else 0)
            raise
        if begun is not None and not options.only:
            _finish(work, begun)
    return 0


def _begin(work: _Work) -> Begun | None:
    """Returns what an earlier command that was cut off noted, else looks at the card and notes it.

    None where only the permission was to be looked at.
    """
    if work.begun.exists():
        return _read_begun(work.begun)
    reference, may_lose = _permission(work)
    if work.options.only == "permit":
        return None
    last, unreceipted = _look(work, may_lose=may_lose)
    if unreceipted and not may_lose:
        raise _Unreceipted(work.config.node, unreceipted)
    begun = Begun(reference=reference, at=work.clock.now_us(), last=last, unreceipted=unreceipted)
    write_durably(work.begun, to_json(begun), mode=0o600)
    return begun


def _permission(work: _Work) -> tuple[str, bool]:
    """Returns on whose word it is done, and whether records without a receipt may go."""
    if work.asked is None:
        return _reference(work.options.reference), work.options.unreceipted
    reference, may_lose = work.asked.require()
    return reference, may_lose or work.options.unreceipted


def _look(work: _Work, *, may_lose: bool) -> tuple[LastRecord | None, int]:
    """Returns what the card holds; where receipts are missing it waits for them, for ``--wait`` seconds."""
    authority, config, clock = load_authority(work.config), work.config, work.clock
    until_ns = clock.monotonic_ns() + work.options.wait * 10**9
    with Lock(config.spool.folder, "recorder", folder=True):
        while True:
            found = read_last_word(config.spool.folder, Receipted(places_of(config).receipts, authority))
            if may_lose or not found[1] or clock.monotonic_ns() >= until_ns:
                return found
            clock.sleep(_LOOK_S)


def _finish(work: _Work, begun: Begun) -> None:
    if work.asked is not None:
        work.asked.tell(Destruction.DESTROYING)
    if not work.certificate.exists():
        with opened():
            word = _destroy(work, begun)
        write_durably(work.certificate, word.data)
    destroy(work.config.state, Destroyed())  # the signing key, also where the power went before this line
    data = read_bounded(work.certificate, limit_bytes=DOCUMENT_LIMIT_BYTES)
    print(data.decode(), flush=True)
    if work.asked is not None and work.config.visit is not None:
        work.asked.tell(Destruction.DONE, certificate=data)
        work.asked.await_end()
        destroy(work.config.visit.state, Destroyed())  # what the page's process noted of the visit's end


def _reference(text: str) -> str:
    try:
        return TypeAdapter(OpaqueId).validate_python(text)
    except ValidationError as error:
        raise UsageFault(f"--reference {text[:64]!r}: an id of letters, digits, '.', '_' and '-', no name") from error


def _read_begun(path: Path) -> Begun:
    try:
        return read_json(Begun, path, limit_bytes=DOCUMENT_LIMIT_BYTES)
    except Refused as error:
        raise BadInput(f"{path}: damaged; take it away, and the node is looked at anew") from error


def _destroy(work: _Work, begun: Begun) -> Signed[Decommissioned]:
    """Destroys all but the signing key, and returns the certificate that it signs."""
    config, key = work.config, work.config.state / SIGNING_KEY
    signer, done = SigningKey.load(key), Destroyed()
    spared = frozenset({key}) | (frozenset() if work.asked is None else work.asked.spared)
    for place in _places(work):
        print(f"destroying {place}", file=sys.stderr, flush=True)
        destroy(place, done, but=spared)
    if work.options.access:
        forget_passwords()
    print("overwriting free space", file=sys.stderr, flush=True)
    free_space = [overwrite_free_space(folder) for folder in (config.spool.folder, config.state)]
    word = Decommissioned(
        node=config.node,
        reference=begun.reference,
        began=begun.at,
        ended=work.clock.now_us(),
        last=begun.last,
        unreceipted=begun.unreceipted,
        files=done.files,
        length=done.length,
        free_space=all(free_space),
    )
    return signed.sign("decommissioned", word, signer)


def _places(work: _Work) -> list[Path]:
    config, options = work.config, work.options
    visit = [] if config.visit is None else [config.visit.state]
    access = places_of_access() if options.access else []
    return [*visit, config.uplink.state, config.run, *options.also, *access, config.spool.folder, config.state]
