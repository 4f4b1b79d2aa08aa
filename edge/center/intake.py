"""Takes a batch: decide, store, index, receipt, in the order that a crash at any point leaves nothing half counted.

Order: checks > node's lock > what is stored > decision > bytes synced > rows and receipt in one transaction > answer.
A crash before the transaction leaves bytes that the next append cuts off; the node has no receipt and sends again.

``Content-Digest`` must be there, but is computed only where a record does not hold: every byte of a good batch is
covered already, by the node's signature, the body's hash or the rule that padding is zero. It then tells damage on the
line (``bad-digest``: the same batch is worth sending again) from a bad record (its own failure).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from dataclasses import replace
from datetime import date, timedelta

from edge.base.errors import Refused
from edge.center import alarm, runs
from edge.center.batch import Address, Batch, check_batch, local_day
from edge.center.center import Center
from edge.center.nodes import require_node
from edge.center.receive import Fork, Run, new_runs
from edge.seal.record import Buffer
from edge.wire import signed
from edge.wire.receipt import Receipt

_log = logging.getLogger(__name__)


def take_batch(center: Center, address: Address, digest: str | None, data: Buffer) -> bytes:
    """Returns the receipt for a batch, once all of it is durable.

    Args:
        digest: the ``Content-Digest`` header.

    Raises:
        Refused: the batch is not taken.
        StorageFault, TryAgain: it could not be stored now.
    """
    if digest is None:
        raise Refused("no-digest", "Content-Digest is missing; send sha-256=:BASE64: of the body")
    with center.database.read() as connection:
        node = require_node(connection, address.node)
    try:
        batch = check_batch(address, data, node.signing_key, center.zone, center.hashers.map)
    except Refused:
        require_digest(digest, data)
        raise
    with center.store.hold(address.node):
        return _take(center, _bounded(center, batch))


def require_digest(header: str, data: Buffer) -> None:
    """Checks a body against its ``Content-Digest`` (RFC 9530).

    Raises:
        Refused: ``bad-digest``.
    """
    expected = f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"
    members = [member.strip() for member in header[:1024].split(",")]
    if not any(hmac.compare_digest(member.encode(), expected.encode()) for member in members):
        raise Refused("bad-digest", f"Content-Digest does not fit the {len(data)} bytes that came")


def _take(center: Center, batch: Batch) -> bytes:
    address = batch.address
    with center.database.read() as connection:
        stored = runs.stored_around(connection, address)
        end = runs.end_of_day_file(connection, address.node, batch.day)
        earlier = runs.find_exact_receipt(connection, address)
    try:
        new = new_runs(batch, stored)
    except Fork as fork:
        _freeze(center, address, fork)
        raise
    if not new and earlier is not None:
        return earlier
    return _store(center, batch, new, end)


def _store(center: Center, batch: Batch, new: tuple[Run, ...], end: int) -> bytes:
    address = batch.address
    if new:
        center.store.append(address.node, batch.day, end, [run.data for run in new])
    now = center.clock.now_us()
    receipt = Receipt(
        node=address.node, chain=address.chain, first=address.first, last=address.last, hashes=batch.hashes, time=now
    )
    document = signed.sign("receipt", receipt, center.receipt_key).data
    with center.database.write() as connection:
        runs.add_runs(connection, batch, new, end, now)
        runs.add_receipt(connection, address, document)
    return document


def _freeze(center: Center, address: Address, fork: Fork) -> None:
    with center.database.write() as connection:
        alarm.raise_alarm(connection, address.node, "fork", address.chain, str(fork), center.clock.now_us())
    _log.warning("node %s chain %s: %s", address.node, address.chain, fork)


def _bounded(center: Center, batch: Batch) -> Batch:
    """A node's clock that runs ahead keeps nothing for longer: a batch expires at the latest with this week's keys."""
    today = date.fromisoformat(local_day(center.clock.now_us(), center.zone))
    latest = (today + timedelta(days=7)).isoformat()
    return batch if batch.day <= latest else replace(batch, day=latest)
