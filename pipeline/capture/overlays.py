"""What a page shows on top of its scan (appearances of signatures, captions), as a patch that leaves the scan alone."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pikepdf
from pikepdf import Name
from PIL import Image

from pipeline.capture import rendering
from pipeline.capture.sketch import Drawing
from pipeline.dossier import Overlay, Page, Source
from pipeline.settings import Limits


def make(source: Source, pdf: pikepdf.Pdf, page: Page, drawing: Drawing, work: Path, limits: Limits) -> Overlay | None:
    """The difference between the page and its scan alone, both rendered by the same program at the scan's resolution.

    ``None`` when nothing on top is visible. ``page.rotation`` is the picture's turn within the page; the page's own
    turn is :attr:`Drawing.rotate`, and both together bring the carrier upright.
    """
    scan = drawing.pictures[0]
    turn = page.rotation
    across = turn in (90, 270)
    # As laid on the page, before the page's own turn: one pixel of the scan is one pixel of the rendering.
    dpi_x, dpi_y = (page.dpi_y, page.dpi_x) if across else (page.dpi_x, page.dpi_y)
    box = drawing.box
    size = max(1, round((box[2] - box[0]) * dpi_x / 72)), max(1, round((box[3] - box[1]) * dpi_y / 72))
    whole, alone = work / f"whole-{page.number:04}.pdf", work / f"alone-{page.number:04}.pdf"
    try:
        _single(pdf, page.number, whole, scan_only=False)
        _single(pdf, page.number, alone, scan_only=True)
        shown = np.asarray(rendering.render(source, 1, size, limits, whole))
        bare = np.asarray(rendering.render(source, 1, size, limits, alone))
    finally:
        whole.unlink(missing_ok=True)
        alone.unlink(missing_ok=True)
    differs = np.any(shown != bare, axis=2)
    if not differs.any():
        return None
    rgba = np.dstack([shown, np.where(differs, 255, 0).astype(np.uint8)])
    rgba[~differs] = 255, 255, 255, 0  # compresses to nothing
    ys, xs = np.where(differs.any(axis=1))[0], np.where(differs.any(axis=0))[0]
    x0, y0, x1, y1 = int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1
    patch = np.rot90(rgba[y0:y1, x0:x1], turn // 90)  # back to the way the carrier lies
    path = work / f"overlay-{page.number:04}.png"
    Image.fromarray(np.ascontiguousarray(patch)).save(path, "PNG")
    left, top = scan.box[0] - box[0], box[3] - scan.box[3]
    laid = x0 - left * dpi_x / 72, y0 - top * dpi_y / 72, x1 - left * dpi_x / 72, y1 - top * dpi_y / 72
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


def _single(pdf: pikepdf.Pdf, number: int, path: Path, *, scan_only: bool) -> None:
    """Write page ``number`` by itself, not turned; ``scan_only``: with nothing on top."""
    with pikepdf.new() as single, warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", pikepdf.PageCopyWarning
        )  # widgets without their form: just their looks are wanted
        single.pages.append(pdf.pages[number - 1])
        page = single.pages[0]
        page.obj[Name.Rotate] = 0
        if scan_only:
            if Name.Annots in page.obj:
                del page.obj[Name.Annots]
            page.obj[Name.Contents] = single.make_stream(_only_first_picture(page))
        single.save(path)


def _only_first_picture(page: pikepdf.Page) -> bytes:
    """The page's operators up to and with its first picture; all else cut off."""
    kept = []
    depth = 0
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        depth += {"q": 1, "Q": -1}.get(operator, 0)
        if operator in ("q", "Q", "cm", "gs", "W", "W*", "n", "re"):
            kept.append(instruction)
        elif operator == "Do":
            kept.append(instruction)
            break
    ending = b"\nQ" * max(depth, 0)
    return pikepdf.unparse_content_stream(kept) + ending
