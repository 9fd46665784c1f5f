"""Where a stamp can stand: the free place nearest to its corner, at the biggest type that fits.

Coordinates here are pixels of the page as drawn (origin at the top left), unless points are named.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.dossier import Box
from pipeline.packaging.geometry import POINTS_PER_INCH, POINTS_PER_MM
from pipeline.packaging.stampfont import StampFont
from pipeline.settings import Stamp

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

DPI = 100
"""Resolution at which pages are drawn to look for room: a pixel is a quarter of a millimetre."""

LEADING = 1.2
"""Distance of lines in type sizes."""
PADDING = 1.5
"""Points kept free round the text."""
_STEP = 2
_SIZE_STEP = 0.5
_CLEARANCE = 3.0
"""Points between a stamp and the nearest ink."""
_SMALLER_COSTS = 150.0
"""How many points from its corner a stamp may go for its full type size, were it else to shrink to nothing."""
_NARROWER = (1.0, 0.75, 0.55)
_REACH = (0.5, 0.33)
"""Share of the page's width and height in which a stamp still counts as standing in its corner."""
_LEAST_REACH_MM = 60.0
"""Height that counts in any case: on a small card print fills the corner itself."""
_MARGIN_SHARE = 0.03
_GROUND = 25
"""Pixels (6 mm) over which the paper's own shade is taken: wider than strokes and gaps between them."""
_LEAST_CONTRAST, _MOST_CONTRAST = 28, 80
_SPECK = 3


@dataclass(frozen=True, slots=True)
class Placement:
    """A stamp in its place: ``box`` in whole points (origin bottom left), its lines from the top, type size."""

    box: tuple[int, int, int, int]
    lines: tuple[str, ...]
    points: float


def ink(picture: Picture) -> Mask:
    """Where ``picture`` (grey) is darker than the paper round it: print, pen, stamps, borders; not tint and specks.

    On rough or patterned paper the contrast asked for grows with the roughness.
    """
    kernel = np.ones((_GROUND, _GROUND), np.uint8)
    ground = cv2.morphologyEx(picture, cv2.MORPH_CLOSE, kernel)
    darker = cv2.subtract(ground, picture)
    middle = float(np.median(darker))
    rough = middle + 6 * float(np.median(np.abs(darker.astype(np.float32) - middle)))
    marked = (darker > min(max(rough, _LEAST_CONTRAST), _MOST_CONTRAST)).astype(np.uint8)
    # Large dark fields are their own ground: what is dark outright is no place for black letters either.
    marked |= (ground < 110).astype(np.uint8)
    return cv2.medianBlur(marked, _SPECK).astype(bool)


def place(
    stamp: Stamp, lines: Sequence[str], font: StampFont, picture: Picture, size: tuple[float, float], taken: list[Box]
) -> Placement | None:
    """Find room for ``lines`` in the stamp's corner; ``None`` where there is none.

    Args:
        stamp: corner, type sizes, width and margin.
        lines: text to set.
        font: its type.
        picture: the page in grey at :data:`DPI`.
        size: width and height of the page in points.
        taken: boxes in points (origin bottom left) that are not free, such as other stamps.
    """
    scale = DPI / POINTS_PER_INCH
    blocked = ink(picture)
    for box in taken:
        x0, y0, x1, y1 = box[0] * scale, (size[1] - box[3]) * scale, box[2] * scale, (size[1] - box[1]) * scale
        blocked[max(int(y0) - 1, 0) : max(int(y1) + 2, 0), max(int(x0) - 1, 0) : max(int(x1) + 2, 0)] = True
    margin = min(stamp.margin_mm * POINTS_PER_MM, _MARGIN_SHARE * size[0])
    sums = np.pad(blocked.astype(np.int32).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    best: tuple[float, Placement] | None = None
    for points, broken, width, height in _settings(stamp, lines, font, size, margin):
        cost = _SMALLER_COSTS * (1 - points / stamp.font_points)
        if best is not None and cost >= best[0]:
            break
        found = _nearest(sums, stamp.corner, margin * scale, width * scale, height * scale)
        if found is not None and (best is None or cost + found[2] / scale < best[0]):
            x0, y1 = round(found[0] / scale), round(size[1] - found[1] / scale)
            best = cost + found[2] / scale, Placement((x0, y1 - height, x0 + width, y1), broken, points)
    return None if best is None else best[1]


def _settings(
    stamp: Stamp, lines: Sequence[str], font: StampFont, size: tuple[float, float], margin: float
) -> Iterator[tuple[float, tuple[str, ...], int, int]]:
    """Type size, lines, width and height in points of every way to set the text, the best first."""
    widest = min(stamp.width_mm * POINTS_PER_MM, _REACH[0] * size[0] - margin)
    steps = int((stamp.font_points - stamp.min_font_points) / _SIZE_STEP)
    for points in [stamp.font_points - step * _SIZE_STEP for step in range(steps + 1)]:
        seen = set()
        for share in _NARROWER:
            broken = font.wrapped(lines, points, share * widest - 2 * PADDING)
            width = math.ceil(max(font.width(line, points) for line in broken) + 2 * PADDING)
            height = math.ceil(len(broken) * points * LEADING + 2 * PADDING)
            if broken not in seen and width <= widest:
                seen.add(broken)
                yield points, broken, width, height


def _nearest(
    sums: npt.NDArray[np.int32], corner: str, margin: float, width: float, height: float
) -> tuple[int, int, float] | None:
    """Top left of the free box of that size nearest to the corner, and how far it is from there, in pixels.

    ``sums`` is the summed-area table of what is not free.
    """
    rows, columns = sums.shape[0] - 1, sums.shape[1] - 1
    clear = round(_CLEARANCE * DPI / POINTS_PER_INCH)
    need_x, need_y, edge = math.ceil(width) + 1, math.ceil(height) + 1, int(margin)
    reach = max(_REACH[1] * rows, _LEAST_REACH_MM * POINTS_PER_MM * DPI / POINTS_PER_INCH)
    last_y = min(int(reach), rows - edge - need_y)
    first_x, last_x = edge, int(_REACH[0] * columns) - need_x
    if corner == "top-right":
        first_x, last_x = columns - int(_REACH[0] * columns), columns - edge - need_x
    xs = np.arange(first_x, last_x + 1, _STEP)
    ys = np.arange(edge, last_y + 1, _STEP)
    if not len(xs) or not len(ys):
        return None
    left, top = np.meshgrid(xs, ys)
    x0, x1 = np.maximum(left - clear, 0), np.minimum(left + need_x + clear, columns)
    y0, y1 = np.maximum(top - clear, 0), np.minimum(top + need_y + clear, rows)
    marked = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    aside = left - xs[0] if corner == "top-left" else xs[-1] - left
    # Going down costs more than going aside: the law asks for the top.
    distance = np.where(marked == 0, np.hypot(aside, 2.0 * (top - ys[0])), np.inf)
    at = int(np.argmin(distance))
    nearest = float(distance.flat[at])
    return (int(left.flat[at]), int(top.flat[at]), nearest) if np.isfinite(nearest) else None
