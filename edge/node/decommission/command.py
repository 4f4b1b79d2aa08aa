"""``mimamori node decommission``: as root, by a playbook or in a visit of that scope. It cannot be undone.

Rules:
  1. The node's services have ended, so that SHUTDOWN is the chain's last record; what it is, is noted durably first.
  2. Keys and footage go first, the signing key last: it signs the certificate of all the rest.
  3. The certificate is durable before the signing key goes. A command that was cut off is run again and goes on.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge.base import strictjson
from edge.base.clock import Clock
from edge.base.config import load
from edge.base.errors import BadInput, NotPermitted, Refused, UsageFault
from edge.base.files import Lock, durable_directory, read_bounded, write_durably
from edge.base.model import OpaqueId, Strict, Utc
from edge.node.config import NodeConfig
from edge.node.credentials import SIGNING_KEY, load_authority
from edge.node.decommission.destruction import Destroyed, destroy, overwrite_free_space
from edge.node.decommission.lastword import read_last_word
from edge.node.uplink import places_of
from edge.node.visit.visiting import Visiting
from edge.uplink.receipted import Receipted
from edge.wire import signed
from edge.wire.authority import Authority
from edge.wire.decommissioned import Decommissioned, LastRecord
from edge.wire.keys import SigningKey
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed
from edge.wire.status import Count
from edge.wire.visit import Scope

CERTIFICATE, BEGUN = "certificate.json", "begun.json"


class Begun(Strict):
    """What the card held before its destruction began."""

    reference: OpaqueId
    at: Utc
    last: LastRecord | None
    unreceipted: Count


def decommission(options: argparse.Namespace) -> int:
    """Does it, or goes on with it, and prints the certificate; ``edge.node.commands`` has the options."""
    config = load(options.config, NodeConfig)
    certificate = durable_directory(options.state) / CERTIFICATE
    with Lock(options.state / "lock", "decommissioning"):
        if not certificate.exists():
            begun = _begin(config, options)
            write_durably(certificate, _destroy(config, begun, options.also).data)
        destroy(config.state, Destroyed())  # the signing key, also where the power went before this line
        print(read_bounded(certificate, limit_bytes=DOCUMENT_LIMIT_BYTES).decode())
    return 0


def _begin(config: NodeConfig, options: argparse.Namespace) -> Begun:
    """Returns what an earlier command that was cut off noted, else looks at the card and notes it."""
    path = options.state / BEGUN
    if path.exists():
        return _read_begun(path)
    authority, clock = load_authority(config), config.open_clock()
    reference = _reference(options.reference) if options.reference else _visit_of(config, authority, clock)
    with Lock(config.spool.folder, "recorder", folder=True):
        last, unreceipted = read_last_word(config.spool.folder, Receipted(places_of(config).receipts, authority))
    if unreceipted and not options.unreceipted:
        raise NotPermitted(
            f"{config.node}: {unreceipted} records have no receipt of the center; let them be sent, collect them on"
            " site, or say --unreceipted to lose them"
        )
    begun = Begun(reference=reference, at=clock.now_us(), last=last, unreceipted=unreceipted)
    write_durably(path, strictjson.dump(begun.model_dump(mode="json")), mode=0o600)
    return begun


def _reference(text: str) -> str:
    try:
        return TypeAdapter(OpaqueId).validate_python(text)
    except ValidationError as error:
        raise UsageFault(f"--reference {text[:64]!r}: an id of letters, digits, '.', '_' and '-', no name") from error


def _read_begun(path: Path) -> Begun:
    try:
        tree = strictjson.parse(read_bounded(path, limit_bytes=DOCUMENT_LIMIT_BYTES), limit_bytes=DOCUMENT_LIMIT_BYTES)
        return Begun.model_validate(tree)
    except (Refused, ValidationError) as error:
        raise BadInput(f"{path}: damaged; take it away, and the node is looked at anew") from error


def _visit_of(config: NodeConfig, authority: Authority, clock: Clock) -> str:
    ticket = Visiting(config, authority, clock).ticket()
    if ticket is None or ticket.scope is not Scope.DECOMMISSION:
        raise NotPermitted(f"{config.node}: no visit of scope decommission is open; button, ticket and code open one")
    return ticket.ticket


def _destroy(config: NodeConfig, begun: Begun, also: list[Path]) -> Signed[Decommissioned]:
    """Destroys all but the signing key, and returns the certificate that it signs."""
    key = config.state / SIGNING_KEY
    signer, done = SigningKey.load(key), Destroyed()
    visit = [] if config.visit is None else [config.visit.state]
    for place in (*visit, config.uplink.state, config.run, *also, config.spool.folder, config.state):
        print(f"destroying {place}", file=sys.stderr, flush=True)
        destroy(place, done, but=frozenset({key}))
    print("overwriting free space", file=sys.stderr, flush=True)
    free_space = [overwrite_free_space(folder) for folder in (config.spool.folder, config.state)]
    word = Decommissioned(
        node=config.node,
        reference=begun.reference,
        began=begun.at,
        ended=config.open_clock().now_us(),
        last=begun.last,
        unreceipted=begun.unreceipted,
        files=done.files,
        length=done.length,
        free_space=all(free_space),
    )
    return signed.sign("decommissioned", word, signer)
