"""The mask floor: what may follow it, and that its file is never made anew by itself."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.base.errors import BadConfiguration, StorageFault
from edge.mask import floor
from edge.mask.raster import Raster, from_luma


def bar(columns: int, width: int = 20, height: int = 10) -> Raster:
    """A raster with its first ``columns`` columns masked."""
    bits = np.zeros((height, width), np.bool_)
    bits[:, :columns] = True
    return from_luma(bits)


ALLOWED = {
    "the first": (bar(6), None, {}),
    "the first, over half": (bar(20), None, {}),
    "the same": (bar(6), bar(6), {}),
    "the same, over half": (bar(14), bar(14), {}),
    "enlarged": (bar(8), bar(6), {}),
    "enlarged to half": (bar(10), bar(6), {}),
    "enlarged over half by both custodians": (bar(11), bar(6), {"custodians_authorised": True}),
    "shrunk in a visit": (bar(4), bar(6), {"visit_authorised": True}),
    "shrunk in a visit, still over half": (bar(12), bar(14), {"visit_authorised": True}),
    "another size in a visit": (bar(6, width=40), bar(6), {"visit_authorised": True}),
}

REFUSED = {
    "shrunk by a column": (bar(5), bar(6), {}, "uncovers 10 pixels of the mask floor"),
    "shrunk by both custodians": (bar(5), bar(6), {"custodians_authorised": True}, "only a visit"),
    "moved": (from_luma(bar(6).y[:, ::-1]), bar(6), {}, "uncovers 60 pixels"),
    "another size": (bar(12, width=40, height=20), bar(6), {}, "signed off for a picture of 20x10, not 40x20"),
    "enlarged over half": (bar(11), bar(6), {}, "both custodians must sign"),
    "enlarged over half in a visit": (bar(11), bar(6), {"visit_authorised": True}, "both custodians must sign"),
    "enlarged when over half already": (bar(12), bar(11), {}, "both custodians must sign"),
}


@pytest.mark.parametrize(("new", "old", "authority"), ALLOWED.values(), ids=ALLOWED)
def test_raster_may_follow_the_floor(new: Raster, old: Raster | None, authority: dict[str, bool]) -> None:
    assert floor.refusal(new, old, **authority) is None


@pytest.mark.parametrize(("new", "old", "authority", "words"), REFUSED.values(), ids=REFUSED)
def test_raster_must_not_follow_the_floor(
    new: Raster, old: Raster | None, authority: dict[str, bool], words: str
) -> None:
    assert words in (floor.refusal(new, old, **authority) or "")


@given(st.integers(0, 199), st.integers(0, 2**32 - 1))
def test_one_uncovered_pixel_is_refused(pixel: int, seed: int) -> None:
    bits = np.random.default_rng(seed).random((10, 20)) < 0.3
    bits.flat[pixel] = True
    old = from_luma(bits)
    bits.flat[pixel] = False
    assert not floor.covers(from_luma(bits), old)
    assert floor.covers(old, from_luma(bits))


def test_floor_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "floor"
    assert floor.read(path) is None
    floor.write(path, bar(6))
    again = floor.read(path)
    assert again is not None
    assert again.digest == bar(6).digest
    assert path.stat().st_mode & 0o777 == 0o640


def test_unwritable_floor_is_a_storage_fault(tmp_path: Path) -> None:
    with pytest.raises(StorageFault):
        floor.write(tmp_path / "missing" / "floor", bar(6))


def changed(**fields: Any) -> bytes:
    """The bytes of a good floor file with some fields changed."""
    good = {"digest": bar(6).digest, "height": 10, "luma": base64.b64encode(bar(6).packed).decode(), "version": 1}
    return json.dumps(good | {"width": 20} | fields, sort_keys=True, separators=(",", ":")).encode()


DAMAGED = {
    "empty": b"",
    "cut off": changed()[:-1],
    "not canonical": changed() + b"\n",
    "another version": changed(version=2),
    "unknown key": changed(extra=1),
    "a pixel flipped": changed(luma=base64.b64encode(bytes([bar(6).packed[0] ^ 1]) + bar(6).packed[1:]).decode()),
    "another digest": changed(digest="0" * 64),
    "pixels missing": changed(luma=base64.b64encode(bar(6).packed[:-1]).decode()),
    "pixels not base64": changed(luma="*" * 36),
    "sides swapped": changed(width=10, height=20),
    "odd side": changed(width=19),
    "no picture": changed(width=0),
}


def test_control_unchanged_floor_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "floor").write_bytes(changed())
    assert floor.read(tmp_path / "floor") is not None


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_damaged_floor_file_stops_the_recorder(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "floor"
    path.write_bytes(data)
    with pytest.raises(BadConfiguration, match="sign off the masks again in a visit"):
        floor.read(path)
    assert path.read_bytes() == data


def test_floor_that_cannot_be_opened_is_not_a_missing_one(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration):
        floor.read(tmp_path)
