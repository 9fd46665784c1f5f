"""Specks of black and white scans, taken off where nothing printed is near: no mark and no full stop is lost.

Despeckling by size alone eats dots and tone marks (measured: three times as many wrong letters). But marks and stops
stand beside letters, and the dots of a leader stand in a row; a speck by itself in the white is neither.
"""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.ocr.readers import Grey

_TWO_TONES = 0.01
"""Scans with a smaller share of grey than this are black and white."""
_SAMPLED = 5
_SPECK_MM = 0.5
"""Width and height of a speck, at most (the full stop of a 13 point letter has 0.5 mm)."""
_ALONE_MM = 0.6
"""A speck stands alone if everything larger is so far away (the dot below a letter of 13 points: 0.35 mm).

Wrong letters on six speckled faxes: 0.73 % with all specks, 0.53 at 1 mm, 0.36 at 0.6 mm. At 9 points the upper dot of
a colon may go; acts are printed in 11 to 14 (Decree 30/2020/NĐ-CP, Appendix I).
"""
_ROW_MM = (5.0, 0.6)
"""The dots of a leader have two others within such a strip."""
_FEW = 40
"""Fewer lone specks do no harm."""


def without_specks(grey: Grey, millimetre: float) -> Grey:
    """``grey`` without its lone specks; the same picture if it is no black and white scan or has few.

    Args:
        grey: H×W, dark on light.
        millimetre: pixels a millimetre takes.
    """
    sample = grey[::_SAMPLED, ::_SAMPLED]
    if np.count_nonzero((sample > 40) & (sample < 215)) > _TWO_TONES * sample.size:
        return grey
    ink = (grey < 128).astype(np.uint8)
    _, labels, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=8)
    small = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) <= _SPECK_MM * millimetre
    if small.sum() < _FEW:
        return grey
    large = ~small
    large[0] = False  # the paper
    reach = 2 * round(_ALONE_MM * millimetre) + 1
    near = cv2.dilate(large[labels].astype(np.uint8), np.ones((reach, reach), np.uint8))
    x, y = centres.round().astype(int).T
    lone = small & (near[y, x] == 0) & ~_in_rows(small, (x, y), grey.shape, millimetre)
    if lone.sum() < _FEW:
        return grey
    return np.where(lone[labels], np.uint8(255), grey)


def _in_rows(
    small: np.ndarray, centres: tuple[np.ndarray, np.ndarray], shape: tuple[int, ...], millimetre: float
) -> np.ndarray:
    """Which of the small pieces have at least two others beside them on the same row."""
    x, y = centres
    points = np.zeros(shape[:2], np.float32)
    np.add.at(points, (y[small], x[small]), 1)
    strip = tuple(2 * round(side * millimetre / 2) + 1 for side in _ROW_MM)
    beside = cv2.boxFilter(points, -1, strip, normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(beside[y, x] >= 2.5)
