"""PDF files as pages: the embedded scan where a page is one picture, a rendering where it is not."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
from pikepdf import Name
from PIL import Image

from pipeline.capture import overlays, pictures, rendering, textlayer
from pipeline.capture.paper import plausible_dpi
from pipeline.capture.scans import check_whole, extract
from pipeline.capture.sketch import Drawing, placed_scan, sketch
from pipeline.dossier import Capture, Coding, Finding, Page, Source, Text
from pipeline.errors import Damaged, Encrypted, TooManyPages, XfaForm
from pipeline.settings import Limits

_TAIL = 2048
_READING_DPI = 300.0
_LEAST_DPI = 50.0
_OBJECT = re.compile(rb"[0-9]+ [0-9]+ obj\b")
_FEW_LETTERS = 300
"""A scan with no more visible letters than this on top is a scan with captions; with more it is a born-digital page."""


def capture(source: Source, work: Path, limits: Limits) -> Capture:
    """Make the pages of a PDF.

    Raises:
        Encrypted, XfaForm, TooManyPages, TooManyPixels, Damaged: the file, each for its own reason.
    """
    with _heard() as said:
        try:
            pdf = pikepdf.open(source.copy, suppress_warnings=True)
        except pikepdf.PasswordError as error:
            raise Encrypted(name=source.name) from error
    with pdf:
        if pdf.is_encrypted:
            raise Encrypted(name=source.name)
        _whole(source, pdf, said)
        count = len(pdf.pages)
        if count > limits.pages:
            raise TooManyPages(name=source.name, pages=count, limit=limits.pages)
        if count == 0:
            raise Damaged(name=source.name, what="0 trang / pages")
        warned = [str(warning) for warning in pdf.get_warnings()]  # asking takes them away
        findings = list(_form(source, pdf))
        reader = _PageReader(source, pdf, work, limits)
        pages = []
        for number in range(1, count + 1):
            page, found = reader.read(number)
            fresh = [str(warning) for warning in pdf.get_warnings()]
            if any("output may still be valid" in warning for warning in fresh):  # text or a picture broke off
                raise Damaged(name=source.name, what=f"trang / page {number}")
            warned += fresh
            pages.append(page)
            findings += found
        if warned:
            text = Text(
                "cấu trúc PDF có lỗi, đã đọc theo cách phục hồi; hãy so với bản giấy",
                "the PDF's structure is faulty and was mended while reading; compare with the paper",
            )
            findings.append(Finding("pdf_mended", "file", text))
        return Capture(replace(source, signed=is_signed(pdf)), tuple(pages), tuple(findings))


def is_signed(pdf: pikepdf.Pdf) -> bool:
    """Whether any field bears a signature (``/FT /Sig`` with a value that has a ``/ByteRange``).

    The flag ``/SigFlags`` is not asked: signed files without it exist.
    """
    return any(
        field.get(Name.FT, inherited) == Name.Sig
        and isinstance(value := field.get(Name.V), pikepdf.Dictionary)
        and Name.ByteRange in value
        for field, inherited in _fields(pdf)
    )


def _fields(pdf: pikepdf.Pdf) -> Iterator[tuple[pikepdf.Object, pikepdf.Object | None]]:
    form = pdf.Root.get(Name.AcroForm)
    if not isinstance(form, pikepdf.Dictionary) or not isinstance(form.get(Name.Fields), pikepdf.Array):
        return
    waiting: list[tuple[pikepdf.Object, pikepdf.Object | None]] = [(field, None) for field in form.Fields]
    seen: set[tuple[int, int]] = set()
    while waiting:
        field, inherited = waiting.pop()
        if not isinstance(field, pikepdf.Dictionary) or (field.is_indirect and field.objgen in seen):
            continue
        seen.add(field.objgen)
        yield field, inherited
        kids = field.get(Name.Kids)
        if isinstance(kids, pikepdf.Array):
            waiting += [(kid, field.get(Name.FT, inherited)) for kid in kids]


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What qpdf says aloud in this thread: that it leaves pages out, it tells nowhere else."""
    said: list[str] = []
    log, thread = logging.getLogger("pikepdf"), threading.get_ident()

    def keep(record: logging.LogRecord) -> bool:
        if record.thread == thread:
            said.append(record.getMessage())
        return False

    handler = logging.Handler()
    handler.addFilter(keep)
    log.addHandler(handler)
    try:
        yield said
    finally:
        log.removeHandler(handler)


def _end(source: Source) -> bytes:
    """The last bytes of the file but for padding: some mail gateways and disks fill up with zeros."""
    with source.copy.open("rb") as file:
        end = source.size
        while end > 0:
            start = max(0, end - _TAIL)
            file.seek(start)
            tail = file.read(end - start)
            if tail.strip(b"\0\r\n\t "):
                file.seek(max(0, start - _TAIL))
                return file.read(end - max(0, start - _TAIL))
            end = start
    return b""


def _whole(source: Source, pdf: pikepdf.Pdf, said: list[str]) -> None:
    """Refuse a file that ends before its end: qpdf would mend it and lose pages without a word."""
    tail = _end(source)
    if b"startxref" not in tail and b"%%EOF" not in tail:
        raise Damaged(name=source.name, what="thiếu phần cuối / the end is missing")
    if b"%%EOF" in tail and _OBJECT.search(tail.rpartition(b"%%EOF")[2]):  # the last addition breaks off
        raise Damaged(name=source.name, what="thiếu phần cuối / the end is missing")
    if any("ages tree" in line for line in said):
        raise Damaged(name=source.name, what="cây trang / page tree")
    stated = pdf.Root.get(Name.Pages, pikepdf.Dictionary()).get(Name.Count)
    if isinstance(stated, int) and stated != len(pdf.pages):
        raise Damaged(name=source.name, what=f"{len(pdf.pages)}/{stated} trang / pages")


def _form(source: Source, pdf: pikepdf.Pdf) -> Iterator[Finding]:
    form = pdf.Root.get(Name.AcroForm)
    if not isinstance(form, pikepdf.Dictionary) or Name.XFA not in form:
        return
    waits = len(pdf.pages) == 1 and "please wait" in textlayer.plain_text(source.copy, 1).lower()
    if bool(pdf.Root.get(Name.NeedsRendering, False)) or waits:
        raise XfaForm(name=source.name)
    text = Text("biểu mẫu XFA: chỉ giữ phần có trong trang", "an XFA form: only what is in its pages is kept")
    yield Finding("xfa_static", "file", text)


@dataclass(frozen=True)
class _PageReader:
    """Reads the pages of one open PDF."""

    source: Source
    pdf: pikepdf.Pdf
    work: Path
    limits: Limits

    def read(self, number: int) -> tuple[Page, list[Finding]]:
        """Page ``number`` (from 1) with its findings."""
        page = self.pdf.pages[number - 1]
        drawing = sketch(page)
        scan = placed_scan(drawing)
        if scan is not None and drawing.letters <= _FEW_LETTERS:
            found = extract(scan, self._stem(number), self.source.name, self.limits)
            if found is not None:
                return self._scan(number, drawing, *found)
        if drawing.pictured >= 0.5 and drawing.letters <= _FEW_LETTERS:
            return self._rendered_scan(number, drawing)
        return self._digital(number, drawing)

    def _stem(self, number: int) -> Path:
        return self.work / f"page-{number:04}"

    def _scan(self, number: int, drawing: Drawing, page: Page, changed: str) -> tuple[Page, list[Finding]]:
        page = replace(page, number=number, rotation=(page.rotation + drawing.rotate) % 360)
        if drawing.has_more:
            page = replace(page, overlay=overlays.make(self.source, self.pdf, page, drawing, self.work, self.limits))
        # Only now: the patch is laid by the resolution that the PDF states, right or wrong.
        dpi_x, dpi_y, guessed = plausible_dpi(page.width, page.height, (page.dpi_x, page.dpi_y))
        findings = [pictures.noted(changed, f"page {number}")] if changed else []
        findings += [pictures.dpi_guessed(f"page {number}", dpi_x)] if guessed else []
        return replace(page, dpi_x=dpi_x, dpi_y=dpi_y), findings

    def _rendered_scan(self, number: int, drawing: Drawing) -> tuple[Page, list[Finding]]:
        """A scan cut into strips or layers, or coded like none: rendered at its own resolution, to be looked at."""
        for picture in drawing.pictures:
            check_whole(picture.image, self.source.name, self.limits)
        dpi = min(max(drawing.densest, 100.0), 600.0)
        image = self._rendered(number, drawing, dpi)
        if drawing.lies_open:
            carrier, coding = pictures.save_png(image, self._stem(number).with_suffix(".png")), Coding.COMPOSED
        else:
            carrier, coding, _ = pictures.keep(image, self._stem(number))
        text = Text(
            "trang không phải một ảnh nguyên vẹn nên được dựng lại thành ảnh để đọc",
            "the page is not one whole picture and was rendered for reading",
        )
        dpi_x, dpi_y = image.width * 72 / drawing.width, image.height * 72 / drawing.height
        page = Page(number, carrier, coding, image.width, image.height, dpi_x, dpi_y)
        return page, [Finding("page_rendered", f"page {number}", text)]

    def _digital(self, number: int, drawing: Drawing) -> tuple[Page, list[Finding]]:
        most = (self.limits.megapixels * 1e6 * 72 * 72 / (drawing.width * drawing.height)) ** 0.5
        dpi = min(_READING_DPI, max(most, _LEAST_DPI))
        image = self._rendered(number, drawing, dpi)
        carrier = pictures.save_png(image, self._stem(number).with_suffix(".png"), compress_level=1)
        dpi_x, dpi_y = image.width * 72 / drawing.width, image.height * 72 / drawing.height
        page = Page(number, carrier, Coding.VECTOR, image.width, image.height, dpi_x, dpi_y)
        words = textlayer.words(self.source.copy, number, image.size, self.limits)
        if not words:
            return page, []
        flaw = textlayer.judge(words, image, dpi_x)
        if flaw is None:
            return replace(page, printed=words), []
        return page, [Finding("text_layer_bad", f"page {number}", flaw)]

    def _rendered(self, number: int, drawing: Drawing, dpi: float) -> Image.Image:
        """The page as shown, at ``dpi``."""
        width, height = (max(1, round(side * dpi / 72)) for side in (drawing.width, drawing.height))
        pictures.check_pixels(self.source.name, width, height, self.limits)
        size = (height, width) if drawing.rotate in (90, 270) else (width, height)
        image = rendering.render(self.pdf, number, size, self._stem(number), self.limits, self.source.name)
        return image.rotate(-drawing.rotate, expand=True)
