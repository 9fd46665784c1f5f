"""A page's turn (quarter turns) and skew, measured on its pixels; nothing is turned, only known.

Figures behind the choices: the orientation model was right on every one of 160 drawn pages in four positions; a
projection profile finds the skew to 0.02° on average, where general packages were up to 45° off on faxes. Both look at
thumbnails, so that a JPEG is decoded at a fraction of its size.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.capture.pixels import Grey, small
from pipeline.dossier import Page
from pipeline.errors import ProgramFailed
from pipeline.settings import Limits

_THUMBNAIL = 850
"""Pixels on the longer side of what is looked at: A4 at 300 dpi has 877 when decoded at a quarter of its size."""
_OSD_THUMBNAIL = 1700
"""Tesseract needs letters it can read."""
_BORDER = 0.04
_FAINT = 24
_RANGE, _COARSE, _NEAR, _FINE = 5.0, 0.5, 0.8, 0.1
"""Angles tried: all of the range in coarse steps on half the thumbnail, those near the best in fine ones on it."""
_LEVEL = 0.25
"""Below this many degrees a page counts as level: turning it would cost more than it gains."""
_LEAST_INK, _MOST_INK = 0.002, 0.5
"""Share of dark marks between which a page can be one of print."""
_LEAST_PEAK = 3.0
"""By how much the best angle must stand out from the middling one: 9 to 63 on printed pages, below 2 on noise."""
_LEAST_GAIN = 1.02
_OSD_SURE = 5.0
"""Confidence of Tesseract's orientation below which a page is left as it is."""
_GROUPED, _MOST_OF_PAGE = 25, 0.5
"""Pixels of the thumbnail within which marks belong together; share of the page that is no small block any more."""
_ENOUGH_MARKS = 0.0003
"""Share of dark marks below which nobody could tell up from down, nor needs to: a page number alone has 0.0001."""


def upright(page: Page, limits: Limits) -> Page:
    """Return ``page`` with the measured rotation and skew.

    The turn found is added to the one the file states; a page that is unsure stays as the file says and is marked
    ``turn_doubtful``, unless there is next to nothing on it. A page whose text layer is trusted is upright by its text.
    """
    if page.printed:
        return page
    grey = small(page, _THUMBNAIL)
    if float(np.mean(ink_of(grey) > 0)) < _ENOUGH_MARKS:
        return page
    skew = estimate_skew(grey)
    turns = _quarter_turns(page, grey, skew, limits)
    if turns:
        skew = estimate_skew(np.rot90(grey, -turns))
    return replace(page, rotation=(page.rotation + 90 * (turns or 0)) % 360, skew=skew, turn_doubtful=turns is None)


def estimate_skew(grey: Grey) -> float:
    """Angle in degrees (0.1 steps, ±5°) by which text lines rise; 0 when below 0.25°.

    The page is level when its row sums change most from row to row (projection profile, Postl 1986).
    """
    ink = ink_of(grey)
    if not _LEAST_INK <= float(np.mean(ink > 0)) <= _MOST_INK:
        return 0.0
    # Turning blurs, so that a picture as it lies would look sharper than it should: it is blurred a little beforehand.
    ink = np.asarray(cv2.blur(ink, (1, 3)), np.float32)
    angles = np.arange(-_RANGE, _RANGE + _COARSE / 2, _COARSE)
    half = max(1, ink.shape[1] // 2), max(1, ink.shape[0] // 2)
    rough = np.asarray(cv2.resize(ink, half, interpolation=cv2.INTER_AREA), np.float32)
    sharp = [_sharpness(rough, float(angle)) for angle in angles]
    if max(sharp) < _LEAST_PEAK * float(np.median(sharp)):
        return 0.0
    coarse = float(angles[int(np.argmax(sharp))])
    near = np.arange(coarse - _NEAR, coarse + _NEAR + _FINE / 2, _FINE)
    fine = [_sharpness(ink, float(angle)) for angle in near]
    best = float(near[int(np.argmax(fine))])
    if abs(best) < _LEVEL or max(fine) < _LEAST_GAIN * _sharpness(ink, 0.0):
        return 0.0
    return round(best, 2)


def ink_of(grey: Grey) -> NDArray[np.float32]:
    """Dark marks of a thumbnail, 0 where there is paper; border cut off, uneven light divided out."""
    scale = _THUMBNAIL / max(grey.shape)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    cut_y, cut_x = (round(side * _BORDER) for side in small.shape)
    small = small[cut_y : small.shape[0] - cut_y or None, cut_x : small.shape[1] - cut_x or None]
    ground = cv2.medianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), 21)
    flat = cv2.divide(small, ground, scale=255)
    ink = 255 - flat.astype(np.float32)
    ink[ink < _FAINT] = 0
    return ink


def _sharpness(ink: NDArray[np.float32], angle: float) -> float:
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1.0)
    rows = cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR).sum(axis=1)
    return float(np.sum(np.diff(rows) ** 2))


def _quarter_turns(page: Page, grey: Grey, skew: float, limits: Limits) -> int | None:
    """Quarter turns clockwise that bring the page upright; ``None`` when unsure: an upright page must not be turned.

    ``skew`` is that of ``grey`` as it lies: a tilted page could be taken for a turned one.
    """
    engine = _engine()
    if engine is None:
        return _osd_turns(page, skew, limits)
    level = rotated(grey, skew) if skew else grey
    turns = _agreed_turns(engine, level)
    if turns is None and (block := _block(rotated(small(page, _OSD_THUMBNAIL), skew))) is not None:
        turns = _agreed_turns(engine, block)
    return _osd_turns(page, skew, limits) if turns is None else turns


def _agreed_turns(engine: Any, grey: Grey) -> int | None:
    """What the model says of ``grey`` shown in several positions, if it does not contradict itself."""
    votes: list[int] = []
    # The model says 0 also when it does not know. So it is shown the page turned by half too, and if it does not know
    # or contradicts itself, turned by a quarter either way: only what it says of a turn counts, and all must agree.
    for shown in ((0, 2), (1, 3)):
        said = {turn: int(engine.orientation(np.rot90(grey, turn))) for turn in shown}
        votes += [(found - turn) % 4 for turn, found in said.items() if found in (1, 2, 3)]
        if votes and len(set(votes)) == 1:
            return votes[0]
    return None


def _block(grey: Grey) -> Grey | None:
    """The part of a page with most of its marks: a card on an empty sheet is too small for the model to read.

    ``None`` where that is most of the page, or nothing.
    """
    ink = (ink_of(grey) > 0).astype(np.uint8)
    near = np.ones((_GROUPED, _GROUPED), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(ink, near))
    if count < 2:
        return None
    marks = np.bincount(labels.ravel(), weights=ink.ravel(), minlength=count)[1:]
    x, y, width, height = (int(side) for side in stats[1 + int(np.argmax(marks)), :4])
    if width * height > _MOST_OF_PAGE * ink.size:
        return None
    scale = max(grey.shape) / _THUMBNAIL if max(grey.shape) > _THUMBNAIL else 1.0
    top, left = (round(side * _BORDER / scale) for side in grey.shape)
    rows = slice(round((y + top) * scale), round((y + top + height) * scale))
    columns = slice(round((x + left) * scale), round((x + left + width) * scale))
    return grey[rows, columns]


def rotated(grey: Grey, degrees: float) -> Grey:
    """``grey`` turned clockwise by ``degrees`` about its middle, at its size, with white corners."""
    height, width = grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return np.asarray(cv2.warpAffine(grey, matrix, (width, height), borderValue=(255,)), np.uint8)


@lru_cache(maxsize=1)
def _engine() -> Any:
    """The orientation model of the second reader, loaded once a process; ``None`` where it is not installed."""
    try:
        import trueocr  # noqa: PLC0415 - optional at run time
        from trueocr.page import PageEngine  # noqa: PLC0415
    except ImportError:
        return None
    return PageEngine(Path(trueocr.__file__).parent / "models", threads=1)


def _osd_turns(page: Page, skew: float, limits: Limits) -> int | None:
    """Asked only where the model is not installed or does not know."""
    import pytesseract  # noqa: PLC0415

    grey = rotated(small(page, _OSD_THUMBNAIL), skew)
    try:
        said = pytesseract.image_to_osd(
            grey, output_type=pytesseract.Output.DICT, timeout=limits.seconds_page, config="--psm 0"
        )
    except pytesseract.TesseractError:  # too few letters to tell
        return None
    except RuntimeError as error:
        raise ProgramFailed(program="tesseract", what="OSD") from error
    return int(said["rotate"]) // 90 if float(said["orientation_conf"]) >= _OSD_SURE else None
