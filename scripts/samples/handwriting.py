"""Pen strokes: what is written by hand, and signatures. No font: every stroke is a spline through jittered points.

A stroke mask is an 8-bit array, 255 where the pen left all its ink.
"""

from __future__ import annotations

import numpy as np

from samples.curves import Mask, Points, ink, spline
from samples.script import write_words

Strokes = tuple[tuple[tuple[float, float], ...], ...]

PENS: tuple[tuple[int, int, int], ...] = ((24, 44, 150), (38, 62, 168), (22, 26, 92), (28, 28, 34))
"""Inks: two blues, blue-black, black."""

# Points of each stroke in a box one unit high, y downwards.
_GLYPHS: dict[str, Strokes] = {
    "0": (((0.46, 0.04), (0.16, 0.25), (0.08, 0.66), (0.28, 0.97), (0.56, 0.78), (0.62, 0.34), (0.44, 0.03)),),
    "1": (((0.14, 0.28), (0.40, 0.02), (0.36, 0.5), (0.32, 1.0)),),
    "2": (((0.10, 0.24), (0.34, 0.02), (0.56, 0.20), (0.40, 0.56), (0.06, 0.95), (0.32, 0.91), (0.66, 0.94)),),
    "3": (((0.12, 0.12), (0.38, 0.02), (0.54, 0.20), (0.28, 0.45), (0.56, 0.68), (0.38, 0.97), (0.06, 0.88)),),
    "4": (((0.40, 0.02), (0.22, 0.34), (0.06, 0.64), (0.36, 0.62), (0.66, 0.59)), ((0.50, 0.34), (0.44, 1.0))),
    "5": (
        ((0.18, 0.06), (0.14, 0.42), (0.44, 0.42), (0.56, 0.70), (0.32, 0.98), (0.05, 0.88)),
        ((0.18, 0.06), (0.38, 0.06), (0.60, 0.03)),
    ),
    "6": (((0.52, 0.02), (0.22, 0.32), (0.10, 0.74), (0.32, 0.98), (0.54, 0.77), (0.38, 0.55), (0.14, 0.70)),),
    "7": (((0.08, 0.09), (0.34, 0.07), (0.58, 0.04), (0.40, 0.46), (0.26, 1.0)), ((0.18, 0.52), (0.54, 0.47))),
    "8": (
        (
            *((0.52, 0.16), (0.30, 0.02), (0.14, 0.20), (0.36, 0.48), (0.58, 0.76)),
            *((0.34, 0.98), (0.10, 0.78), (0.32, 0.48), (0.54, 0.18)),
        ),
    ),
    "9": (
        (
            *((0.54, 0.24), (0.34, 0.04), (0.12, 0.26), (0.30, 0.50)),
            *((0.52, 0.30), (0.54, 0.10), (0.50, 0.58), (0.38, 1.0)),
        ),
    ),
    "/": (((0.46, -0.06), (0.26, 0.5), (0.06, 1.08)),),
    "-": (((0.08, 0.56), (0.3, 0.53), (0.46, 0.52)),),
}


def can_write(text: str) -> bool:
    """Whether every character of ``text`` has strokes."""
    return all(letter in _GLYPHS for letter in text)


def write(text: str, height: float, rng: np.random.Generator) -> Mask:
    """Digits, ``/`` and ``-`` written by hand; whatever holds more than these is written as words.

    Args:
        text: what to write; see :func:`can_write` and :func:`samples.script.can_write_words`.
        height: height of a digit in pixels.
        rng: slant, size, spacing and wobble of this hand.

    Returns:
        A mask with the writing and a margin of a third of ``height`` on every side.
    """
    if not can_write(text):
        return write_words(text, height, rng)
    slant = rng.uniform(0.08, 0.28)
    margin = height / 3
    strokes: list[Points] = []
    x = 0.0
    for letter in text:
        scale = height * rng.uniform(0.9, 1.08)
        drop = height * rng.uniform(-0.06, 0.06)
        for glyph in _GLYPHS[letter]:
            points = np.array(glyph) + rng.normal(0, 0.022, (len(glyph), 2))
            points[:, 0] += slant * (1 - points[:, 1])
            strokes.append(points * scale + (x, drop))
        x += scale * (0.72 if letter not in "1-/" else 0.56) * rng.uniform(0.94, 1.1)
    size = (round(height + 2 * margin), round(x + slant * height + 2 * margin))
    mask = np.zeros(size, np.uint8)
    for points in strokes:
        ink(mask, spline(points) + margin, height * 0.085, rng)
    return mask


def sign(width: float, rng: np.random.Generator) -> Mask:
    """A signature about ``width`` pixels wide: a tall first loop, smaller waves, a long flourish at the end."""
    height = width * rng.uniform(0.4, 0.55)
    waves = 2 * int(rng.integers(3, 6)) + 1
    across = np.cumsum(rng.uniform(0.01, 0.12, waves))
    across = 0.12 + 0.5 * across / across[-1]
    tall = np.concatenate([rng.uniform(0.3, 0.5, 3), rng.uniform(0.04, 0.2, waves - 3)])
    up = np.arange(waves) % 2
    letters = np.column_stack([across + (0.07 * up - 0.035) * rng.uniform(0.2, 1.6, waves), 0.55 - tall * (2 * up - 1)])
    loop = np.array([(0.02, 0.5), (rng.uniform(0.02, 0.1), 0.2), (0.3, rng.uniform(0.05, 0.25))])
    back, low = rng.uniform(0.05, 0.35), rng.uniform(0.68, 0.85)
    tail = np.array([(0.72, 0.55), (0.5, low), (back, low - 0.06), (0.5, 0.58), (0.98, rng.uniform(0.05, 0.4))])
    curve = spline(np.vstack([loop, letters, tail])) * (width, height)
    curve -= curve.min(axis=0) - width * 0.04
    reach = curve.max(axis=0) + width * 0.04
    mask = np.zeros((round(reach[1]), round(reach[0])), np.uint8)
    ink(mask, curve, min(6.5, width * 0.014), rng)
    return mask
