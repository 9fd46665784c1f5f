"""Pages rendered by poppler, one at a time, never through PNG (208 CPU seconds for 20 noisy pages against 3.4)."""

from __future__ import annotations

import io
import math
import warnings
from pathlib import Path

import pikepdf
from pdf2image import convert_from_path
from pdf2image.exceptions import PDFInfoNotInstalledError, PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError
from pikepdf import Name
from PIL import Image

from pipeline.capture.pictures import write
from pipeline.capture.sketch import Placed
from pipeline.errors import ProgramFailed, ProgramMissing, TooSlow
from pipeline.programs import install_hint
from pipeline.settings import Limits


def render(
    pdf: pikepdf.Pdf,
    number: int,
    size: tuple[int, int],
    stem: Path,
    limits: Limits,
    name: str,
    scan: Placed | None = None,
) -> Image.Image:
    """Render the crop box of page ``number`` (from 1) at ``size`` pixels, as it lies before its ``/Rotate``; RGB.

    Args:
        pdf: the file.
        number: the page.
        size: width and height of the result in pixels.
        stem: where a file of the one page may be written for a while.
        limits: for the time it takes.
        name: of the file, for messages.
        scan: the one picture to draw; everything the page draws when ``None``.

    Raises:
        ProgramMissing, TooSlow, ProgramFailed: poppler is not there, takes too long, or was killed. The file it is
            given was written by ourselves, so that it makes nothing of it does not speak against the source.
    """
    file = write(stem.with_suffix(".page.pdf"), _single(pdf, number, scan))
    try:
        images = convert_from_path(
            file, size=size, fmt="ppm", use_cropbox=True, thread_count=1, timeout=math.ceil(limits.seconds_page)
        )
    except PDFInfoNotInstalledError as error:
        raise ProgramMissing(program="pdftoppm", fix=install_hint("pdftoppm")) from error
    except PDFPopplerTimeoutError as error:
        raise TooSlow(name=name, limit=math.ceil(limits.seconds_page)) from error
    except (PDFPageCountError, PDFSyntaxError) as error:
        raise ProgramFailed(program="pdftoppm", what=f"trang / page {number}") from error
    finally:
        file.unlink(missing_ok=True)
    if not images:  # pdf2image does not say how the program ended
        raise ProgramFailed(program="pdftoppm", what=f"trang / page {number}")
    return images[0].convert("RGB")


def _single(pdf: pikepdf.Pdf, number: int, scan: Placed | None) -> bytes:
    """Page ``number`` as a file of its own, not turned: what size means on turned pages differs between programs."""
    with pikepdf.new() as single, warnings.catch_warnings():
        # Widgets come without their form: just their looks are wanted.
        warnings.simplefilter("ignore", pikepdf.PageCopyWarning)
        single.pages.append(pdf.pages[number - 1])
        page = single.pages[0].obj
        page[Name.Rotate] = 0
        if scan is None:
            layers = pdf.Root.get(Name.OCProperties)
            if layers is not None:  # says which layers are hidden
                single.Root[Name.OCProperties] = single.copy_foreign(pdf.make_indirect(layers))
        else:
            if Name.Annots in page:
                del page[Name.Annots]
            picture = single.copy_foreign(scan.image)
            page[Name.Resources] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=picture))
            page[Name.Contents] = single.make_stream(b"q %s cm /Scan Do Q" % scan.matrix.encode())
        target = io.BytesIO()
        single.save(target)
        return target.getvalue()
