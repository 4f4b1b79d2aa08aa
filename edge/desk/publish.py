"""Publishing a key list: a copy stays at the desk, because evidence names the list that it was sealed by."""

from __future__ import annotations

from collections.abc import Iterator

from edge.base.files import durable_directory, write_durably
from edge.desk.center import Center
from edge.desk.keylists import read_key_list
from edge.desk.office import Office
from edge.wire.keylist import KeyList, parse_key_list
from edge.wire.signed import Signed

_FOLDER = "key-lists"


def publish(center: Center, office: Office, offered: Signed[KeyList]) -> None:
    """Checks both signatures, keeps a copy, and hands the list to the center.

    Raises:
        Refused: a signature is missing, or the center has a newer list.
        Unavailable, TryAgain, NotPermitted: see ``Center``.
    """
    document = parse_key_list(offered.data, office.authority.payload, offered.payload.node)
    folder = durable_directory(office.folder / _FOLDER / document.payload.node)
    write_durably(folder / f"{document.payload.version:09d}-{document.sha256[:16]}.json", document.data)
    center.put(f"/v1/nodes/{document.payload.node}/key-list", document.data)


def archived(office: Office, node: str) -> Iterator[Signed[KeyList]]:
    """Yields the key lists that this desk published for ``node``, by version."""
    folder = office.folder / _FOLDER / node
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        yield read_key_list(path)


def newest(office: Office, node: str) -> Signed[KeyList] | None:
    """Returns the highest version that this desk published for ``node``; None before the first."""
    return max(archived(office, node), key=lambda document: document.payload.version, default=None)
