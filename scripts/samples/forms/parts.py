"""Parts of certificates that are more than lines of text: codes, photographs, tables, the drawing of a plot."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import zxingcpp
from PIL import Image

from samples.forms.card import portrait
from samples.forms.common import HEAD_LEFT, MIDDLE, qr_code
from samples.sheet import Sheet, mm
from samples.typeset import break_lines


def photo(sheet: Sheet, x: float, y: float) -> None:
    """A photograph of nobody, 30 × 40 mm."""
    sheet.picture(portrait(sheet.rng, (round(mm(30)), round(mm(40)))), x, y, "photo")


def qr(sheet: Sheet, text: str, x: float, y: float, module: int) -> None:
    """A QR code with its top left corner at (x, y)."""
    sheet.barcode(qr_code(text, module), text, x, y)


def bars(sheet: Sheet, text: str, x: float, y: float, height: float = 130) -> None:
    """A Code 128 around the vertical ``x`` with its top at ``y``."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    row = np.array(zxingcpp.write_barcode_to_image(code, scale=4, add_quiet_zones=False))[:1]
    picture = np.pad(np.repeat(row, round(height), axis=0), ((0, 0), (44, 44)), constant_values=255)
    sheet.barcode(Image.fromarray(picture).convert("RGB"), text, x - picture.shape[1] / 2, y)


def left_signature(sheet: Sheet, told: Sequence[str], top: float) -> None:
    """Title, what to do, and name of who signs at the left: all but the last line stand above the signature."""
    *titles, name = told
    for number, line in enumerate(titles):
        sheet.write(
            line,
            HEAD_LEFT,
            top + 60 * number,
            13 if number == 0 else 12,
            "foot_left",
            bold=number == 0,
            italic=number > 0,
            align="centre",
        )
    sheet.signature(HEAD_LEFT + 10, top + 60 * len(titles) + 120, 400)
    sheet.write(name, HEAD_LEFT, top + 60 * len(titles) + 330, 13, "foot_left", bold=True, align="centre")


def table(
    sheet: Sheet,
    box: tuple[float, float, float],
    widths: Sequence[float],
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    points: float,
) -> float:
    """A ruled table; returns the baseline below it.

    Args:
        sheet: the page.
        box: left, top, right in pixels.
        widths: of the columns, as shares of the whole.
        head: cells of the first row, bold; empty for none.
        rows: cells as markup.
        points: size of the type.
    """
    left, top, right = box
    edges = [left + (right - left) * sum(widths[:number]) / sum(widths) for number in range(len(widths) + 1)]
    step = points * 1.3 * 300 / 72
    y = top
    sheet.rule(left, y, right, y)
    for bold, cells in [*([(True, head)] if head else []), *((False, row) for row in rows)]:
        ends = [y + 2 * step]
        for (x0, x1), cell in zip(pairwise(edges), cells, strict=True):
            baseline = y + step
            for line in break_lines(cell, x1 - x0 - 40, points, bold=bold, justify=False, family=sheet.family):
                sheet.place(line, x0 + (max(20.0, (x1 - x0 - line.width) / 2) if bold else 20), baseline, "body")
                baseline += step
            ends.append(baseline)
        below = max(ends) - step + 32
        for x in edges:
            sheet.rule(x, y, x, below)
        y = below
        sheet.rule(left, y, right, y)
    return y + 90


def plot(sheet: Sheet, number: str, area: str, y: float, lot: random.Random) -> float:
    """The drawing of a plot with its corners and the lengths of its sides; returns the baseline below it."""
    metres = float(area.replace(".", "").replace(",", "."))
    depth = math.sqrt(metres * lot.uniform(1.2, 2.6))
    width = metres / depth
    scale = 560 / depth
    wide = min(width * scale, 900.0)
    x0, y0 = MIDDLE - wide / 2, y + 120
    lean = lot.uniform(-14, 14)
    corners = [(x0, y0), (x0 + wide, y0 + lean), (x0 + wide - lean, y0 + 560), (x0 + lean / 2, y0 + 552)]
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        sheet.rule(ax, ay, bx, by, 4)
    for place, (x, at) in enumerate(corners, 1):
        sheet.write(str(place), x - 40 if place in (1, 4) else x + 20, at, 11, "body")
    sheet.write(f"{width:.2f}m".replace(".", ","), MIDDLE, y0 - 24, 11, "body", align="centre")
    sheet.write(f"{depth:.2f}m".replace(".", ","), x0 + wide + 40, y0 + 290, 11, "body")
    sheet.write(number, MIDDLE, y0 + 260, 12, "body", align="centre")
    sheet.rule(MIDDLE - 60, y0 + 275, MIDDLE + 60, y0 + 275)
    sheet.write(area, MIDDLE, y0 + 325, 12, "body", align="centre")
    sheet.write("Đường giao thông", MIDDLE, y0 + 650, 12, "body", italic=True, align="centre")
    return y0 + 780
