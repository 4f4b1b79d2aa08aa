"""What a segment's file holds, box by box: nothing but what a player needs, and nothing after its end.

ISO/IEC 14496-12: a box is its length (32 bits, big-endian), its type (4 letters) and its content.
"""

from __future__ import annotations

from collections.abc import Iterator

_WITHIN = {"moov": 0, "trak": 0, "mdia": 0, "minf": 0, "stbl": 0, "dinf": 0, "mvex": 0, "moof": 0, "traf": 0}
_WITHIN |= {"stsd": 8, "dref": 8, "avc1": 78}
"""Boxes of boxes, with the bytes that stand before the first one in them."""
_MOVIE = "mvhd trak tkhd mdia mdhd hdlr minf vmhd dinf dref 'url ' stbl stsd avc1 avcC stts stsc stsz stco mvex trex"
KNOWN = {"ftyp", "moov", "moof", "mfhd", "traf", "tfhd", "tfdt", "trun", "mdat", "url ", *_MOVIE.split(), "udta"}
_DATED = ("mvhd", "tkhd", "mdhd")
_PICTURES = {1, 5, 7, 8}
"""NAL units of pictures and their parameters (ITU-T H.264, table 7-1); 6 is SEI, where encoders write of themselves."""
_EMPTY_TAGS = b"\0\0\0\x35meta" + bytes(4) + b"\0\0\0\x21hdlr" + bytes(8) + b"mdirappl" + bytes(9) + b"\0\0\0\x08ilst"
"""The list of tags that libavformat always writes, with nothing in it."""


def foreign(mp4: bytes) -> list[str]:
    """Returns what does not belong: bytes outside of boxes, unknown boxes, dates, words, other NAL units."""
    found = []
    boxes = list(_boxes(mp4))
    if [name for name, _, depth in boxes if depth == 0] != ["ftyp", "moov", "moof", "mdat"]:
        found.append(f"boxes {[name for name, _, depth in boxes if depth == 0]}")
    for name, content, _ in boxes:
        if name not in KNOWN:
            found.append(f"box {name!r}")
        if name in _DATED and any(content[4:12]):
            found.append(f"a date in {name}")
        if name == "hdlr" and content[24:].strip(b"\0") != b"video":
            found.append(f"words in hdlr: {content[24:]!r}")
        if name == "avc1" and any(content[42:74]):
            found.append(f"words in avc1: {content[42:74]!r}")
        if name == "udta" and content != _EMPTY_TAGS:
            found.append(f"tags: {content!r}")
        if name == "mdat":
            found += [f"NAL unit {kind}" for kind in _nals(content) if kind not in _PICTURES]
    return found


def _boxes(data: bytes, depth: int = 0) -> Iterator[tuple[str, bytes, int]]:
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if not 8 <= size <= len(data) - at:
            yield f"{len(data) - at} bytes outside of boxes", b"", depth
            return
        name = data[at + 4 : at + 8].decode("latin-1")
        content = data[at + 8 : at + size]
        yield name, content, depth
        if name in _WITHIN:
            yield from _boxes(content[_WITHIN[name] :], depth + 1)
        at += size


def _nals(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4] & 0x1F if 0 < size <= len(data) - at - 4 else -1
        at += 4 + size
