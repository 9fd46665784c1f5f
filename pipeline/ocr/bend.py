"""Text lines that are not level, or not level everywhere: paper that slipped in the feeder, photos.

Line boxes are level; where lines rise by half a degree more at the head than at the foot they cut lines in two. The
page's skew is one number, so here the slope is measured all the way down: lines are level where the ink of a row
changes most from row to row (projection profile, Postl 1986), and of all broken lines of slope over height the one with
the most change wins. Parts without text have no say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.ocr.readers import Grey

Ink = NDArray[np.float32]

_STEP, _STEPS = 0.15, 23
"""Slopes are tried in steps of this many degrees, so many to each side."""
_STRIPS = 32
"""The thumbnail's columns are summed up to this many before they are slid against each other."""
_KNOTS = 6
"""Heights between which the slope changes evenly."""
_ROWS = 8
"""Rows of the thumbnail that are taken together."""
_STIFF = 0.02
"""Share of the page's change that a part must gain to slope one degree otherwise than the next (four times for two)."""
_VARIES, _GAIN = 0.7, 1.12
"""Least spread of the slope in degrees, and least gain over one slope, to say that it changes down the page.

Slipped pages gain 1.5 to 2.3 and spread over 1.3 to 2.2; real scans gain up to 1.2 with 0.5, or 1.0 with 0.75.
"""
_PRINT = 3.0
"""By how much the best line of slope must stand out from the middling slope: 4 to 28 on print, 1.5 on empty pages."""
_FAINT, _BORDER = 24, 0.03
_LEAST_INK = 0.002
"""Share of dark marks that a page of print has at least."""


@dataclass(frozen=True, slots=True)
class Slopes:
    """How text lines slope: pixels a pixel, positive if they fall to the right.

    ``one`` fits the whole picture best. ``many`` holds pairs (share of the height, slope) from the top to the bottom if
    the slope changes on the way, and is empty if it does not.
    """

    one: float
    many: tuple[tuple[float, float], ...]


LEVEL = Slopes(0.0, ())


def slopes_of(grey: Grey) -> Slopes:
    """Measure the slope of text lines within ±3.45°; level where there is too little print to tell.

    Args:
        grey: a thumbnail with even ground, dark on light, some 600 pixels wide.
    """
    ink = _ink(grey)
    if ink.shape[0] < _ROWS * _KNOTS or ink.shape[1] < _STRIPS or np.mean(ink > 0) < _LEAST_INK:
        return LEVEL
    change = _change(ink)
    alike = change.sum(axis=1)
    best = int(np.argmax(alike))
    if alike[best] == 0:
        return LEVEL
    knots, gain = _best_path(change / alike[best])
    if gain * alike[best] < _PRINT * float(np.median(alike)):
        return LEVEL
    degrees = [_degrees(knot) for knot in knots]
    slopes = [_tangent(angle) for angle in degrees]
    # Where one knot is so near the next that lines would cross at the edges of the picture, nothing is straightened.
    most = ink.shape[0] / (_KNOTS - 1) / ink.shape[1]
    if max(degrees) - min(degrees) < _VARIES or gain < _GAIN or max(abs(b - a) for a, b in pairwise(slopes)) > most:
        return Slopes(_tangent(_degrees(best)), ())
    heights = np.linspace(0.0, 1.0, _KNOTS).tolist()
    return Slopes(_tangent(_degrees(best)), tuple(zip(heights, slopes, strict=True)))


def _degrees(index: int) -> float:
    return (index - _STEPS) * _STEP


def _tangent(degrees: float) -> float:
    return math.tan(math.radians(degrees))


def _ink(grey: Grey) -> Ink:
    """Darkness of marks, without the edges of the picture, where scanners leave shadows."""
    ink = 255 - grey.astype(np.float32)
    ink[ink < _FAINT] = 0
    down, across = (round(side * _BORDER) for side in grey.shape)
    inner = np.zeros_like(ink)
    inner[down : -down or None, across : -across or None] = ink[down : -down or None, across : -across or None]
    return inner


def _change(ink: Ink) -> NDArray[np.float64]:
    """Change of ink from row to row, by slope and by height (groups of rows)."""
    height, width = ink.shape
    strips = cv2.resize(ink, (_STRIPS, height), interpolation=cv2.INTER_AREA)
    columns = np.tile(np.arange(_STRIPS, dtype=np.float32), (height, 1))
    # Sliding by parts of a row blurs; all are slid by this part, which blurs as much as the others do on average, or
    # level lines would have an advantage.
    rows = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.21)
    off = ((np.arange(_STRIPS) + 0.5) * width / _STRIPS - width / 2).astype(np.float32)
    groups = (height - 1) // _ROWS
    change = np.empty((2 * _STEPS + 1, groups))
    for index in range(len(change)):
        slid = cv2.remap(strips, columns, rows + np.float32(_tangent(_degrees(index))) * off, cv2.INTER_LINEAR)
        steps = np.diff(slid.sum(axis=1))[: groups * _ROWS]
        change[index] = np.square(steps).reshape(groups, _ROWS).sum(axis=1)
    return change


def _best_path(change: NDArray[np.float64]) -> tuple[list[int], float]:
    """The slope (index) at every knot, top to bottom, that gathers the most ``change``, and how much (one slope: 1)."""
    index = np.arange(len(change))
    stiff = _STIFF * ((index[:, None] - index) * _STEP) ** 2
    ends = np.linspace(0, change.shape[1], _KNOTS).round().astype(int)
    best, came = np.zeros(len(change)), []
    for top, bottom in pairwise(ends):
        share = (np.arange(top, bottom) + 0.5 - top) / (bottom - top)
        between = index[:, None, None] + (index[:, None] - index[:, None, None]) * share
        gained = change[np.rint(between).astype(int), np.arange(top, bottom)].sum(axis=2)
        total = best[:, None] + gained - stiff
        came.append(total.argmax(axis=0))
        best = total.max(axis=0)
    knots = [int(best.argmax())]
    for step in reversed(came):
        knots.append(int(step[knots[-1]]))
    return knots[::-1], float(best.max())
