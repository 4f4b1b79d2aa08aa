"""Key lists at the desk: merging two halves, and each custodian's own signature.

Rules of merging:
  1. Halves are of the same node, one of each custodian, each signed by that custodian's key of the authority.
  2. Only periods that both have go into the list.
  3. The version follows the previous list's and names its hash.
Rules of signing, so that no custodian signs away what cannot be opened or what the other could open alone:
  4. Every own recipient in the list belongs to that very node and period, and its private key is in this store.
  5. No recipient in the other custodian's column has its private key in this store.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.base.errors import NotPermitted, Refused
from edge.base.files import read_bounded
from edge.desk.custodian import Custodian
from edge.desk.daykeys import own_recipients
from edge.desk.holdings import nodes
from edge.desk.periods import day_end_us, is_week, last_day
from edge.wire import signed
from edge.wire.authority import Authority, Role
from edge.wire.keylist import KeyHalves, KeyList, Pair
from edge.wire.signed import DOCUMENT_LIMIT_BYTES, Signed


@dataclass(frozen=True, slots=True)
class Merge:
    """What a key list is merged from; ``previous`` is none for a node's first list."""

    manager: Signed[KeyHalves]
    operator: Signed[KeyHalves]
    previous: Signed[KeyList] | None


def read_halves(path: Path, authority: Authority) -> Signed[KeyHalves]:
    """Reads one custodian's halves and checks whose signature they bear.

    Raises:
        BadInput: unreadable.
        Refused: ``bad-signature`` or the parser's failures.
    """
    document = signed.parse("key-halves", KeyHalves, read_bounded(path, limit_bytes=DOCUMENT_LIMIT_BYTES))
    authority.require(document, Role(document.payload.custodian), document.payload.issued)
    return document


def read_key_list(path: Path) -> Signed[KeyList]:
    """Reads a key list, signed or not yet.

    Raises:
        BadInput: unreadable.
        Refused: the parser's failures.
    """
    return signed.parse("key-list", KeyList, read_bounded(path, limit_bytes=DOCUMENT_LIMIT_BYTES))


def merge(parts: Merge, now_us: int, zone: ZoneInfo) -> Signed[KeyList]:
    """Returns the next key list, unsigned as yet.

    Args:
        zone: the node's time zone; the list expires when its last local day ends.

    Raises:
        Refused: ``wrong-custodian``, ``wrong-node``, ``no-common-day`` or ``bad-document``.
    """
    _require_parts(parts)
    manager, operator = parts.manager.payload.recipients(), parts.operator.payload.recipients()
    pairs = [Pair(period=p, manager=manager[p], operator=operator[p]) for p in sorted(manager.keys() & operator.keys())]
    days = tuple(pair for pair in pairs if not is_week(pair.period))
    if not days:
        raise Refused("no-common-day", "the two halves have no day in common; both custodians issue the same days")
    try:
        payload = KeyList(
            node=parts.manager.payload.node,
            version=1 if parts.previous is None else parts.previous.payload.version + 1,
            previous=None if parts.previous is None else parts.previous.sha256,
            issued=now_us,
            expires=day_end_us(last_day(days[-1].period), zone),
            days=days,
            spares=tuple(pair for pair in pairs if is_week(pair.period)),
        )
    except ValueError as error:
        raise Refused("bad-document", f"the halves make no key list: {error}") from error
    return signed.sign("key-list", payload)


def sign_list(custodian: Custodian, document: Signed[KeyList]) -> Signed[KeyList]:
    """Returns the list with this custodian's signature, if rules 4 and 5 hold.

    Raises:
        NotPermitted: a recipient is not what it should be.
        BadInput: a key file is damaged.
    """
    node, role = document.payload.node, custodian.card.role
    own = own_recipients(custodian, node)
    everything = {key for other in nodes(custodian.store.folder) for key in own_recipients(custodian, other).values()}
    for pair in (*document.payload.days, *document.payload.spares):
        mine, others = (pair.manager, pair.operator) if role == "manager" else (pair.operator, pair.manager)
        if own.get(pair.period) != mine:
            raise NotPermitted(
                f"{node} {pair.period}: the {role}'s private key for {mine} is not in this store; not signed"
            )
        if others in everything:
            raise NotPermitted(
                f"{node} {pair.period}: this store holds both keys; one person could open it; not signed"
            )
    return signed.add_signature(document, custodian.signer)


def _require_parts(parts: Merge) -> None:
    for document, role in ((parts.manager, "manager"), (parts.operator, "operator")):
        if document.payload.custodian != role:
            raise Refused(
                "wrong-custodian", f"halves of the {document.payload.custodian} where the {role}'s are expected"
            )
    of = {parts.manager.payload.node, parts.operator.payload.node}
    of |= set() if parts.previous is None else {parts.previous.payload.node}
    if len(of) != 1:
        raise Refused("wrong-node", f"halves or previous list of different nodes: {', '.join(sorted(of))}")
