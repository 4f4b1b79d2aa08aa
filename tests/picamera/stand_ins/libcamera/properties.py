"""What a camera is."""

from __future__ import annotations

from enum import IntEnum
from types import SimpleNamespace

from .controls import ControlId, ControlType

Model = ControlId("Model", ControlType.String)
Location = ControlId("Location", ControlType.Integer32)
Rotation = ControlId("Rotation", ControlType.Integer32)
PixelArraySize = ControlId("PixelArraySize", ControlType.Size)
ColorFilterArrangement = ControlId("ColorFilterArrangement", ControlType.Integer32)


class _ColorFilterArrangementEnum(IntEnum):
    RGGB = 0
    MONO = 4


draft = SimpleNamespace(ColorFilterArrangementEnum=_ColorFilterArrangementEnum)
