"""Pages of a record as pictures, by pdfium."""

from __future__ import annotations

import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import raw

from pipeline.dossier import Box
from pipeline.packaging.geometry import POINTS_PER_INCH


def drawn(page: pdfium.PdfPage, dpi: float) -> Image.Image:
    """``page`` as RGB picture at ``dpi``, without its annotations (visible signatures among them)."""
    bitmap = page.render(scale=dpi / POINTS_PER_INCH, may_draw_forms=False, draw_annots=False)
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
