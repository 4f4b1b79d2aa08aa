"""A residential street drawn in code: the camera of demonstrations and tests."""

from edge.capture.street.camera import StreetCamera
from edge.capture.street.layout import private_places

__all__ = ["StreetCamera", "private_places"]
