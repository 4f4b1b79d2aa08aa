"""Picks the camera that the configuration names."""

from __future__ import annotations

from fractions import Fraction
from typing import assert_never

from edge.base.clock import Clock, SimulatedClock
from edge.capture.file import FileCamera
from edge.capture.pace import Pace
from edge.capture.port import Camera
from edge.node.pictureconfig import FPS, SIZE, SourceConfig


def open_camera(source: SourceConfig, clock: Clock, zone: str) -> Camera:
    """Opens the source.

    Raises:
        BadInput: it cannot be used.
        BadConfiguration: what it needs is not installed.
    """
    start_us = clock.now_us() if isinstance(clock, SimulatedClock) else None
    pace = Pace(clock, fast=source.fast, start_us=start_us)
    fps = Fraction(source.fps) if source.fps else None
    match source.kind:
        case "street":
            return _street(source, pace, fps, zone)
        case "file":
            assert source.path is not None
            return FileCamera(source.path, pace, loop=source.loop, size=source.size, fps=fps)
        case "v4l2":
            from edge.capture.v4l2 import V4l2Camera

            assert source.path is not None
            return V4l2Camera(source.path, pace, clock, size=source.size or SIZE, fps=fps or Fraction(FPS))
        case "picamera":
            return _picamera(source, pace, fps or Fraction(FPS), clock)
        case _ as kind:
            assert_never(kind)


def _picamera(source: SourceConfig, pace: Pace, fps: Fraction, clock: Clock) -> Camera:
    from edge.capture.picamera.camera import PicameraCamera
    from edge.capture.picamera.settings import Settings

    asked = source.of_picamera
    settings = Settings(
        source.size or SIZE,
        fps,
        small=asked.small,
        rotation=asked.rotation,
        mirror=asked.mirror,
        focus_dioptres=asked.focus_dioptres,
        day_gains=asked.day_gains,
        night_gains=asked.night_gains,
        night_colour=asked.night_colour,
    )
    return PicameraCamera(settings, pace, clock)


def _street(source: SourceConfig, pace: Pace, fps: Fraction | None, zone: str) -> Camera:
    from edge.capture.street.camera import StreetCamera  # costs 0.2 s and some MiB, which a real camera need not pay

    return StreetCamera(
        pace,
        size=source.size or SIZE,
        fps=fps or Fraction(FPS),
        seed=source.seed,
        zone=zone,
        rain=source.rain_percent / 100,
        behind=source.behind,
    )
