"""Pages that are no single picture: the page itself goes into the record if PDF/A can hold it, else a picture of it.

That are born-digital pages, and scans that were cut into strips or layers or are coded as no file of their own is.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import cv2
import numpy as np
import pikepdf
import pikepdf.pdfa
from pikepdf import Dictionary, Name, Stream
from pikepdf.exceptions import PikepdfError
from PIL import Image

from pipeline.dossier import Coding, Page, Source
from pipeline.packaging.pdfa.comparison import looks_alike
from pipeline.packaging.pdfa.geometry import POINTS_PER_INCH, Matrix, inset, page_size, placing
from pipeline.packaging.pdfa.images import Images
from pipeline.packaging.pdfa.lettering import letter_flaws

_TOLERATED_GROWTH = 1.1
"""A picture of a page may be this much bigger than its share of the source before it is coded with loss."""
_COLOURS = 256
_LEAST_PSNR = 42.0
"""Decibels: print drawn with 256 colours has 50 and more, photographs have less than 40."""
_QUALITY = 95
_SHOW_TEXT = "Tj TJ ' \""
_SHOWS = frozenset(_SHOW_TEXT.split())
_SET_TEXT = frozenset("BT ET Tf Td TD Tm T* Tc Tw Tz TL Ts Tr".split())
_INVISIBLE = 3


class Originals:
    """The pages of a born-digital source, annotations drawn into them, scripts and forms left behind."""

    def __init__(self, pdf: pikepdf.Pdf, size: int) -> None:
        self._pdf = pdf
        self._size = size

    @classmethod
    @contextmanager
    def open(cls, source: Source) -> Iterator[Originals]:
        """Open ``source.copy``; the file is only read."""
        with pikepdf.open(source.copy) as pdf:
            if "/AcroForm" in pdf.Root:
                pdf.generate_appearance_streams()
            pdf.flatten_annotations("screen")
            yield cls(pdf, source.size)

    @property
    def share(self) -> float:
        """Bytes of the source for each of its pages."""
        return self._size / max(len(self._pdf.pages), 1)

    def page(self, target: pikepdf.Pdf, page: Page, flavour: str) -> tuple[pikepdf.Object, Matrix] | None:
        """Page ``page.number`` as form XObject of ``target`` with the matrix that places it upright.

        ``None`` when it cannot be PDF/A of that ``flavour`` as it is (a font that is not embedded, CMYK colours …), or
        when it brings a text that is not to be trusted: that would be found and copied beside what was read.
        """
        if not 1 <= page.number <= len(self._pdf.pages):
            return None
        original = self._pdf.pages[page.number - 1]
        turn = int(original.get("/Rotate", 0)) % 360
        box = _nearest_box(original, page, turn)
        original.remove_unreferenced_resources()
        form = original.as_form_xobject(handle_transformations=False)
        form.BBox = pikepdf.Array(box)
        x0, y0, x1, y1 = box
        # The form is made a unit square, as pictures are. Six decimals, as numbers are written otherwise, are too few.
        to_unit = (1 / (x1 - x0), 0.0, 0.0, 1 / (y1 - y0), -x0 / (x1 - x0), -y0 / (y1 - y0))
        matrix = placing((turn + page.rotation) % 360, *page_size(page))
        if page.coding is Coding.COMPOSED:
            _drop_invisible(form)
            matrix = inset(matrix)
        form.Matrix = pikepdf.Array([Decimal(f"{number:.12f}") for number in to_unit])
        if (not page.printed and _holds_text(form)) or not _can_be_archived(form, page, matrix, flavour):
            return None
        return target.copy_foreign(form), matrix


def _nearest_box(original: pikepdf.Page, page: Page, turn: int) -> tuple[float, float, float, float]:
    """Media or crop box of the page, whichever has the shape of the carrier drawn from it (points)."""
    shown = page.width / page.dpi_x * POINTS_PER_INCH, page.height / page.dpi_y * POINTS_PER_INCH
    width, height = shown if turn in (0, 180) else shown[::-1]
    boxes = []
    for box in (original.cropbox, original.mediabox):
        xs, ys = sorted((float(box[0]), float(box[2]))), sorted((float(box[1]), float(box[3])))
        boxes.append((xs[0], ys[0], xs[1], ys[1]))
    return min(boxes, key=lambda box: abs(box[2] - box[0] - width) + abs(box[3] - box[1] - height))


def _can_be_archived(form: pikepdf.Object, page: Page, matrix: Matrix, flavour: str) -> bool:
    """Whether PDF/A of that ``flavour`` can hold the form, and it still shows what the source shows."""
    with pikepdf.new() as trial:
        trial.add_blank_page(page_size=page_size(page))
        shown = trial.pages[0]
        shown.Resources = Dictionary(XObject=Dictionary({"/V": trial.copy_foreign(form)}))
        shown.Contents = Stream(trial, b"%s cm /V Do" % " ".join(f"{number:.6f}" for number in matrix).encode())
        try:
            pikepdf.pdfa.save(trial, io.BytesIO(), flavour[0] + "b")
        except pikepdf.pdfa.PdfaError:
            return False
        if page.coding is Coding.COMPOSED and not looks_alike(trial, page):
            return False
        return not flavour.endswith("u") or not any(letter_flaws(trial))


def _drop_invisible(form: pikepdf.Object) -> None:
    """Take words that draw nothing out of ``form``: the text layer of a scan, which ours replaces."""
    kept = []
    invisible, saved = False, list[bool]()
    try:
        for instruction in pikepdf.parse_content_stream(form):
            name = str(instruction.operator)
            if name == "Tr":
                invisible = int(instruction.operands[0]) == _INVISIBLE
            elif name == "q":
                saved.append(invisible)
            elif name == "Q" and saved:
                invisible = saved.pop()
            if not (invisible and name in _SHOWS):
                kept.append(instruction)
        resources = form.get(Name.Resources, Dictionary())
        if Name.Font in resources and not any(str(one.operator) in _SHOWS for one in kept):
            # Nothing is set in the fonts any more, and PDF/A would ask for them.
            kept = [one for one in kept if str(one.operator) not in _SET_TEXT]
            del resources[Name.Font]
        form.write(pikepdf.unparse_content_stream(kept))
    except (PikepdfError, ValueError, IndexError):
        return  # what cannot be told is found by _holds_text


def _holds_text(form: pikepdf.Object) -> bool:
    """Whether a form XObject, or one that it draws, shows text; in doubt it does."""
    waiting, seen = [form], set[tuple[int, int]]()
    while waiting:
        content = waiting.pop()
        if content.get(Name.Subtype) != Name.Form or content.objgen in seen:
            continue
        seen.add(content.objgen)
        try:
            shown = [shows.operands[-1] for shows in pikepdf.parse_content_stream(content, _SHOW_TEXT)]
        except (PikepdfError, IndexError):
            return True
        strings = (part for one in shown for part in (one if isinstance(one, pikepdf.Array) else (one,)))
        if any(isinstance(part, pikepdf.String) and bytes(part) for part in strings):
            return True
        waiting += content.get(Name.Resources, Dictionary()).get(Name.XObject, Dictionary()).values()
    return False


def picture(images: Images, page: Page, share: float) -> pikepdf.Object:
    """The carrier drawn from a page that PDF/A cannot hold, as image XObject.

    Lossless, unless that would be more than a tenth bigger than ``share``, the page's bytes in its source. Then with
    256 colours, of which print has hardly more, if no eye can tell; else as JPEG of high quality without colour
    subsampling, if that is smaller.
    """
    lossless = page.carrier.stat().st_size
    if lossless <= _TOLERATED_GROWTH * share:
        return images.carrier(page)
    with Image.open(page.carrier) as opened:
        drawn = opened.convert("L" if opened.mode in ("1", "L") else "RGB")
    if drawn.mode == "RGB":
        few = drawn.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        if cv2.PSNR(np.asarray(drawn), np.asarray(few.convert("RGB"))) >= _LEAST_PSNR:
            return images.wrapped(_coded(few, "PNG", optimize=True))
    coded = _coded(drawn, "JPEG", quality=_QUALITY, subsampling=0, optimize=True)
    return images.jpeg(coded, drawn.mode, drawn.size) if len(coded) < lossless else images.carrier(page)


def _coded(picture: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()
