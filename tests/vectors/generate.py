"""Writes the test vectors anew: ``python -m tests.vectors.generate`` from the project's root.

Keys come from fixed seeds and Ed25519 is deterministic, so the files come out the same. Day keys and age bodies are
random; they were made once and lie in ``day-keys.json`` and ``bodies.json``. Where these are missing they are made
again, and every vector that holds one changes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pyrage

from edge.seal.sealing import encrypt_layer
from tests.seal.samples import MANAGER, OPERATOR
from tests.vectors import documents, forge, messages, records, sealed
from tests.vectors.vector import FAMILIES, FOLDER, Vector

BODIES = FOLDER / "bodies.json"


def vectors() -> Iterator[Vector]:
    """Yields every vector, as the code makes it now."""
    for source in (records, sealed, documents, messages):
        yield from source.vectors()


def make_bodies() -> None:
    """Makes the age files that cannot be made twice."""
    inner = encrypt_layer(forge.envelope(), OPERATOR.recipient)
    recipients = [pyrage.x25519.Recipient.from_str(key.recipient) for key in (MANAGER, OPERATOR)]
    made = {
        "inner": inner,
        "sealed": encrypt_layer(inner, MANAGER.recipient),
        "plain-layer": encrypt_layer(b"", MANAGER.recipient),
        "two-recipients": bytes(pyrage.encrypt(b"", recipients)),
        "passphrase": bytes(pyrage.passphrase.encrypt(b"", "a passphrase that opens nothing else")),
    }
    text = json.dumps({name: base64.b64encode(data).decode() for name, data in made.items()}, indent=1)
    BODIES.write_text(text + "\n")


def main() -> None:
    if not BODIES.exists():
        make_bodies()
    for family in FAMILIES:
        (FOLDER / family).mkdir(exist_ok=True)
        for path in (FOLDER / family).glob("*.json"):
            path.unlink()
    for vector in vectors():
        vector.path.write_text(vector.dump())


if __name__ == "__main__":
    main()
