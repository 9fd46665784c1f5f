"""What the odd papers show: drawn pages of an invented person, with the words that stand on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pipeline.dossier import Box, Line, Page, PageReading, Word
from pipeline.packaging.signing.stampfont import stamp_font

A4, A3, A5, CARD = (210.0, 297.0), (297.0, 420.0), (148.0, 210.0), (85.6, 54.0)
_TEXT = (
    "ỦY BAN NHÂN DÂN PHƯỜNG THÍ ĐIỂM",
    "Số: 15/QĐ-UBND",
    "QUYẾT ĐỊNH về việc công nhận kết quả số hóa",
    "Căn cứ Luật Tổ chức chính quyền địa phương; xét đề nghị của bộ phận một cửa,",
    "ưỡng ngoẵng nghiễng, khuỷu tay, quyền lợi được bảo đảm theo quy định",
    "hiện hành kể từ ngày 05 tháng 3 năm 2026.",
)
Words = tuple[tuple[str, Box], ...]
"""Words of a line with their boxes as shares (0..1) of the upright page's width and height."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An upright picture and the lines on it."""

    picture: Image.Image
    lines: tuple[Words, ...]


def paper(size_mm: tuple[float, float] = A4, dpi: float = 100, *, colour: bool = True, noise: float = 0) -> Drawn:
    """A page of ``size_mm`` at ``dpi`` with six lines, a seal and a signature; ``noise``: its standard deviation."""
    width, height = (max(round(side / 25.4 * dpi), 1) for side in size_mm)
    picture = Image.new("RGB", (width, height), "#fffdf6" if colour else "white")
    pen = ImageDraw.Draw(picture)
    letter = max(round(width / 45), 9)
    font = ImageFont.truetype(str(stamp_font("ă").path), letter)
    lines, y = [], round(height * 0.12)
    for text in _TEXT:
        row, x = [], round(width * 0.1)
        for word in text.split():
            box = pen.textbbox((x, y), word, font=font)
            if box[2] > width * 0.97:
                break
            pen.text((x, y), word, font=font, fill="black")
            row.append((word, (box[0] / width, box[1] / height, box[2] / width, box[3] / height)))
            x = round(box[2] + letter * 0.3)
        lines.append(tuple(row))
        y += round(letter * 1.7)
    red, blue = ("#c01020", "#1030a0") if colour else ("black", "black")
    seal = (width * 0.55, height * 0.6, width * 0.55 + width * 0.2, height * 0.6 + width * 0.2)
    pen.ellipse(seal, outline=red, width=max(width // 120, 1))
    pen.line([(width * (0.6 + 0.02 * i), height * (0.72 + 0.02 * (i % 3))) for i in range(12)], fill=blue, width=2)
    if noise:
        grain = np.random.default_rng(7).normal(0, noise, (height, width, 3))
        picture = Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8))
    return Drawn(picture, tuple(line for line in lines if line))


def reading(page: Page, lines: Sequence[Words]) -> PageReading:
    """A reading of ``page`` that says what was drawn on it."""
    width, height = page.upright_size
    read = [Line(page.printed, page.printed[0].box)] if page.printed else []
    for line in lines:
        words = tuple(
            Word(text, (box[0] * width, box[1] * height, box[2] * width, box[3] * height), 0.95, agreed=True)
            for text, box in line
        )
        xs, ys = [word.box[0::2] for word in words], [word.box[1::2] for word in words]
        around = min(map(min, xs)), min(map(min, ys)), max(map(max, xs)), max(map(max, ys))
        read.append(Line(words, around))
    return PageReading(page.number, width, height, page.upright_dpi[0], page.rotation, page.skew, tuple(read))


class Unwritable(Exception):
    """This machine has no program or codec to write such a file."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file, the lines on each of its pages, and the turn that brings them upright."""

    file: Path
    lines: tuple[Words, ...]
    turn: int = 0


Maker = Callable[[Path], Made]
