"""The worked bytes of ``FORMAT.md``; ``python -m tests.seal.worked`` prints them."""

from __future__ import annotations

from collections.abc import Iterator

from edge.seal.manifest import Kind
from edge.seal.record import PREAMBLE_BYTES, SIGNATURE_BYTES
from tests.seal.samples import NODE_KEY, example
from tests.vectors.forge import envelope

_PREAMBLE = (
    (8, 'magic, "MIMAMORI"'),
    (2, "version 1"),
    (2, "kind 13, SHUTDOWN"),
    (4, "manifest of {} bytes"),
    (8, "body of no bytes"),
    (8, "sequence 7"),
    (4, "reserved"),
    (4, "CRC-32 of the 36 bytes before"),
)
_ENVELOPE = (
    (32, "salt"),
    (16, "chain id"),
    (8, "sequence 7"),
    (8, "212 bytes of MP4"),
)


def rows(data: bytes, start: int, meaning: str) -> Iterator[str]:
    """Yields 16 bytes a row: offset, hex, and on the first row what they mean."""
    for place in range(0, len(data), 16):
        note = f"  {meaning}" if place == 0 else ""
        yield f"{start + place:04x}  {data[place : place + 16].hex(' '):<47}{note}".rstrip()


def text_rows(data: bytes, start: int) -> Iterator[str]:
    """Yields 16 bytes a row: offset, hex and the letters."""
    for place in range(0, len(data), 16):
        part = data[place : place + 16]
        yield f"{start + place:04x}  {part.hex(' '):<47}  {part.decode()}".rstrip()


def fields(data: bytes, layout: tuple[tuple[int, str], ...], number: int) -> Iterator[str]:
    offset = 0
    for length, meaning in layout:
        yield from rows(data[offset : offset + length], offset, meaning.format(number))
        offset += length


def record() -> str:
    """Returns the annotated dump of the SHUTDOWN record with sequence 7."""
    made = example(Kind.SHUTDOWN)
    data, whole = made.header.data, made.dump()
    end = len(data) - SIGNATURE_BYTES
    lines = [
        *fields(data[:PREAMBLE_BYTES], _PREAMBLE, end - PREAMBLE_BYTES),
        *text_rows(data[PREAMBLE_BYTES:end], PREAMBLE_BYTES),
        *rows(data[end:], end, "signature"),
        f"{len(data):04x}  00 … 00{'':42}padding up to {len(whole):04x}",
        "",
        f"public key   {NODE_KEY.public_key.hex()}",
        f"key id       {made.header.manifest.key_id}",
        f"record hash  {made.header.sha256}",
    ]
    return "\n".join(lines)


def envelope_head() -> str:
    """Returns the annotated dump of an envelope's beginning and end."""
    data = envelope()
    lines = [
        *fields(data[:64], _ENVELOPE, 0),
        *rows(data[64:80], 64, "MP4 begins"),
        f"0114  00 … 00{'':42}padding up to {len(data):04x} (pad_bytes 64)",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(record(), envelope_head(), sep="\n\n")
