"""Vectors of records and headers."""

from __future__ import annotations

import json
from collections.abc import Iterator

from edge.seal.manifest import Kind
from edge.seal.record import BODY_LIMIT_BYTES, PREAMBLE_BYTES
from tests.seal.samples import DETAILS, FORCE, NODE_KEY, OTHER_NODE_KEY, example, new_chain, stamp
from tests.vectors.forge import flip, forged, manifest_of, padded, sealed_record, without
from tests.vectors.vector import Vector

KEY = {"public_key": NODE_KEY.public_key.hex()}
SHUTDOWN = example(Kind.SHUTDOWN)


def _header(name: str, data: bytes, expect: str, comment: str) -> Vector:
    return Vector("header", name, comment, data, expect, KEY)


def _record(name: str, data: bytes, expect: str, comment: str) -> Vector:
    return Vector("record", name, comment, data, expect, KEY)


def accepted() -> Iterator[Vector]:
    for kind in DETAILS:
        yield _header(f"ok-{kind.name.lower()}", example(kind).header.data, "ok", f"{kind.name}, sequence 7")
    first = new_chain()
    yield _header("ok-first", first.boot(None, stamp(0), FORCE).header.data, "ok", "BOOT with sequence 0, no previous")
    yield _record("ok-segment", sealed_record().dump(), "ok", "SEGMENT with its body, opens with day-keys.json")
    yield _record("ok-without-body", SHUTDOWN.dump(), "ok", "SHUTDOWN, padded to one block")
    two = example(Kind.GAP).header.data, SHUTDOWN.header.data
    yield Vector("headers", "ok-two", "two bare headers, no padding between them", b"".join(two))
    yield Vector("headers", "ok-none", "no bytes: no headers", b"")
    yield Vector("records", "ok-one", "a concatenation of one", SHUTDOWN.dump())


def truncated() -> Iterator[Vector]:
    whole, header = sealed_record().dump(), SHUTDOWN.header.data
    yield _header("truncated-empty", b"", "truncated", "no bytes")
    yield _header(
        "truncated-preamble", header[: PREAMBLE_BYTES - 1], "truncated", "one byte of the preamble is missing"
    )
    yield _header("truncated-manifest", header[:100], "truncated", "ends in the manifest")
    yield _header("truncated-signature", header[:-1], "truncated", "one byte of the signature is missing")
    yield _record("truncated-body", whole[:1500], "truncated", "ends in the body")
    yield _record("truncated-padding", SHUTDOWN.dump()[:-1], "truncated", "one byte of the padding is missing")
    yield Vector(
        "records", "truncated-rest", "a record, then a byte that belongs to none", SHUTDOWN.dump() + b"M", "truncated"
    )
    yield Vector("headers", "bad-magic-padding", "padding stands between bare headers", SHUTDOWN.dump(), "bad-magic")


def preambles() -> Iterator[Vector]:
    m = manifest_of(Kind.SHUTDOWN)
    kind = Kind.SHUTDOWN
    yield _header("bad-magic", forged(kind, m, magic=b"MIMAREEL"), "bad-magic", "another magic, CRC and signature hold")
    yield _header("bad-crc", flip(SHUTDOWN.header.data, 27), "bad-crc", "one bit of the sequence is flipped")
    yield _header("unknown-version", forged(kind, m, version=2), "unknown-version", "version 2")
    yield _header("unknown-version-0", forged(kind, m, version=0), "unknown-version", "version 0")
    for number in (0, 14, 65535):
        yield _header(f"unknown-kind-{number}", forged(number, m), "unknown-kind", f"kind {number}")
    yield _header("reserved", forged(kind, m, reserved=1), "reserved", "reserved bytes are not zero")
    yield _header("too-long-manifest", forged(kind, m, manifest_bytes=8193), "too-long", "manifest over 8192 bytes")
    yield _header("too-long-body", forged(2, m, body_bytes=BODY_LIMIT_BYTES + 1), "too-long", "body over its limit")
    yield _header("sequence-mismatch", forged(kind, m, sequence=8), "sequence-mismatch", "preamble 8, manifest 7")
    segment = manifest_of(Kind.SEGMENT)
    yield _header("body-length-segment", forged(2, segment, body_bytes=2), "body-length", "preamble 2, manifest 1 byte")
    yield _header(
        "body-length-other", forged(kind, m, body_bytes=1), "body-length", "a kind without body says one byte"
    )
    yield _record("body-length-none", padded(forged(kind, m, b"x")), "body-length", "SHUTDOWN with a body")


def bodies_and_signatures() -> Iterator[Vector]:
    record = sealed_record()
    whole, start = record.dump(), len(record.header.data)
    yield _record("body-hash-first", flip(whole, start), "body-hash", "first bit of the body's first byte is flipped")
    yield _record("body-hash-last", flip(whole, start + len(record.body) - 1), "body-hash", "last byte of the body")
    yield _record("padding-first", flip(whole, start + len(record.body)), "padding", "first byte after the body")
    yield _record("padding-last", flip(whole, len(whole) - 1, 0x80), "padding", "last bit of the record")
    header, m = SHUTDOWN.header.data, manifest_of(Kind.SHUTDOWN)
    key_id = manifest_of(Kind.SHUTDOWN, key_id=example(Kind.SHUTDOWN).header.manifest.key_id[::-1])
    yield _header("foreign-key", forged(13, key_id), "foreign-key", "the manifest names another key")
    yield _header("bad-signature-bit", flip(header, len(header) - 1), "bad-signature", "last bit of the signature")
    yield _header("bad-signature-zero", header[:-64] + bytes(64), "bad-signature", "64 zero bytes")
    yield _header("bad-signature-key", forged(13, m, signer=OTHER_NODE_KEY), "bad-signature", "made by another key")
    wrong = forged(13, m, domain=b"mimamori-edge/receipt/v1\n")
    yield _header("bad-signature-domain", wrong, "bad-signature", "made for another domain")
    changed = forged(13, manifest_of(Kind.SHUTDOWN, node="demo-2"))[:-64] + header[-64:]
    yield _header("bad-signature-manifest", changed, "bad-signature", "node changed, signature kept")


def manifests() -> Iterator[Vector]:
    good = manifest_of(Kind.SHUTDOWN)
    texts = {
        "not-canonical-space": (good.replace(b'":', b'": ', 1), "not-canonical", "a space after a colon"),
        "not-canonical-order": (
            json.dumps(dict(reversed(json.loads(good).items())), separators=(",", ":")).encode(),
            "not-canonical",
            "keys are not sorted",
        ),
        "not-canonical-escape": (good.replace(b"SIGTERM", b"SIG\\u0054ERM"), "not-canonical", "a letter is escaped"),
        "not-canonical-default": (without(good, "v"), "not-canonical", "v is left out, which has a default"),
        "not-canonical-true": (good.replace(b'"v":1', b'"v":true'), "not-canonical", "v is true, which equals 1"),
        "duplicate-key": (good[:-1] + b',"v":1}', "duplicate-key", "v stands twice"),
        "duplicate-key-detail": (
            good.replace(b'"reason":', b'"reason":"x","reason":'),
            "duplicate-key",
            "within detail",
        ),
        "float": (good.replace(b'"v":1', b'"v":1.0'), "float", "v is 1.0"),
        "float-exponent": (good.replace(b'"v":1', b'"v":1e0'), "float", "v is 1e0"),
        "float-nan": (good.replace(b'"v":1', b'"v":NaN'), "float", "v is NaN"),
        "bad-json-text": (b"manifest", "bad-json", "no JSON at all"),
        "bad-json-empty": (b"", "bad-json", "no manifest"),
        "bad-json-utf8": (good.replace(b"SIGTERM", b"SIG\xffERM"), "bad-json", "no UTF-8"),
        "bad-json-rest": (good + b"{}", "bad-json", "two values"),
        "bad-json-bom": (b"\xef\xbb\xbf" + good, "bad-json", "a byte order mark"),
        "bad-manifest-array": (b"[]", "bad-manifest", "an array"),
        "bad-manifest-surrogate": (good.replace(b"SIGTERM", b"SIG\\ud800"), "bad-manifest", "half a surrogate pair"),
    }
    for name, (text, expect, comment) in texts.items():
        yield _header(name, forged(13, text), expect, comment)


def schemas() -> Iterator[Vector]:
    kind = Kind.SHUTDOWN
    changes: dict[str, tuple[int, bytes, str]] = {
        "unknown-key": (13, manifest_of(kind, extra=1), "an unknown key"),
        "unknown-detail": (13, manifest_of(kind, {"extra": 1}), "an unknown key in detail"),
        "missing": (13, without(manifest_of(kind), "node"), "node is missing"),
        "version": (13, manifest_of(kind, v=2), "manifest version 2"),
        "node": (13, manifest_of(kind, node="evil\nhost"), "a line feed in the node id"),
        "text-number": (13, manifest_of(kind, start_us="1"), "a number as text"),
        "negative": (13, manifest_of(kind, start_us=-1), "a time before 1970"),
        "hex-upper": (13, manifest_of(kind, chain="AB" * 16), "upper-case hex"),
        "no-previous": (13, manifest_of(kind, previous=None), "sequence 7 without previous"),
        "backwards": (13, manifest_of(kind, end_us=0), "ends before it starts"),
        "backwards-mono": (13, manifest_of(kind, mono_end_us=0), "ends before it starts by the monotonic clock"),
        "clock": (13, manifest_of(kind, clock="good"), "an unknown clock quality"),
        "other-kind": (3, manifest_of(kind), "SHUTDOWN's detail in a GAP"),
        "cause": (3, manifest_of(Kind.GAP, {"cause": "laziness"}), "an unknown cause"),
        "range": (10, manifest_of(Kind.EVICTED, {"last": 0}), "last lies before first"),
        "resumes-null": (1, manifest_of(Kind.BOOT, {"resumes": None}), "BOOT 7 resumes nothing"),
        "resumes-other": (1, manifest_of(Kind.BOOT, {"resumes": 5}), "BOOT 7 resumes 5"),
        "day": (2, manifest_of(Kind.SEGMENT, {"day": "2026-02-30", "period": "2026-02-30"}), "no such day"),
        "day-digits": (2, manifest_of(Kind.SEGMENT, {"day": "２０２６-01-05"}), "digits that are not ASCII"),
        "period": (2, manifest_of(Kind.SEGMENT, {"period": "2026-W03"}), "a week that is not the day's"),
        "recipient": (2, manifest_of(Kind.SEGMENT, {"manager": "age1short"}), "no age recipient"),
        "frames": (2, manifest_of(Kind.SEGMENT, {"frames": 0}), "a SEGMENT without frames"),
    }
    for name, (number, text, comment) in changes.items():
        body_bytes = 1 if number == 2 else 0
        yield _header(f"bad-manifest-{name}", forged(number, text, body_bytes=body_bytes), "bad-manifest", comment)
    first = manifest_of(Kind.SHUTDOWN, sequence=0)
    yield _header("bad-manifest-first", forged(13, first, sequence=0), "bad-manifest", "sequence 0 with a previous")


def vectors() -> Iterator[Vector]:
    for family in (accepted, truncated, preambles, bodies_and_signatures, manifests, schemas):
        yield from family()
