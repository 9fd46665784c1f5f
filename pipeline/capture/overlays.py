"""What a page shows on top of its scan (appearances of signatures, captions), as a patch that leaves the scan alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pikepdf
from PIL import Image

from pipeline.capture import pictures, rendering
from pipeline.capture.sketch import Drawing
from pipeline.dossier import Overlay, Page, Source
from pipeline.settings import Limits

_ROWS = 256
"""Rows compared at a time: whole pages at once took 200 MB."""


def make(source: Source, pdf: pikepdf.Pdf, page: Page, drawing: Drawing, work: Path, limits: Limits) -> Overlay | None:
    """The difference between the page and its scan alone, both rendered by the same program at the scan's resolution.

    ``None`` when nothing on top is visible.
    """
    scan = drawing.pictures[0]
    turn = scan.turn or 0  # the picture's within the page; the page's own turn is left out of both renderings
    across = turn in (90, 270)
    # As laid on the page, before the page's own turn: one pixel of the scan is one pixel of the rendering.
    dpi_x, dpi_y = (page.dpi_y, page.dpi_x) if across else (page.dpi_x, page.dpi_y)
    box, per_x, per_y = drawing.box, dpi_x * drawing.unit / 72, dpi_y * drawing.unit / 72  # pixels a point
    size = max(1, round((box[2] - box[0]) * per_x)), max(1, round((box[3] - box[1]) * per_y))
    stem = work / f"overlay-{page.number:04}"
    shown = np.asarray(rendering.render(pdf, page.number, size, stem, limits, source.name))
    bare = np.asarray(rendering.render(pdf, page.number, size, stem, limits, source.name, scan))
    differs = np.empty(shown.shape[:2], np.bool_)
    for first in range(0, len(differs), _ROWS):
        rows = slice(first, first + _ROWS)
        differs[rows] = np.any(shown[rows] != bare[rows], axis=2)
    if not differs.any():
        return None
    ys, xs = np.where(differs.any(axis=1))[0], np.where(differs.any(axis=0))[0]
    x0, y0, x1, y1 = int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1
    seen = differs[y0:y1, x0:x1]
    rgba = np.dstack([shown[y0:y1, x0:x1], np.where(seen, 255, 0).astype(np.uint8)])
    rgba[~seen] = 255, 255, 255, 0  # compresses to nothing
    patch = np.rot90(rgba, turn // 90)  # back to the way the carrier lies
    path = pictures.save_png(Image.fromarray(np.ascontiguousarray(patch)), stem.with_suffix(".png"))
    left, top = scan.box[0] - box[0], box[3] - scan.box[3]
    laid = x0 - left * per_x, y0 - top * per_y, x1 - left * per_x, y1 - top * per_y
    return Overlay(path, _in_carrier(laid, turn, page.width, page.height))


def _in_carrier(
    box: tuple[float, float, float, float], turn: int, width: int, height: int
) -> tuple[float, float, float, float]:
    """``box`` on the picture as laid on the page, in pixels of the carrier (``width`` × ``height``) before its turn."""
    x0, y0, x1, y1 = box
    if turn == 90:
        return y0, height - x1, y1, height - x0
    if turn == 180:
        return width - x1, height - y1, width - x0, height - y0
    if turn == 270:
        return width - y1, x0, width - y0, x1
    return box
