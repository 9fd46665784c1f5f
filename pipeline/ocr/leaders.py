"""Forms: what a hand wrote on a row of dots.

The dots are seen in the picture, for readers make anything of them. What was typed there is as tall as the label before
it and can be read; handwriting is taller or cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.dossier import Box, Line, Word
from pipeline.ocr.geometry import common, height, middle, union
from pipeline.ocr.readers import Grey

_DOTS = re.compile(r"[.…]{3,}|…")
_DARK = 150
_DOT = (0.025, 0.24)
"""Least and most size of a dot, in heights of a word."""
_LONG = 4.0
"""A row of dots is at least this long."""
_PITCH = 0.6
"""Dots of a row are closer than this."""
_LETTER = 0.35
"""Least height of a letter."""
_TALL = 1.15
_LOST = 0.3
"""Words of less confidence than this have not been read."""
_BAND = (1.2, 0.5)
"""Writing stands within this many heights of a word above and below its row of dots."""

Pieces = NDArray[np.float64]
"""Pieces of ink, n × 4: left, top, right, bottom."""


def written_on_dots(grey: Grey, lines: Sequence[Line]) -> tuple[Box, ...]:
    """Boxes of handwriting on rows of dots.

    Args:
        grey: the level picture for reading.
        lines: what was read on it, boxes in its pixels. Unless a reader saw dots somewhere nothing is looked for.
    """
    words = [word for line in lines for word in line.words]
    if not any(_DOTS.search(word.text) for word in words):
        return ()
    usual = float(np.median([height(word.box) for word in words]))
    _, labels, stats, _ = cv2.connectedComponentsWithStats((grey < _DARK).astype(np.uint8))
    x, y, wide, tall = (stats[:, column].astype(np.float64) for column in range(4))
    low, high = (share * usual for share in _DOT)
    small = (np.minimum(tall, wide) >= low) & (np.maximum(tall, wide) <= high)
    letters = (np.stack([x, y, x + wide, y + tall], axis=1)[1:])[tall[1:] >= _LETTER * usual]
    found: list[Box] = []
    for row in _rows(small[labels], usual):
        found += _on_row(row, words, letters, usual)
    return tuple(dict.fromkeys(found))


def _rows(dots: NDArray[np.bool_], usual: float) -> Iterable[Box]:
    """Rows of small pieces side by side at one height; ``dots`` is their mask."""
    joined = cv2.morphologyEx(
        dots.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, max(1, round(_PITCH * usual))), np.uint8)
    )
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    for x, y, w, h, _ in stats[1:].tolist():
        if w >= _LONG * usual and h <= 2 * _DOT[1] * usual:
            yield float(x), float(y), float(x + w), float(y + h)


def _on_row(row: Box, words: Sequence[Word], letters: Pieces, usual: float) -> list[Box]:
    """What is written on one row of dots, or on its beginning where it has hidden the dots."""
    top, bottom = row[1] - _BAND[0] * usual, row[3] + _BAND[1] * usual
    beside = [word for word in words if row[1] - usual < middle(word.box)[1] < row[3] + _BAND[1] * usual]
    labels = [word.box for word in beside if _is_label(word) and middle(word.box)[0] < row[0]]
    start = max((box[2] for box in labels), default=row[0])
    across, down = (letters[:, 0] + letters[:, 2]) / 2, (letters[:, 1] + letters[:, 3]) / 2
    level = (down > top) & (down < bottom)
    printed = letters[level & np.array([_in(labels, x, y) for x, y in zip(across, down, strict=True)], bool)]
    there = letters[level & (across > start) & (across < row[2])]
    if not len(there) or not len(printed):
        return []
    usual_tall = float(np.percentile(printed[:, 3] - printed[:, 1], 90))
    return [
        place
        for place in _together(there, usual)
        if height(place) > _TALL * usual_tall or not any(_was_read(word, place) for word in beside)
    ]


def _is_label(word: Word) -> bool:
    letters = any(letter.isalpha() for letter in word.text) and not _DOTS.search(word.text)
    return word.text.endswith(":") or (word.confidence >= _LOST and letters)


def _was_read(word: Word, place: Box) -> bool:
    return word.confidence >= _LOST and common(word.box, place) > 0


def _in(boxes: Sequence[Box], x: float, y: float) -> bool:
    return any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in boxes)


def _together(pieces: Pieces, usual: float) -> Iterable[Box]:
    """Boxes of pieces that stand side by side with less than a blank or two between them."""
    group: list[Box] = []
    for x0, y0, x1, y1 in pieces[np.argsort(pieces[:, 0])].tolist():
        if group and x0 - max(box[2] for box in group) > 1.2 * usual:
            yield union(group)
            group = []
        group.append((x0, y0, x1, y1))
    if group:
        yield union(group)
