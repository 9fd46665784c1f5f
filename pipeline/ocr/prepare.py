"""The picture made for reading, never for the record: stamps out, ground even, lines level, small print larger.

Measured on hard pages, wrong letters: as scanned 19.7 %, red drop-out + even ground + level 2.6 %. What is left out on
purpose (it hurt): despeckling, thresholding, stretching contrast, denoising.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.dossier import Box
from pipeline.ocr.colour import Colours, find_colours
from pipeline.ocr.geometry import Placement
from pipeline.ocr.readers import Grey

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


@dataclass(frozen=True, slots=True)
class Picture:
    """A page made ready for the readers.

    ``grey`` is H×W, dark on light; ``place`` says how it lies on the upright page; ``dpi`` is its resolution and
    ``millimetre`` the pixels a millimetre takes. ``stamps`` are boxes on the upright page. ``ink`` is the share (0..1)
    of dark pixels.
    """

    grey: Grey
    place: Placement
    dpi: float
    millimetre: float
    stamps: tuple[Box, ...]
    ink: float


def prepare(pixels: Bgr, dpi: tuple[float, float], skew: float) -> Picture:
    """Make the picture for reading.

    Args:
        pixels: the upright page, H×W×3, blue green red.
        dpi: its resolution along x and y; only used where it can be true.
        skew: degrees to turn it clockwise to be level.
    """
    size = (pixels.shape[1], pixels.shape[0])
    scale_x, scale_y = _scales(size, dpi)
    # Shrink first, it saves work; enlarge last, with the turn, so that the picture is resampled only once.
    early = min(1.0, scale_x), min(1.0, scale_y)
    if early != (1.0, 1.0):
        reduced = (max(1, round(size[0] * early[0])), max(1, round(size[1] * early[1])))
        pixels = np.asarray(cv2.resize(pixels, reduced, interpolation=cv2.INTER_AREA), np.uint8)
    ratio = (pixels.shape[1] / size[0], pixels.shape[0] / size[1])
    millimetre = _millimetre(size, dpi) * ratio[0]
    colours = find_colours(pixels, millimetre)
    grey = even_ground(without_colours(pixels, colours))
    turn = skew if abs(skew) >= _LEVEL else 0.0
    place = Placement.of(size, scale_x, scale_y, turn)
    picture = _lay(grey, place, ratio)
    return Picture(
        grey=picture,
        place=place,
        dpi=millimetre / ratio[0] * scale_x * 25.4,
        millimetre=millimetre / ratio[0] * scale_x,
        stamps=tuple((x0 / ratio[0], y0 / ratio[1], x1 / ratio[0], y1 / ratio[1]) for x0, y0, x1, y1 in colours.stamps),
        ink=float(np.count_nonzero(grey < 128)) / grey.size,
    )


def without_colours(pixels: Bgr, colours: Colours) -> Grey:
    """Grey picture in which stamps and pen strokes have faded and the black text under them stays.

    Red ink is as bright as paper in the red channel, black ink is not; blue likewise.
    """
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
    for channel, mask in ((2, colours.red), (0, colours.blue)):
        if mask.any():
            grey = np.where(mask, np.maximum(grey, pixels[:, :, channel]), grey)
    return grey


def even_ground(grey: Grey) -> Grey:
    """Divide by the paper's brightness (median of the dilated quarter-size picture), so that paper is white everywhere.

    Where the ground is far darker than the page's paper it is meant to be dark (a banner with light letters): there the
    picture is only brightened as much as its surroundings, or the letters would vanish.
    """
    h, w = grey.shape
    quarter = cv2.resize(grey, (max(1, w // 4), max(1, h // 4)), interpolation=cv2.INTER_AREA)
    ground = cv2.medianBlur(cv2.dilate(quarter, np.ones((7, 7), np.uint8)), 21)
    least = max(16, round(0.35 * float(np.median(ground))))
    ground = cv2.resize(np.maximum(ground, least), (w, h), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(grey, ground, scale=255), np.uint8)


def _lay(grey: Grey, place: Placement, ratio: tuple[float, float]) -> Grey:
    if place.turn == 0 and place.picture == (grey.shape[1], grey.shape[0]):
        return grey
    # The matrix of the placement is for pixel corners of the full page; OpenCV counts from pixel centres.
    (a, b, c), (d, e, f) = place.matrix
    a, b, d, e = a / ratio[0], b / ratio[1], d / ratio[0], e / ratio[1]
    centred = np.array([[a, b, c + (a + b - 1) / 2], [d, e, f + (d + e - 1) / 2]])
    laid = cv2.warpAffine(
        grey, centred, place.picture, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=255
    )
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
    if dpi[0] >= 60 and 45 <= size[0] / dpi[0] * 25.4 <= 1300:
        return dpi[0] / 25.4
    return min(size) / 210
