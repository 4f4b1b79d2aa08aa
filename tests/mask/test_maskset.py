"""Mask sets: what is taken, what is refused and why, and which sets have one digest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.base.errors import BadConfiguration
from edge.base.frame import Geometry
from edge.mask import maskset
from edge.mask.raster import rasterise
from tests.mask.samples import NODE, TRIANGLE, document, mask, parsed, rectangle, written

ACCEPTED = {
    "revoked consent": document(mask(revoked="2026-03-01")),
    "as the example": document(mask(id="door-1", margin_px=16)),
    "all kinds": document(*(mask(id=k, kind=k) for k in ("door", "window", "garden", "balcony", "other"))),
    "64 masks": document(*(mask(id=f"m{i}") for i in range(64))),
    "least margin": document(mask(margin_px=4)),
    "greatest margin": document(mask(margin_px=128)),
    "margin left out": document({k: v for k, v in mask().items() if k != "margin_px"}),
    "consent left out": document({k: v for k, v in mask().items() if k != "consent"}),
    "the picture's corners": document(mask(polygon=rectangle(0, 0, 1, 1))),
    "whole numbers": document(mask(polygon=[[0, 0], [1, 0], [0, 1]])),
    "none needed": document(masks=[], none_needed="looks at a wall"),
    "none needed, masks left out": document(masks=..., none_needed="looks at a wall"),
    "signed off in another zone": document(signed_off={"by": "i-7", "at": "2026-01-05T01:00:00Z"}),
}

REJECTED = {
    "another version": (document(version=2), "version: "),
    "version as text": (document(version="1"), "version: "),
    "version left out": (document(version=...), "version: Field required"),
    "another node": (document(node="demo-2"), "node: 'demo-2', but this node is 'demo'"),
    "node is no id": (document(node="demo\nevil"), "node: "),
    "empty without reason": (document(masks=[]), "masks: empty"),
    "left out without reason": (document(masks=...), "masks: empty"),
    "masks and a reason for none": (document(none_needed="wall"), "none_needed: only without masks"),
    "empty reason": (document(masks=[], none_needed=""), "none_needed: "),
    "reason of 501 characters": (document(masks=[], none_needed="x" * 501), "none_needed: "),
    "reason of two lines": (document(masks=[], none_needed="a\nb"), "none_needed: "),
    "reason that cannot be printed": (document(masks=[], none_needed="a\ud800"), "none_needed: "),
    "masks is null": (document(masks=None), "masks: "),
    "masks is no list": (document(masks={}), "masks: "),
    "a mask is no object": (document(masks=[1]), "masks.0: "),
    "65 masks": (document(*(mask(id=f"m{i}") for i in range(65))), "masks: "),
    "an id twice": (document(mask(), mask()), "masks.1.id: 'door-1' stands twice"),
    "id with a space": (document(mask(id="a b")), "masks.0.id: "),
    "unknown kind": (document(mask(kind="wall")), "masks.0.kind: "),
    "consent with a name": (document(mask(consent="山田")), "masks.0.consent: "),
    "revoked without a consent": (document(mask(consent=None, revoked="2026-03-01")), "masks.0: revoked: names no"),
    "revoked on no day": (document(mask(revoked="2026-02-30")), "masks.0.revoked: "),
    "revoked at a time": (document(mask(revoked="2026-03-01T10:00:00+09:00")), "masks.0.revoked: "),
    "margin 3": (document(mask(margin_px=3)), "masks.0.margin_px: "),
    "margin 129": (document(mask(margin_px=129)), "masks.0.margin_px: "),
    "margin 16.0": (document(mask(margin_px=16.0)), "masks.0.margin_px: "),
    "margin true": (document(mask(margin_px=True)), "masks.0.margin_px: "),
    "unknown key": (document(extra=1), "extra: unknown key"),
    "unknown key in a mask": (document(mask(colour=0)), "masks.0.colour: unknown key"),
    "polygon left out": (document({"id": "a", "kind": "door"}), "masks.0.polygon: Field required"),
    "two points": (document(mask(polygon=TRIANGLE[:2])), "masks.0.polygon: 2 points"),
    "65 points": (document(mask(polygon=[[i / 100, i * i / 10_000] for i in range(65)])), "polygon: 65 points"),
    "self-intersecting": (document(mask(polygon=[[0, 0], [1, 1], [1, 0], [0, 1]])), "masks.0.polygon: crosses"),
    "no area": (document(mask(polygon=[[0, 0], [0.5, 0.5], [1, 1]])), "masks.0.polygon: crosses"),
    "thinner than a millionth": (document(mask(polygon=[[0, 0], [1e-8, 0], [0, 1]])), "masks.0.polygon: points 0"),
    "left of the picture": (document(mask(polygon=[[-0.001, 0], [1, 0], [0, 1]])), "polygon.0.0: outside"),
    "below the picture": (document(mask(polygon=[[0, 0], [1, 0], [0, 1.001]])), "polygon.2.1: outside"),
    "NaN": (document(mask(polygon=[[0, 0], [1, float("nan")], [0, 1]])), "polygon.1.1: outside"),
    "infinity": (document(mask(polygon=[[0, 0], [1, 0], [0, float("-inf")]])), "polygon.2.1: outside"),
    "a point of three": (document(mask(polygon=[[0, 0], [1, 0, 0], [0, 1]])), "polygon.1: "),
    "a point of one": (document(mask(polygon=[[0, 0], [1], [0, 1]])), "polygon.1.1: "),
    "coordinates as text": (document(mask(polygon=[[0, 0], [1, "0"], [0, 1]])), "polygon.1.1: not a number"),
    "coordinates as truth": (document(mask(polygon=[[0, 0], [True, 0], [0, 1]])), "polygon.1.0: not a number"),
    "not signed off": (document(signed_off=...), "signed_off: these masks are not signed off"),
    "signed off by null": (document(signed_off=None), "signed_off: these masks are not signed off"),
    "signed off at no time": (document(signed_off={"by": "i"}), "signed_off.at: "),
    "signed off by nobody": (document(signed_off={"at": "2026-01-05T01:00:00Z"}), "signed_off.by: "),
    "no zone": (document(signed_off={"by": "i", "at": "2026-01-05T10:00:00"}), "names no time zone"),
    "no time": (document(signed_off={"by": "i", "at": "yesterday"}), "signed_off.at: "),
    "endless time": (document(signed_off={"by": "i", "at": "2026-01-05T01:00:00Z" + " " * 40}), "signed_off.at: "),
    "time apart by half a character": (
        document(signed_off={"by": "i", "at": "2026-01-05\ud80010:00:00+09:00"}),
        "signed_off.at: ",
    ),
    "time before all time": (document(signed_off={"by": "i", "at": "0001-01-01T00:00:00+09:00"}), "signed_off.at: "),
    "no object": ([], "(document): "),
}

UNREADABLE = {
    "nothing": (b"", "not a JSON document"),
    "cut off": (written(document())[:-1], "not a JSON document"),
    "not UTF-8": (b"\xff" + written(document()), "not a JSON document"),
    "a key twice": (b'{"version": 1, "version": 1}', "key 'version' stands twice"),
    "a key twice in a mask": (written(document()).replace(b'"kind"', b'"id": "x", "kind"'), "'id' stands twice"),
    "a number beyond reason": (written(document()).replace(b"0.25", b"1e99999999999999999999"), "is no number"),
    "nested without end": (b"[" * 100_000, "not a JSON document"),
    "too long": (written(document()) + b" " * maskset.SIZE_LIMIT_BYTES, "at most"),
}


@pytest.mark.parametrize("tree", ACCEPTED.values(), ids=ACCEPTED)
def test_valid_mask_set_is_taken(tree: Any) -> None:
    assert parsed(tree).node == NODE


@pytest.mark.parametrize(("tree", "words"), REJECTED.values(), ids=REJECTED)
def test_invalid_mask_set_is_refused_with_its_path(tree: Any, words: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        parsed(tree)
    assert words in str(caught.value)
    assert caught.value.exit_status == 78


@pytest.mark.parametrize(("data", "words"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_mask_set_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        maskset.parse(data, NODE, source="masks.json")
    assert words in str(caught.value)


def test_all_faults_are_named_at_once() -> None:
    crossed = mask(id="b", polygon=[[0, 0], [1, 1], [1, 0], [0, 1]])
    with pytest.raises(BadConfiguration) as caught:
        parsed(document(mask(kind="wall"), crossed, mask(id="b"), node="x", signed_off=None, extra=1))
    lines = str(caught.value).splitlines()
    assert all(line.startswith("masks.json: ") for line in lines)
    for path in ("masks.0.kind", "masks.1.polygon", "masks.2.id", "node", "signed_off", "extra"):
        assert any(line.startswith(f"masks.json: {path}: ") for line in lines), path


def test_hostile_file_cannot_flood_the_log() -> None:
    """A reason ends up in a signed record and in the log: few lines, short, printable."""
    keys = {f"k{i}\n\x1b[2J" + "x" * 1000: 0 for i in range(200)}
    with pytest.raises(BadConfiguration) as caught:
        parsed(document(mask(id="a" * 10_000), mask(id="a" * 10_000), **keys))
    lines = str(caught.value).split("\n")
    assert len(lines) == 33
    assert lines[-1].endswith("faults more")
    assert all(len(line) < 400 and line.isprintable() for line in lines)


def test_missing_file_is_refused_with_what_it_means(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="nothing is recorded without signed-off masks"):
        maskset.load(tmp_path / "masks.json", NODE)


def test_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "masks.json"
    path.write_bytes(written(document()))
    assert maskset.load(path, NODE) == parsed(document())


def test_digest_is_of_meaning_not_of_writing() -> None:
    plain = maskset.digest(parsed(document(mask(margin_px=16))))
    defaulted = {key: value for key, value in mask().items() if key != "margin_px"}
    rewritten = defaulted | {"polygon": [[0.250, 3e-1], [0.5000000004, 0.25], [0.45, 0.75]]}
    assert maskset.digest(parsed(document(rewritten))) == plain


@pytest.mark.parametrize(
    "other",
    [
        document(mask(margin_px=5)),
        document(mask(consent="K-0002")),
        document(mask(polygon=[*TRIANGLE[:2], [0.45, 0.750001]])),
        document(signed_off={"by": "installer", "at": "2026-01-05T10:00:01+09:00"}),
        document(masks=[], none_needed="wall"),
    ],
)
def test_digest_tells_different_sets_apart(other: Any) -> None:
    assert maskset.digest(parsed(other)) != maskset.digest(parsed(document()))


def test_digest_has_a_worked_value() -> None:
    """``MASKS.md`` shows the bytes that are hashed."""
    tree = document(mask(margin_px=16, polygon=[[0.08, 0.31], [0.17, 0.30], [0.18, 0.52]]))
    assert maskset.digest(parsed(tree)) == "d1e9256b2207e9dd2a22d9cb016b86b92026df1ad9e90c866aa8d393a10de076"


def test_revoked_consent_is_another_set_that_hides_the_same() -> None:
    before, after = parsed(document(mask())), parsed(document(mask(revoked="2026-03-01")))
    assert maskset.digest(before) != maskset.digest(after)
    geometry = Geometry(64, 48, 64)
    assert rasterise(before, geometry).digest == rasterise(after, geometry).digest
