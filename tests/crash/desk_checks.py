"""Holds a key store and the desk's archive that a power cut left against their books.

Lost: a key that was reported is neither there nor destroyed; a key that was reported destroyed is there, or bytes of
its file are on the medium; halves or a published list are gone.
Corrupt: anything else: something half-written is taken for whole, or the same commands, run again, do not complete it.
"""

from __future__ import annotations

from collections.abc import Hashable

from edge.base.errors import BadInput, Refused
from edge.desk.daykeys import own_recipients
from edge.desk.holdings import destroyed, held, nodes, unfinished
from edge.desk.keystore import path_of
from edge.desk.periods import has_expired
from edge.desk.publish import archived
from edge.wire import signed
from edge.wire.keylist import KeyHalves
from tests.crash.desk_books import GONE, DeskBooks
from tests.crash.desk_life import NODES, RETENTION_DAYS, SHARE, DeskLife


def half_written(life: DeskLife) -> list[str]:
    """Says which of the keys that count as held do not open."""
    faults = []
    for node in nodes(life.folder):
        try:
            own_recipients(life.custodian, node)
        except BadInput as error:
            faults.append(f"half a key is taken for whole: {error}")
    return faults


def undone(life: DeskLife, books: DeskBooks, medium: bytes | bytearray) -> list[str]:
    """Says which facts the cut undid, and notes those that it decided."""
    faults, legible = [], set(SHARE.findall(medium))
    keys = {node: _keys(life, node) for node in NODES}
    for thing in books.facts:
        is_now, allowed = _fact(life, thing, keys), books.facts.allowed(thing)
        if is_now not in allowed:
            faults.append(f"{thing} was {allowed} and is {is_now}")
        elif allowed == {GONE}:
            faults += _remains(life, books, thing, legible)
        books.facts.decide(thing, is_now)
    return faults


def _remains(life: DeskLife, books: DeskBooks, thing: Hashable, legible: set[bytes]) -> list[str]:
    """Says what is left of a key that was reported destroyed."""
    assert isinstance(thing, tuple)
    node, period = str(thing[1]), str(thing[2])
    path = path_of(life.folder, f"days/{node}/{period}")
    faults = [
        f"{file.name} of {node} was reported destroyed and is there"
        for file in (path, path.with_name(f".{path.name}.new"))
        if file.exists()
    ]
    if books.shares.get((node, period)) in legible:
        faults.append(f"the key of {node} {period} was reported destroyed and its bytes are on the medium")
    return faults


def unfinished_work(life: DeskLife, books: DeskBooks) -> list[str]:
    """Runs the commands again and says what they do not complete; nobody undoes what they report."""
    faults = []
    gone = {key for key in books.reported() if books.facts.must_be(("key", *key), GONE)}
    for node in NODES:
        made = life.issue(node, -2, 8).payload.recipients()
        again = [period for of, period in gone if of == node and period in made]
        faults += [f"{node} {period} was destroyed and has a new key" for period in again]
        version = len(list(archived(life.office, node)))
        life.publish(node)
        if len(list(archived(life.office, node))) != version + 1:
            faults.append(f"{node}: the next key list takes the place of another")
    life.expire()
    for node in nodes(life.folder):
        due = [period for period in held(life.folder, node) if has_expired(period, books.today, RETENTION_DAYS)]
        faults += [f"{node} {period} outlived its day" for period in (*due, *unfinished(life.folder, node))]
    return [*faults, *undone(life, life.books, b""), *half_written(life)]


def _fact(life: DeskLife, thing: Hashable, keys: dict[str, dict[str, str]]) -> Hashable:
    assert isinstance(thing, tuple)
    what, *words = thing
    if what == "store":
        return True
    if what == "key":
        return keys[words[0]].get(words[1])
    try:
        if what == "list":
            kept = {document.payload.version: document.sha256 for document in archived(life.office, words[0])}
            return kept.get(words[1])
        path = life.folder.parent / words[0]
        return signed.parse("key-halves", KeyHalves, path.read_bytes()).sha256 if path.exists() else None
    except Refused as error:
        return f"damaged: {error}"


def _keys(life: DeskLife, node: str) -> dict[str, str]:
    """Returns the recipient of each key that is held, or that it is destroyed; of damaged ones nothing."""
    gone = dict.fromkeys(destroyed(life.folder, node), GONE)
    try:
        return own_recipients(life.custodian, node) | gone
    except BadInput:
        return gone
