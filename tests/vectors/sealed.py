"""Vectors of envelopes, age layers, reel headers and strict JSON."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from edge.seal.reel import REEL_MAGIC, ReelHeader
from tests.seal.samples import CHAIN, DAY_KEYS, OTHER_CHAIN
from tests.vectors.forge import bodies, envelope, flip
from tests.vectors.vector import Vector

_RECORD = {"chain": CHAIN, "sequence": 7}


def envelopes() -> Iterator[Vector]:
    def vector(name: str, data: bytes, expect: str, comment: str, **given: object) -> Vector:
        return Vector("envelope", name, comment, data, expect, {**_RECORD, **given})

    good = envelope()
    huge = good[:56] + (2**64 - 1).to_bytes(8, "big") + good[64:]
    yield vector("ok", good, "ok", "salt 00 to 1f, 212 bytes of MP4, padded to 320")
    yield vector("ok-empty", envelope(b""), "ok", "no MP4 at all")
    yield vector("ok-no-padding", envelope(pad_bytes=1), "ok", "no padding")
    yield vector("truncated-head", good[:63], "truncated", "one byte of the head is missing")
    yield vector("truncated-mp4", good[:-45], "truncated", "one byte of the MP4 is missing")
    yield vector("truncated-huge", huge, "truncated", "says 2**64 - 1 bytes of MP4")
    yield vector("wrong-envelope-sequence", good, "wrong-envelope", "of another sequence", sequence=8)
    yield vector("wrong-envelope-chain", good, "wrong-envelope", "of another chain", chain=OTHER_CHAIN)
    yield vector("padding", flip(good, len(good) - 1), "padding", "last bit of the padding")


def layers() -> Iterator[Vector]:
    def vector(name: str, data: bytes, expect: str, comment: str) -> Vector:
        return Vector("layer", name, comment, data, expect)

    age = bodies()
    start = age["plain-layer"]
    first, rest = start.split(b"\n", 1)
    x25519, footer = start.index(b"-> X25519"), start.index(b"--- ")
    own = start[x25519 : start.index(b"\n", start.index(b"\n", x25519) + 1) + 1]
    bare = first + b"\n" + own + start[footer:]
    yield vector("ok-outer", age["sealed"], "ok", "the manager's layer of record ok-segment")
    yield vector("ok-inner", age["inner"], "ok", "the operator's layer of it")
    yield vector("ok-no-grease", bare, "ok", "one X25519 stanza alone")
    yield vector("foreign-stanza-two", age["two-recipients"], "foreign-stanza", "sealed to a second X25519 key")
    yield vector("foreign-stanza-scrypt", age["passphrase"], "foreign-stanza", "sealed to a passphrase")
    ssh = first + b"\n-> ssh-ed25519 Abcdef " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n" + rest
    yield vector("foreign-stanza-ssh", ssh, "foreign-stanza", "a stanza for an SSH key before ours")
    two = first + b"\n-> a-grease\n\n-> b-grease\n\n" + own + start[footer:]
    yield vector("foreign-stanza-grease", two, "foreign-stanza", "two grease stanzas")
    yield vector("foreign-stanza-none", first + b"\n" + start[footer:], "foreign-stanza", "no stanza")
    yield vector("foreign-stanza-version", start.replace(b"/v1", b"/v2", 1), "foreign-stanza", "age version 2")
    armour = b"-----BEGIN AGE ENCRYPTED FILE-----\n"
    yield vector("foreign-stanza-armour", armour, "foreign-stanza", "armoured, which no body is")
    yield vector("foreign-stanza-empty", b"", "foreign-stanza", "no bytes")
    yield vector("truncated", start[: footer - 1], "truncated", "the header has no last line")
    long = first + b"\n-> X25519 a\n" + b"A" * 5000 + b"\n" + start[footer:]
    yield vector("truncated-long", long, "truncated", "the header's last line comes after 4 KiB")


def opened() -> Iterator[Vector]:
    def vector(name: str, data: bytes, expect: str, comment: str, who: str) -> Vector:
        return Vector("open-layer", name, comment, data, expect, {"identity": DAY_KEYS[who].identity})

    age = bodies()
    yield vector("ok-manager", age["sealed"], "ok", "the manager opens the outer layer", "manager")
    yield vector("ok-operator", age["inner"], "ok", "the operator opens the inner layer", "operator")
    yield vector("not-permitted-operator", age["sealed"], "not-permitted", "the operator alone", "operator")
    yield vector("not-permitted-manager", age["inner"], "not-permitted", "the manager does not see pictures", "manager")
    yield vector("not-permitted-foreign", age["sealed"], "not-permitted", "somebody else", "foreign")
    yield vector(
        "not-permitted-bit", flip(age["sealed"], len(age["sealed"]) - 1), "not-permitted", "one bit", "manager"
    )
    yield vector("not-permitted-cut", age["sealed"][:-1], "not-permitted", "one byte is missing", "manager")
    yield vector("foreign-stanza", age["two-recipients"], "foreign-stanza", "it would open, and is refused", "manager")


def reels() -> Iterator[Vector]:
    def vector(name: str, data: bytes, expect: str, comment: str) -> Vector:
        return Vector("reel-header", name, comment, data.ljust(4096, b"\0"), expect)

    def forged(magic: bytes = REEL_MAGIC, version: int = 1, reserved: int = 0) -> bytes:
        head = struct.pack(">8sHHIQ16sQ", magic, version, reserved, 3, 1, bytes.fromhex(CHAIN), 41)
        return head + struct.pack(">I", zlib.crc32(head))

    good = ReelHeader(3, 1, CHAIN, 41).dump()
    yield vector("ok", good, "ok", "reel 3, lap 1, from sequence 41")
    yield vector("ok-unused", b"", "ok", "4096 zero bytes: never used")
    yield Vector("reel-header", "truncated", "one byte is missing", good[:-1], "truncated")
    yield vector("bad-magic", forged(magic=b"MIMAMORI"), "bad-magic", "a record's magic")
    yield vector("bad-crc", flip(good, 47), "bad-crc", "one bit of the first sequence")
    yield vector("unknown-version", forged(version=2), "unknown-version", "version 2")
    yield vector("padding-reserved", forged(reserved=1), "padding", "reserved bytes are not zero")
    yield vector("padding", flip(good, 4095), "padding", "last bit of the block")


def texts() -> Iterator[Vector]:
    cases = {
        "ok": (b'{"a":[1,true,null,"\xe8\xa6\x8b"],"b":-9007199254740991}', "every type there is"),
        "ok-order": ('{"\ue000":1,"\U00010000":2}'.encode(), "keys by code point, not by UTF-16"),
        "too-long": (b'"' + b"x" * 99 + b'"', "101 bytes where 100 are allowed"),
        "bad-json": (b"{'a':1}", "single quotes"),
        "bad-json-limit": (b"9007199254740992", "2**53"),
        "bad-json-digits": (b"9" * 100, "an integer of 100 digits"),
        "bad-json-deep": (b"[" * 50 + b"]" * 49, "a bracket is missing"),
        "bad-json-surrogate": (b'"\\ud800"', "half a surrogate pair"),
        "bad-json-comma": (b"[1,]", "a comma too many"),
        "duplicate-key": (b'{"a":1,"a":1}', "twice the same"),
        "duplicate-key-escaped": (b'{"a":1,"\\u0061":1}', "twice the same, once escaped"),
        "float": (b"0.5", "a float"),
        "float-infinity": (b"-Infinity", "no number at all"),
        "not-canonical": (b'{"b":1,"a":1}', "keys are not sorted"),
        "not-canonical-space": (b"[1 ]", "a space"),
        "not-canonical-newline": (b"{}\n", "a line feed at the end"),
        "not-canonical-zero": (b"-0", "minus nought"),
        "not-canonical-escape": (b'"\\u898b"', "escaped where it need not be"),
        "not-canonical-solidus": (b'"\\/"', "an escaped solidus"),
    }
    slugs = ("too-long", "bad-json", "duplicate-key", "float", "not-canonical")
    for name, (data, comment) in cases.items():
        expect = next((slug for slug in slugs if name.startswith(slug)), "ok")
        yield Vector("json", name, comment, data, expect, {"limit_bytes": 100})


def vectors() -> Iterator[Vector]:
    for family in (envelopes, layers, opened, reels, texts):
        yield from family()
