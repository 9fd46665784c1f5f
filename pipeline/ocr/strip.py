"""Does a text layer say what is printed? A few lines all over the page are read and compared with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.dossier import Box, Line, Word
from pipeline.ocr.fuse import likeness
from pipeline.ocr.geometry import area, height
from pipeline.ocr.printed import printed_lines
from pipeline.ocr.readers import Clock, Grey, Reader
from pipeline.vietnamese import is_syllable

_STRIPS = 4
_LONGEST = 60
"""Letters of a line that are read: enough to tell."""
_MARGIN_X, _MARGIN_Y = 0.25, 0.1
"""Of the line's height."""
_HOLDS = 0.85
"""Mean likeness: 0.90 to 1 where the layer is that of the page; below 0.75 where a third of its words are others."""
_FALSE = 0.6
"""A line less alike than this is not what is printed; one may be in letters that the reader does not know."""


def layer_holds(grey: Grey, dpi: float, printed: Sequence[Word], reader: Reader, clock: Clock) -> bool:
    """Whether up to four lines of a text layer are what a reader reads there; 0.03 CPU seconds with TrueOCR.

    That the layer lies on the print and covers it was seen when it was taken in (``capture.textlayer``).

    Args:
        grey: the upright page, H×W.
        dpi: its resolution.
        printed: the words of the layer, boxes in pixels of ``grey``.
        reader: reads the lines.
        clock: counts down the page's time.

    Raises:
        TooSlow: the clock ran out.
    """
    lines = strips(printed_lines([word for word in printed if area(word.box) > 0]))
    if not lines:
        return False
    read = reader.read_lines(grey, [_box(line, grey) for line in lines], dpi, clock)
    alike = [likeness(line, words) for line, words in zip(lines, read, strict=True)]
    return float(np.mean(alike)) >= _HOLDS and sum(value < _FALSE for value in alike) <= len(alike) // _STRIPS


def strips(lines: Sequence[Line]) -> list[tuple[Word, ...]]:
    """The line with most running words (its beginning) of each quarter of the text, from the top down."""
    cut = [_beginning(line) for line in lines]
    tops = [line.box[1] for line in lines]
    first, last = min(tops, default=0), max(tops, default=0)
    quarters: list[list[tuple[Word, ...]]] = [[] for _ in range(_STRIPS)]
    for top, words in zip(tops, cut, strict=True):
        quarters[min(_STRIPS - 1, int(_STRIPS * (top - first) / max(last - first, 1.0)))].append(words)
    return [max(quarter, key=_running) for quarter in quarters if quarter]


def _beginning(line: Line) -> tuple[Word, ...]:
    count = 1
    while count < len(line.words) and _letters(line.words[: count + 1]) <= _LONGEST:
        count += 1
    return line.words[:count]


def _running(words: Sequence[Word]) -> tuple[int, int]:
    """Letters in words that can be Vietnamese; the lines of a passport for machines hold none."""
    return sum(len(word.text) for word in words if is_syllable(word.text)), _letters(words)


def _letters(words: Sequence[Word]) -> int:
    return sum(len(word.text) for word in words)


def _box(words: Sequence[Word], grey: Grey) -> Box:
    x0, x1 = words[0].box[0], words[-1].box[2]
    y0, y1 = (float(np.median([word.box[side] for word in words])) for side in (1, 3))
    across, down = _MARGIN_X * height((x0, y0, x1, y1)), _MARGIN_Y * height((x0, y0, x1, y1))
    return max(0.0, x0 - across), max(0.0, y0 - down), min(grey.shape[1], x1 + across), min(grey.shape[0], y1 + down)
