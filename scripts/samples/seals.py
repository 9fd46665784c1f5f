"""Round red seals and the box stamp of incoming papers, as masks of ink (8 bit, 255 = full ink).

No real emblem is imitated: the middle holds a star, and the word MẪU says that the seal is invented.
"""

from __future__ import annotations

import math
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw

from samples.fonts import Face, at_size, width_of
from samples.handwriting import Mask, write

RED = (206, 32, 48)
VIOLET = (88, 52, 150)


def _star(radius: float, middle: float) -> list[tuple[float, float]]:
    corners = []
    for step in range(10):
        reach = radius if step % 2 == 0 else radius * 0.382
        angle = math.pi * step / 5 - math.pi / 2
        corners.append((middle + reach * math.cos(angle), middle + reach * math.sin(angle)))
    return corners


def _around(disc: Image.Image, text: str, points: float, radius: float, *, upper: bool) -> float:
    """Set ``text`` along the upper or lower half of a circle; returns half the angle it takes (radians)."""
    font = at_size(Face.SANS_BOLD, points)
    size = disc.width
    widths = [width_of(letter, Face.SANS_BOLD, points) + size * 0.004 for letter in text]
    reach = sum(widths) / radius / 2
    angle = -reach if upper else math.pi + reach
    for letter, width in zip(text, widths, strict=True):
        half = width / radius / 2 * (1 if upper else -1)
        angle += half
        tile = Image.new("L", (round(font.size * 2),) * 2, 0)
        ImageDraw.Draw(tile).text((tile.width / 2, tile.height / 2), letter, 255, font, anchor="mm")
        turn = -math.degrees(angle) + (0 if upper else 180)
        tile = tile.rotate(turn, Image.Resampling.BICUBIC)
        x = size / 2 + radius * math.sin(angle) - tile.width / 2
        y = size / 2 - radius * math.cos(angle) - tile.height / 2
        disc.paste(255, (round(x), round(y)), tile)
        angle += half
    return reach


@cache
def _plain_seal(ring: str, foot: str, size: int) -> Image.Image:
    disc = Image.new("L", (size, size), 0)
    pen = ImageDraw.Draw(disc)
    for inset, width in ((0.005, 0.016), (0.034, 0.005), (0.215, 0.007)):
        edge = size * inset
        pen.ellipse((edge, edge, size - edge, size - edge), outline=255, width=max(2, round(size * width)))
    reach = 2 * math.pi * size * 0.37
    wide = width_of(ring, Face.SANS_BOLD, 10) + size * 0.004 * len(ring)
    points = min(8.2, 10 * 0.58 * reach / wide) * size / 425
    upper = _around(disc, ring, round(points, 1), size * 0.37, upper=True)
    lower = _around(disc, foot, round(min(points, 6.6) * 0.9, 1), size * 0.37, upper=False)
    for side in (-1, 1):
        angle = side * (upper + math.pi - lower) / 2
        across, down = size * 0.385 * math.sin(angle), -size * 0.385 * math.cos(angle)
        pen.polygon([(x + across, y + down) for x, y in _star(size * 0.024, size / 2)], fill=255)
    pen.polygon([(x, y - size * 0.04) for x, y in _star(size * 0.17, size / 2)], fill=255)
    font = at_size(Face.SANS_BOLD, round(8.5 * size / 425, 1))
    pen.text((size / 2, size * 0.69), "MẪU", 255, font, anchor="mm")
    return disc


def round_seal(ring: str, foot: str, diameter: int, rng: np.random.Generator) -> Mask:
    """A seal as stamped: turned a little, ink uneven.

    Args:
        ring: text around the upper part, capitals.
        foot: text around the lower part.
        diameter: pixels (a seal of an office is 36 mm: 425 pixels at 300 dpi).
        rng: turn and ink of this impression.
    """
    disc = _plain_seal(ring, foot, diameter)
    turned = np.asarray(disc.rotate(float(rng.uniform(-14, 14)), Image.Resampling.BICUBIC), np.float32)
    coarse = rng.normal(0.86, 0.09, (9, 9)).astype(np.float32)
    fine = rng.normal(1.0, 0.12, (diameter, diameter)).astype(np.float32)
    ink = cv2.resize(coarse, (diameter, diameter), interpolation=cv2.INTER_CUBIC) * cv2.GaussianBlur(fine, (0, 0), 1.1)
    return np.clip(turned * ink, 0, 255).astype(np.uint8)


def box_stamp(office: str, width: int, rng: np.random.Generator) -> Mask:
    """The stamp CÔNG VĂN ĐẾN with number and day written in by hand; ``width`` in pixels."""
    height = round(width * 0.52)
    plate = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(plate)
    pen.rectangle((2, 2, width - 3, height - 3), outline=255, width=max(3, width // 150))
    points = width / 49
    pen.text((width / 2, height * 0.14), office, 255, at_size(Face.SANS_BOLD, round(points * 0.8, 1)), anchor="mm")
    pen.text((width / 2, height * 0.34), "CÔNG VĂN ĐẾN", 255, at_size(Face.SANS_BOLD, round(points, 1)), anchor="mm")
    font = at_size(Face.SANS, round(points * 0.85, 1))
    for share, label in ((0.54, "Số:"), (0.72, "Ngày:"), (0.9, "Chuyển:")):
        pen.text((width * 0.05, height * share), label, 255, font, anchor="lm")
        pen.line((width * 0.3, height * (share + 0.06), width * 0.95, height * (share + 0.06)), 140, 2)
    ink = np.asarray(plate).copy()
    for share, text in ((0.54, str(rng.integers(100, 4000))), (0.72, f"{rng.integers(1, 29)}/{rng.integers(1, 13)}")):
        pen_mask = write(text, height * 0.15, rng)
        top, left = round(height * share - pen_mask.shape[0] * 0.55), round(width * 0.38)
        part = ink[top : top + pen_mask.shape[0], left : left + pen_mask.shape[1]]
        np.maximum(part, pen_mask[: part.shape[0], : part.shape[1]], out=part)
    return (ink * 0.85).astype(np.uint8)
