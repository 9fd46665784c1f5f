"""Scan files as scanners and counters write them: PDF of one picture a page, JPEG, TIFF, and a born-digital PDF.

Nothing that differs from run to run (dates, random ids) is written.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Sequence
from pathlib import Path

import img2pdf
import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from samples.conditions import Scan
from samples.fonts import DPI, Face, path_of
from samples.sheet import HEIGHT, WIDTH, Sheet

_QUALITY = 82
_POINTS = 72 / DPI


def _dpi(scan: Scan) -> float:
    return scan.dpi or DPI


def _jpeg(scan: Scan) -> bytes:
    held = io.BytesIO()
    dpi = _dpi(scan)
    scan.image.convert("RGB").save(held, "JPEG", quality=_QUALITY, dpi=(dpi, dpi))
    return held.getvalue()


def _bilevel(scan: Scan) -> bytes:
    held = io.BytesIO()
    dpi = _dpi(scan)
    scan.image.save(held, "TIFF", compression="group4", dpi=(dpi, dpi))
    return held.getvalue()


def picture_of(scan: Scan) -> bytes:
    """The picture coded as PDFs of scanners hold it: JPEG, or CCITT group 4 where it is bilevel."""
    return _bilevel(scan) if scan.bilevel else _jpeg(scan)


def write_pdf(path: Path, scans: Sequence[Scan]) -> None:
    """One picture a page, coded by :func:`picture_of`."""
    write_pictures(path, [picture_of(scan) for scan in scans])


def write_pictures(path: Path, pictures: Sequence[bytes]) -> None:
    """A PDF of one coded picture a page."""
    path.write_bytes(img2pdf.convert(list(pictures), nodate=True, engine=img2pdf.Engine.internal))


def write_jpeg(path: Path, scans: Sequence[Scan]) -> None:
    """The one page of ``scans``."""
    (scan,) = scans
    path.write_bytes(_jpeg(scan))


def write_tiff(path: Path, scans: Sequence[Scan]) -> None:
    """All pages: CCITT group 4 where they are bilevel, JPEG compression else."""
    first, *others = (scan.image for scan in scans)
    dpi = _dpi(scans[0])
    compression = "group4" if first.mode == "1" else "jpeg"
    first.save(path, "TIFF", save_all=True, append_images=others, compression=compression, dpi=(dpi, dpi))


def write_born_digital(path: Path, sheets: Sequence[Sheet]) -> None:
    """The print of ``sheets`` as a PDF with real text: no picture, no pen, no seal."""
    document = pypdfium2.PdfDocument.new()
    fonts: dict[Face, pdfium.FPDF_FONT] = {}
    for sheet in sheets:
        page = document.new_page(WIDTH * _POINTS, HEIGHT * _POINTS)
        for piece in sheet.typed:
            if piece.face not in fonts:
                fonts[piece.face] = _font(document, piece.face)
            said = pdfium.FPDFPageObj_CreateTextObj(document, fonts[piece.face], piece.points)
            coded = ctypes.create_string_buffer(piece.text.encode("utf-16-le") + b"\0\0")
            pdfium.FPDFText_SetText(said, ctypes.cast(coded, ctypes.POINTER(ctypes.c_ushort)))
            pdfium.FPDFPageObj_SetFillColor(said, *piece.ink, 255)
            left, up = piece.x * _POINTS, (HEIGHT - piece.baseline) * _POINTS
            pdfium.FPDFPageObj_Transform(said, 1, 0, 0, 1, left, up)
            pdfium.FPDFPage_InsertObject(page, said)
        for x0, y0, x1, y1, width in sheet.rules:
            line = pdfium.FPDFPageObj_CreateNewPath(x0 * _POINTS, (HEIGHT - y0) * _POINTS)
            pdfium.FPDFPath_LineTo(line, x1 * _POINTS, (HEIGHT - y1) * _POINTS)
            pdfium.FPDFPageObj_SetStrokeWidth(line, width * _POINTS)
            pdfium.FPDFPath_SetDrawMode(line, pdfium.FPDF_FILLMODE_NONE, True)
            pdfium.FPDFPage_InsertObject(page, line)
        pdfium.FPDFPage_GenerateContent(page)
    held = io.BytesIO()
    document.save(held)
    with pikepdf.open(held) as pdf:
        for key in ("/Info", "/ID"):
            if key in pdf.trailer:
                del pdf.trailer[key]
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Dictionary) and "/ToUnicode" in thing:
                _common_letters(thing.ToUnicode)
        pdf.save(path, deterministic_id=True)


def _common_letters(mapping: pikepdf.Object) -> None:
    """Where one glyph stands for two characters, PDFium names the rarer one: name the one that was set."""
    said = mapping.read_bytes()
    for rare, common in ((b"<00AD>", b"<002D>"), (b"<00A0>", b"<0020>"), (b"<037E>", b"<003B>")):
        said = said.replace(rare, common)
    mapping.write(said)


def _font(document: pypdfium2.PdfDocument, face: Face) -> pdfium.FPDF_FONT:
    data = path_of(face).read_bytes()
    held = (ctypes.c_ubyte * len(data)).from_buffer_copy(data)
    return pdfium.FPDFText_LoadFont(document, held, len(data), pdfium.FPDF_FONT_TRUETYPE, True)
