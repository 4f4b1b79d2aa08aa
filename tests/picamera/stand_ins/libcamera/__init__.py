"""A simulated libcamera: what picamera2 uses of its Python binding, over buffers in memory files.

The scenario (``scenario.current``) says which board and sensor it is and what goes wrong. ``dma`` answers the two
device files and the ioctls that picamera2 itself calls, for those paths and descriptors only.
"""

from . import codec, controls, dma, properties
from . import values as _libcamera
from .camera import Camera, FrameBuffer, FrameMetadata, Request
from .configuration import CameraConfiguration, SensorConfiguration, StreamRole
from .controls import ControlType
from .manager import CameraManager
from .values import ColorSpace, Orientation, PixelFormat, Rectangle, Size, Transform

__all__ = [
    "Camera",
    "CameraConfiguration",
    "CameraManager",
    "ColorSpace",
    "ControlType",
    "FrameBuffer",
    "FrameMetadata",
    "Orientation",
    "PixelFormat",
    "Rectangle",
    "Request",
    "SensorConfiguration",
    "Size",
    "StreamRole",
    "Transform",
    "_libcamera",
    "controls",
    "properties",
]

dma.answer()
codec.answer()
