"""Pages of a record as pictures, by pdfium."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import pikepdf
import pypdfium2 as pdfium
from pikepdf import Name
from PIL import Image
from pypdfium2 import raw

from pipeline.dossier import Box
from pipeline.packaging.pdfa.geometry import POINTS_PER_INCH

_FRACTIONS = (8, 4, 2, 1)
"""What a JPEG can be decoded by, from the coarsest."""
_HAIR = 0.004
"""Points by which the page box is widened: where rounding lets a picture cross it, pdfium draws it a pixel bigger."""
_WHOLE_JPEG = {"/Type", "/Subtype", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent", "/Filter", "/Length"}
_BANDS = {"/DeviceGray": "L", "/DeviceRGB": "RGB"}


def drawn(page: pdfium.PdfPage, dpi: float, *, annotations: bool = False) -> Image.Image:
    """``page`` as RGB picture at ``dpi``, without its annotations (visible signatures among them) unless asked for."""
    bitmap = page.render(scale=dpi / POINTS_PER_INCH, may_draw_forms=False, draw_annots=annotations)
    try:
        picture: Image.Image = bitmap.to_pil()
        return picture.convert("RGB")
    finally:
        bitmap.close()


def stamp_boxes(page: pdfium.PdfPage) -> list[Box]:
    """Boxes of the page's annotations in points, origin at the bottom left (``x0, y0, x1, y1``, y up)."""
    boxes: list[Box] = []
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        rectangle = raw.FS_RECTF()
        if raw.FPDFAnnot_GetRect(annotation, rectangle):
            boxes.append((rectangle.left, rectangle.bottom, rectangle.right, rectangle.top))
        raw.FPDFPage_CloseAnnot(annotation)
    return boxes


def fraction(dpi: tuple[float, float], least: float) -> int:
    """By how much (1, 2, 4, 8) a picture of ``dpi`` can be reduced and still have ``least`` dpi both ways."""
    return next((by for by in _FRACTIONS if min(dpi) >= by * least), 1)


@lru_cache(maxsize=1)
def reduced(jpeg: bytes, by: int) -> Image.Image:
    """A JPEG decoded at ``1/by`` of its size, which costs a third of decoding it whole.

    The last one is kept: scan and record mostly hold the same bytes.

    Raises:
        OSError: it is broken off or no JPEG.
    """
    with Image.open(io.BytesIO(jpeg), formats=("JPEG", "MPO")) as picture:
        picture.draft(picture.mode, (max(picture.width // by, 1), max(picture.height // by, 1)))
        picture.load()
        return picture.copy()


@contextmanager
def sheet(record: pikepdf.Pdf, index: int, by: int) -> Iterator[pdfium.PdfPage]:
    """Page ``index`` (from 0) of ``record`` without its annotations, cheap to draw at ``1/by`` of its resolution.

    Everything on it is as the record has it, but the samples of plain JPEGs are decoded at that size beforehand:
    drawing one of 300 dpi costs 0.06 CPU seconds, this a quarter of that, and memory for one page at a time.

    Raises:
        PdfError, PdfiumError, OSError: the page cannot be read.
    """
    with pikepdf.new() as single:
        page = record.pages[index]
        if Name.Annots in page:
            del page[Name.Annots]
        single.pages.append(page)
        x0, y0, x1, y1 = (float(side) for side in page.mediabox)
        single.pages[0].mediabox = pikepdf.Array([x0 - _HAIR, y0 - _HAIR, x1 + _HAIR, y1 + _HAIR])
        for picture in single.pages[0].resources.get(Name.XObject, pikepdf.Dictionary()).values():
            _shrink(picture, by)
        out = io.BytesIO()
        single.save(
            out,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    document = pdfium.PdfDocument(out.getvalue())
    try:
        shown = document[0]
        try:
            yield shown
        finally:
            shown.close()
    finally:
        document.close()


def _shrink(picture: pikepdf.Object, by: int) -> None:
    if by == 1 or picture.get(Name.Filter) != Name.DCTDecode or set(picture.keys()) - _WHOLE_JPEG:
        return
    small = reduced(picture.read_raw_bytes(), by)
    if _BANDS.get(str(picture.ColorSpace)) == small.mode and picture.BitsPerComponent == 8:
        picture.write(small.tobytes())
        picture.Width, picture.Height = small.size
