"""The outline of a sheet of paper in a photo, so that its perspective can be taken out before reading.

A wrong outline ruins a page that could be read as it is (cropping every page to its largest bright rectangle took the
errors on scans from 2 to 78 %), so everything doubtful is refused. What is asked for: bright paper inside the frame
with darker or coloured ground on all four sides, straight edges, corners that could be those of a rectangle seen
askew, no paper outside of them. And the sheet must look *askew*: a scanner never makes a rectangle a trapezium, so
dark borders, photographs, tables and frames on a scan are no sheets, and a sheet seen straight from above needs
nothing.
"""

from __future__ import annotations

import math
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.ocr.geometry import Point, Quad

Tone = NDArray[np.uint8]

_THUMBNAIL = 480
"""Longest side, in pixels, of the picture on which the outline is looked for."""
_LEAST_SIDE = 100
"""Shortest side of the thumbnail on which one can be found."""
_GROUND = 0.3
"""Share of every edge of the frame that shows ground; not more, for in full light ground may be as light as paper."""
_DEEPEST = 0.4
"""Light in the deepest shade, as a share of that on the lit paper."""
_CONTRAST = 25
"""Levels (of 255) by which the ground around must be darker than the paper's edge, on every side."""
_LEAST_AREA = 0.3
"""Share of the frame that a sheet takes at least."""
_CORNER = 25.0
"""Degrees by which a corner may differ from a right angle."""
_ASKEW = 0.7
"""Degrees between opposite sides from which a rectangle is seen askew; scanned ones measure below 0.3."""
_ROUGH = 0.006
"""Greatest mean distance of the paper's edge from a straight line, as a share of the thumbnail's side."""
_BESIDE, _CLEAR = 4.0, 0.85
"""Pixels of the thumbnail off the edge where contrast is looked at, and share of every side that must show it."""
_ELSEWHERE = 0.05
"""Light things besides the sheet, as a share of it, from which on they could be paper too."""


def find_sheet(pixels: NDArray[np.uint8]) -> Quad | None:
    """Corners of the sheet of paper in a photo.

    Args:
        pixels: the upright picture, H×W×3, blue green red.

    Returns:
        Its corners in pixels of the picture, or ``None`` if it is no photo, the sheet needs no flattening or there is
        doubt.
    """
    step = max(1, round(max(pixels.shape[:2]) / _THUMBNAIL))
    small = pixels[step // 2 :: step, step // 2 :: step]
    if min(small.shape[:2]) < _LEAST_SIDE:
        return None
    tone = _tone(small)
    if not _ground_all_around(tone):
        return None
    tone = _evenly_lit(tone)
    paper = _paper(tone)
    rough = None if paper is None else _four_corners(paper)
    sheet = None if paper is None or rough is None else _refined(paper, rough)
    if sheet is None or not _plausible(sheet, tone.shape) or not _stands_out(sheet, tone):
        return None
    a, b, c, d = (((x + 0.5) * step, (y + 0.5) * step) for x, y in sheet)
    return a, b, c, d


def _tone(pixels: NDArray[np.uint8]) -> Tone:
    """Least of the three channels: paper stays light, coloured ground (wood, cloth) becomes dark."""
    blue, green, red = cv2.split(pixels)
    return np.asarray(cv2.GaussianBlur(cv2.min(cv2.min(blue, green), red), (3, 3), 0), np.uint8)


def _ground_all_around(tone: Tone) -> bool:
    """Whether much of every edge of the frame is darker than paper; on scans it is not, so most of them end here."""
    least = float(np.percentile(tone, 75)) - _CONTRAST
    return all(np.mean(edge < least) > _GROUND for edge in (tone[:3], tone[-3:], tone[:, :3], tone[:, -3:]))


def _evenly_lit(tone: Tone) -> Tone:
    """``tone`` divided by the lightest around, so that paper in the shade is lighter than ground in the light.

    Ground far from the paper must not count as the lightest around, so the shade can only be so deep.
    """
    reach = max(tone.shape) // 4
    lightest = cv2.blur(cv2.dilate(tone, np.ones((reach, reach), np.uint8)), (reach, reach))
    least = _DEEPEST * float(np.percentile(tone, 90))
    return np.asarray(cv2.divide(tone, np.maximum(lightest, np.uint8(least)), scale=240), np.uint8)


def _paper(tone: Tone) -> Tone | None:
    """Mask (0 or 1) of the largest light part with everything inside of it; ``None`` if other light parts matter."""
    _, light = cv2.threshold(tone, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    closed = cv2.morphologyEx(light, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    parts, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    paper = np.zeros_like(tone)
    if parts:
        cv2.drawContours(paper, parts, int(np.argmax([cv2.contourArea(part) for part in parts])), (1,), cv2.FILLED)
    elsewhere = np.count_nonzero(light & (paper == 0))
    return paper if parts and elsewhere <= _ELSEWHERE * np.count_nonzero(paper) else None


def _four_corners(paper: Tone) -> Quad | None:
    """Roughly the corners of the paper, if it has four, clockwise from the top left."""
    (outer,), _ = cv2.findContours(paper, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(outer)
    for share in (0.01, 0.02, 0.03, 0.05):
        found = cv2.approxPolyDP(hull, share * cv2.arcLength(hull, closed=True), closed=True).reshape(-1, 2)
        if len(found) == 4:
            a, b, c, d = np.roll(found, -int(np.argmin(found.sum(axis=1))), axis=0).astype(float).tolist()
            return (a[0], a[1]), (b[0], b[1]), (c[0], c[1]), (d[0], d[1])
    return None


def _refined(paper: Tone, sheet: Quad) -> Quad | None:
    """Corners at which straight lines through the paper's edges meet; ``None`` if the edges are not straight."""
    (outer,), _ = cv2.findContours(paper, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = outer.reshape(-1, 2).astype(np.float64)
    side = max(paper.shape)
    for reach in (0.04 * side, 0.015 * side):  # the second time from good lines, so that folded corners stay out
        lines = [_line(points, start, end, reach) for start, end in pairwise((*sheet, sheet[0]))]
        top, right, bottom, left = lines
        if top is None or right is None or bottom is None or left is None:
            return None
        sheet = _meet(left, top), _meet(top, right), _meet(right, bottom), _meet(bottom, left)
    return sheet


Edge = tuple[float, float, float]
"""A line a·x + b·y = c with a unit normal (a, b)."""


def _line(points: NDArray[np.float64], start: Point, end: Point, reach: float) -> Edge | None:
    """The line through the ``points`` near the middle nine tenths of the way from ``start`` to ``end``."""
    way = np.subtract(end, start)
    length = float(np.hypot(*way))
    if length < 1:
        return None
    way = way / length
    along = (points - start) @ way
    off = np.abs((points - start) @ (-way[1], way[0]))
    near = points[(along > 0.05 * length) & (along < 0.95 * length) & (off < reach)]
    if len(near) < 0.5 * length:
        return None
    dx, dy, x, y = (float(v) for v in cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel())
    rough = float(np.mean(np.abs((near - (x, y)) @ (-dy, dx))))
    return (-dy, dx, -dy * x + dx * y) if rough <= _ROUGH * length else None


def _meet(one: Edge, other: Edge) -> Point:
    (a, b, c), (d, e, f) = one, other
    depth = a * e - b * d
    if abs(depth) < 0.1:
        return math.nan, math.nan
    return (c * e - b * f) / depth, (a * f - c * d) / depth


def _plausible(sheet: Quad, shape: tuple[int, ...]) -> bool:
    """Whether the corners lie in the frame and are those of an upright rectangle of some size seen askew."""
    if not all(-1 <= x <= shape[1] and -1 <= y <= shape[0] for x, y in sheet):
        return False
    # Directions of top, right, bottom and left side as if all ran to the right or down.
    directions = [
        _angle(sheet[0], sheet[1]),
        _angle(sheet[1], sheet[2]) - 90,
        _angle(sheet[3], sheet[2]),
        _angle(sheet[0], sheet[3]) - 90,
    ]
    top, right, bottom, left = directions
    turned = max(map(abs, directions)) < _CORNER
    square = all(abs(across - down) < _CORNER for across in (top, bottom) for down in (left, right))
    askew = abs(top - bottom) >= _ASKEW or abs(left - right) >= _ASKEW
    area = cv2.contourArea(np.array(sheet, np.float32)) / (shape[0] * shape[1])
    return turned and square and askew and area >= _LEAST_AREA


def _angle(start: Point, end: Point) -> float:
    return math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))


def _stands_out(sheet: Quad, tone: Tone) -> bool:
    """Whether the ground just outside of every side is darker than the paper just inside."""
    centre = np.mean(sheet, axis=0)
    share = np.linspace(0.05, 0.95, 60)[:, None]
    for start, end in pairwise((*sheet, sheet[0])):
        way = np.subtract(end, start)
        normal = np.array((way[1], -way[0])) / np.hypot(*way)
        normal *= np.sign(normal @ (np.add(start, end) / 2 - centre))
        points = np.array(start) + share * way
        inner, outer = (_at(tone, points + off * normal) for off in (-_BESIDE, _BESIDE))
        if np.mean(inner - outer >= _CONTRAST) < _CLEAR:
            return False
    return True


def _at(tone: Tone, points: NDArray[np.float64]) -> NDArray[np.float64]:
    places = np.rint(points).astype(int)
    rows, columns = places[:, 1].clip(0, tone.shape[0] - 1), places[:, 0].clip(0, tone.shape[1] - 1)
    return np.asarray(tone[rows, columns], np.float64)
