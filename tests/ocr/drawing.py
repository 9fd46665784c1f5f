"""Small invented papers, drawn for the reading tests."""

import math
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pipeline import programs
from pipeline.dossier import Coding, Page, Word

INK, RED, PAPER = (25, 25, 28), (210, 30, 45), (252, 251, 248)
HEAD_LEFT = ["ỦY BAN NHÂN DÂN", "PHƯỜNG THÍ ĐIỂM", "Số: 15/QĐ-UBND"]
HEAD_RIGHT = [
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Thí Điểm, ngày 05 tháng 3 năm 2024",
]
TITLE = ["QUYẾT ĐỊNH", "Về việc cấp giấy phép xây dựng nhà ở"]
BODY = [
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6",
    "năm 2015 và các văn bản hướng dẫn thi hành về quản lý trật tự",
    "xây dựng trên địa bàn phường; theo đề nghị của công chức địa",
    "chính, xây dựng và môi trường phường tại tờ trình kèm theo.",
]
FOOT_LEFT = ["Nơi nhận:", "- Như Điều 3;", "- Lưu: VT."]
FOOT_RIGHT = ["CHỦ TỊCH", "Trần Thị Mẫu"]


@cache
def font(size: int, style: str = "Regular") -> ImageFont.FreeTypeFont:
    """A font of Times' measures that has Vietnamese letters."""
    found = programs.run(["fc-match", "-f", "%{file}", f"Tinos:style={style}"], name="fc-match", seconds=20)
    return ImageFont.truetype(Path(found.decode()), size)


def pixels(image: Image.Image) -> np.ndarray:
    """Blue green red."""
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


def page_of(picture: np.ndarray, *, dpi: float = 200, skew: float = 0.0, printed: tuple[Word, ...] = ()) -> Page:
    """The facts of a page that looks like ``picture``."""
    return Page(
        number=1,
        carrier=Path("page.png"),
        coding=Coding.LOSSLESS,
        width=picture.shape[1],
        height=picture.shape[0],
        dpi_x=dpi,
        dpi_y=dpi,
        skew=skew,
        printed=printed,
    )


def decision(*, stamp: bool = False, turn: float = 0.0, number: str = "15") -> Image.Image:
    """A decision in the layout of Decree 30/2020, A4 at 200 dpi."""
    image = Image.new("RGB", (1654, 1400), PAPER)
    draw = ImageDraw.Draw(image)
    for row, text in enumerate(HEAD_LEFT):
        place = (430, 120 + 44 * row + (26 if row == 2 else 0))
        draw.text(
            place, text.replace("15", number), font=font(36, "Regular" if row == 2 else "Bold"), fill=INK, anchor="mm"
        )
    for row, text in enumerate(HEAD_RIGHT):
        style = "Italic" if row == 2 else "Bold"
        draw.text((1110, 120 + 44 * row + (26 if row == 2 else 0)), text, font=font(33, style), fill=INK, anchor="mm")
    for row, text in enumerate(TITLE):
        draw.text((827, 340 + 46 * row), text, font=font(37, "Bold"), fill=INK, anchor="mm")
    for row, text in enumerate(BODY):
        draw.text((240 + (90 if row == 0 else 0), 500 + 60 * row), text, font=font(39), fill=INK)
    for row, text in enumerate(FOOT_LEFT):
        draw.text((240, 860 + 40 * row), text, font=font(30), fill=INK)
    draw.text((1250, 880), FOOT_RIGHT[0], font=font(37, "Bold"), fill=INK, anchor="mm")
    draw.text((1250, 1180), FOOT_RIGHT[1], font=font(37, "Bold"), fill=INK, anchor="mm")
    if stamp:
        seal(image, (1120, 1010))
    return image.rotate(turn, Image.Resampling.BICUBIC, fillcolor=PAPER) if turn else image


def seal(image: Image.Image, centre: tuple[int, int], radius: int = 142) -> None:
    """A round red seal over what is there, as ink that lets black through."""
    layer = Image.new("RGB", image.size, "white")
    draw = ImageDraw.Draw(layer)
    x, y = centre
    for r, w in ((radius, 6), (radius - 14, 3), (radius // 2, 4)):
        draw.ellipse((x - r, y - r, x + r, y + r), outline=RED, width=w)
    for i, letter in enumerate("ỦY BAN NHÂN DÂN PHƯỜNG THÍ ĐIỂM ★ "):
        a = math.radians(10.5 * i - 90)
        at = (x + 0.72 * radius * math.cos(a), y + 0.72 * radius * math.sin(a))
        draw.text(at, letter, font=font(28, "Bold"), fill=RED, anchor="mm")
    image.paste(Image.fromarray(np.minimum(np.asarray(image), np.asarray(layer))))


def note(lines: list[str], size: tuple[int, int] = (1654, 600), colour: tuple[int, int, int] = INK) -> Image.Image:
    """Lines of print on white paper."""
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    for row, text in enumerate(lines):
        draw.text((150, 80 + 70 * row), text, font=font(42), fill=colour)
    return image
