"""Paper sizes: what resolution a picture must have when its file does not say, or says nonsense."""

from __future__ import annotations

import math

_MM = 25.4
_LEAST_DPI, _MOST_DPI = 50, 2400
_LEAST_MM, _MOST_MM = 40, 1300
_UNMEASURED_DPI = (72.0, 96.0)
"""What programs write when they were told nothing: believed only of a paper that fits on A3."""
_A3_MM = 420 * 1.03
_A4_MM = (210.0, 297.0)
_CARD_MM = (53.98, 85.60)
"""ID-1 of ISO/IEC 7810: identity cards."""
_CARD_SLACK = 0.04
_CARD_MOST_PIXELS = 1600


def plausible_dpi(width: int, height: int, stated: object) -> tuple[float, float, bool]:
    """Resolution along x and y of a picture of ``width`` × ``height`` pixels, and whether it is a guess.

    A statement is believed when it is between 50 and 2400 and the paper would be between a stamp and a map; otherwise
    the picture is taken as an identity card if it is shaped and as small as one, else as an A4 page.
    """
    if isinstance(stated, tuple) and len(stated) == 2:
        try:
            x, y = float(stated[0]), float(stated[1])
        except (TypeError, ValueError, ZeroDivisionError):
            x = y = math.nan
        if _plausible(width, x) and _plausible(height, y):
            return x, y, False
    short, long = sorted((width, height))
    paper = (
        _CARD_MM
        if abs(long / short - _CARD_MM[1] / _CARD_MM[0]) < _CARD_SLACK and long <= _CARD_MOST_PIXELS
        else _A4_MM
    )
    dpi = max(long / paper[1], short / paper[0]) * _MM
    return dpi, dpi, True


def _plausible(pixels: int, dpi: float) -> bool:
    long = _A3_MM if any(abs(dpi - usual) < 0.5 for usual in _UNMEASURED_DPI) else _MOST_MM
    return _LEAST_DPI <= dpi <= _MOST_DPI and _LEAST_MM <= pixels / dpi * _MM <= long
