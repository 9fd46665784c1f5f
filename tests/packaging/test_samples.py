"""Real papers, where they lie beside the checkout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from pipeline.dossier import Coding, Page, Source
from pipeline.packaging import check, compare, verify
from tests.packaging import drawing
from tests.packaging.conftest import Desk

SCANS = Path(__file__).parents[3] / "shared" / "samples" / "scans"

pytestmark = pytest.mark.shared


def _sample(name: str) -> Path:
    path = SCANS / name
    if not path.exists():
        pytest.skip("the sample scans are not beside the checkout")
    return path


@pytest.mark.parametrize("name", ["04_QD_138.pdf", "01CT.pdf", "16CT.pdf"])
def test_scan_becomes_a_small_sealed_record(name: str, desk: Desk, tmp_path: Path) -> None:
    source = _sample(name)
    with pikepdf.open(source) as pdf:
        sheet = pdf.pages[0]
        image = max(sheet.get_images().values(), key=lambda item: int(item.Width) * int(item.Height))
        width, height = (float(sheet.mediabox[corner]) / 72 for corner in (2, 3))
        dpi = int(image.Width) / width, int(image.Height) / height
        if "DCT" in str(image.Filter) or "DCT" in str(list(image.Filter)):
            carrier = tmp_path / "page-1.jpg"
            carrier.write_bytes(image.read_raw_bytes())
            page = Page(1, carrier, Coding.JPEG, int(image.Width), int(image.Height), *dpi)
        else:
            page = drawing.save(pikepdf.PdfImage(image).as_pil_image(), tmp_path, coding=Coding.G4, mode="1", dpi=dpi)
    document = drawing.document([page], [])
    sealed, found = desk.seal(desk.sign(desk.package(document, tmp_path))[0])
    assert found == ()
    assert compare(sealed, document) == []
    assert verify(sealed, desk.keys.trust).ok
    assert sealed.stat().st_size < page.carrier.stat().st_size + 40_000


def test_signed_papers_from_elsewhere_are_foreign(desk: Desk) -> None:
    for path in sorted(_sample("vht507.pdf").parent.glob("*.pdf")):
        verdict = verify(path, desk.keys.trust)
        assert (verdict.ok, verdict.level) == (False, "foreign")
        assert verdict.signatures
        assert all(facts.intact and not facts.trusted for facts in verdict.signatures)


def test_born_digital_paper_with_fonts_left_out_is_drawn(desk: Desk, tmp_path: Path) -> None:
    from pdf2image import convert_from_path

    source = _sample("vht507.pdf")
    drawn = convert_from_path(source, dpi=150, first_page=1, last_page=1)[0]
    carrier = tmp_path / "page-1.png"
    drawn.save(carrier)
    page = Page(1, carrier, Coding.VECTOR, drawn.width, drawn.height, 150, 150)
    document = drawing.document([page], [])
    kept = Source(source.name, source, "0" * 64, source.stat().st_size, "application/pdf")
    pdf = desk.package(replace(document, source=kept), tmp_path)
    assert check(pdf) == []
    with pikepdf.open(pdf) as opened, Image.open(carrier) as picture:
        image = opened.pages[0].Resources.XObject["/P0"]
        assert (int(image.Width), int(image.Height)) == picture.size
