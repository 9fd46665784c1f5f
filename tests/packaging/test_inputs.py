"""Odd papers through the real capture: valid at every stage, the same picture.

The whole list takes minutes and is run by the benchmark of the records; here are those that each stand for a way.
"""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from numpy.typing import NDArray
from PIL import Image
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps import HTTPTimeStamper

from benchmarks.records.inputs import MAKERS, one
from pipeline.dossier import Coding, Document, Page
from pipeline.packaging import check, compare
from pipeline.packaging.pdfa.comparison import upright
from tests.packaging.conftest import Authority, Desk

SLOW = {
    "1200-dpi-bilevel", "jpeg-colour-300-dpi", "pdf-300-pages", "pdf-jpeg-300-dpi", "digital-shading", "digital-inks",
    "text-dense", "long-strip", "huge-600-mm", "digital-unembedded", "600-dpi-grey",
}  # fmt: skip
SIGNED = {
    "jpeg-cmyk-bare", "jpeg-lying-90", "tiny-40-mm", "g4-strips", "png-palette-clear", "png-16-bit-alpha",
    "tiff-stack-mixed", "text-control-letters", "text-pdf-syntax", "pdf-user-unit", "pdf-sizes", "pdf-captioned",
    "digital-embedded", "digital-transparency", "digital-acting",
}  # fmt: skip


def made(name: str, folder: Path) -> Document:
    document = one(name, MAKERS[name], folder)
    if document is None:
        pytest.skip("this machine cannot write such a file")
    return document


@pytest.mark.parametrize("name", [name for name in MAKERS if name not in SLOW])
def test_record_is_valid_and_shows_the_scan(name: str, desk: Desk, tmp_path: Path) -> None:
    document = made(name, tmp_path)
    record = desk.package(document, tmp_path)
    assert check(record) == []
    assert compare(record, document) == []
    with pikepdf.open(record) as pdf:
        for index, page in enumerate(document.pages):
            image = pdf.pages[index].Resources.XObject["/P0"]
            if page.coding is Coding.JPEG and not name.startswith("jpeg-cmyk"):
                assert image.read_raw_bytes() == page.carrier.read_bytes()
            elif page.coding in (Coding.G4, Coding.LOSSLESS):
                assert_same_pixels(image, page)
    assert all(alike >= 0.999 for alike in likeness(record, document))


def assert_same_pixels(image: pikepdf.Object, page: Page) -> None:
    """The picture in the record has the carrier's samples, or, if it is printed in four inks, is shown like it."""
    decoded = pikepdf.PdfImage(image).as_pil_image().convert("RGB")
    with Image.open(page.carrier) as carrier:
        assert np.array_equal(np.asarray(decoded), np.asarray(carrier.convert("RGB")))


def likeness(record: Path, document: Document) -> list[float]:
    """Structural similarity of every page of the record, drawn at the scan's resolution, to the upright scan.

    Born-digital pages that stay what they are have no scan; they are left out. Scans of several pictures are laid
    beside the source as the same program draws it.
    """
    found = []
    drawn = pdfium.PdfDocument(record)
    for index, page in enumerate(document.pages[:3]):
        sheet = drawn[index]
        kinds = {item.type for item in sheet.get_objects(max_depth=1)}
        if page.coding is Coding.VECTOR and pdfium.raw.FPDF_PAGEOBJ_FORM in kinds:
            continue
        width, height = page.upright_size
        scale = min(width / sheet.get_width(), height / sheet.get_height())
        shown = sheet.render(scale=scale, draw_annots=False)
        picture = np.asarray(shown.to_pil().convert("L"))
        source = upright(page, (picture.shape[1], picture.shape[0]))
        if page.coding is Coding.COMPOSED and pdfium.raw.FPDF_PAGEOBJ_FORM in kinds:
            with pdfium.PdfDocument(document.source.copy) as opened:
                # A hair less: the record's page is a hair smaller than the source's.
                source = opened[page.number - 1].render(scale=scale * (1 - 2e-6), draw_annots=False).to_pil()
        wanted = np.asarray(source.convert("L"))
        both = slice(min(len(wanted), len(picture))), slice(min(wanted.shape[1], picture.shape[1]))
        found.append(ssim(picture[both], wanted[both]))
    drawn.close()
    return found


def ssim(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Mean structural similarity (Wang et al. 2004): Gaussian window of 11 pixels, sigma 1.5."""
    one_, two = first.astype(np.float64), second.astype(np.float64)

    def even(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5))

    first_mean, second_mean = even(one_), even(two)
    first_spread = even(one_ * one_) - first_mean**2
    second_spread = even(two * two) - second_mean**2
    shared = even(one_ * two) - first_mean * second_mean
    low, high = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * first_mean * second_mean + low) * (2 * shared + high)
    below = (first_mean**2 + second_mean**2 + low) * (first_spread + second_spread + high)
    return float((above / below).mean())


@pytest.mark.parametrize("name", ["pdf-jpeg-2000", "pdf-jpeg-2000-lossy"])
def test_jpeg_2000_is_decoded_without_loss(name: str, desk: Desk, tmp_path: Path) -> None:
    document = made(name, tmp_path)
    with pikepdf.open(document.source.copy) as source:
        (coded,) = source.pages[0].get_images().values()
        assert coded.Filter == pikepdf.Name.JPXDecode
        with Image.open(io.BytesIO(coded.read_raw_bytes())) as decoded:
            wanted = np.asarray(decoded.convert("RGB"))
    record = desk.package(document, tmp_path)
    with pikepdf.open(record) as pdf:
        image = pdf.pages[0].Resources.XObject["/P0"]
        assert np.array_equal(np.asarray(pikepdf.PdfImage(image).as_pil_image().convert("RGB")), wanted)
        assert not any(
            item.get("/Filter") == pikepdf.Name.JPXDecode for item in pdf.objects if isinstance(item, pikepdf.Stream)
        )


@pytest.mark.parametrize("name", sorted(SIGNED))
def test_record_stays_valid_when_signed_twice_and_renewed(
    name: str, desk: Desk, authority: Authority, tmp_path: Path
) -> None:
    record = desk.package(made(name, tmp_path), tmp_path)
    officer, _ = desk.sign(record)
    sealed, _ = desk.seal(officer)
    assert [check(stage) for stage in (officer, sealed)] == [[], []]
    renewed = sealed
    for number in (1, 2):
        renewed = stamped(renewed, tmp_path / f"renewed-{number}.pdf", authority)
        assert check(renewed) == []


def stamped(pdf: Path, out: Path, authority: Authority) -> Path:
    """``pdf`` with one more document time stamp."""
    with pdf.open("rb") as source, out.open("w+b") as target:
        stamper = PdfTimeStamper(HTTPTimeStamper(authority.url))
        stamper.timestamp_pdf(IncrementalPdfFileWriter(source), "sha256", output=target)
    return out
