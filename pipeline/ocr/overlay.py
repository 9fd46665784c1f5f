"""A picture of what was read, for people: words by agreement and confidence, parts of the page, fields."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pipeline import programs
from pipeline.dossier import Box, FieldValue, PageReading, Word
from pipeline.errors import SohoaError
from pipeline.ocr.geometry import union
from pipeline.vietnamese import fold

_SURE, _DOUBTFUL, _DIFFERENT = (0, 140, 60), (230, 130, 0), (215, 0, 40)
_ZONE, _REGION, _FIELD, _BARCODE = (110, 110, 110), (150, 0, 170), (0, 80, 220), (0, 140, 150)
_SAMPLE = "Ệ"


def draw_overlay(
    pixels: NDArray[np.uint8], reading: PageReading, fields: Sequence[FieldValue] = (), review_below: float = 0.85
) -> NDArray[np.uint8]:
    """Draw ``reading`` over the upright page.

    Words on which the readers agree are green, those below ``review_below`` orange, those on which the readers differ
    red. Zones, stamps, handwriting, bar codes and the boxes of ``fields`` on this page bear their names.

    Args:
        pixels: the upright page, H×W×3, blue green red; it is not changed.
        reading: what was read on it.
        fields: extracted fields; those of other pages are passed over.
        review_below: confidence from 0 to 1.

    Returns:
        A new picture of the same size, blue green red.
    """
    canvas = Image.fromarray(np.ascontiguousarray(pixels[:, :, ::-1]))
    draw = ImageDraw.Draw(canvas)
    pen = max(1, min(canvas.size) // 900)
    font = _font(max(10, min(canvas.size) // 70))
    zones: dict[str, list[Box]] = {}
    for line in reading.lines:
        if line.zone:
            zones.setdefault(line.zone, []).append(line.box)
    for name, boxes in zones.items():
        _label(draw, union(boxes), name, _ZONE, pen, font)
    for word in reading.words():
        draw.rectangle(_drawn(word.box), outline=_colour(word, review_below), width=pen)
    for region in reading.regions:
        _label(draw, region.box, region.kind, _REGION, 2 * pen, font)
    for code in reading.barcodes:
        _label(draw, code.box, code.format, _BARCODE, 2 * pen, font)
    for found in fields:
        if found.box is not None and found.page in (None, reading.number):
            mark = "?" if found.needs_review else ""
            _label(draw, found.box, f"{found.key}{mark}: {found.value}", _FIELD, 2 * pen, font)
    return np.ascontiguousarray(np.asarray(canvas, np.uint8)[:, :, ::-1])


def _colour(word: Word, review_below: float) -> tuple[int, int, int]:
    if word.agreed is False:
        return _DIFFERENT
    return _SURE if word.confidence >= review_below else _DOUBTFUL


def _drawn(box: Box) -> tuple[float, float, float, float]:
    return box[0], box[1], max(box[0], box[2]), max(box[1], box[3])


def _label(draw: ImageDraw.ImageDraw, box: Box, text: str, colour: tuple[int, int, int], pen: int, font: Any) -> None:
    draw.rectangle(_drawn(box), outline=colour, width=pen)
    if not isinstance(font, ImageFont.FreeTypeFont):
        text = fold(text).encode("ascii", "replace").decode()
    size = draw.textbbox((0, 0), text, font=font)
    x, y = box[0], max(0.0, box[1] - size[3] - 2)
    draw.rectangle((x, y, x + size[2] + 4, y + size[3] + 2), fill=colour)
    draw.text((x + 2, y), text, fill=(255, 255, 255), font=font)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """An installed font that has Vietnamese letters; without one Pillow's own, which has none."""
    try:
        path = programs.run(["fc-match", "-f", "%{file}", "sans:lang=vi"], name="fc-match", seconds=20).decode()
        font = ImageFont.truetype(path, size)
        if font.getmask(_SAMPLE).getbbox() != font.getmask("\uffff").getbbox():
            return font
    except (SohoaError, OSError):
        pass
    return ImageFont.load_default()
