"""A small copy of a record for reading on line: at most a hundredth of a megabyte a page or so, never a record.

Every page is what the record shows, stamps included, in two layers (mixed raster content): the paper with its stains,
stamps and pictures as a coarse JPEG, and over it the print, a bilevel stencil of 300 dpi through which a second, still
coarser JPEG shows the ink's colours. The text layer is the record's. The picture is altered: letters under a stamp may
lose a stroke. So the copy says what it is in its title, in its metadata and on every page.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import numpy.typing as npt
import pikepdf
import pypdfium2 as pdfium
from pikepdf import Dictionary, Stream
from PIL import Image, ImageDraw, ImageFont

from pipeline.dossier import Document, Finding, PageReading, Severity, Text
from pipeline.errors import RecordInvalid, from_os_error
from pipeline.packaging.files import written
from pipeline.packaging.pdfa.building import describe, save, title
from pipeline.packaging.pdfa.comparison import difference
from pipeline.packaging.pdfa.conformity import check, refuse_flawed
from pipeline.packaging.pdfa.geometry import POINTS_PER_INCH
from pipeline.packaging.pdfa.images import Images
from pipeline.packaging.pdfa.rendering import drawn
from pipeline.packaging.pdfa.textlayer import TextLayer
from pipeline.packaging.signing.stampfont import stamp_font
from pipeline.settings import Legal

Picture = npt.NDArray[np.uint8]

MARK = Text("Bản đọc", "Reading copy")
NOTICE = Text(
    "Bản đọc thu gọn để xem trên mạng, không phải bản ghi; hình ảnh đã được nén có mất mát.",
    "A reduced copy for reading on line, not the record; its pictures are compressed with loss.",
)
_DPI = 300.0
_MOST_PIXELS = 3508 * 4961
"""An A3 page at 300 dpi; bigger pages are drawn coarser."""
_MOST_BYTES = 100_000
"""What the pictures of an A4 page may take; bigger pages may take more."""
_A4_POINTS = 595.28 * 841.89
_LADDER = ((2, 40), (3, 40), (3, 28), (4, 25), (6, 20), (8, 15))
"""Coarser and coarser: how much the paper is reduced, and its JPEG quality. The ink is reduced three times as much."""
_INK_SHARE = 0.65
"""Share of the bytes that the stencil may take; where it takes more, just darker ink goes through it."""
_WINDOW = 51
"""Side in pixels (4 mm at 300 dpi) of the square that a pixel is compared with; odd."""
_DARKER = 22
"""How much darker (0..255) than its surroundings ink is."""
_HARDER = (1, 1.7, 2.8)
"""What :data:`_DARKER` is taken times, until the stencil is small enough; after that there is none."""
_SPECKS = 7
"""Spots of fewer pixels are no ink."""
_MARK_POINTS, _MARK_COLOUR = 6, "#505050"
_COMPARED_DPI = 50.0
_TOLERATED = 0.01
"""Share of the page's samples, blurred, that may be another: an inverted or shifted stencil gives many times more."""


def light_copy(document: Document, record: Path, out: Path, legal: Legal, type_name: str) -> None:
    """Write a small copy of ``record`` for reading to ``out`` as PDF/A-2b; it is checked before it gets its name.

    Args:
        document: its readings give the text layer; ``document.extraction.pages`` are the record's pages, in order.
        record: the record, signed or not; it is only read, its stamps are shown.
        out: file to write.
        legal: for the time zone of the dates.
        type_name: name of the paper's type.

    Raises:
        RecordInvalid: the record cannot be drawn, or the copy fails a check (PDF/A, likeness).
        DiskFull: no room for the file.
    """
    name = document.source.name
    readings = {reading.number: reading for reading in document.readings}
    now = legal.local_time(datetime.now(UTC))
    with written(out) as part:
        try:
            with pikepdf.new() as pdf, ExitStack() as opened:
                folder = Path(opened.enter_context(TemporaryDirectory(prefix=part.name, dir=part.parent)))
                writer = _Writer(pdf, Images(pdf, folder), TextLayer(pdf))
                for index, number in enumerate(document.extraction.pages):
                    with _page(record, index) as page:
                        writer.add(page, readings.get(number))
                writer.text.close()
                describe(
                    pdf,
                    now,
                    title=f"{MARK.vi}: {title(document, type_name)}",
                    subject=NOTICE.vi,
                    source=f"sha256:{_sha256(record)}",
                )
                save(pdf, part, "2b")
        except (pikepdf.PdfError, pdfium.PdfiumError, ValueError) as error:
            raise RecordInvalid(name=name, what=f"{MARK.en}: {type(error).__name__}") from error
        except OSError as error:
            raise from_os_error(error, name) from error
        refuse_flawed(check(part) or list(_unlike(part, record)), name)


@contextmanager
def _page(record: Path, index: int) -> Iterator[pdfium.PdfPage]:
    """Page ``index`` of ``record``, opened by itself: memory is for one page at a time."""
    opened = pdfium.PdfDocument(record)
    try:
        page = opened[index]
        try:
            yield page
        finally:
            page.close()
    finally:
        opened.close()


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


class _Writer:
    """Adds pages to the copy."""

    def __init__(self, pdf: pikepdf.Pdf, images: Images, text: TextLayer) -> None:
        self._pdf = pdf
        self._images = images
        self.text = text

    def add(self, page: pdfium.PdfPage, reading: PageReading | None) -> None:
        """Add ``page`` in two layers with the text of ``reading``."""
        width, height = page.get_width(), page.get_height()
        layers = _layers(_marked(page), round(_MOST_BYTES * max(width * height / _A4_POINTS, 1.0)))
        shown = {"/Paper": self._images.jpeg(layers.paper[0], "RGB", layers.paper[1])}
        if layers.stencil is not None:
            shown["/Ink"] = self._images.jpeg(layers.ink[0], "RGB", layers.ink[1])
            shown["/Ink"].Mask = self._images.stencil(layers.stencil)
        content = b"".join(b"q %f 0 0 %f 0 0 cm %s Do Q\n" % (width, height, name.encode()) for name in shown)
        resources = Dictionary(XObject=Dictionary(shown))
        text = self.text.content(reading, width, height) if reading is not None else b""
        if text:
            resources.Font = Dictionary({self.text.name: self.text.font})
        self._pdf.add_blank_page(page_size=(width, height))
        added = self._pdf.pages[-1]
        added.Resources = resources
        added.Contents = Stream(self._pdf, content + text)


def _marked(page: pdfium.PdfPage) -> Image.Image:
    """The page as it shows, with a line at its foot that says what this is."""
    points = page.get_width() * page.get_height()
    dpi = min(_DPI, POINTS_PER_INCH * (_MOST_PIXELS / points) ** 0.5)
    picture = drawn(page, dpi, annotations=True)
    words = f"{MARK.vi} – không phải bản ghi"
    letter = max(round(_MARK_POINTS * dpi / POINTS_PER_INCH), 6)
    font = ImageFont.truetype(str(stamp_font(words).path), letter)
    ImageDraw.Draw(picture).text((2 * letter, picture.height - 2 * letter), words, font=font, fill=_MARK_COLOUR)
    return picture


_Coded = tuple[bytes, tuple[int, int]]
"""A JPEG, and its width and height in pixels."""


@dataclass(frozen=True, slots=True)
class _Layers:
    """A page in layers; ``stencil`` is black where the ink shows, ``None`` where there is none."""

    paper: _Coded
    ink: _Coded
    stencil: Image.Image | None


def _layers(picture: Image.Image, most: int) -> _Layers:
    """Part a page (RGB) into layers that together take about ``most`` bytes."""
    pixels = np.asarray(picture)
    found, taken = _stencil(pixels, round(_INK_SHARE * most))
    is_ink = np.zeros(pixels.shape[:2], np.uint8) if found is None else found
    # The rim of a letter is neither ink nor paper: it belongs to none, lest the paper get a shadow.
    is_paper = np.asarray(255 - np.asarray(cv2.dilate(is_ink, np.ones((5, 5), np.uint8))), np.uint8)
    for reduction, quality in _LADDER:
        paper = _coded(_reduced(pixels, is_paper, reduction), quality)
        ink = _coded(_reduced(pixels, is_ink, 3 * reduction), quality)
        if taken + len(paper[0]) + len(ink[0]) <= most:
            break
    return _Layers(paper, ink, None if found is None else Image.fromarray(255 - found).convert("1"))


def _stencil(pixels: Picture, most: int) -> tuple[Picture | None, int]:
    """Where ink is (255), and about how many bytes that takes; ``None`` where it would take more than ``most``."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    around = cv2.blur(grey, (_WINDOW, _WINDOW))
    depth = cv2.subtract(around, grey)
    for times in _HARDER:
        ink = np.where(depth > _DARKER * times, np.uint8(255), np.uint8(0))
        _, labels, facts, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
        kept = facts[:, cv2.CC_STAT_AREA] >= _SPECKS
        kept[0] = False
        if not kept.any():
            return None, 0
        ink = np.where(kept[labels], np.uint8(255), np.uint8(0))
        out = io.BytesIO()
        Image.fromarray(255 - ink).convert("1").save(out, "TIFF", compression="group4")
        if out.tell() <= most:
            return ink, out.tell()
    return None, 0


def _reduced(pixels: Picture, belongs: Picture, by: int) -> Picture:
    """``pixels`` at ``1/by``, only those that belong (255) counted; where none does, the colour of those near by."""
    size = max(-(-pixels.shape[1] // by), 1), max(-(-pixels.shape[0] // by), 1)
    weight = (belongs > 0).astype(np.float32)
    total = np.asarray(cv2.resize(pixels * weight[..., None], size, interpolation=cv2.INTER_AREA))
    weight = np.asarray(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), np.float32)
    for side in (3, 15, 75):
        spread = cv2.blur(total, (side, side)), cv2.blur(weight, (side, side))
        bare = weight < 1e-3
        total[bare], weight[bare] = spread[0][bare], spread[1][bare]
    total[weight < 1e-6], weight[weight < 1e-6] = 255.0, 1.0
    reduced: Picture = np.clip(total / weight[..., None], 0, 255).astype(np.uint8)
    return reduced


def _coded(pixels: Picture, quality: int) -> _Coded:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue(), (pixels.shape[1], pixels.shape[0])


def _unlike(copy: Path, record: Path) -> Iterator[Finding]:
    """A finding for every page of the copy that does not look like the record's: both are drawn as they show."""
    opened = pdfium.PdfDocument(copy)
    try:
        count = len(opened)
    finally:
        opened.close()
    for index in range(count):
        with _page(copy, index) as page, _page(record, index) as original:
            pictures = [np.asarray(drawn(one, _COMPARED_DPI, annotations=True)) for one in (page, original)]
        if pictures[0].shape != pictures[1].shape or difference(pictures[0], pictures[1])[0] > _TOLERATED:
            what = Text("bản đọc khác bản ghi", "the reading copy does not look like the record")
            yield Finding("light:picture", f"trang / page {index + 1}", what, Severity.BLOCK)
