"""Writing in the colour of a pen: certificates and forms are often filled in in blue, as tall as print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.dossier import Box, Line, Region, Word
from pipeline.ocr.geometry import area, common, height, inside
from pipeline.ocr.handwriting import as_of_hand

_LOOK = 1240
"""Width in pixels at which pens are looked for: strokes of half a millimetre still show."""
_BLUE = (97, 127)
"""Hues of blue ink, in OpenCV's half degrees; violet stamps lie above."""
_COLOURED = 32
"""Least distance of blue from the other channels: black toner as scanned has less than 20, pens have 40 to 100."""
_INK = 190
"""Value (0..255) of the darkest channel below which a pixel is ink."""
_MOSTLY = 0.5
_REACH = (1.2, 0.3)
"""Strokes closer than this (across and down, in heights of a word) belong together."""
_TALL = (0.8, 8.0)
"""Height of what a pen wrote, in heights of a word."""
_FILLED = (0.03, 0.5)
"""Share of their box that strokes fill: less are specks, more is coloured ground."""
_PRINTED = 0.3
"""A place that sure words without figures cover to this share is coloured print."""

_BROAD, _SOLID = 0.45, 0.2
"""Strokes are narrower than this (in heights of a word); where more than this share is broader there is a picture."""

_GLANCE = 3
"""Every so many pixels are enough to see that a page has nothing blue on it: strokes are broader."""

Mask = NDArray[np.bool_]


def mark_pen(pixels: NDArray[np.uint8], lines: Sequence[Line]) -> tuple[tuple[Line, ...], tuple[Region, ...]]:
    """Doubt figures written in blue, and say where a blue pen wrote.

    Args:
        pixels: the upright page, H×W×3, blue green red.
        lines: what was read, boxes in pixels of the same page.

    Returns:
        The lines, words with blue figures not agreed upon and of low confidence; and a region ``handwriting`` for every
        place with blue writing.
    """
    if not _distance(pixels[::_GLANCE, ::_GLANCE]).any():
        return tuple(lines), ()
    shrink = max(1.0, pixels.shape[1] / _LOOK)
    size = (max(1, round(pixels.shape[1] / shrink)), max(1, round(pixels.shape[0] / shrink)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    blue = _blue(small)
    words = [word for line in lines for word in line.words]
    if not blue.any():
        return tuple(lines), ()
    usual = median(height(word.box) for word in words) if words else pixels.shape[1] / 60
    places = _places(blue, usual / shrink, shrink)
    sure = [word.box for word in words if word.agreed is not False and not _has_figures(word)]
    printed = [place for place in places if sum(common(box, place) for box in sure) > _PRINTED * area(place)]
    written = [place for place in places if place not in printed]
    ink = small.min(axis=2) < _INK
    figures = {
        word.box
        for word in words
        if _has_figures(word) and _is_blue(word.box, blue, ink, shrink) and not _within(word.box, printed)
    }
    marked = tuple(
        replace(line, words=tuple(as_of_hand(word) if word.box in figures else word for word in line.words))
        for line in lines
    )
    places = [*written, *sorted(box for box in figures if not _within(box, written))]
    return marked, tuple(Region("handwriting", box) for box in places)


def _blue(pixels: NDArray[np.uint8]) -> Mask:
    hue = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV))[0]
    return np.asarray((hue >= _BLUE[0]) & (hue <= _BLUE[1]) & _distance(pixels), np.bool_)


def _distance(pixels: NDArray[np.uint8]) -> Mask:
    """Where blue stands out from the other colours."""
    distance = cv2.subtract(pixels[:, :, 0], cv2.max(pixels[:, :, 1], pixels[:, :, 2]))
    return np.asarray(distance >= _COLOURED, np.bool_)


def _places(blue: Mask, usual: float, shrink: float) -> list[Box]:
    """Boxes, in pixels of the page, of strokes that stand together as writing does; ``usual`` height of a word."""
    reach = np.ones([max(1, round(share * usual)) for share in reversed(_REACH)], np.uint8)
    joined = cv2.morphologyEx(blue.astype(np.uint8), cv2.MORPH_CLOSE, reach)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    strokes = np.bincount(labels[blue], minlength=len(stats))
    core = cv2.erode(blue.astype(np.uint8), np.ones((max(2, round(_BROAD * usual)),) * 2, np.uint8)) > 0
    broad = np.bincount(labels[core], minlength=len(stats))
    return [
        (float(x * shrink), float(y * shrink), float((x + w) * shrink), float((y + h) * shrink))
        for (x, y, w, h, _), filled, solid in zip(stats[1:].tolist(), strokes[1:], broad[1:], strict=True)
        if _TALL[0] * usual <= h <= _TALL[1] * usual
        and _FILLED[0] * w * h <= filled <= _FILLED[1] * w * h
        and solid <= _SOLID * filled
    ]


def _is_blue(box: Box, blue: Mask, ink: Mask, shrink: float) -> bool:
    x0, y0, x1, y1 = (max(0, round(edge / shrink)) for edge in box)
    cut = blue[y0:y1, x0:x1]
    strokes, dark = int(cut.sum()), int((blue | ink)[y0:y1, x0:x1].sum())
    return dark > 0 and _MOSTLY * dark <= strokes <= _FILLED[1] * cut.size


def _within(box: Box, places: Sequence[Box]) -> bool:
    return any(inside(box, place) > _MOSTLY for place in places)


def _has_figures(word: Word) -> bool:
    return any(letter.isdecimal() for letter in word.text)
