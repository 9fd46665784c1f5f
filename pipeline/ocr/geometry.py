"""Boxes, and how the picture made for reading lies on the upright page."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.dossier import Box


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


def pad(box: Box, x: float, y: float) -> Box:
    """``box`` grown by ``x`` on the left and right and ``y`` above and below."""
    return box[0] - x, box[1] - y, box[2] + x, box[3] + y


@dataclass(frozen=True, slots=True)
class Placement:
    """Affine map between the upright page and the picture for reading: scaling, then a turn about the centre.

    ``page`` and ``picture`` are (width, height) in pixels. The picture is large enough that no corner of the page is
    lost. ``turn`` is in degrees clockwise.
    """

    page: tuple[int, int]
    picture: tuple[int, int]
    scale_x: float
    scale_y: float
    turn: float

    @classmethod
    def of(cls, page: tuple[int, int], scale_x: float, scale_y: float, turn: float) -> Placement:
        """The placement of a page of that size, scaled and turned clockwise by ``turn`` degrees."""
        w, h = max(1.0, page[0] * scale_x), max(1.0, page[1] * scale_y)
        c, s = abs(math.cos(math.radians(turn))), abs(math.sin(math.radians(turn)))
        size = (max(1, math.ceil(w * c + h * s - 1e-6)), max(1, math.ceil(w * s + h * c - 1e-6)))
        return cls(page, size, w / page[0], h / page[1], turn)

    @property
    def matrix(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """The 2×3 matrix that takes a point of the page into the picture."""
        c, s = math.cos(math.radians(self.turn)), math.sin(math.radians(self.turn))
        px, py = self.page[0] / 2, self.page[1] / 2
        a, b = c * self.scale_x, -s * self.scale_y
        d, e = s * self.scale_x, c * self.scale_y
        return (
            (a, b, self.picture[0] / 2 - a * px - b * py),
            (d, e, self.picture[1] / 2 - d * px - e * py),
        )

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """Where the page's point lies in the picture."""
        (a, b, c), (d, e, f) = self.matrix
        return a * x + b * y + c, d * x + e * y + f

    def to_page(self, x: float, y: float) -> tuple[float, float]:
        """Where the picture's point lies on the page."""
        (a, b, c), (d, e, f) = self.matrix
        det = a * e - b * d
        u, v = x - c, y - f
        return (e * u - b * v) / det, (a * v - d * u) / det

    def box_to_picture(self, box: Box) -> Box:
        """The smallest level box of the picture around a box of the page."""
        return union((x, y, x, y) for x, y in (self.to_picture(x, y) for x, y in _corners(box)))

    def box_to_page(self, box: Box) -> Box:
        """The smallest level box of the page around a box of the picture, cut to the page."""
        return clip(union((x, y, x, y) for x, y in (self.to_page(x, y) for x, y in _corners(box))), self.page)


def _corners(box: Box) -> tuple[tuple[float, float], ...]:
    x0, y0, x1, y1 = box
    return (x0, y0), (x1, y0), (x0, y1), (x1, y1)
