"""Curves that a pen draws: smooth lines through points, inked with changing pressure.

A mask is an 8-bit array, 255 where the pen left all its ink.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
Points = NDArray[np.float64]


def spline(points: Points, steps: int = 12) -> Points:
    """A Catmull-Rom curve through ``points`` (n × 2), ``steps`` points a segment."""
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False)
    ]
    return np.vstack([*pieces, points[-1:]])


def ink(mask: Mask, curve: Points, width: float, rng: np.random.Generator) -> None:
    """Draw ``curve`` on ``mask``: the pen presses harder in the middle of a stroke than at its ends."""
    count = len(curve)
    press = 0.75 + 0.35 * np.sin(np.linspace(0.25, np.pi - 0.15, count)) + rng.normal(0, 0.03, count)
    fixed = np.round(curve * 16).astype(np.int32)
    for start, end, force in zip(fixed, fixed[1:], press, strict=False):
        thickness = max(1, round(width * float(force)))
        cv2.line(mask, start.tolist(), end.tolist(), 255, thickness, cv2.LINE_AA, 4)
