"""Separator sheets to be printed: laid between two papers they tell where in a stack the next one begins.

The patch code is that of the scanners' makers, which many scanners read themselves (Kodak Alaris, *i5000 Series User's
Guide*, "Patch codes"; Kodak A-61599): four bars parallel to the edge that goes in first, divided by spaces as wide as a
narrow bar. Patch T, the transfer patch, is narrow, wide, narrow, wide. What ``sohoa`` itself finds on the picture is
the bar code or QR code beside it.
"""

from __future__ import annotations

import io
from functools import cache

import img2pdf
import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from pipeline import programs
from pipeline.errors import FontMissing, SohoaError

DPI = 600
_WIDTH, _HEIGHT = 4960, 7016
"""A4 in dots."""
_NARROW, _WIDE = round(0.08 * DPI), round(0.20 * DPI)
_PATCH_T = (_NARROW, _WIDE, _NARROW, _WIDE)
"""Bars from the edge that goes in first; each may be 0.01 inch off."""
_EDGE = DPI // 2
"""Free paper before the first bar and beside the bars: at least 0.25 inch, and the last bar within 1.7 inch."""
_BAR_MODULE, _BAR_HEIGHT, _SQUARE_MODULE = 16, DPI, 44
_TITLE, _NOT_A_PAPER = "TỜ PHÂN CÁCH", "không quét làm giấy tờ · separator sheet, not a document"
_WANTED = "serif:bold:lang=vi"
_MOST_NOTE = 120


def separator_sheets(*, bars: str, square: str, note: str = "", count: int = 1) -> bytes:
    """Separator sheets of A4 as a PDF, black on white, 600 dpi.

    Args:
        bars: text of the bar code (Code 128), with which come the bars of Patch T at both ends of the sheet, so that
            it may be fed either way; empty: neither.
        square: text of the QR code; empty: none.
        note: words to print; they also follow ``square`` in the QR code. At most 120 letters are used.
        count: number of sheets.

    Raises:
        FontMissing: no font with Vietnamese letters is installed.
    """
    sheet = Image.new("1", (_WIDTH, _HEIGHT), 1)
    draw = ImageDraw.Draw(sheet)
    note = " ".join(note.split())[:_MOST_NOTE]
    if bars:
        _patches(draw)
    _centred(draw, _TITLE, 1150, 330)
    _centred(draw, _NOT_A_PAPER, 1560, 110)
    if bars:
        for top in (1950, 5150):
            _paste(sheet, _bar_code(bars), top)
            _centred(draw, bars, top + _BAR_HEIGHT + 40, 90)
    if square:
        code = _qr_code(f"{square}:{note}" if note else square)
        _paste(sheet, code, 2950)
        _centred(draw, square, 2950 + code.height + 40, 90)
    if note:
        _centred(draw, note, 4750, 130)
    pixels = io.BytesIO()
    sheet.save(pixels, "PNG", dpi=(DPI, DPI))
    page = img2pdf.get_layout_fun((img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297)))
    return bytes(img2pdf.convert([pixels.getvalue()] * count, layout_fun=page))


def _patches(draw: ImageDraw.ImageDraw) -> None:
    """Patch T along the upper and, seen from there, along the lower edge."""
    y = _EDGE
    for bar in _PATCH_T:
        draw.rectangle((_EDGE, y, _WIDTH - _EDGE, y + bar - 1), fill=0)
        draw.rectangle((_EDGE, _HEIGHT - y - bar, _WIDTH - _EDGE, _HEIGHT - y - 1), fill=0)
        y += bar + _NARROW


def _bar_code(text: str) -> Image.Image:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    modules = np.array(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False))[0]
    return Image.fromarray(np.tile(np.repeat(modules, _BAR_MODULE), (_BAR_HEIGHT, 1))).convert("1")


def _qr_code(text: str) -> Image.Image:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="Q")
    modules = np.array(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False))
    module = min(_SQUARE_MODULE, 1500 // len(modules))
    return Image.fromarray(np.kron(modules, np.ones((module, module), np.uint8))).convert("1")


def _paste(sheet: Image.Image, code: Image.Image, top: int) -> None:
    sheet.paste(code, ((_WIDTH - code.width) // 2, top))


def _centred(draw: ImageDraw.ImageDraw, text: str, top: int, size: int) -> None:
    """Write ``text`` in the middle, smaller where it would be too wide; ``size`` in dots."""
    letters = _font(size)
    room = _WIDTH - 3 * _EDGE
    if letters.getlength(text) > room:
        letters = _font(int(size * room / letters.getlength(text)))
    draw.text(((_WIDTH - letters.getlength(text)) / 2, top), text, font=letters, fill=0)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    try:
        path = programs.run(["fc-match", "-f", "%{file}", _WANTED], name="fc-match", seconds=20).decode()
        return ImageFont.truetype(path, size)
    except (SohoaError, OSError) as error:
        raise FontMissing(font=_WANTED, fix=programs.install_hint("fonts-noto-core")) from error
