"""Where on a page something was read: the way from a reading back to the drawn page, whatever happened in between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from benchmarks.nouns import TruthLine
from pipeline.dossier import Box

_LEAST = 8
"""Points needed at least; a page on which less was read has no known places."""
_MISS = 25.0
"""Pixels by which a point may lie beside the way; paper that slipped is no plane."""
_MARGIN = 25.0

Point = tuple[float, float]
Ends = tuple[Point, Point]
"""The same end of a line: where it was read, and where it was drawn."""


class Way:
    """The homography from pixels of the reading to pixels of the drawn page, found from lines read in full."""

    def __init__(self, pairs: Sequence[Ends]) -> None:
        self._matrix = None
        if len(pairs) >= _LEAST:
            read, drawn = (np.array(points, np.float32) for points in zip(*pairs, strict=True))
            self._matrix, _ = cv2.findHomography(read, drawn, cv2.RANSAC, _MISS)

    def inside(self, box: Box, marks: Iterable[Box]) -> bool:
        """Whether the middle of ``box`` (of the reading) lies in one of ``marks`` (of the drawn page)."""
        if self._matrix is None:
            return False
        middle = np.array([[_middle(box)]], np.float32)
        x, y = cv2.perspectiveTransform(middle, self._matrix)[0, 0]
        return any(within((float(x), float(y)), mark, _MARGIN) for mark in marks)


def ends(line: TruthLine, first: Box, last: Box) -> list[Ends]:
    """The ends of a line: where its first and last word were read, and where they were drawn."""
    if line.box is None:
        return []
    x0, y0, x1, y1 = line.box
    level = (y0 + y1) / 2
    return [
        ((first[0], (first[1] + first[3]) / 2), (x0, level)),
        ((last[2], (last[1] + last[3]) / 2), (x1, level)),
    ]


def in_any(box: Box, places: Iterable[Box]) -> bool:
    """Whether the middle of ``box`` lies in one of ``places``; all in the same coordinates."""
    return any(within(_middle(box), place, 0.0) for place in places)


def within(point: Point, box: Box, margin: float) -> bool:
    """Whether ``point`` lies in ``box`` widened by ``margin`` on all sides."""
    x0, y0, x1, y1 = box
    return x0 - margin <= point[0] <= x1 + margin and y0 - margin <= point[1] <= y1 + margin


def _middle(box: Box) -> Point:
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
