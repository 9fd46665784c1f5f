"""Coloured ink: where stamps lie, and which red and blue may fade before reading.

Seals and pens are coloured, but so are printed titles (the cover of a land-use certificate, numbers on civil-status
papers). So a stamp fades, a red printed line stays; blue fades only where it crosses black text.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.dossier import Box
from pipeline.ocr.geometry import inside

Mask = NDArray[np.bool_]

_RED_BELOW, _RED_ABOVE = 14, 160
_BLUE_FROM, _BLUE_TO = 95, 135
"""Hues on OpenCV's scale of 0..179."""
_SATURATED = 60
_STAMP_MM = (9.0, 75.0)
"""Shortest and longest side of a stamp in millimetres (seals are 36 mm wide, arrival stamps up to 75 mm)."""
_TEXT_MM = (1.2, 14.0)
"""Height of a printed line in millimetres."""


@dataclass(frozen=True, slots=True)
class Colours:
    """Masks (H×W) of the red and blue that fade, and boxes of stamps in pixels of the same picture."""

    red: Mask
    blue: Mask
    stamps: tuple[Box, ...]


def find_colours(pixels: NDArray[np.uint8], millimetre: float) -> Colours:
    """Look for coloured ink.

    Args:
        pixels: H×W×3, blue green red.
        millimetre: pixels a millimetre takes.
    """
    hue, saturation, value = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV))
    vivid = saturation > _SATURATED
    red = ((hue < _RED_BELOW) | (hue > _RED_ABOVE)) & vivid
    blue = (hue > _BLUE_FROM) & (hue < _BLUE_TO) & vivid & (value > 60)
    black = (value < 110) & ~((red | blue) & (value > 60))
    stamps, printed = _red_shapes(red & (value > 60), millimetre)
    return Colours(
        red=_grown(red & ~printed),
        blue=_grown(_crossing(blue, black)),
        stamps=stamps,
    )


def _grown(mask: Mask) -> Mask:
    return cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_) if mask.any() else mask


def _boxes(mask: Mask, reach: tuple[float, float]) -> list[tuple[Box, int]]:
    """Boxes of the parts of ``mask`` that lie within ``reach`` (x, y in pixels) of each other, with their pixels."""
    kernel = np.ones((max(1, round(reach[1])), max(1, round(reach[0]))), np.uint8)
    joined = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    pixels = np.bincount(labels[mask], minlength=len(stats))
    return [
        ((float(x), float(y), float(x + w), float(y + h)), int(pixels[i]))
        for i, (x, y, w, h, _) in enumerate(stats)
        if i > 0
    ]


def _red_shapes(red: Mask, millimetre: float) -> tuple[tuple[Box, ...], Mask]:
    """Boxes of stamps, and the mask of red that is a printed line."""
    printed = np.zeros_like(red)
    if np.count_nonzero(red) < (2 * millimetre) ** 2:
        return (), printed
    stamps: list[Box] = []
    least, most = _STAMP_MM
    for box, count in _boxes(red, (2 * millimetre, 2 * millimetre)):
        w, h = (box[2] - box[0]) / millimetre, (box[3] - box[1]) / millimetre
        if (
            least <= min(w, h)
            and max(w, h) <= most
            and max(w, h) < 3 * min(w, h)
            and count > 0.03 * w * h * millimetre**2
        ):
            stamps.append(box)
    for (x0, y0, x1, y1), _ in _boxes(red, (4 * millimetre, 0.3 * millimetre)):
        w, h = (x1 - x0) / millimetre, (y1 - y0) / millimetre
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        stamped = any(s[0] <= middle[0] <= s[2] and s[1] <= middle[1] <= s[3] for s in stamps)
        if _TEXT_MM[0] <= h <= _TEXT_MM[1] and w > 2.5 * h and not stamped:
            air = round(0.4 * (y1 - y0))  # marks stand above and below the letters, apart from them
            printed[max(0, int(y0) - air) : int(y1) + air, int(x0) : int(x1)] = True
    return tuple(
        box for box in stamps if not any(inside(box, other) > 0.8 for other in stamps if other != box)
    ), printed


def _crossing(blue: Mask, black: Mask) -> Mask:
    """Those blue strokes that touch black ink: pens over print, not blue print."""
    if not blue.any() or not black.any():
        return np.zeros_like(blue)
    _, labels = cv2.connectedComponents(blue.astype(np.uint8), connectivity=8)
    size = np.bincount(labels.ravel())
    touching = np.bincount(labels[blue & _grown(black)], minlength=len(size))
    chosen = (touching >= 3) & (size >= 30)
    chosen[0] = False
    return np.asarray(chosen[labels], np.bool_)
