"""What happens to a camera, done to pictures: moves that the guard must notice, and changes that it must bear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from edge.base.frame import Picture

Disturbance = Callable[[Picture, float], Picture]
"""Takes a luma picture and the seconds since the disturbance began."""


@dataclass(frozen=True, slots=True)
class Move:
    """The camera stands otherwise: the picture is shifted by pixels, turned by degrees, zoomed."""

    dx: float = 0.0
    dy: float = 0.0
    turn_deg: float = 0.0
    zoom: float = 1.0

    def __call__(self, picture: Picture, at_s: float) -> Picture:
        height, width = picture.shape
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), self.turn_deg, self.zoom)
        matrix[:, 2] += np.array((self.dx, self.dy))
        moved = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        return np.asarray(moved, np.uint8)

    def reach_px(self, size: tuple[int, int]) -> float:
        """Returns how far the picture's furthest corner moves."""
        half = np.array(size) / 2
        turn = np.deg2rad(self.turn_deg)
        matrix = self.zoom * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) - np.eye(2)
        corners = (half * np.array(sign) for sign in ((1, 1), (1, -1), (-1, 1), (-1, -1)))
        return max(float(np.hypot(*(matrix @ corner + (self.dx, self.dy)))) for corner in corners)


def shifts(by_px: float) -> list[Move]:
    """Returns shifts by so many pixels in eight directions."""
    angles = np.arange(8) * np.pi / 4
    return [Move(by_px * float(np.cos(angle)), by_px * float(np.sin(angle))) for angle in angles]


def sway(amplitude_px: float, period_s: float = 1.7) -> Disturbance:
    """A pole in the wind."""

    def swayed(picture: Picture, at_s: float) -> Picture:
        phase = 2 * np.pi * at_s / period_s
        return Move(amplitude_px * float(np.sin(phase)), 0.3 * amplitude_px * float(np.cos(0.7 * phase)))(picture, at_s)

    return swayed


def headlights(picture: Picture, at_s: float) -> Picture:
    """A car drives up with its beams on: two glaring discs that grow, and the sensor closes down."""
    height, width = picture.shape
    near = (at_s % 6.0) / 6.0
    glow = np.zeros((height, width), np.float32)
    for side in (-1, 1):
        x = round(width * (0.5 + side * (0.02 + 0.12 * near)))
        cv2.circle(glow, (x, round(height * (0.4 + 0.3 * near))), round(width * (0.01 + 0.05 * near)), 255.0, -1)
    glare = glow + 3 * cv2.GaussianBlur(glow, (0, 0), width * (0.01 + 0.06 * near))
    return np.clip(picture * (1 - 0.5 * near) + glare, 0, 255).astype(np.uint8)


def crowd(share: float, seed: int = 1) -> Disturbance:
    """People and vehicles close by hide a share of the picture and move on."""
    generator = np.random.default_rng(seed)
    texture = cv2.GaussianBlur(generator.normal(110, 90, (1200, 3200)).astype(np.float32), (0, 0), 4.0) * 2.2 - 130
    tile = np.clip(texture, 0, 255).astype(np.uint8)

    def crowded(picture: Picture, at_s: float) -> Picture:
        height, width = picture.shape
        hidden = picture.copy()
        count = 7
        wide = width / count * share
        for index in range(count):
            left = int(index * width / count + (at_s * 23 + index * 31) % (width / count - wide + 1))
            right = min(width, left + round(wide))
            begin = int(at_s * 29) % 900
            hidden[:, left:right] = tile[:height, begin + left : begin + right]
        return hidden

    return crowded


def lens_dirt(share: float, seed: int = 1) -> Disturbance:
    """Drops and dust: blurred, darker blots over a share of the picture, and haze over all of it."""

    def dirty(picture: Picture, at_s: float) -> Picture:
        height, width = picture.shape
        noise = cv2.GaussianBlur(
            np.random.default_rng(seed).normal(0, 1, (height, width)).astype(np.float32), (0, 0), width / 24
        )
        blots = (noise > np.quantile(noise, 1 - share)).astype(np.float32)
        soft = cv2.GaussianBlur(blots, (0, 0), width / 120)
        blurred = cv2.GaussianBlur(picture, (0, 0), width / 60) * 0.7
        mixed = picture * (1 - soft) + blurred * soft
        return np.asarray(np.clip(0.85 * mixed + 0.15 * 120, 0, 255), np.uint8)

    return dirty


def exposure(gain: float, offset: float = 0.0) -> Disturbance:
    """A cloud, a gain step, a lamp that goes on."""
    return lambda picture, at_s: np.clip(picture * gain + offset, 0, 255).astype(np.uint8)


def defocus(sigma_px: float) -> Disturbance:
    """The lens loses its focus."""
    return lambda picture, at_s: np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma_px), np.uint8)


def covered(level: int = 40) -> Disturbance:
    """Something lies over the lens: nothing but the sensor's noise."""
    generator = np.random.default_rng(3)
    return lambda picture, at_s: np.clip(generator.normal(level, 1.0, picture.shape), 0, 255).astype(np.uint8)


def one_after_another(parts: Sequence[tuple[float, Disturbance]]) -> Disturbance:
    """Each disturbance for its seconds; the last one stays."""

    def changing(picture: Picture, at_s: float) -> Picture:
        left_s = at_s
        for seconds, disturbance in parts[:-1]:
            if left_s < seconds:
                return disturbance(picture, left_s)
            left_s -= seconds
        return parts[-1][1](picture, left_s)

    return changing
