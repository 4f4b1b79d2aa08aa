"""The moved-camera guard's reference: landmarks from sign-off, and how the same street looks in other light.

Rules:
  1. The first view is learnt at sign-off. Another is learnt while the camera is known to be in place and the light has
     changed so far that few landmarks of a known view are left; its places are corrected by what that view measures.
  2. A view learnt from a view learnt from ... the first adds each one's error: ``DEPTH_MAX`` bounds that to less than
     a pixel of the work picture.
  3. The file is the recorder's own. It holds signs of patches, from which no picture can be made.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from edge.base.errors import BadConfiguration, BadInput, Refused, StorageFault
from edge.base.files import write_durably
from edge.base.model import Strict, read_json, to_json
from edge.mask.landmarks import HALF, LANDMARKS_MAX, Allowed, Landmark, Signs, density, learn

VIEWS_MAX = 12
DEPTH_MAX = 6
LANDMARKS_MIN = 8
"""A view with fewer tells too little."""
_SIZE_LIMIT_BYTES = 1024 * 1024
_SIDE = 2 * HALF + 1
_MILLI, _MICRO = 1000, 1_000_000

_log = logging.getLogger(__name__)

Side = Annotated[int, Field(gt=0, le=16_384, multiple_of=2)]
Milli = Annotated[int, Field(ge=0, le=4_000_000)]


class _Patch(Strict):
    x: Milli
    y: Milli
    signs: Annotated[str, Field(max_length=256)]


class _View(Strict):
    depth: Annotated[int, Field(ge=0, le=DEPTH_MAX)]
    density: Annotated[int, Field(ge=0, le=1_000_000)]
    landmarks: Annotated[tuple[_Patch, ...], Field(strict=False, max_length=LANDMARKS_MAX)]


class _Document(Strict):
    version: Literal[1] = 1
    width: Side
    height: Side
    focus: Annotated[int, Field(ge=0, le=1_000_000_000)]
    views: Annotated[tuple[_View, ...], Field(strict=False, min_length=1, max_length=VIEWS_MAX)]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The street in one light.

    Attributes:
        density: part of the unmasked picture that has detail, 0 to 1.
        depth: how many views lie between this one and the one from sign-off.
    """

    landmarks: tuple[Landmark, ...]
    density: float
    depth: int = 0

    def without(self, allowed: Allowed) -> View:
        """Returns the view with those landmarks alone whose patches are allowed."""
        return replace(self, landmarks=tuple(landmark for landmark in self.landmarks if landmark.is_within(allowed)))


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What the guard compares with.

    Attributes:
        size: width and height of the pictures that it was learnt from.
        views: the one from sign-off first, then the most recently learnt.
        focus: ``edge.mask.condition.focus_of`` at sign-off.
    """

    size: tuple[int, int]
    views: tuple[View, ...]
    focus: float

    def without(self, allowed: Allowed) -> Reference:
        """Returns the reference without the landmarks that paint touches: paint stays in place however one moves."""
        return replace(self, views=tuple(view.without(allowed) for view in self.views))

    def with_view(self, view: View) -> Reference:
        """Returns the reference with one more view; the oldest learnt one makes room."""
        return replace(self, views=(self.views[0], view, *self.views[1 : VIEWS_MAX - 1]))


def make_view(
    pictures: Sequence[Signs], allowed: Allowed, seen_by: View | None = None, dx: float = 0.0, dy: float = 0.0
) -> View | None:
    """Returns the view of pictures taken one after another, or None where they show too little.

    Args:
        seen_by: the view that says where the camera stood meanwhile; none at sign-off.
        dx, dy: how far, in work pixels.
    """
    landmarks = learn(pictures, allowed)
    if len(landmarks) < LANDMARKS_MIN:
        return None
    anchored = tuple(replace(landmark, x=landmark.x - dx, y=landmark.y - dy) for landmark in landmarks)
    return View(anchored, density(pictures[-1], allowed), 0 if seen_by is None else seen_by.depth + 1)


def read_reference(path: Path) -> Reference | None:
    """Returns the kept reference, or None where there has never been one.

    Raises:
        BadConfiguration: the file is there but damaged or unreadable.
    """
    try:
        document = read_json(_Document, path, limit_bytes=_SIZE_LIMIT_BYTES)
        views = tuple(_view(view) for view in document.views)
        return Reference((document.width, document.height), views, document.focus / _MICRO)
    except (BadInput, Refused, ValueError) as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise BadConfiguration(
            f"{path}: the moved-camera guard's reference is damaged; sign off again in a re-aim visit"
        ) from error


def known_reference(path: Path) -> tuple[Reference | None, str]:
    """Returns the kept reference, or None and, where there was one that cannot be read, what to tell people."""
    try:
        return read_reference(path), ""
    except BadConfiguration as error:
        return None, f"{error}; until then what the camera sees now counts as its place"


def write_reference(path: Path, reference: Reference) -> None:
    """Keeps the reference, durably.

    Raises:
        StorageFault: the disk refused; the old one stands.
    """
    views = tuple(_document(view) for view in reference.views)
    width, height = reference.size
    document = _Document(width=width, height=height, focus=round(reference.focus * _MICRO), views=views)
    write_durably(path, to_json(document), mode=0o600)


def keep_reference(path: Path, reference: Reference) -> None:
    """Keeps a reference; a disk that refuses costs what was learnt at the next start, not the recording."""
    try:
        write_reference(path, reference)
    except StorageFault as error:
        _log.error("the moved-camera guard's reference is not kept: %s", error)


def _document(view: View) -> _View:
    patches = tuple(
        _Patch(x=round(landmark.x * _MILLI), y=round(landmark.y * _MILLI), signs=_packed(landmark.signs))
        for landmark in view.landmarks
    )
    return _View(depth=view.depth, density=round(view.density * _MICRO), landmarks=patches)


def _view(view: _View) -> View:
    landmarks = tuple(Landmark(patch.x / _MILLI, patch.y / _MILLI, _unpacked(patch.signs)) for patch in view.landmarks)
    return View(landmarks, view.density / _MICRO, view.depth)


def _packed(signs: Signs) -> str:
    """Two bits a sign: above, below."""
    bits = np.stack([signs > 0, signs < 0])
    return base64.b64encode(np.packbits(bits).tobytes()).decode()


def _unpacked(text: str) -> Signs:
    packed = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    count = 2 * _SIDE * _SIDE
    if packed.size != -(-count // 8):
        raise ValueError(f"a landmark of {packed.size} bytes")
    above, below = np.unpackbits(packed, count=count).reshape(2, _SIDE, _SIDE).astype(np.float32)
    signs: Signs = above - below
    return signs
