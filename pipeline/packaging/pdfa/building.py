"""A document as PDF/A with two layers: the scan's own picture, and the text over it, invisible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pikepdf
import pikepdf.pdfa
from pikepdf import Dictionary, Name, Stream
from PIL import Image

from pipeline.dossier import Coding, Document, Page, PageReading
from pipeline.errors import Encrypted, RecordInvalid, from_os_error
from pipeline.packaging.files import written
from pipeline.packaging.pdfa.attachments import attach
from pipeline.packaging.pdfa.comparison import compare
from pipeline.packaging.pdfa.conformity import check, refuse_flawed, with_level
from pipeline.packaging.pdfa.geometry import Matrix, inset, multiply, page_size, patch, placing
from pipeline.packaging.pdfa.images import Images
from pipeline.packaging.pdfa.textlayer import TextLayer
from pipeline.packaging.pdfa.vector import Originals, picture
from pipeline.settings import Legal, Record

Flavour = Literal["2b", "2u", "3b"]

_LANGUAGE = "vi"
_DEFAULT_TEXT = re.compile(rb'(\s*)<rdf:li xml:lang="x-default">([^<]*)</rdf:li>')
_PERSONAL_NUMBER = re.compile(r"\d{9}")


def build(document: Document, out: Path, legal: Legal, type_name: str, record: Record | None = None) -> None:
    """Write the document's pages (``document.extraction.pages``, in that order) to ``out`` as PDF/A.

    Every page box is the paper at 100 % scale; the archived picture is placed, turned by placing, never coded anew
    where PDF knows its coding. The file is checked and compared with its source before it gets its name.

    Args:
        document: pages, readings and extraction; ``source.copy`` is read for born-digital pages.
        out: file to write; an older one is replaced only by a checked one.
        legal: for the time zone of the dates.
        type_name: name of the paper's type, the title of the record (no name of a person, no id).
        record: flavour of PDF/A; 2b when ``None``. 3b carries the fields and the reading as attachments.

    Raises:
        RecordInvalid: a page is missing, or the file fails a check (PDF/A, picture, text).
        DiskFull: no room for the file.
    """
    name = document.source.name
    flavour = (record or Record()).flavour
    now = legal.local_time(datetime.now(UTC))
    with written(out) as part:
        with reading_pdf(name), pikepdf.new() as pdf, ExitStack() as opened:
            folder = opened.enter_context(TemporaryDirectory(prefix=part.name, dir=part.parent))
            _Builder(pdf, document, Images(pdf, Path(folder)), opened, flavour).add_pages()
            describe(pdf, now, title=title(document, type_name), subject=legal.form_of_copy)
            if flavour == "3b":
                attach(pdf, document, legal, type_name, now)
            save(pdf, part, flavour)
        refuse_flawed(check(part) or compare(part, document), name)


@contextmanager
def reading_pdf(name: str) -> Iterator[None]:
    """What goes wrong while a PDF called ``name`` is read and another one written, as errors of ours."""
    try:
        yield
    except pikepdf.PasswordError as error:
        raise Encrypted(name=name) from error
    except pikepdf.PdfError as error:
        raise RecordInvalid(name=name, what=f"PDF: {type(error).__name__}") from error
    except OSError as error:
        raise from_os_error(error, name) from error


def save(pdf: pikepdf.Pdf, file: Path, flavour: Flavour) -> None:
    """Write ``pdf`` as PDF/A of that flavour. It is not checked: :func:`check` does so, once and from the file."""
    level_b = flavour[0] + "b"
    pikepdf.pdfa.prepare(pdf, level_b)
    # The library writes texts in no language in particular; saying that they are Vietnamese it has no way for.
    packet = _DEFAULT_TEXT.sub(rb'\g<0>\g<1><rdf:li xml:lang="vi">\g<2></rdf:li>', pdf.Root.Metadata.read_bytes())
    pdf.Root.Metadata.write(with_level(packet, "B", "U") if flavour.endswith("u") else packet)
    pdf.save(file, **pikepdf.pdfa.resolve_save_kwargs(level_b, min_version="1.7"))


class _Builder:
    """Adds the pages of one document to a PDF; source and text layer are opened once, when first needed."""

    def __init__(
        self, pdf: pikepdf.Pdf, document: Document, images: Images, opened: ExitStack, flavour: Flavour
    ) -> None:
        self._pdf = pdf
        self._flavour: Flavour = flavour
        self._document = document
        self._images = images
        self._opened = opened
        self._layer = TextLayer(pdf)
        self._originals: Originals | None = None

    def add_pages(self) -> None:
        pages = {page.number: page for page in self._document.pages}
        readings = {reading.number: reading for reading in self._document.readings}
        numbers = self._document.extraction.pages
        missing = [number for number in numbers if number not in pages]
        if missing or not numbers:
            raise RecordInvalid(name=self._document.source.name, what=f"thiếu trang / pages missing: {missing}")
        for number in numbers:
            self._add(pages[number], readings.get(number))
        self._layer.close()

    def _add(self, page: Page, reading: PageReading | None) -> None:
        width, height = page_size(page)
        place = placing(page.rotation, width, height)
        shown, own_text = self._shown(page, place)
        drawings = [shown]
        if page.overlay is not None:
            with Image.open(page.overlay.image) as overlay:
                image = self._images.transparent(overlay.convert("RGBA"))
            drawings.append((image, inset(multiply(patch(page.overlay.box, page.width, page.height), place))))
        content = b"".join(_draw(f"/P{index}", matrix) for index, (_, matrix) in enumerate(drawings))
        resources = Dictionary(XObject=Dictionary({f"/P{index}": item for index, (item, _) in enumerate(drawings)}))
        if reading is not None and not own_text:
            text = self._layer.content(reading, width, height)
            if text:
                content += text
                resources.Font = Dictionary({self._layer.name: self._layer.font})
        self._pdf.add_blank_page(page_size=(width, height))
        added = self._pdf.pages[-1]
        added.Resources = resources
        added.Contents = Stream(self._pdf, content)

    def _shown(self, page: Page, place: Matrix) -> tuple[tuple[pikepdf.Object, Matrix], bool]:
        """What the page shows with its matrix, and whether it brings a text of its own that can be trusted."""
        if page.coding not in (Coding.VECTOR, Coding.COMPOSED):
            return (self._images.carrier(page), inset(place)), False
        if self._originals is None:
            self._originals = self._opened.enter_context(Originals.open(self._document.source))
        original = self._originals.page(self._pdf, page, self._flavour)
        if original is not None:
            return original, bool(page.printed)
        if page.coding is Coding.COMPOSED:
            return (self._images.carrier(page), inset(place)), False
        return (picture(self._images, page, self._originals.share), inset(place)), False


def _draw(name: str, matrix: Matrix) -> bytes:
    numbers = " ".join(f"{number:.6f}".rstrip("0").rstrip(".") for number in matrix)
    return f"q {numbers} cm {name} Do Q\n".encode("ascii")


def title(document: Document, type_name: str) -> str:
    """Title of the record: the paper's type and number, without a number that may be a person's."""
    number = document.extraction.field("so_ky_hieu").value
    personal = _PERSONAL_NUMBER.search(re.sub(r"[\s.]", "", number)) or (number and number == document.dossier.owner)
    return type_name if not number or personal else f"{type_name} {number}"


def describe(pdf: pikepdf.Pdf, now: datetime, *, title: str, subject: str, source: str = "") -> None:
    """Language, title and dates, in the catalog, in the document information and in XMP.

    Args:
        pdf: the file.
        now: time of making, with time zone.
        title: shown as the window's title.
        subject: what kind of copy it is.
        source: name of what it was made from, if that is a record.
    """
    try:
        creator = f"sohoa {version('sohoa')}"
    except PackageNotFoundError:
        creator = "sohoa"
    pdf.Root.Lang = pikepdf.String(_LANGUAGE)
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    pdf.Root.PageMode = Name.UseNone
    with pdf.open_metadata(set_pikepdf_as_editor=False) as meta:
        meta["dc:title"] = title
        meta["dc:description"] = subject
        meta["dc:language"] = {_LANGUAGE}
        meta["dc:format"] = "application/pdf"
        if source:
            meta["dc:source"] = source
        meta["xmp:CreatorTool"] = creator
        meta["xmp:CreateDate"] = now.isoformat()
        meta["xmp:ModifyDate"] = now.isoformat()
