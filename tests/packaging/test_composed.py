"""Scans of several pictures, or coded as no file is: the page itself goes into the record, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from pikepdf import Name
from pypdfium2 import PdfDocument

from benchmarks.records.inputs import MAKERS, one
from pipeline import capture
from pipeline.dossier import Coding, Document
from pipeline.packaging import build, check, compare
from pipeline.settings import Legal, Limits
from tests.packaging import drawing


def built(document: Document, folder: Path, legal: Legal) -> Path:
    out = folder / "record.pdf"
    build(document, out, legal, "Quyết định")
    assert check(out) == []
    assert compare(out, document) == []
    return out


def coded(pdf: Path) -> list[bytes]:
    """The coded bytes of every picture in a file."""
    with pikepdf.open(pdf) as opened:
        return sorted(one.read_raw_bytes() for one in opened.objects if _picture(one))


def _picture(one: pikepdf.Object) -> bool:
    return isinstance(one, pikepdf.Stream) and one.get("/Subtype") == Name.Image


@pytest.mark.parametrize("name", ["pdf-strips", "pdf-jbig2", "pdf-stencil", "pdf-jpeg-inverted"])
def test_the_pictures_are_taken_over(name: str, legal: Legal, tmp_path: Path) -> None:
    document = one(name, MAKERS[name], tmp_path)
    assert {page.coding for page in document.pages} == {Coding.COMPOSED}
    assert coded(built(document, tmp_path, legal)) == coded(document.source.copy)


@pytest.mark.parametrize("name", ["pdf-crop-box", "pdf-redacted"])
def test_what_cannot_be_seen_is_not_carried_along(name: str, legal: Legal, tmp_path: Path) -> None:
    document = one(name, MAKERS[name], tmp_path) if name in MAKERS else redacted(tmp_path)
    (page,) = document.pages
    assert page.coding is Coding.LOSSLESS
    with pikepdf.open(built(document, tmp_path, legal)) as pdf:
        (picture,) = [item for item in pdf.objects if _picture(item)]
    assert (picture.Width, picture.Height) == (page.width, page.height)


def redacted(folder: Path) -> Document:
    """A scan in strips, one of them blackened by a rectangle over it."""
    file, work = folder / "redacted.pdf", folder / "redacted"
    with pikepdf.open(one("pdf-strips", MAKERS["pdf-strips"], folder).source.copy) as pdf:
        pdf.pages[0].contents_add(b"0 g 60 600 300 90 re f")
        pdf.save(file)
    work.mkdir()
    taken = capture.take(file, work, Limits())
    (page,) = taken.pages
    return drawing.document([page], [drawing.reading(page, ())], taken.source.copy)


def test_a_text_layer_of_the_scan_gives_way_to_what_was_read(legal: Legal, tmp_path: Path) -> None:
    strips = one("pdf-strips", MAKERS["pdf-strips"], tmp_path).source.copy
    file, work = tmp_path / "layered.pdf", tmp_path / "layered"
    with pikepdf.open(strips) as pdf:
        page = pdf.pages[0]
        font = pikepdf.Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        page.obj.Resources.Font = pikepdf.Dictionary(F=pdf.make_indirect(font))
        page.contents_add(b"BT 3 Tr /F 12 Tf 72 400 Td (chu cu) Tj ET")
        pdf.save(file)
    work.mkdir()
    taken = capture.take(file, work, Limits())
    (page,) = taken.pages
    assert page.coding is Coding.COMPOSED
    _, lines = drawing.draw(page.upright_size)
    document = drawing.document([page], [drawing.reading(page, lines)], taken.source.copy)
    record = built(document, tmp_path, legal)
    assert coded(record) == coded(strips)
    text = PdfDocument(record)[0].get_textpage().get_text_range()
    assert "chu cu" not in text
    assert "QUYẾT ĐỊNH" in text
