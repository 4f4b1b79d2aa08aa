"""Draft masks: what is wrong with them in words, what they cover, and the ``masks.json`` that they become."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.base.frame import Geometry
from edge.commission import steps_words as say
from edge.commission.steps_draft import Draft, DraftMask
from edge.commission.steps_words import Words
from edge.mask import maskset, polygon
from edge.mask.floor import SHARE_MAX
from edge.mask.polygon import MICRO, POINTS_MAX, POINTS_MIN, Polygon, sides
from edge.mask.raster import Bits, rasterise, touched

_PREVIEW_REASON = "preview"


@dataclass(frozen=True, slots=True)
class Cover:
    """What a draft covers, each 0 to 1.

    Attributes:
        masked: painted part of the picture.
        road: public road's part of what stays visible; None where no road is marked.
    """

    masked: float
    road: float | None


def fault(outline: Polygon) -> Words | None:
    """Returns what is wrong with an outline, points from 1; None exactly where ``edge.mask.polygon`` says so."""
    if polygon.fault(outline) is None:
        return None
    if len(outline) < POINTS_MIN:
        return say.FEW_POINTS.filled(count=len(outline), least=POINTS_MIN)
    if len(outline) > POINTS_MAX:
        return say.MANY_POINTS.filled(count=len(outline), most=POINTS_MAX)
    for index, (start, end) in enumerate(sides(outline)):
        if start == end:
            return say.SAME_POINTS.filled(one=index + 1, other=(index + 1) % len(outline) + 1)
    return say.CROSSING


def faults(draft: Draft) -> dict[str, Words]:
    """Returns what is wrong with each mask, by its id; what is sound is left out."""
    found = {mask.id: fault(mask.polygon) for mask in draft.masks}
    return {name: wrong for name, wrong in found.items() if wrong is not None}


def document(draft: Draft, by: str, at: str) -> bytes:
    """Returns the ``masks.json`` of a draft whose masks are all sound.

    Args:
        by: the installer's opaque id.
        at: ISO 8601 with a zone.

    Raises:
        BadConfiguration: the draft makes no valid mask set.
    """
    reason = {} if draft.masks else {"none_needed": (draft.none_needed or "").strip()}
    return _checked(draft.node, draft.masks, reason, by, at)


def preview_document(draft: Draft, by: str, at: str) -> bytes:
    """Returns a ``masks.json`` of the masks that are sound so far, for the preview alone."""
    sound = tuple(mask for mask in draft.masks if fault(mask.polygon) is None)
    return _checked(draft.node, sound, {} if sound else {"none_needed": _PREVIEW_REASON}, by, at)


def cover(draft: Draft, geometry: Geometry) -> Cover:
    """Returns what the draft's sound masks cover of a picture, with margins, as they will be burnt in."""
    text = preview_document(draft, "draft", "2000-01-01T00:00:00+00:00")
    raster = rasterise(maskset.parse(text, draft.node, source="draft"), geometry)
    return Cover(raster.share, _road_share(draft.road, raster.y, geometry))


def blockers(draft: Draft, geometry: Geometry) -> list[Words]:
    """Returns what keeps the masks from being signed off."""
    found = [Words(f"{_called(name)}：{wrong.ja}", f"{name}: {wrong.en}") for name, wrong in faults(draft).items()]
    if not draft.masks and not (draft.none_needed or "").strip():
        found.append(say.NO_MASKS)
    masked = cover(draft, geometry).masked
    return found if masked <= SHARE_MAX else [*found, say.MORE_THAN_HALF.filled(percent=round(100 * masked))]


def _called(name: str) -> str:
    """Returns a mask's id as the page has it in Japanese."""
    return name.replace("mask-", "マスク")


def _road_share(road: Polygon, masked: Bits, geometry: Geometry) -> float | None:
    if polygon.fault(road) is not None:
        return None
    visible = ~masked
    on_road = touched(road, geometry.width, geometry.height) & visible
    return float(np.count_nonzero(on_road)) / max(1, int(np.count_nonzero(visible)))


def _checked(node: str, masks: Sequence[DraftMask], reason: dict[str, str], by: str, at: str) -> bytes:
    """Returns the text of a mask set that its own reader takes."""
    tree = {"version": 1, "node": node, "masks": [_tree(mask) for mask in masks], **reason}
    text = json.dumps(tree | {"signed_off": {"by": by, "at": at}}, ensure_ascii=False).encode()
    maskset.parse(text, node, source="draft")
    return text


def _tree(mask: DraftMask) -> dict[str, object]:
    """Returns a mask as ``masks.json`` writes it; a float of millionths is read back as the same millionths."""
    consent = {} if mask.consent is None else {"consent": mask.consent}
    if consent and mask.revoked is not None:
        consent["revoked"] = mask.revoked
    points = [[x / MICRO, y / MICRO] for x, y in mask.polygon]
    return {"id": mask.id, "kind": mask.kind, **consent, "margin_px": mask.margin_px, "polygon": points}
