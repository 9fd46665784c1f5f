"""Boxes, and how the picture made for reading lies on the upright page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.dossier import Box

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]
"""Corners: top left, top right, bottom right, bottom left."""
_ROUNDS, _NEAR = 50, 1e-6
"""Most steps, and change in pixels below which to stop, in finding the row of a point in a straightened picture."""


def width(box: Box) -> float:
    """Extent along x."""
    return box[2] - box[0]


def height(box: Box) -> float:
    """Extent along y."""
    return box[3] - box[1]


def middle(box: Box) -> tuple[float, float]:
    """Centre of the box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def area(box: Box) -> float:
    """Area; 0 for a degenerate box."""
    return max(0.0, width(box)) * max(0.0, height(box))


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all ``boxes`` (at least one)."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def common(a: Box, b: Box) -> float:
    """Area that ``a`` and ``b`` share."""
    return area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))


def inside(box: Box, outer: Box) -> float:
    """Share (0..1) of ``box`` that lies inside ``outer``."""
    return common(box, outer) / area(box) if area(box) > 0 else 0.0


def same_row(a: Box, b: Box) -> bool:
    """Whether the two overlap by more than half of the lower one's height."""
    shared = min(a[3], b[3]) - max(a[1], b[1])
    return shared > 0.5 * min(height(a), height(b))


def clip(box: Box, size: tuple[int, int]) -> Box:
    """``box`` cut to a picture of ``size`` (width, height)."""
    w, h = size
    x0, x1 = (min(max(x, 0.0), float(w)) for x in (box[0], box[2]))
    y0, y1 = (min(max(y, 0.0), float(h)) for y in (box[1], box[3]))
    return x0, y0, x1, y1


def whole(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """``box`` cut to a picture of ``size`` (width, height), in whole pixels."""
    x0, y0, x1, y1 = map(round, clip(box, size))
    return x0, y0, x1, y1


def pad(box: Box, x: float, y: float) -> Box:
    """``box`` grown by ``x`` on the left and right and ``y`` above and below."""
    return box[0] - x, box[1] - y, box[2] + x, box[3] + y


Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
"""A projective map of points (x, y, 1), row by row; the last row of an affine one is 0, 0, 1."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How the picture for reading lies on the upright page: a projective map, then lines straightened.

    ``page`` and ``picture`` are (width, height) in pixels. ``matrix`` takes a point of the page into the picture as it
    would be without ``bend``. ``bend`` holds pairs (y, slope): on row y of the picture text lines would rise or fall by
    ``slope`` pixels a pixel (positive: down to the right) about the middle of the row; in between it changes evenly.
    Empty: lines are level by themselves.
    """

    page: tuple[int, int]
    picture: tuple[int, int]
    matrix: Matrix
    bend: tuple[tuple[float, float], ...] = ()

    @classmethod
    def of(cls, page: tuple[int, int], scale_x: float, scale_y: float, turn: float) -> Placement:
        """A page of that size, scaled and then turned clockwise by ``turn`` degrees; no corner is lost."""
        w, h = max(1.0, page[0] * scale_x), max(1.0, page[1] * scale_y)
        c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        wide, high = w * abs(c) + h * abs(s), w * abs(s) + h * abs(c)
        picture = (max(1, math.ceil(wide - 1e-6)), max(1, math.ceil(high - 1e-6)))
        a, b, d, e = c * w / page[0], -s * h / page[1], s * w / page[0], c * h / page[1]
        x, y = page[0] / 2, page[1] / 2
        across, down = picture[0] / 2 - a * x - b * y, picture[1] / 2 - d * x - e * y
        return cls(page, picture, ((a, b, across), (d, e, down), (0.0, 0.0, 1.0)))

    @classmethod
    def flat(cls, page: tuple[int, int], sheet: Quad, picture: tuple[int, int]) -> Placement:
        """The part of the page inside ``sheet``, stretched to fill a picture of that size."""
        w, h = picture
        matrix = _projection(sheet, ((0.0, 0.0), (w, 0.0), (w, h), (0.0, h)))
        return cls(page, picture, matrix)

    def turned(self, degrees: float) -> Placement:
        """The same, with the picture (not bent yet) turned clockwise once more; no corner is lost."""
        turn = Placement.of(self.picture, 1.0, 1.0, degrees)
        return Placement(self.page, turn.picture, _product(turn.matrix, self.matrix))

    def straightened(self, slopes: Sequence[tuple[float, float]]) -> Placement:
        """The same with lines of these slopes (see :attr:`bend`) made level; higher, so that no corner is lost."""
        margin = math.ceil(max(abs(slope) for _, slope in slopes) * self.picture[0] / 2)
        shift = ((1.0, 0.0, 0.0), (0.0, 1.0, float(margin)), (0.0, 0.0, 1.0))
        return Placement(
            self.page,
            (self.picture[0], self.picture[1] + 2 * margin),
            _product(shift, self.matrix),
            tuple((y + margin, slope) for y, slope in slopes),
        )

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """Where the page's point lies in the picture."""
        x, y = _applied(self.matrix, x, y)
        level = y
        if self.bend:
            off = x - self.picture[0] / 2
            for _ in range(_ROUNDS):
                level, before = y - self._slope(level) * off, level
                if abs(level - before) < _NEAR:
                    break
        return x, level

    def to_page(self, x: float, y: float) -> tuple[float, float]:
        """Where the picture's point lies on the page."""
        if self.bend:
            y += self._slope(y) * (x - self.picture[0] / 2)
        return _applied(_inverse(self.matrix), x, y)

    def box_to_picture(self, box: Box) -> Box:
        """The smallest level box of the picture around a box of the page."""
        return union((x, y, x, y) for x, y in (self.to_picture(x, y) for x, y in _corners(box)))

    def box_to_page(self, box: Box) -> Box:
        """The smallest level box of the page around a box of the picture, cut to the page."""
        if self.matrix == _UNMOVED and not self.bend:
            return clip(box, self.page)
        return clip(union((x, y, x, y) for x, y in (self.to_page(x, y) for x, y in _corners(box))), self.page)

    def _slope(self, y: float) -> float:
        rows, slopes = zip(*self.bend, strict=True)
        return float(np.interp(y, rows, slopes))


_UNMOVED: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def _corners(box: Box) -> tuple[tuple[float, float], ...]:
    x0, y0, x1, y1 = box
    return (x0, y0), (x1, y0), (x0, y1), (x1, y1)


def _applied(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    across, down, depth = (a * x + b * y + c for a, b, c in matrix)
    return across / depth, down / depth


def _projection(source: Quad, target: Quad) -> Matrix:
    found = cv2.getPerspectiveTransform(np.array(source, np.float32), np.array(target, np.float32))
    return _matrix(np.asarray(found, np.float64))


def _product(a: Matrix, b: Matrix) -> Matrix:
    return _matrix(np.array(a) @ np.array(b))


@lru_cache(maxsize=8)
def _inverse(matrix: Matrix) -> Matrix:
    return _matrix(np.linalg.inv(np.array(matrix)))


def _matrix(values: NDArray[np.float64]) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = (values / values[2, 2]).tolist()
    return (a, b, c), (d, e, f), (g, h, i)
