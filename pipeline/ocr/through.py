"""Print that shows through from the back of the sheet: taken off the picture before the lines are found for good.

What shines through is much lighter than the print: on drawn pages 0.08 to 0.20 of its darkness, where the lightest line
of real and of faded scans has 0.9 (a grey notice 0.2 to 0.33). Lightness alone is no proof, so the light lines are also
read in the mirror. A white point for every page was measured too: it wrecks faded ones (1.2 → 11 % wrong letters).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.dossier import Box, Word
from pipeline.ocr.fuse import mean_confidence
from pipeline.ocr.geometry import pad, whole, width
from pipeline.ocr.readers import Clock, Grey, Reader
from pipeline.vietnamese import syllable_share

_LIGHT = 0.5
"""Lines with less than this share of the page's usual darkness are light."""
_LINES = 3
"""Fewer lines do not show how dark the page's print usually is."""
_DARKEST = 3
"""Percentile of grey in a line's box that counts as its ink."""
_MARGIN = 1.15
_DARKEST_WHITE = 100
"""The white point is never put lower than this: what is darker is print."""
_MIRROR_SENSE, _MIRROR_TIMES = 0.5, 2.0
"""What shines through makes sense in the mirror (measured 0.6 to 1.0) and little from the front (0 to 0.27)."""
_FRONT_SENSE = 0.6
"""Light lines that make so much sense from the front are light print: they stay."""
_MIRROR_LETTERS = 6
"""Fewer letters than this may read as syllables in the mirror by chance (signatures do)."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """The picture without what shines through, and the boxes of the lines that did."""

    grey: Grey
    lines: tuple[Box, ...]


def clear(grey: Grey, boxes: Sequence[Box], dpi: float, reader: Reader, clock: Clock) -> Cleared | None:
    """Take print of the back off the picture, or ``None`` if there is none.

    Args:
        grey: the picture for reading.
        boxes: its lines.
        dpi: its resolution.
        reader: reads the light lines from both sides (the quicker reader).
        clock: the page's time.
    """
    light = _light(grey, boxes)
    if not light:
        return None
    front = reader.read_lines(grey, light, dpi, clock)
    back = read_backward(grey, light, dpi, reader, clock)
    shining = [box for box, a, b in zip(light, front, back, strict=True) if is_mirrored(a, b)]
    print_ = [box for box, a in zip(light, front, strict=True) if sense(a) >= _FRONT_SENSE and box not in shining]
    if not shining:
        return None
    white = max(_DARKEST_WHITE, 255 - _MARGIN * max(_darkness(grey, box) for box in light if box not in print_))
    table = np.minimum(255, np.arange(256) * (255 / white)).round().astype(np.uint8)
    cleared = table[grey]
    for box in print_:
        at = _slices(grey, pad(box, 4, 4))
        cleared[at] = grey[at]
    return Cleared(cleared, tuple(shining))


def read_backward(
    grey: Grey, boxes: Sequence[Box], dpi: float, reader: Reader, clock: Clock
) -> tuple[tuple[Word, ...], ...]:
    """The words of ``boxes`` as seen in a mirror."""
    if not boxes:
        return ()
    across = grey.shape[1]
    flipped = [(across - x1, y0, across - x0, y1) for x0, y0, x1, y1 in boxes]
    return reader.read_lines(np.ascontiguousarray(grey[:, ::-1]), flipped, dpi, clock)


def is_mirrored(front: Sequence[Word], back: Sequence[Word]) -> bool:
    """Whether a line reads far better in the mirror: then it is print on the back of the sheet."""
    return sense(back) > max(_MIRROR_SENSE, _MIRROR_TIMES * sense(front))


def sense(words: Sequence[Word]) -> float:
    """How much a reading looks like a line of Vietnamese print (0..1)."""
    text = " ".join(word.text for word in words)
    return syllable_share(text) * mean_confidence(words) if len(words) > 1 and len(text) > _MIRROR_LETTERS else 0.0


def _light(grey: Grey, boxes: Sequence[Box]) -> list[Box]:
    """The lines that are much lighter than most print of the page, which counts by its width."""
    if len(boxes) <= _LINES:
        return []
    dark = np.array([_darkness(grey, box) for box in boxes])
    usual = np.median(np.repeat(dark, [max(1, round(width(box) / 50)) for box in boxes]))
    return [box for box, value in zip(boxes, dark, strict=True) if value < _LIGHT * usual]


def _darkness(grey: Grey, box: Box) -> float:
    part = grey[_slices(grey, box)][::2, ::2]
    return 255 - float(np.percentile(part, _DARKEST)) if part.size else 0.0


def _slices(grey: Grey, box: Box) -> tuple[slice, slice]:
    x0, y0, x1, y1 = whole(box, grey.shape[::-1])
    return slice(y0, y1), slice(x0, x1)
