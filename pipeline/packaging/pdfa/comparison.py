"""Does a record show what was scanned, and say what was read?

A page that is inverted, shifted or turned is still valid PDF/A. So every page is drawn and laid beside the carrier, and
its text is taken out again and laid beside the reading.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pikepdf
import pypdfium2 as pdfium
from pikepdf import AccessMode
from PIL import Image
from rapidfuzz import fuzz

from pipeline.dossier import Box, Coding, Document, Finding, Page, PageReading, Severity, Text
from pipeline.packaging.pdfa.geometry import POINTS_PER_INCH, page_size
from pipeline.packaging.pdfa.rendering import drawn, fraction, reduced, sheet
from pipeline.packaging.pdfa.textlayer import clean

Picture = npt.NDArray[np.uint8]

DPI = 72.0
"""Least resolution of the comparison; a line of small print is eight pixels high."""
_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
_BLUR = 3
_BLUR_VECTOR = 7
"""Two programs draw thin lines a pixel apart and of another weight."""
_STEP = 48
"""Two samples (0..255) differ when they are further apart than this, after blurring."""
_TOLERATED = 0.002
"""Share of the page's samples that may differ (renderers round edges differently): a shift by a pixel gives more."""
_TOLERATED_VECTOR = 0.02
_TILE = 12
_TOLERATED_TILE = 20
"""How far the mean of a small square (4 mm at 75 dpi) may be off: a missing line of small print gives more."""
_TOLERATED_TILE_PATCHED = 48
"""The same where a patch lies on the scan: drawn small, it may reach one pixel further on every side."""
_BATCH = 8
"""Pages after which the record is opened anew: the library keeps the bytes of every picture that was drawn."""
_ALIKE = 99.0
_ALIKE_VECTOR = 90.0


def compare(pdf: Path, document: Document) -> list[Finding]:
    """Lay every page of ``pdf`` beside its carrier, and its text beside the reading.

    Annotations, visible signatures among them, and what lies below them are left out. An empty list means: it is the
    same picture and the same text.
    """
    pages = {page.number: page for page in document.pages}
    readings = {reading.number: reading for reading in document.readings}
    numbers = document.extraction.pages
    found: list[Finding] = []
    try:
        for first in range(0, max(len(numbers), 1), _BATCH):
            with pikepdf.open(pdf, access_mode=AccessMode.stream) as record:
                count = len(record.pages)
                if count != len(numbers):
                    vi, en = f"{count} trang thay vì {len(numbers)}", f"{count} pages instead of {len(numbers)}"
                    return [_finding("pages", 1, vi, en)]
                for index, number in list(enumerate(numbers))[first : first + _BATCH]:
                    found.extend(_page_findings(record, index, pages[number], readings.get(number)))
    except (pikepdf.PdfError, pdfium.PdfiumError, OSError):
        found.append(_finding("unreadable", 1, "không đọc được bản ghi", "the record cannot be read"))
    return found


def looks_alike(record: pikepdf.Pdf, page: Page) -> bool:
    """Whether the first page of ``record`` shows what the carrier of ``page`` shows."""
    return not any(_page_findings(record, 0, page, None))


def _page_findings(record: pikepdf.Pdf, index: int, page: Page, reading: PageReading | None) -> Iterator[Finding]:
    width, height = page_size(page)
    stamps = _annotated(record.pages[index])
    by = fraction((page.dpi_x, page.dpi_y), DPI)
    with sheet(record, index, by) as shown:
        if abs(shown.get_width() - width) > 1 or abs(shown.get_height() - height) > 1:
            yield _finding("size", index + 1, "khổ giấy không đúng", "the page box is not the paper")
            return
        picture = np.array(drawn(shown, _dpi(shown, page, by)))
        text = "" if reading is None else _text(shown)
    size = (picture.shape[1], picture.shape[0])
    try:
        source = np.array(upright(page, size, by))
    except (OSError, ValueError):
        yield _finding("carrier", index + 1, "không đọc được ảnh quét", "the scanned picture cannot be read")
        return
    for x0, y0, x1, y1 in (_scaled(box, height, size) for box in stamps):
        area = slice(max(int(y0), 0), max(int(y1) + 1, 0)), slice(max(int(x0), 0), max(int(x1) + 1, 0))
        picture[area] = source[area] = 255
    vector = page.coding in (Coding.VECTOR, Coding.COMPOSED)
    share, tile = difference(picture, source, _BLUR_VECTOR if vector else _BLUR)
    most = _TOLERATED_TILE if page.overlay is None else _TOLERATED_TILE_PATCHED
    if share > (_TOLERATED_VECTOR if vector else _TOLERATED) or (tile > most and not vector):
        how = f"{100 * share:.2f} %, {tile:.0f}/255"
        yield _finding(
            "picture", index + 1, f"hình khác bản quét ({how})", f"the picture differs from the scan ({how})"
        )
    if reading is not None and (alike := same_text(reading, text)) < (_ALIKE_VECTOR if vector else _ALIKE):
        vi, en = f"lớp chữ chỉ khớp {alike:.1f} %", f"the text layer matches by {alike:.1f} %"
        yield _finding("text", index + 1, vi, en)


def _dpi(shown: pdfium.PdfPage, page: Page, by: int) -> float:
    """Resolution at which the page comes out just as big as its picture at ``1/by``, as far as its pixels are square.

    Stretched by one pixel, two programs give pictures that differ at every edge.
    """
    pixels = [-(-side // by) for side in page.upright_size]
    # A hair less: the size is rounded up.
    scale: float = min(pixels[0] / shown.get_width(), pixels[1] / shown.get_height()) * (1 - 1e-6)
    return min(scale * POINTS_PER_INCH, 2 * DPI)


def _annotated(page: pikepdf.Page) -> list[Box]:
    """Boxes of the page's annotations in points, origin at the bottom left."""
    boxes = []
    for annotation in page.get("/Annots", ()):
        x0, y0, x1, y1 = (float(number) for number in annotation.Rect)
        boxes.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    return boxes


def _text(shown: pdfium.PdfPage) -> str:
    text = shown.get_textpage()
    try:
        return str(text.get_text_range())
    finally:
        text.close()


def _finding(rule: str, ordinal: int, vi: str, en: str) -> Finding:
    return Finding(f"compare:{rule}", f"trang / page {ordinal}", Text(vi, en), Severity.BLOCK)


def upright(page: Page, size: tuple[int, int], by: int = 1) -> Image.Image:
    """The carrier with its overlay, upright, on white, as RGB of ``size`` (pixels as shown).

    A JPEG is decoded at ``1/by`` of its size.
    """
    turned = size[::-1] if page.rotation in (90, 270) else size
    if page.coding is Coding.JPEG:
        small = reduced(page.carrier.read_bytes(), by)
    else:
        with Image.open(page.carrier) as carrier:
            small = _on_white(carrier)
    small = small if small.mode in ("L", "RGB") else small.convert("RGB")
    picture = Image.fromarray(cv2.resize(np.asarray(small), turned, interpolation=cv2.INTER_AREA)).convert("RGB")
    if page.overlay is not None:
        _paint(picture, page)
    turn = _TURNS.get(page.rotation)
    return picture if turn is None else picture.transpose(turn)


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture as grey or RGB; grey stays grey, which is a third of the work."""
    if picture.mode in ("1", "L") and "transparency" not in picture.info:
        return picture.convert("L")
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


def difference(first: Picture, second: Picture, blur: int = _BLUR) -> tuple[float, float]:
    """How two RGB pictures of one size differ: share (0..1) of unlike samples, and the most unlike tile (0..255).

    ``blur`` is the side, in pixels, of the square over which samples are evened out before they are compared.
    """
    height, width = first.shape[:2]
    apart = cv2.absdiff(cv2.blur(first, (blur, blur)), cv2.blur(second, (blur, blur)))
    red, green, blue = cv2.split(cv2.threshold(apart, _STEP, 255, cv2.THRESH_BINARY)[1])
    share = cv2.countNonZero(cv2.max(cv2.max(red, green), blue)) / (width * height)
    small = (max(width // _TILE, 1), max(height // _TILE, 1))
    tiles = [cv2.resize(picture, small, interpolation=cv2.INTER_AREA) for picture in (first, second)]
    return share, float(cv2.absdiff(tiles[0], tiles[1]).max())


def same_text(reading: PageReading, found: str) -> float:
    """How alike (0..100) the text found in a page and the reading are: as a run of letters, or word for word.

    Readers put the lines of a slanting page in another order, so the words count as well, in whatever order.
    """
    wanted = [_unordered(word) for word in " ".join(clean(word.text) for word in reading.words()).split()]
    got = [_unordered(word) for word in clean(" ".join(found.split())).split()]
    if not wanted and not got:
        return 100.0
    shared = sum((Counter(wanted) & Counter(got)).values())
    return max(float(fuzz.ratio("".join(wanted), "".join(got))), 200.0 * shared / (len(wanted) + len(got)))


def _unordered(word: str) -> str:
    """``word``, its letters sorted if it is written from right to left: the reader turns those round."""
    leftwards = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in word)
    return "".join(sorted(word)) if leftwards else word


def _scaled(box: Box, height: float, size: tuple[int, int]) -> Box:
    """A box in points (origin bottom left) on a page ``height`` points high, in pixels of a picture of ``size``."""
    scale = size[1] / height
    return box[0] * scale, size[1] - box[3] * scale, box[2] * scale, size[1] - box[1] * scale
