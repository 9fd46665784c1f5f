"""Colours, names and letters of the pictures that people check a reading with."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pipeline import programs
from pipeline.dossier import Box, Text
from pipeline.errors import SohoaError
from pipeline.vietnamese import fold

Colour = tuple[int, int, int]
Font = Any

WHITE, INK, PALE = (255, 255, 255), (30, 30, 34), (120, 120, 126)
COLOURS: dict[str, Colour] = {
    "sure": (0, 140, 60),
    "unsure": (225, 125, 0),
    "different": (215, 0, 40),
    "corrected": (0, 135, 190),
    "field": (20, 60, 200),
    "barcode": (0, 120, 110),
    "stamp": (150, 90, 40),
    "handwriting": (150, 0, 170),
    "unread": (110, 70, 70),
    "zone": (150, 150, 155),
}
NAMES: dict[str, Text] = {
    "sure": Text("hai bộ đọc khớp", "the readers agree"),
    "unsure": Text("độ tin cậy thấp", "low confidence"),
    "different": Text("hai bộ đọc khác nhau", "the readers differ"),
    "corrected": Text("đã sửa theo từ vựng", "corrected by vocabulary"),
    "field": Text("trường dữ liệu", "field"),
    "barcode": Text("mã vạch", "bar code"),
    "stamp": Text("con dấu", "stamp"),
    "handwriting": Text("chữ viết tay", "handwriting"),
    "unread": Text("không đọc được", "could not be read"),
    "zone": Text("phần của trang", "part of the page"),
    "head_left": Text("đầu trang, trái", "head, left"),
    "head_right": Text("đầu trang, phải", "head, right"),
    "title": Text("tên loại, trích yếu", "title"),
    "body": Text("nội dung", "body"),
    "foot_left": Text("cuối trang, trái", "foot, left"),
    "foot_right": Text("cuối trang, phải", "foot, right"),
}
_WANTED = "sans:lang=vi:charset=2192"
"""A font for Vietnamese that has an arrow."""
_SAMPLE = "Ệ"


def name(key: str, language: str) -> str:
    """The name of a colour or part of the page, or ``key`` itself if it has none."""
    return NAMES[key].say(language) if key in NAMES else key


@cache
def font(size: int) -> Font:
    """An installed font that has Vietnamese letters; without one Pillow's own, which has none."""
    try:
        path = programs.run(["fc-match", "-f", "%{file}", _WANTED], name="fc-match", seconds=20).decode()
        found = ImageFont.truetype(path, size)
        if found.getmask(_SAMPLE).getbbox() != found.getmask("\uffff").getbbox():
            return found
    except (SohoaError, OSError):
        pass
    return ImageFont.load_default_imagefont()


def shown(text: str, letters: Font) -> str:
    """``text`` as ``letters`` can show it: without marks where the font has none."""
    return text if isinstance(letters, ImageFont.FreeTypeFont) else fold(text).encode("ascii", "replace").decode()


def fitted(text: str, letters: Font, room: float) -> str:
    """``text``, shortened to be at most ``room`` pixels wide."""
    text = shown(text, letters)
    if letters.getlength(text) <= room:
        return text
    end = shown("…", letters)
    while text and letters.getlength(text + end) > room:
        text = text[: -max(1, len(text) // 16)]
    return text.rstrip() + end


def frame(draw: ImageDraw.ImageDraw, box: Box, colour: Colour, pen: int) -> None:
    """A frame just outside ``box``."""
    x0, y0, x1, y1 = box
    draw.rectangle((x0 - pen, y0 - pen, max(x0, x1) + pen - 1, max(y0, y1) + pen - 1), outline=colour, width=pen)


def badge(draw: ImageDraw.ImageDraw, at: tuple[float, float], number: int, colour: Colour, letters: Font) -> Box:
    """A round number with its middle at ``at``; returns its box."""
    text = str(number)
    left, top, right, bottom = draw.textbbox((0, 0), text, font=letters)
    reach = (bottom - top) * 0.95
    half = max(reach, (right - left) / 2 + reach * 0.45)
    box = (at[0] - half, at[1] - reach, at[0] + half, at[1] + reach)
    draw.rounded_rectangle(box, radius=reach, fill=colour, outline=WHITE, width=max(1, round(reach / 8)))
    draw.text((at[0] - (left + right) / 2, at[1] - (top + bottom) / 2), text, fill=WHITE, font=letters)
    return box


def canvas_of(pixels: NDArray[np.uint8]) -> Image.Image:
    """A picture to draw on, from blue green red pixels; they are not changed."""
    return Image.fromarray(np.ascontiguousarray(pixels[:, :, ::-1]))


def pixels_of(canvas: Image.Image) -> NDArray[np.uint8]:
    """Blue green red pixels."""
    return np.ascontiguousarray(np.asarray(canvas, np.uint8)[:, :, ::-1])
