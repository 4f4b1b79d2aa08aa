"""Mask sets: the signed-off list of polygons over private places, as ``masks.json`` writes it.

``edge/mask/MASKS.md`` describes the document. A mask set is refused, every fault named with its path, when

  1. the file is missing, unreadable or longer than 256 KiB, or is not UTF-8 JSON with unique keys,
  2. a key is unknown, missing or of another type; ``version`` is not 1; ``node`` is another node,
  3. it has no mask and no ``none_needed`` reason, or both; more than 64 masks; a mask id twice,
  4. a coordinate is not a number within 0..1 (NaN and infinity are not), a polygon is not sound
     (``edge.mask.polygon``), a margin is outside 4..128,
  5. it is not signed off by somebody at a time with a zone.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal, DecimalException
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from edge.base.clock import from_iso
from edge.base.errors import BadConfiguration, BadInput
from edge.base.files import read_bounded
from edge.base.model import Day, NodeId, OpaqueId, Strict, faults, to_json
from edge.mask import polygon as outlines

SIZE_LIMIT_BYTES = 256 * 1024
MASKS_MAX = 64
MARGIN_PX_DEFAULT = 16
_FAULTS_MAX = 32
_LINE_MAX = 300


def _micro(value: object) -> int:
    """Turns a coordinate as written into millionths; half a millionth (0.002 px at most) rounds to even."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("not a number; coordinates are fractions of the picture, 0 to 1")
    if not Decimal(value).is_finite() or not 0 <= value <= 1:
        raise ValueError("outside 0..1; coordinates are fractions of the picture's width and height")
    return round(Decimal(value) * outlines.MICRO)


def _sound(polygon: outlines.Polygon) -> outlines.Polygon:
    wrong = outlines.fault(polygon)
    if wrong:
        raise ValueError(wrong)
    return polygon


def _moment(text: str) -> str:
    if len(text) > 40 or not text.isascii():
        raise ValueError("not a time; write for example 2026-01-05T10:00:00+09:00")
    from_iso(text)
    return text


def _readable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has characters that cannot be printed; write it in one line of plain text")
    return text


Micro = Annotated[int, BeforeValidator(_micro)]
Point = Annotated[tuple[Micro, Micro], Field(strict=False)]  # JSON has lists only
Outline = Annotated[tuple[Point, ...], Field(strict=False), AfterValidator(_sound)]


class Mask(Strict):
    """A polygon over a private place; its points are millionths of the picture's width and height."""

    id: OpaqueId
    kind: Literal["door", "window", "garden", "balcony", "other"]
    consent: OpaqueId | None = None
    """Opaque number of the household's consent form (R-MATSUDO-07)."""
    revoked: Day | None = None
    """Local day on which the household took that consent back; the mask stays."""
    margin_px: Annotated[int, Field(ge=4, le=128)] = MARGIN_PX_DEFAULT
    """Pixels painted around the polygon. Less than 4 would leave edges that a lens or a scaler smears over."""
    polygon: Outline

    @model_validator(mode="after")
    def _revokes_something(self) -> Mask:
        if self.revoked is not None and self.consent is None:
            raise ValueError('revoked: names no consent; write its number as "consent"')
        return self


class SignOff(Strict):
    """Who agreed to the masks, as an opaque id, and when."""

    by: OpaqueId
    at: Annotated[str, AfterValidator(_moment)]


class MaskSet(Strict):
    """The signed-off list of masks of one node."""

    version: Literal[1]
    node: NodeId
    masks: Annotated[tuple[Mask, ...], Field(strict=False, max_length=MASKS_MAX)] = ()
    none_needed: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_readable)] | None = None
    signed_off: SignOff

    @property
    def least_margin_px(self) -> int:
        """The smallest margin; where nothing is masked, the usual one."""
        return min((mask.margin_px for mask in self.masks), default=MARGIN_PX_DEFAULT)


def load(path: Path, node: str) -> MaskSet:
    """Reads the mask set of ``node`` from a file.

    Raises:
        BadConfiguration: unreadable or against the rules above; the message has a line a fault.
    """
    try:
        data = read_bounded(path, limit_bytes=SIZE_LIMIT_BYTES)
    except BadInput as error:
        raise BadConfiguration(f"{error}; nothing is recorded without signed-off masks") from error
    return parse(data, node, source=str(path))


def parse(data: bytes, node: str, *, source: str) -> MaskSet:
    """Returns the mask set that ``data`` holds for ``node``; ``source`` opens every line of a refusal.

    Raises:
        BadConfiguration: against the rules above.
    """
    tree = _tree(data, source)
    wrong = _document_faults(tree, node)
    try:
        result = MaskSet.model_validate(tree)
    except ValidationError as error:
        wrong = faults(error) + wrong
    if wrong:
        raise BadConfiguration("\n".join(f"{source}: {line}" for line in _shown(wrong)))
    return result


def digest(maskset: MaskSet) -> str:
    """Returns the hex SHA-256 of the set's canonical form.

    That is ``edge.base.strictjson`` of the whole document with every default written out, what is missing as null, and
    coordinates as whole millionths: two files that mean the same have one digest.
    """
    return hashlib.sha256(to_json(maskset)).hexdigest()


def _document_faults(tree: Any, node: str) -> list[str]:
    """Returns what no single field shows; looks at the tree as written, so that it is found beside other faults."""
    if not isinstance(tree, dict):
        return []
    masks = tree.get("masks", [])
    listed = masks[:MASKS_MAX] if isinstance(masks, list) else []
    ids = [mask.get("id") if isinstance(mask, dict) else i for i, mask in enumerate(listed)]
    wrong = [f"masks.{i}.id: {str(name)[:64]!r} stands twice" for i, name in enumerate(ids) if name in ids[:i]]
    if masks == [] and tree.get("none_needed") is None:
        wrong.append('masks: empty; draw the masks, or give a reason as "none_needed"')
    if masks != [] and tree.get("none_needed") is not None:
        wrong.append("none_needed: only without masks; remove it or the masks")
    if tree.get("signed_off") is None:
        wrong.append("signed_off: these masks are not signed off; the installer signs them off on site")
    if isinstance(tree.get("node"), str) and tree["node"] != node:
        wrong.append(f"node: {tree['node'][:64]!r}, but this node is {node!r}; install this node's own masks")
    return wrong


def _shown(wrong: list[str]) -> list[str]:
    """Bounds what a hostile file can write into logs and records."""
    lines = ["".join(c if c.isprintable() else "?" for c in line[:_LINE_MAX]) for line in wrong[:_FAULTS_MAX]]
    return lines if len(wrong) <= _FAULTS_MAX else [*lines, f"and {len(wrong) - _FAULTS_MAX} faults more"]


def _tree(data: bytes, source: str) -> Any:
    if len(data) > SIZE_LIMIT_BYTES:
        raise BadConfiguration(f"{source}: {len(data)} bytes; a mask set is at most {SIZE_LIMIT_BYTES}")
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=_unique, parse_float=_decimal, parse_constant=_decimal
        )
    except (ValueError, RecursionError) as error:
        raise BadConfiguration(f"{source}: not a JSON document that can be read: {error}") from error


def _decimal(text: str) -> Decimal:
    """Keeps a number as it is written: binary floats would make the digest depend on their rounding."""
    try:
        return Decimal(text)
    except DecimalException as error:
        raise ValueError(f"{text[:40]} is no number that fits") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"key {key[:80]!r} stands twice")
        result[key] = value
    return result
