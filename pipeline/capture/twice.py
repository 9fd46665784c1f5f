"""A page captured twice: the same sheet, not two filled copies of one form.

The words say which pages may be the same, the pixels whether they are: the pages are laid over each other and compared
block by block. One other name or date, typed or written by hand, gives blocks that are nowhere near in the other page
(likeness about 0); grain, tint, blur, a shift and skew leave every block above 0.6.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.capture.geometry import rotated
from pipeline.capture.pixels import Grey, small
from pipeline.dossier import Finding, Page, PageReading, Text
from pipeline.vietnamese import fold

_DPI = 100.0
"""At which pages are compared: a small letter is 7 pixels high."""
_PER_MM = _DPI / 25.4
_BLOCK, _REACH, _EDGE = round(9 * _PER_MM), round(2 * _PER_MM), round(8 * _PER_MM)
"""Side of a block, how far off it may lie, and the margin where turning and shifting cut things off; 9, 2 and 8 mm."""
_PRINTED = 18.0
"""Standard deviation (of 255) of a block from which there is something in it: 28 with one digit, 14 with specks."""
_ALIKE = 0.45
_MOST_UNLIKE = 1
_SLOTS = 512
_WORDS_ALIKE = 0.85
_FEW_WORDS = 8
_LIKELIEST, _NEAR = 2, 3
"""A page is compared with so many of those whose words are likest; one of few words with so many before it."""


def repeated(pages: Sequence[Page], readings: Sequence[PageReading]) -> tuple[Finding, ...]:
    """A finding ``page_twice`` for each page of a source that shows the same sheet as one before it.

    Args:
        pages: all pages of a source, their turns and skews known.
        readings: what was read on them, in the same order. Blank pages are never the same.
    """
    inked = [
        (page, reading)
        for page, reading in zip(pages, readings, strict=True)
        if all(finding.rule != "blank_page" for finding in reading.findings)
    ]
    words = np.array([_words(reading) for _, reading in inked], np.float32).reshape(-1, _SLOTS)
    lengths = np.linalg.norm(words, axis=1, keepdims=True)
    alike = (words / np.maximum(lengths, 1)) @ (words / np.maximum(lengths, 1)).T
    found: list[Finding] = []
    for index, (page, _) in enumerate(inked):
        if words[index].sum() < _FEW_WORDS:
            likely = list(range(max(0, index - _NEAR), index))
        else:
            order = np.argsort(-alike[index, :index], kind="stable")[:_LIKELIEST]
            likely = [int(other) for other in order if alike[index, other] >= _WORDS_ALIKE]
        same = next((inked[other][0] for other in likely if same_sheet(inked[other][0], page)), None)
        if same is not None:
            found.append(_finding(page.number, same.number))
    _level.cache_clear()
    return tuple(found)


def same_sheet(one: Page, other: Page) -> bool:
    """Whether two pages show the same sheet of paper with the same print and ink on it; 0.05 to 0.3 CPU seconds."""
    first, second = _level(one), _level(other)
    height, width = max(first.shape[0], second.shape[0]), max(first.shape[1], second.shape[1])
    first, second = _padded(first, height, width), _padded(second, height, width)
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(255 - first.astype(np.float32), 255 - second.astype(np.float32), window)
    shift = np.array([[1, 0, -round(x)], [0, 1, -round(y)]], np.float32)
    second = np.asarray(cv2.warpAffine(second, shift, (width, height), borderValue=(255,)), np.uint8)
    return _has(second, first) and _has(first, second)


def _has(sheet: Grey, other: Grey) -> bool:
    """Whether all that is on ``other`` is about where it is on ``sheet``."""
    around = _BLOCK + 2 * _REACH
    unlike = 0
    for y in range(_EDGE, other.shape[0] - _EDGE - _BLOCK, _BLOCK // 2):
        for x in range(_EDGE, other.shape[1] - _EDGE - _BLOCK, _BLOCK // 2):
            block = other[y : y + _BLOCK, x : x + _BLOCK]
            if float(cv2.meanStdDev(block)[1][0, 0]) < _PRINTED:
                continue
            near = sheet[y - _REACH : y - _REACH + around, x - _REACH : x - _REACH + around]
            unlike += float(cv2.matchTemplate(near, block, cv2.TM_CCOEFF_NORMED).max()) < _ALIKE
            if unlike > _MOST_UNLIKE:
                return False
    return True


@lru_cache(maxsize=8)
def _level(page: Page) -> Grey:
    """The page upright and level, at :data:`_DPI`."""
    across, down = (side / dpi * _DPI for side, dpi in zip(page.upright_size, page.upright_dpi, strict=True))
    grey = small(page, round(max(across, down)))
    size = max(1, round(across)), max(1, round(down))
    return rotated(np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8), page.skew)


def _padded(grey: Grey, height: int, width: int) -> Grey:
    down, across = height - grey.shape[0], width - grey.shape[1]
    return np.asarray(cv2.copyMakeBorder(grey, 0, down, 0, across, cv2.BORDER_CONSTANT, value=(255,)), np.uint8)


def _words(reading: PageReading) -> NDArray[np.float32]:
    """How often words occur, by their check sums."""
    counts = np.zeros(_SLOTS, np.float32)
    for word in reading.words():
        counts[zlib.crc32(fold(word.text).encode()) % _SLOTS] += 1
    return counts


def _finding(page: int, before: int) -> Finding:
    text = Text(
        f"giống hệt trang {before}: có thể bị quét hai lần; hãy so rồi bỏ một trang",
        f"the same as page {before}: perhaps scanned twice; compare, and leave one out",
    )
    return Finding("page_twice", f"page {page}", text)
