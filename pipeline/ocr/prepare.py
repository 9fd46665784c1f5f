"""The picture made for reading, never for the record: stamps out, ground even, lines level, small print larger.

Measured on hard pages, wrong letters: as scanned 19.7 %, red drop-out + even ground + level 2.6 %. What is left out on
purpose (it hurt): despeckling by size, thresholding, stretching contrast, denoising.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.dossier import Box
from pipeline.ocr.bend import slopes_of
from pipeline.ocr.colour import Colours, find_colours
from pipeline.ocr.geometry import Placement, Quad, clip, middle, union
from pipeline.ocr.outline import find_sheet
from pipeline.ocr.readers import Grey
from pipeline.ocr.specks import without_specks

Bgr = NDArray[np.uint8]

_NARROW = 1600
"""Pages narrower than this many pixels are enlarged: it halves the errors below some 150 dpi, gains nothing above."""
_WANTED = 2480
"""Width in pixels they are enlarged to: A4 at 300 dpi."""
_MOST = 4.0
_FINE_DPI = 450
"""Finer pages are read at :data:`_READ_DPI`: four times the pixels tell the readers nothing new."""
_READ_DPI = 300
_MAX_SIDE = 16_000
_MAX_PIXELS = 60_000_000
_LEVEL = 0.25
"""Turns below this many degrees are not worth the blur of turning."""
_FAX = 1.25
"""Ratio of resolutions from which pixels are made square (fax: 204 × 98 dpi)."""
_A4 = 210
"""Short side of a page of unknown size, in millimetres."""
_CAMERA_DPI, _A3 = 100, 450
"""Below that resolution nothing larger than so many millimetres is believed: cameras write 72 dpi whatever they see."""
_THUMBNAIL = 620
"""Width in pixels at which the slope of lines is measured."""
_ENLARGED = 1.2
"""Pixels of the picture a pixel of the scan from which on it counts as enlarged."""
_BAND = 32
"""Rows that are straightened at a time: tables of coordinates that fit into the processor's cache."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page made ready for the readers.

    ``grey`` is H×W, dark on light; ``place`` says how it lies on the upright page; ``dpi`` is its resolution and
    ``millimetre`` the pixels a millimetre takes. ``stamps`` are boxes on the upright page. ``ink`` is the share (0..1)
    of dark pixels. ``flattened``: the page is a photo of a sheet, whose perspective was taken out; ``straightened``:
    lines sloped differently down the page and were made level.
    """

    grey: Grey
    place: Placement
    dpi: float
    millimetre: float
    stamps: tuple[Box, ...]
    ink: float
    flattened: bool
    straightened: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the page, shrunk: where its top left corner lies on the page, and pixels of it a pixel of the page."""

    x: int
    y: int
    across: float
    down: float

    def on_page(self, box: Box) -> Box:
        x0, y0, x1, y1 = box
        return x0 / self.across + self.x, y0 / self.down + self.y, x1 / self.across + self.x, y1 / self.down + self.y

    @property
    def to_page(self) -> NDArray[np.float64]:
        """Matrix that takes a point of the part to the page."""
        return np.array([[1 / self.across, 0, self.x], [0, 1 / self.down, self.y], [0, 0, 1]])


def prepare(pixels: Bgr, dpi: tuple[float, float], skew: float) -> Picture:
    """Make the picture for reading.

    Args:
        pixels: the upright page, H×W×3, blue green red.
        dpi: its resolution along x and y; only used where it can be true.
        skew: degrees to turn it clockwise to be level, measured on the whole page; of no use for photos, and what it
            leaves is found here.
    """
    page = (pixels.shape[1], pixels.shape[0])
    sheet = find_sheet(pixels)
    size, x, y = page, 0, 0
    if sheet is not None:
        size, (x, y, right, bottom) = _flat_size(sheet), _around(sheet, page)
        dpi = (min(size) / _A4 * 25.4, min(size) / _A4 * 25.4)  # what a camera writes down says nothing about the paper
        pixels = pixels[y:bottom, x:right]
    scale_x, scale_y = _scales(size, dpi)
    millimetre = _millimetre(size, dpi)
    # Shrink first, it saves work; enlarge last, with the turn, so that the picture is resampled only once.
    whole = (pixels.shape[1], pixels.shape[0])
    if min(scale_x, scale_y) < 1:
        reduced = (max(1, round(whole[0] * min(1.0, scale_x))), max(1, round(whole[1] * min(1.0, scale_y))))
        pixels = np.asarray(cv2.resize(pixels, reduced, interpolation=cv2.INTER_AREA), np.uint8)
    part = _Part(x, y, pixels.shape[1] / whole[0], pixels.shape[0] / whole[1])
    colours = find_colours(pixels, millimetre * part.across)
    grey = without_specks(even_ground(without_colours(pixels, colours)), millimetre * part.across)
    if sheet is None:
        place = Placement.of(page, scale_x, scale_y, skew if abs(skew) >= _LEVEL else 0.0)
    else:
        place = Placement.flat(page, sheet, (max(1, round(size[0] * scale_x)), max(1, round(size[1] * scale_y))))
    place = _level(place, grey, part)
    picture = _lay(grey, place, part)
    stamps = (part.on_page(box) for box in colours.stamps)
    return Picture(
        grey=picture,
        place=place,
        dpi=millimetre * scale_x * 25.4,
        millimetre=millimetre * scale_x,
        stamps=tuple(box for box in stamps if sheet is None or _shown(box, place)),
        ink=float(np.count_nonzero(picture < 128)) / picture.size,
        flattened=sheet is not None,
        straightened=bool(place.bend),
    )


def without_colours(pixels: Bgr, colours: Colours) -> Grey:
    """Grey picture in which stamps and pen strokes have faded and the black text under them stays.

    Red ink is nearly as bright as paper in the red channel, black ink is not; blue likewise. What is left of the ink is
    divided by its brightness there: over print it darkens by the same share as over paper.
    """
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
    for ink in colours.inks:
        x, y, w, h = cv2.boundingRect(ink.mask.view(np.uint8))
        here = np.s_[y : y + h, x : x + w]
        clear = cv2.convertScaleAbs(cv2.extractChannel(pixels[here], ink.channel), alpha=255 / ink.level)
        cv2.copyTo(cv2.max(grey[here], clear), ink.mask[here].view(np.uint8), grey[here])
    return grey


def even_ground(grey: Grey) -> Grey:
    """Divide by the paper's brightness (median of the dilated small picture), so that paper is white everywhere.

    Where the ground is far darker than the page's paper it is meant to be dark (a banner with light letters): there the
    picture is only brightened as much as its surroundings, or the letters would vanish.
    """
    lit = cv2.dilate(_shrunk(grey, 4), np.ones((7, 7), np.uint8))
    ground = cv2.medianBlur(_shrunk(np.asarray(lit, np.uint8), 4), 5)
    least = max(16, round(0.35 * float(np.median(ground))))
    ground = cv2.resize(np.maximum(ground, least), grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(grey, ground, dst=ground, scale=255), np.uint8)


def _shrunk(grey: Grey, factor: int) -> Grey:
    """``grey`` at a whole fraction of its size, which is quick; what is left over on the right and below is cut off."""
    h, w = (max(1, side // factor) for side in grey.shape)
    return np.asarray(cv2.resize(grey[: h * factor, : w * factor], (w, h), interpolation=cv2.INTER_AREA), np.uint8)


def _flat_size(sheet: Quad) -> tuple[int, int]:
    """Width and height of the sheet in pixels, as if it were seen from straight above."""
    a, b, c, d = sheet
    return round((math.dist(a, b) + math.dist(d, c)) / 2), round((math.dist(a, d) + math.dist(b, c)) / 2)


def _around(sheet: Quad, page: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of the page that holds the sheet."""
    x0, y0, x1, y1 = clip(union((x, y, x, y) for x, y in sheet), page)
    return math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)


def _shown(box: Box, place: Placement) -> bool:
    """Whether the picture shows the middle of a box of the page."""
    x, y = place.to_picture(*middle(box))
    return 0 <= x <= place.picture[0] and 0 <= y <= place.picture[1]


def _level(place: Placement, grey: Grey, part: _Part) -> Placement:
    """``place`` with what it leaves of the lines' slope taken out."""
    shrink = max(1.0, place.picture[0] / _THUMBNAIL)
    size = (max(1, round(place.picture[0] / shrink)), max(1, round(place.picture[1] / shrink)))
    factor = max(1, round(grey.shape[1] / _THUMBNAIL))
    small = _shrunk(grey, factor)
    matrix = np.diag((1 / shrink, 1 / shrink, 1)) @ np.array(place.matrix) @ part.to_page @ np.diag((factor, factor, 1))
    slopes = slopes_of(_warped(small, matrix, size, cv2.INTER_LINEAR))
    if slopes.many:
        return place.straightened([(share * place.picture[1], slope) for share, slope in slopes.many])
    left = -math.degrees(math.atan(slopes.one))
    return place.turned(left) if abs(left) >= _LEVEL else place


def _lay(grey: Grey, place: Placement, part: _Part) -> Grey:
    matrix = np.array(place.matrix) @ part.to_page
    # The sharper way pays where small print is enlarged; at the same size it keeps more grain and takes four times as
    # long (wrong letters on turned scans: 0.71 % with it, 0.61 % without; enlarged ones: 2.34 and 3.12 %).
    how = cv2.INTER_CUBIC if np.linalg.det(matrix[:2, :2]) > _ENLARGED else cv2.INTER_LINEAR
    if not place.bend:
        same = place.picture == (grey.shape[1], grey.shape[0]) and np.allclose(matrix, np.eye(3), atol=1e-6)
        return grey if same else _warped(grey, matrix, place.picture, how)
    back = np.linalg.inv(matrix).astype(np.float32)
    width, height = place.picture
    rows, slopes = zip(*place.bend, strict=True)
    x = np.arange(width, dtype=np.float32) + np.float32(0.5)
    picture = np.empty((height, width), np.uint8)
    for top in range(0, height, _BAND):
        y = np.arange(top, min(top + _BAND, height), dtype=np.float32)[:, None] + np.float32(0.5)
        bent = y + np.interp(y, rows, slopes).astype(np.float32) * (x - np.float32(width / 2))
        across, down, depth = (a * x + b * bent + c for a, b, c in back)
        where = (across / depth - np.float32(0.5), down / depth - np.float32(0.5))
        band = picture[top : top + _BAND]
        cv2.remap(grey, *where, how, dst=band, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,))
    return picture


def _warped(grey: Grey, matrix: NDArray[np.float64], size: tuple[int, int], how: int) -> Grey:
    """``grey`` mapped by ``matrix``, which is for corners of pixels; OpenCV counts from their centres."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    centred = np.linalg.inv(half) @ matrix @ half
    if np.allclose(centred[2], (0, 0, 1), atol=1e-12):
        laid = cv2.warpAffine(grey, centred[:2], size, flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,))
    else:
        laid = cv2.warpPerspective(grey, centred, size, flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,))
    return np.asarray(laid, np.uint8)


def _scales(size: tuple[int, int], dpi: tuple[float, float]) -> tuple[float, float]:
    scale = 1.0
    if size[0] < _NARROW:
        scale = min(_MOST, _WANTED / size[0])
    elif dpi[0] > _FINE_DPI and size[0] * _READ_DPI / dpi[0] >= _NARROW:
        scale = _READ_DPI / dpi[0]
    square = dpi[0] / dpi[1] if min(dpi) > 0 else 1.0
    tall = square if max(square, 1 / square) >= _FAX and 1 / _MOST <= square <= _MOST else 1.0
    across, down = size[0] * scale, size[1] * scale * tall
    limit = min(1.0, _MAX_SIDE / across, _MAX_SIDE / down, (_MAX_PIXELS / (across * down)) ** 0.5)
    return scale * limit, scale * tall * limit


def _millimetre(size: tuple[int, int], dpi: tuple[float, float]) -> float:
    """Pixels a millimetre of paper takes; a resolution that cannot be true is replaced by that of an A4 page."""
    if dpi[0] >= 60 and 45 <= size[0] / dpi[0] * 25.4 <= (1300 if dpi[0] >= _CAMERA_DPI else _A3):
        return dpi[0] / 25.4
    return min(size) / _A4
