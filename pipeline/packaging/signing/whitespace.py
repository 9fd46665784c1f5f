"""Where a stamp can stand: the free place nearest to its corner, at the biggest type that fits.

Coordinates here are pixels of the page as drawn (origin at the top left), unless points are named.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.dossier import Box
from pipeline.packaging.pdfa.geometry import POINTS_PER_INCH, POINTS_PER_MM
from pipeline.packaging.signing.stampfont import StampFont
from pipeline.settings import Stamp

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

DPI = 100
"""Resolution at which pages are drawn to look for room: a pixel is a quarter of a millimetre."""

LEADING = 1.2
"""Distance of lines in type sizes."""
PADDING = 1.5
"""Points kept free round the text."""
_SCALE = DPI / POINTS_PER_INCH
_STEP = 2
_SIZE_STEP = 0.5
_CLEARANCES = ((6.0, 0.0), (4.5, 5.0), (3.0, 15.0))
"""Points between a stamp and the nearest ink, and what it costs, in points of way, to come closer."""
_SMALLER_COSTS = 250.0
"""How many points from its corner a stamp may go for its full type size, were it else to shrink to nothing."""
_RUN_ON_COSTS = 20.0
"""What it costs to set all lines as one, parted by semicolons: for a strip too low for them one below the other."""
_LINE_COSTS = 4.0
"""What every line more costs that the text is broken into."""
_NARROWER = (1.0, 0.75, 0.55)
_HALF = 0.5
"""Share of the page's width in which a stamp counts as standing in its corner."""
_REACHES = (0.33, 0.5)
"""Share of the page's height likewise; the greater only where there is no room in the smaller."""
_LEAST_REACH_MM = 60.0
"""Height that counts in any case: on a small card print fills the corner itself."""
_MARGIN_SHARE = 0.03

_GROUND = 25
"""Pixels (6 mm) over which the paper's own shade is taken: wider than strokes and gaps between them."""
_FAINT, _PLAIN, _MOST_CONTRAST = 16, 28, 80
"""Contrasts (0..255) from which a mark counts: pale pen and pencil, ordinary print, and at most on rough paper."""
_DARK = (90, 110)
_DARK_SHARE = 0.6
"""Paper darker than this share of the page's is no place for black letters, within the bounds before."""
_SPECK = 5
"""A mark below this many pixels (1.3 mm) that stands alone is dust; dots in a row are a line to be filled in."""
_NEAR = 7
"""Pixels within which marks belong together."""
_DOTS, _ROW = 9, 25
"""Pixels from dot to dot, and of a row of dots."""
_SCREEN, _SCREENED = 8, 0.4
"""Side of a square in pixels (2 mm), and share of the squares with specks from which these are a screen."""
_DENSE, _LONG = 45, 16
"""Print over a screen: its mean contrast, and the length in pixels of a thin rule; runs of dots have less of both."""
_TILE = 8
"""Pixels (2 mm) of a square that a printed pattern fills and lines of text leave bare every now and then."""
_EVEN, _STRONGER = 0.5, 1.25
"""A pattern's palest squares have this share of its contrast; what is so much stronger than it is ink."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A stamp in its place: ``box`` in whole points (origin bottom left), its lines from the top, type size."""

    box: tuple[int, int, int, int]
    lines: tuple[str, ...]
    points: float


class _Paper:
    """A page told apart into paper and what stands out from it."""

    def __init__(self, picture: Picture) -> None:
        ground = _ground(picture)
        darker = np.asarray(cv2.subtract(ground, picture), np.uint8)
        # Pale blue is hardly darker than white, but much less red: the colour that differs most counts.
        self._contrast: Picture = darker.max(axis=2) if darker.ndim == 3 else darker
        shade = np.asarray(cv2.cvtColor(ground, cv2.COLOR_RGB2GRAY), np.uint8) if ground.ndim == 3 else ground
        middle = float(np.median(self._contrast))
        self._rough = middle + 6 * float(np.median(np.abs(self._contrast.astype(np.float32) - middle)))
        limit = np.clip(_DARK_SHARE * float(np.percentile(shade, 75)), *_DARK)
        # Large dark fields are their own ground: what is dark outright is no place for black letters either.
        self._dark: Mask = shade < limit

    def faint(self) -> Mask:
        """Everything that stands out at all; dust left out that is far from anything else."""
        return np.asarray(_big(self._over(_FAINT), _NEAR) | self._dark, np.bool_)

    def plain(self) -> Mask:
        """Print, pen, stamps, borders; neither what shows through nor dust, however much of it there is."""
        return self._without_dust(self._over(_PLAIN))

    def patterned(self, corner: str) -> Mask | None:
        """As :meth:`plain`, but for a pale pattern printed all over the corner; ``None`` where there is no such.

        Guilloches of certificates fill every square of the paper alike; text, be it ever so pale, leaves squares bare
        between lines and words.
        """
        half = self._contrast.shape[1] // 2
        area = self._contrast[:, :half] if corner == "top-left" else self._contrast[:, half:]
        tiles = _squares(area, _TILE)
        pale = tiles[tiles < _MOST_CONTRAST]
        if pale.size < tiles.size / 4:
            return None
        strength, least = float(np.percentile(pale, 90)), float(np.percentile(pale, 25))
        if least <= max(_EVEN * strength, _FAINT):
            return None
        return self._without_dust(self._over(_STRONGER * strength))

    def _over(self, contrast: float) -> Picture:
        """Where the contrast is over ``contrast``, or over more on rough paper; 0 or 1."""
        return (self._contrast > min(max(self._rough, contrast), _MOST_CONTRAST)).astype(np.uint8)

    def _without_dust(self, marked: Picture) -> Mask:
        """``marked`` without its specks, but for dots in a row, and all that is dark."""
        big = _big(marked, 1)
        if self._screened(marked.astype(bool) & ~big):
            dense = cv2.blur(self._contrast, (_DOTS, _DOTS)) > _DENSE
            return np.asarray(dense | _big(marked, 1, _LONG) | self._dark, np.bool_)
        rows = cv2.morphologyEx(marked, cv2.MORPH_CLOSE, np.ones((1, _DOTS), np.uint8))
        rows = cv2.morphologyEx(rows, cv2.MORPH_OPEN, np.ones((1, _ROW), np.uint8))
        return np.asarray(big | rows.astype(bool) | self._dark, np.bool_)

    def _screened(self, specks: Mask) -> bool:
        """Whether the paper's tint was screened into dots: they are everywhere, so dots in a row are no line."""
        return bool((_squares(specks, _SCREEN) > 0).mean() > _SCREENED)


def _ground(picture: Picture) -> Picture:
    """The paper's own shade at every pixel.

    Only squares that lie whole on the page count: in one that hangs over its corner a blot would be all there is.
    """
    sides = ((_GROUND, _GROUND), (_GROUND, _GROUND), (0, 0))
    framed = np.pad(picture, sides[: picture.ndim], constant_values=255)
    closed = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, np.ones((_GROUND, _GROUND), np.uint8))
    return np.asarray(closed[_GROUND:-_GROUND, _GROUND:-_GROUND], np.uint8)


def _squares(area: Picture | Mask, side: int) -> Picture | Mask:
    """The greatest value in every square of ``side`` pixels that lies whole in ``area``."""
    height, width = area.shape[0] // side, area.shape[1] // side
    found: Picture | Mask = area[: height * side, : width * side].reshape(height, side, width, side).max(axis=(1, 3))
    return found


def _big(marked: Picture, joined: int, least: int = _SPECK) -> Mask:
    """The marks of ``least`` pixels or more one way, where marks within ``joined`` pixels are one."""
    near = cv2.dilate(marked, np.ones((joined, joined), np.uint8))
    _, labels, found, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    big = np.maximum(found[:, cv2.CC_STAT_WIDTH], found[:, cv2.CC_STAT_HEIGHT]) >= least + joined - 1
    return np.asarray(marked.astype(bool) & big[labels], np.bool_)


def ink(picture: Picture) -> Mask:
    """Where ``picture`` (grey or RGB) is darker than the paper round it: print, pen, stamps, borders; not tint, specks.

    On rough or patterned paper the contrast asked for grows with the roughness.
    """
    return _Paper(picture).plain()


def place(
    stamp: Stamp, lines: Sequence[str], font: StampFont, picture: Picture, size: tuple[float, float], taken: list[Box]
) -> Placement | None:
    """Find room for ``lines`` in the stamp's corner; ``None`` where there is none.

    Room is first looked for where nothing stands out from the paper at all, then where nothing but dust and what shows
    through does, then on a pale pattern that is printed all over.

    Args:
        stamp: corner, type sizes, width and margin.
        lines: text to set.
        font: its type.
        picture: the page in grey or RGB at :data:`DPI`, without its annotations.
        size: width and height of the page in points.
        taken: boxes in points (origin bottom left) that are not free, such as other stamps.
    """
    margin = min(stamp.margin_mm * POINTS_PER_MM, _MARGIN_SHARE * size[0])
    settings = list(_settings(stamp, lines, font, size, margin))
    for share in _REACHES:
        reach = int(min(max(share * size[1], _LEAST_REACH_MM * POINTS_PER_MM), size[1] - margin) * _SCALE)
        paper = _Paper(picture[: reach + _GROUND])
        for look in (paper.faint, paper.plain, partial(paper.patterned, stamp.corner)):
            blocked = look()
            if blocked is None:
                continue
            for box in taken:
                blocked[_pixels(box, size[1])] = True
            found = _best(blocked[:reach], stamp.corner, settings, size, margin)
            if found is not None:
                return found
    return None


def _pixels(box: Box, height: float) -> tuple[slice, slice]:
    """Rows and columns that ``box``, in points of a page of that height, may touch."""
    x0, y0, x1, y1 = (length * _SCALE for length in (box[0], height - box[3], box[2], height - box[1]))
    return slice(max(int(y0) - 1, 0), max(int(y1) + 2, 0)), slice(max(int(x0) - 1, 0), max(int(x1) + 2, 0))


@dataclass(frozen=True, slots=True)
class _Setting:
    """A way to set the text: type size, lines, width and height in points, and what it costs."""

    points: float
    lines: tuple[str, ...]
    width: int
    height: int
    cost: float


def _settings(
    stamp: Stamp, lines: Sequence[str], font: StampFont, size: tuple[float, float], margin: float
) -> Iterator[_Setting]:
    """Every way to set the text, the biggest type first."""
    room = _HALF * size[0] - margin
    widest = min(stamp.width_mm * POINTS_PER_MM, room)
    steps = int((stamp.font_points - stamp.min_font_points) / _SIZE_STEP)
    for points in [stamp.font_points - step * _SIZE_STEP for step in range(steps + 1)]:
        shrunk = _SMALLER_COSTS * (1 - points / stamp.font_points)
        ways = [(tuple(lines), share * widest, shrunk) for share in _NARROWER]
        ways.append((("; ".join(lines),), room, shrunk + _RUN_ON_COSTS))
        seen = set()
        for text, width, cost in ways:
            # A word is torn only in the smallest type: rather that than no stamp on a narrow card.
            broken = font.wrapped(text, points, width - 2 * PADDING, tear=points - _SIZE_STEP < stamp.min_font_points)
            across = math.ceil(max(font.width(line, points) for line in broken) + 2 * PADDING)
            if broken not in seen and across <= width:
                seen.add(broken)
                down = math.ceil(len(broken) * points * LEADING + 2 * PADDING)
                more = _LINE_COSTS * max(len(broken) - len(lines), 0)
                yield _Setting(points, broken, across, down, cost + more)


def _best(
    blocked: Mask, corner: str, settings: Sequence[_Setting], size: tuple[float, float], margin: float
) -> Placement | None:
    """The cheapest of ``settings`` for which there is room: near its corner, in big type, clear of ink."""
    sums = np.pad(blocked.astype(np.int32).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    best, least = None, math.inf
    for setting in settings:
        for clearance, extra in _CLEARANCES:
            cost = setting.cost + extra
            if cost >= least:
                continue
            found = _nearest(sums, corner, margin, clearance, (setting.width, setting.height))
            if found is not None and cost + found[2] < least:
                least = cost + found[2]
                x0, y1 = round(found[0] / _SCALE), round(size[1] - found[1] / _SCALE)
                box = x0, y1 - setting.height, x0 + setting.width, y1
                best = Placement(box, setting.lines, setting.points)
    return best


def _nearest(
    sums: npt.NDArray[np.int32], corner: str, margin: float, clearance: float, size: tuple[float, float]
) -> tuple[int, int, float] | None:
    """Top left of the free box nearest to the corner in pixels, and how far it is from there in points.

    ``sums`` is the summed-area table of what is not free at the top of the page; ``margin``, ``clearance`` and the
    ``size`` of the box are points.
    """
    rows, columns = sums.shape[0] - 1, sums.shape[1] - 1
    clear, edge = round(clearance * _SCALE), int(margin * _SCALE)
    need_x, need_y = (math.ceil(length * _SCALE) + 1 for length in size)
    first_x, last_x = edge, int(_HALF * columns) - need_x
    if corner == "top-right":
        first_x, last_x = columns - int(_HALF * columns), columns - edge - need_x
    xs = np.arange(first_x, last_x + 1, _STEP)
    ys = np.arange(edge, rows - need_y + 1, _STEP)
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
    nearest = float(distance.flat[at]) / _SCALE
    return (int(left.flat[at]), int(top.flat[at]), nearest) if np.isfinite(nearest) else None
