"""Where things lie on a page of a record: page box, placing of the picture, places of the words.

Two coordinate systems meet here. Pixels: origin at the top left of the upright page, y down (as everywhere in the
nouns). Points: PDF user space, 1/72 inch, origin at the bottom left of the page, y up. A matrix ``(a, b, c, d, e, f)``
is a PDF matrix: ``x' = a x + c y + e``, ``y' = b x + d y + f``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.dossier import Box, Line, Page, PageReading, Word

Matrix = tuple[float, float, float, float, float, float]

POINTS_PER_INCH = 72.0
POINTS_PER_MM = POINTS_PER_INCH / 25.4

_HAIR = 0.0005
"""Points; a hundredth of a pixel at 1200 dpi, and ten times what numbers are rounded by."""
_GAP = 0.18
"""Least gap between words, as a share of the type size."""
_NARROWEST = 0.5
"""A word is not made narrower than this share of its box."""

DESCENT = 0.2
"""Share of the line height below the base line, in the text layer's font; the rest is above it."""


def multiply(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that does ``first`` and ``then`` the other."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """The point ``(x, y)`` after ``matrix``."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def page_size(page: Page) -> tuple[float, float]:
    """Width and height of the upright paper in points (100 % scale: Circular 05/2025/TT-BNV), less a hair.

    Renderers round the page up to whole pixels: without the hair it would be one pixel bigger than the scan, as often
    as not, and no pixel of the scan would be shown as it is. See also :func:`inset`.
    """
    width, height = page.upright_size
    dpi_x, dpi_y = page.upright_dpi
    return round(width * POINTS_PER_INCH / dpi_x - _HAIR, 5), round(height * POINTS_PER_INCH / dpi_y - _HAIR, 5)


def inset(matrix: Matrix) -> Matrix:
    """``matrix``, of the unit square, with the square a hair smaller on every side.

    A picture that ends just where a pixel of the renderer does is drawn one pixel bigger, and scaled for it: by pdfium
    where rounding goes against it, by poppler always. A hair less, and each of its pixels is shown as it is.
    """
    width, height = math.hypot(*matrix[0:2]), math.hypot(*matrix[2:4])
    across, up = min(_HAIR / width, 0.1), min(_HAIR / height, 0.1)
    return multiply((1 - 2 * across, 0.0, 0.0, 1 - 2 * up, across, up), matrix)


def placing(rotation: int, width: float, height: float) -> Matrix:
    """Matrix that lays the unit square on a page of ``width`` × ``height`` points, turned clockwise by ``rotation``.

    The picture is turned by being placed so; its own samples stay as the scanner gave them.
    """
    return {
        0: (width, 0.0, 0.0, height, 0.0, 0.0),
        90: (0.0, -height, width, 0.0, 0.0, height),
        180: (-width, 0.0, 0.0, -height, width, height),
        270: (0.0, height, -width, 0.0, width, 0.0),
    }[rotation % 360]


def patch(box: Box, width: int, height: int) -> Matrix:
    """Matrix that lays the unit square on ``box`` (pixels) of a carrier of that size, itself taken as unit square."""
    x0, y0, x1, y1 = box
    return ((x1 - x0) / width, 0.0, 0.0, (y1 - y0) / height, x0 / width, 1.0 - y1 / height)


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word of the text layer: its base line starts at ``(x, y)`` and is ``width`` long, in points."""

    text: str
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line of the text layer; all its words have the type size ``size``, in points."""

    size: float
    words: tuple[PlacedWord, ...]


def place_line(line: Line, reading: PageReading, width: float, height: float) -> PlacedLine | None:
    """Lay a read line on the page of ``width`` × ``height`` points; ``None`` when it has no visible word.

    The words' boxes are upright rectangles round slanting words; with the page's skew they tell the line's height and
    base line. The base line climbs word by word and every word stands level on it: letters that slant themselves are
    torn apart by some readers (pdftotext splits words from 1.5° on).
    """
    angle = math.radians(reading.skew)
    scale = (width / reading.width, height / reading.height)
    words = [(word, _slanted(word, scale, height, angle)) for word in line.words if word.text.strip()]
    if not words:
        return None
    tall = sorted(slant.height for _, slant in words)[len(words) // 2]
    kept = [slant for _, slant in words if slant.height <= 2 * tall]
    top = max(slant.across + slant.height / 2 for slant in kept)
    bottom = min(slant.across - slant.height / 2 for slant in kept)
    size = min(max(top - bottom, 1.0), 2 * tall + 1.0)
    across = bottom + DESCENT * size
    placed = []
    for word, slant in words:
        middle_x = slant.along * math.cos(angle) - across * math.sin(angle)
        middle_y = slant.along * math.sin(angle) + across * math.cos(angle)
        level = slant.width * math.cos(angle)
        placed.append(PlacedWord(word.text, middle_x - level / 2, middle_y, level))
    return PlacedLine(size, tuple(_parted(placed, _GAP * size)))


def _parted(words: list[PlacedWord], gap: float) -> Iterator[PlacedWord]:
    """Narrow words that come closer than ``gap`` points to the next: readers tell words apart by the gap alone.

    Boxes as read may touch or overlap; pdftotext joins words less than a tenth of the type size apart and breaks the
    line where they overlap.
    """
    for word, following in itertools.zip_longest(words, words[1:]):
        room = following.x - gap - word.x if following is not None else word.width
        yield replace(word, width=max(min(word.width, room), _NARROWEST * word.width))


@dataclass(frozen=True, slots=True)
class _Slant:
    """A word seen along its line: its middle in the turned axes and its size, in points."""

    along: float
    across: float
    width: float
    height: float


def _slanted(word: Word, scale: tuple[float, float], page_height: float, angle: float) -> _Slant:
    x0, y0, x1, y1 = word.box
    box_width, box_height = max((x1 - x0) * scale[0], 0.1), max((y1 - y0) * scale[1], 0.1)
    middle_x, middle_y = (x0 + x1) / 2 * scale[0], page_height - (y0 + y1) / 2 * scale[1]
    cos, sin = math.cos(angle), abs(math.sin(angle))
    even = cos * cos - sin * sin
    width = (box_width * cos - box_height * sin) / even if even > 0.1 else 0.0
    height = (box_height * cos - box_width * sin) / even if even > 0.1 else 0.0
    if width <= 0.1 * box_width or height <= 0.1 * box_height:
        # The box is tighter than a word at that slant can be: the skew does not hold here, so take the box as it is.
        width, height = box_width, box_height
    along = middle_x * math.cos(angle) + middle_y * math.sin(angle)
    across = middle_y * math.cos(angle) - middle_x * math.sin(angle)
    return _Slant(along, across, width, height)
