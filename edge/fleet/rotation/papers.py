"""Hands on-site passphrases that nodes have confirmed to the fleet's store, from which work orders are printed."""

from __future__ import annotations

from edge.desk.keystore import KeyStore
from edge.fleet.onsitekit import renew_access
from edge.fleet.rotation.store import Store


def tell_papers(papers: KeyStore, store: Store) -> int:
    """Brings the fleet's store to what nodes have; returns how many passphrases were others. May be repeated.

    Raises:
        AlreadyRunning: another command changes the fleet's store.
        StorageFault: the disk refused.
    """
    changed = 0
    with papers.exclusive():
        for node in store.machines():
            current = store.entry(node).current
            for name, kind in current.kinds.items() if current else ():
                if kind == "wifi" and current is not None:
                    changed += renew_access(papers, node, current.words[name])
    return changed
