"""Figures in the colour of a pen: on certificates number and dates are often written in blue, as tall as print."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.dossier import Line, Region

_BLUE = (95, 140)
"""Hues of blue ink, in OpenCV's half degrees."""
_COLOURED = 70
_INK = 170
"""Value (0..255) below which a pixel is ink."""
_MOSTLY = 0.5
_LEAST = 30


def in_pen_colour(pixels: NDArray[np.uint8], lines: Iterable[Line]) -> tuple[Region, ...]:
    """Places of the words with figures whose ink is mostly blue.

    Args:
        pixels: the upright page, H×W×3, blue green red.
        lines: what was read, boxes in pixels of the same page.
    """
    found = []
    for word in (word for line in lines for word in line.words):
        if not any(letter.isdecimal() for letter in word.text):
            continue
        x0, y0, x1, y1 = (max(0, round(edge)) for edge in word.box)
        cut = pixels[y0:y1, x0:x1]
        if cut.size and _is_blue(cut):
            found.append(Region("handwriting", word.box))
    return tuple(found)


def _is_blue(cut: NDArray[np.uint8]) -> bool:
    hue, saturation, value = cv2.split(cv2.cvtColor(cut, cv2.COLOR_BGR2HSV))
    blue = (hue >= _BLUE[0]) & (hue <= _BLUE[1]) & (saturation >= _COLOURED)
    ink = blue | (value < _INK)
    return int(blue.sum()) >= max(_LEAST, _MOSTLY * int(ink.sum()))
