"""Coloured ink: where stamps lie, and which ink may fade before reading.

Seals and pens are coloured, but so are printed titles (the cover of a land-use certificate, numbers on civil-status
papers). So a red stamp fades, a red printed line stays; a blue or violet stamp fades if it has a frame (the box "công
văn đến"), and blue strokes only where they cross black text.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.dossier import Box
from pipeline.ocr.geometry import clip, height, inside, pad, width

Mask = NDArray[np.bool_]

_RED_BELOW, _RED_ABOVE = 14, 160
_BLUE_FROM, _BLUE_TO = 95, 135
"""Hues on OpenCV's scale of 0..179."""
_SATURATED, _LIT, _BLACK = 60, 60, 110
"""Least saturation of ink, least brightness at which a hue can be trusted, and brightness below which ink is black."""
_INK_SHARE = 0.35
"""Share of red pixels that are darker than the ink itself: text and other strokes lie under it there."""
_FRAME = 0.7
"""Share of its frame that is seen of a box stamp."""
_GAP_MM = 7.0
"""A line of print that crosses the frame hides so much of it."""
_TINGED = 36
"""Difference of the brightest and darkest channel from which a tile is looked at in full."""
_COARSE, _TILE = 4, 256
"""Every so many pixels are looked at to see where there is colour, and the side of a tile in pixels."""
_SPECK_MM = 2.0
"""Less colour than a square of this many millimetres is noise."""
_STAMP_MM = (14.0, 75.0)
"""Shortest and longest side of a stamp in millimetres (seals are 36 mm wide, arrival stamps up to 75 mm)."""
_TEXT_MM = (1.2, 14.0)
"""Height of a printed line in millimetres."""


@dataclass(frozen=True, slots=True)
class Ink:
    """Ink that fades: where it lies (H×W), and how bright (1..255) it is in the channel (0 blue, 2 red) it fades in."""

    mask: Mask
    channel: int
    level: int = 255


@dataclass(frozen=True, slots=True)
class Colours:
    """The inks that fade, and boxes of stamps in pixels of the same picture."""

    inks: tuple[Ink, ...]
    stamps: tuple[Box, ...]


def find_colours(pixels: NDArray[np.uint8], millimetre: float) -> Colours:
    """Look for coloured ink.

    Args:
        pixels: H×W×3, blue green red.
        millimetre: pixels a millimetre takes.
    """
    shape = pixels.shape[:2]
    red, keen, blue, cool, black = (np.zeros(shape, np.bool_) for _ in range(5))
    for part in _coloured_parts(pixels):
        hue, saturation, value = cv2.split(cv2.cvtColor(pixels[part], cv2.COLOR_BGR2HSV))
        vivid = saturation > _SATURATED
        lit = vivid & (value > _LIT)
        red[part] = ((hue < _RED_BELOW) | (hue > _RED_ABOVE)) & vivid
        keen[part] = red[part] & lit
        blue[part] = (hue > _BLUE_FROM) & (hue < _BLUE_TO) & lit
        cool[part] = (hue > _BLUE_FROM) & (hue <= _RED_ABOVE) & lit
        black[part] = (value < _BLACK) & ~lit
    seals, printed = _red_shapes(keen, millimetre)
    for x0, y0, x1, y1 in printed:
        red[int(y0) : int(y1), int(x0) : int(x1)] = False
    inks = [Ink(_grown(red), 2, _level(pixels, keen, 2) if seals else 255)] if red.any() else []
    frames = _framed(cool, millimetre)
    if frames:
        framed = _only_in(cool, frames)
        inks.append(Ink(_grown(framed), 0, _level(pixels, framed, 0)))
        blue &= ~framed
    crossing = _crossing(blue, black, millimetre)
    if crossing is not None:
        inks.append(Ink(_grown(crossing), 0))
    return Colours(tuple(inks), (*seals, *frames))


def _only_in(mask: Mask, boxes: Sequence[Box]) -> Mask:
    kept = np.zeros_like(mask)
    for x0, y0, x1, y1 in boxes:
        at = np.s_[int(y0) : math.ceil(y1), int(x0) : math.ceil(x1)]
        kept[at] = mask[at]
    return kept


def _level(pixels: NDArray[np.uint8], ink: Mask, channel: int) -> int:
    """How bright the ink by itself is in ``channel``: print and other strokes under it are darker."""
    counted = np.cumsum(np.bincount(pixels[:, :, channel][ink], minlength=256))
    return max(_LIT, int(np.searchsorted(counted, _INK_SHARE * counted[-1])))


def _coloured_parts(pixels: NDArray[np.uint8]) -> Iterator[tuple[slice, slice]]:
    """Stretches of tiles in which there may be coloured ink: on most pages there is little, and looking takes time."""
    height, width = pixels.shape[:2]
    small = np.ascontiguousarray(pixels[::_COARSE, ::_COARSE])
    a, b, c = cv2.split(small)
    spread = np.asarray(cv2.subtract(cv2.max(cv2.max(a, b), c), cv2.min(cv2.min(a, b), c)), np.uint8)
    side = _TILE // _COARSE
    for top in range(0, spread.shape[0], side):
        columns = np.max(spread[top : top + side], axis=0) > _TINGED
        starts = range(0, spread.shape[1], side)
        active = [bool(columns[max(0, left - 1) : left + side + 1].any()) for left in starts]
        rows = slice(top * _COARSE, (top + side) * _COARSE if top + side < spread.shape[0] else height)
        for used, run in groupby(zip(starts, active, strict=True), key=lambda tile: tile[1]):
            lefts = [left for left, _ in run]
            end = (lefts[-1] + side) * _COARSE if lefts[-1] + side < spread.shape[1] else width
            if used:
                yield rows, slice(lefts[0] * _COARSE, end)


def _hardly_any(mask: Mask, millimetre: float) -> bool:
    return bool(np.count_nonzero(mask) < (_SPECK_MM * millimetre) ** 2)


def _grown(mask: Mask) -> Mask:
    """``mask`` one pixel larger all around; only where there is some, a page is large."""
    x, y, w, h = cv2.boundingRect(mask.view(np.uint8))
    at = np.s_[max(0, y - 1) : y + h + 1, max(0, x - 1) : x + w + 1]
    grown = np.zeros_like(mask)
    if w:
        grown[at] = cv2.dilate(mask[at].view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    return grown


def _red_shapes(red: Mask, millimetre: float) -> tuple[tuple[Box, ...], tuple[Box, ...]]:
    """Boxes of stamps, and boxes of printed red lines with the marks above and below their letters."""
    if _hardly_any(red, millimetre):
        return (), ()
    coarse, shrink = _coarse(red, millimetre)
    unit = millimetre / shrink
    stamps = [box for box, filled in _clusters(coarse, (2 * unit, 2 * unit)) if filled > 0.05 and _stamp(box, unit)]
    stamps = [box for box in stamps if not any(inside(box, other) > 0.8 for other in stamps if other != box)]
    lines = [box for box, _ in _clusters(coarse, (4 * unit, 0.3 * unit)) if _text(box, unit)]
    printed = [pad(box, 0, 0.5 * height(box)) for box in lines if not any(inside(box, stamp) > 0.5 for stamp in stamps)]
    return _enlarged(stamps, shrink, red), _enlarged(printed, shrink, red)


def _framed(cool: Mask, millimetre: float) -> tuple[Box, ...]:
    """Boxes of blue and violet stamps: clusters as large as one within a straight frame (a signature has none)."""
    if _hardly_any(cool, millimetre):
        return ()
    coarse, shrink = _coarse(cool, millimetre)
    unit = millimetre / shrink
    gap = max(1, round(_GAP_MM * unit))
    ink = coarse.astype(np.uint8)
    across, down = (cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones(size, np.uint8)) for size in ((1, gap), (gap, 1)))
    joined = np.asarray(cv2.bitwise_or(across, down), np.uint8)
    outlines, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found: list[Box] = []
    for outline in outlines:
        x, y, w, h = cv2.boundingRect(outline)
        if _stamp((x, y, x + w, y + h), unit) and _frame_share(joined, outline) > _FRAME:
            found.append((float(x), float(y), float(x + w), float(y + h)))
    return _enlarged(found, shrink, cool)


def _frame_share(joined: NDArray[np.uint8], outline: cv2.typing.MatLike) -> float:
    """Share (0..1) of the sides of the tilted rectangle around ``outline`` on which there is ink."""
    frame = np.zeros_like(joined)
    corners = cv2.boxPoints(cv2.minAreaRect(outline)).round().astype(np.int32)
    cv2.polylines(frame, [corners], isClosed=True, color=(1,))
    near = cv2.dilate(joined, np.ones((5, 5), np.uint8))
    return float(near[frame > 0].mean()) if frame.any() else 0.0


def _coarse(mask: Mask, millimetre: float) -> tuple[Mask, float]:
    """The mask at three pixels a millimetre, and how far it was shrunk: shapes show there, and it takes less time."""
    shrink = max(1.0, millimetre / 3)
    size = (max(1, round(mask.shape[1] / shrink)), max(1, round(mask.shape[0] / shrink)))
    return np.asarray(cv2.resize(mask.view(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) > 30), shrink


def _enlarged(boxes: Sequence[Box], shrink: float, mask: Mask) -> tuple[Box, ...]:
    full = (mask.shape[1], mask.shape[0])
    return tuple(clip((a * shrink, b * shrink, c * shrink, d * shrink), full) for a, b, c, d in boxes)


def _clusters(mask: Mask, reach: tuple[float, float]) -> list[tuple[Box, float]]:
    """Boxes of the parts of ``mask`` that lie within ``reach`` (x, y) of each other, with the share that is filled."""
    kernel = np.ones((max(1, round(reach[1])), max(1, round(reach[0]))), np.uint8)
    joined = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    pixels = np.bincount(labels[mask], minlength=len(stats))
    return [
        ((float(x), float(y), float(x + w), float(y + h)), float(pixels[i] / (w * h)))
        for i, (x, y, w, h, _) in enumerate(stats)
        if i > 0
    ]


def _stamp(box: Box, millimetre: float) -> bool:
    short, long = sorted((width(box) / millimetre, height(box) / millimetre))
    return _STAMP_MM[0] <= short and long <= min(_STAMP_MM[1], 3 * short)


def _text(box: Box, millimetre: float) -> bool:
    return _TEXT_MM[0] <= height(box) / millimetre <= _TEXT_MM[1] and width(box) > 2.5 * height(box)


def _crossing(blue: Mask, black: Mask, millimetre: float) -> Mask | None:
    """Those blue strokes that touch black ink: pens over print, not blue print."""
    if _hardly_any(blue, millimetre):
        return None
    x, y, w, h = cv2.boundingRect(blue.view(np.uint8))
    whole, (blue, black) = np.zeros_like(blue), (mask[y : y + h, x : x + w] for mask in (blue, black))
    _, labels = cv2.connectedComponents(blue.astype(np.uint8), connectivity=8)
    places = np.flatnonzero(blue)
    strokes = labels.ravel()[places]
    size = np.bincount(strokes)
    touching = np.bincount(strokes[_grown(black).ravel()[places]], minlength=len(size))
    crossing = np.zeros(blue.size, np.bool_)
    crossing[places] = ((touching >= 3) & (size >= 30))[strokes]
    if not crossing.any():
        return None
    whole[y : y + h, x : x + w] = crossing.reshape(blue.shape)
    return whole
