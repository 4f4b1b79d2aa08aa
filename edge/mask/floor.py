"""The mask floor: the last authorised raster, kept by the recorder, which later mask sets must cover.

Rules (R-MATSUDO-13: nobody can ever remove the mask):

  1. The first signed-off set makes the floor.
  2. A set that covers the floor pixel for pixel is taken and becomes the floor.
  3. One that does not, or is for another picture size, is taken in a visit only.
  4. One that grows to more than half of the picture needs both custodians.
  5. A floor file that cannot be read is never made anew by itself: the recorder stops, until a visit signs off. One
     that is missing is made of the very raster that the newest signed record names as the floor, and of no other.

The file (``edge/mask/MASKS.md``) is strict JSON and replaced durably.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from edge.base.errors import BadConfiguration, BadInput, Refused
from edge.base.files import write_durably
from edge.base.model import Hex32, Strict, read_json, to_json
from edge.mask.raster import Raster, from_luma

SHARE_MAX = 0.5
_SIZE_LIMIT_BYTES = 16 * 1024 * 1024

Side = Annotated[int, Field(gt=0, le=16_384, multiple_of=2)]


class _Document(Strict):
    version: Literal[1]
    width: Side
    height: Side
    digest: Hex32
    luma: str


def covers(new: Raster, floor: Raster) -> bool:
    """Whether every pixel of ``floor`` is in ``new``; rasters of different sizes never cover each other."""
    return new.size == floor.size and not bool(np.any(floor.y & ~new.y))


def refusal(
    new: Raster, floor: Raster | None, *, visit_authorised: bool = False, custodians_authorised: bool = False
) -> str | None:
    """Returns why ``new`` must not follow ``floor``, or None where it may."""
    if floor is None:
        return None
    if new.size != floor.size and not visit_authorised:
        return (
            f"the masks were signed off for a picture of {floor.size[0]}x{floor.size[1]}, not "
            f"{new.size[0]}x{new.size[1]}; set the picture size back, or sign off again in a visit"
        )
    if not visit_authorised and not covers(new, floor):
        bare = int(np.count_nonzero(floor.y & ~new.y))
        return f"uncovers {bare} pixels of the mask floor; only a visit may make masks smaller"
    if new.share > max(SHARE_MAX, floor.share) and not custodians_authorised:
        return f"masks {new.share:.0%} of the picture; beyond {SHARE_MAX:.0%} both custodians must sign"
    return None


def read(path: Path, *, visit_authorised: bool = False) -> Raster | None:
    """Returns the floor, or None where there has never been one, or a visit makes a damaged one anew.

    Raises:
        BadConfiguration: the file is there but damaged or unreadable.
    """
    try:
        return _raster(read_json(_Document, path, limit_bytes=_SIZE_LIMIT_BYTES))
    except (BadInput, Refused, ValueError) as error:
        if isinstance(error.__cause__, FileNotFoundError) or visit_authorised:
            return None
        raise BadConfiguration(
            f"{path}: the mask floor is damaged ({_first_line(error)}); sign off the masks again in a visit"
        ) from error


def write(path: Path, floor: Raster) -> None:
    """Makes ``floor`` the floor, durably.

    Raises:
        StorageFault: the disk refused; the old floor stands.
    """
    width, height = floor.size
    luma = base64.b64encode(floor.packed).decode()
    document = _Document(version=1, width=width, height=height, digest=floor.digest, luma=luma)
    write_durably(path, to_json(document), mode=0o640)


def _raster(document: _Document) -> Raster:
    packed = np.frombuffer(base64.b64decode(document.luma, validate=True), np.uint8)
    pixels = document.width * document.height
    if packed.size != -(-pixels // 8):
        raise ValueError(f"{packed.size} bytes of luma for {document.width}x{document.height} pixels")
    bits = np.unpackbits(packed, count=pixels).astype(np.bool_)
    raster = from_luma(bits.reshape(document.height, document.width))
    if raster.digest != document.digest:
        raise ValueError("digest does not match its pixels")
    return raster


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
