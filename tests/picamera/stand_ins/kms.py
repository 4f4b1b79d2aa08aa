"""Stands in for the display library that picamera2 imports and no node shows anything on."""

from types import SimpleNamespace

PixelFormats = SimpleNamespace(
    **{name: name for name in ("RGB888", "BGR888", "XRGB8888", "XBGR8888", "YUV420", "YVU420", "NV12", "ABGR8888")}
)
