"""Does a record show what was scanned, and say what was read?

A page that is inverted, shifted or turned is still valid PDF/A. So every page is drawn and laid beside the carrier, and
its text is taken out again and laid beside the reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
from PIL import Image
from rapidfuzz import fuzz

from pipeline.dossier import Box, Coding, Document, Finding, Page, PageReading, Severity, Text
from pipeline.packaging.geometry import POINTS_PER_INCH, page_size
from pipeline.packaging.rendering import drawn, stamp_boxes
from pipeline.packaging.textlayer import clean

Picture = npt.NDArray[np.uint8]

_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
_BLUR = 5
_STEP = 48
"""Two samples (0..255) differ when they are further apart than this, after blurring."""
_TOLERATED = 0.002
"""Share of the page's samples that may differ (renderers round edges differently): a shift by a pixel gives more."""
_TOLERATED_VECTOR = 0.02
_TILE = 16
_TOLERATED_TILE = 20
"""How far the mean of a small square (4 mm at 100 dpi) may be off: a missing line of small print gives more."""
_ALIKE = 99.0
_ALIKE_VECTOR = 90.0


def compare(pdf: Path, document: Document, dpi: float = 100) -> list[Finding]:
    """Lay every page of ``pdf`` beside its carrier at ``dpi``, and its text beside the reading.

    The boxes of visible signatures are left out. An empty list means: it is the same picture and the same text.
    """
    pages = {page.number: page for page in document.pages}
    readings = {reading.number: reading for reading in document.readings}
    numbers = document.extraction.pages
    found: list[Finding] = []
    try:
        record = pdfium.PdfDocument(pdf)
    except pdfium.PdfiumError:
        return [_finding("unreadable", 1, "không mở được bản ghi", "the record cannot be opened")]
    try:
        if len(record) != len(numbers):
            vi, en = f"{len(record)} trang thay vì {len(numbers)}", f"{len(record)} pages instead of {len(numbers)}"
            return [_finding("pages", 1, vi, en)]
        for index, number in enumerate(numbers):
            page = record[index]
            found.extend(_page_findings(page, pages[number], readings.get(number), index + 1, dpi))
            page.close()
    finally:
        record.close()
    return found


def _page_findings(
    shown: pdfium.PdfPage, page: Page, reading: PageReading | None, ordinal: int, dpi: float
) -> Iterator[Finding]:
    width, height = page_size(page)
    if abs(shown.get_width() - width) > 1 or abs(shown.get_height() - height) > 1:
        yield _finding("size", ordinal, "khổ giấy không đúng", "the page box is not the paper")
        return
    dpi = min(dpi, page.dpi_x, page.dpi_y)
    picture = np.array(drawn(shown, dpi))
    size = (picture.shape[1], picture.shape[0])
    try:
        source = np.array(upright(page, size))
    except (OSError, ValueError):
        yield _finding("carrier", ordinal, "không đọc được ảnh quét", "the scanned picture cannot be read")
        return
    for x0, y0, x1, y1 in (_scaled(box, dpi, size) for box in stamp_boxes(shown)):
        area = slice(max(int(y0), 0), max(int(y1) + 1, 0)), slice(max(int(x0), 0), max(int(x1) + 1, 0))
        picture[area] = source[area] = 255
    vector = page.coding is Coding.VECTOR
    share, tile = difference(picture, source)
    if share > (_TOLERATED_VECTOR if vector else _TOLERATED) or (tile > _TOLERATED_TILE and not vector):
        how = f"{100 * share:.2f} %, {tile:.0f}/255"
        yield _finding("picture", ordinal, f"hình khác bản quét ({how})", f"the picture differs from the scan ({how})")
    if reading is not None:
        text = shown.get_textpage()
        alike = same_text(reading, text.get_text_range())
        text.close()
        if alike < (_ALIKE_VECTOR if vector else _ALIKE):
            yield _finding(
                "text", ordinal, f"lớp chữ chỉ khớp {alike:.1f} %", f"the text layer matches by {alike:.1f} %"
            )


def _finding(rule: str, ordinal: int, vi: str, en: str) -> Finding:
    return Finding(f"compare:{rule}", f"trang / page {ordinal}", Text(vi, en), Severity.BLOCK)


def upright(page: Page, size: tuple[int, int]) -> Image.Image:
    """The carrier with its overlay, upright, on white, as RGB of ``size`` (pixels as shown)."""
    turned = size[::-1] if page.rotation in (90, 270) else size
    with Image.open(page.carrier) as carrier:
        carrier.draft("RGB" if carrier.mode == "RGB" else carrier.mode, (2 * turned[0], 2 * turned[1]))
        picture = _on_white(carrier).resize(turned, Image.Resampling.BOX)
    if page.overlay is not None:
        _paint(picture, page)
    turn = _TURNS.get(page.rotation)
    return picture if turn is None else picture.transpose(turn)


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" in picture.getbands() or "transparency" in picture.info:
        above = picture.convert("RGBA")
        ground = Image.new("RGBA", above.size, "white")
        ground.alpha_composite(above)
        return ground.convert("RGB")
    if picture.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    return picture.convert("RGB")


def _paint(picture: Image.Image, page: Page) -> None:
    """Lay the overlay on ``picture``, the carrier at another size."""
    if page.overlay is None:
        return
    x0, y0, x1, y1 = page.overlay.box
    scale_x, scale_y = picture.width / page.width, picture.height / page.height
    corner = round(x0 * scale_x), round(y0 * scale_y)
    size = max(round((x1 - x0) * scale_x), 1), max(round((y1 - y0) * scale_y), 1)
    with Image.open(page.overlay.image) as image:
        above = image.convert("RGBA").resize(size, Image.Resampling.BOX)
    picture.paste(above.convert("RGB"), corner, above.getchannel("A"))


def difference(first: Picture, second: Picture) -> tuple[float, float]:
    """How two RGB pictures of one size differ: share (0..1) of unlike samples, and the most unlike tile (0..255)."""
    blurred = [cv2.blur(picture, (_BLUR, _BLUR)) for picture in (first, second)]
    apart = cv2.absdiff(blurred[0], blurred[1]).max(axis=2) > _STEP
    small = (max(first.shape[1] // _TILE, 1), max(first.shape[0] // _TILE, 1))
    tiles = [cv2.resize(picture, small, interpolation=cv2.INTER_AREA) for picture in (first, second)]
    return float(apart.mean()), float(cv2.absdiff(tiles[0], tiles[1]).max())


def same_text(reading: PageReading, found: str) -> float:
    """How alike (0..100) the text found in a page and the reading are: as a run of letters, or word for word.

    Readers put the lines of a slanting page in another order, so the words count as well, in whatever order.
    """
    wanted = " ".join(clean(word.text) for word in reading.words()).split()
    got = clean(found).split()
    if not wanted and not got:
        return 100.0
    shared = sum((Counter(wanted) & Counter(got)).values())
    return max(float(fuzz.ratio("".join(wanted), "".join(got))), 200.0 * shared / (len(wanted) + len(got)))


def _scaled(box: Box, dpi: float, size: tuple[int, int]) -> Box:
    """A box in points (origin bottom left) as pixels of a picture of ``size`` at ``dpi``."""
    scale = dpi / POINTS_PER_INCH
    return box[0] * scale, size[1] - box[3] * scale, box[2] * scale, size[1] - box[1] * scale
