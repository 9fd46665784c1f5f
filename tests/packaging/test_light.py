"""Small copies for reading: small, like the record, readable, searchable, marked as what they are."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image
from rapidfuzz import fuzz

from pipeline.dossier import Coding, Document
from pipeline.errors import RecordInvalid
from pipeline.packaging import check
from pipeline.packaging.pdfa.light import MARK, NOTICE, _unlike, light_copy
from pipeline.programs import run
from tests.packaging import drawing
from tests.packaging.conftest import Desk

DPI = (300, 300)


def noisy(picture: Image.Image) -> Image.Image:
    """A picture as a scanner sees it: grain and uneven light."""
    grain = cv2.GaussianBlur(np.random.default_rng(5).normal(0, 8, (picture.height, picture.width, 3)), (0, 0), 0.8)
    light = np.linspace(0, -25, picture.width)[None, :, None]
    return Image.fromarray(np.clip(np.asarray(picture) + grain + light, 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def copied(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> tuple[Document, Path, Path]:
    """A full colour page of 300 dpi with its sealed record and the small copy of that."""
    folder = tmp_path_factory.mktemp("light")
    upright, lines = drawing.draw(drawing.pixels(drawing.A4_MM, DPI), texts=drawing.TEXT * 5)
    page = drawing.save(noisy(upright), folder, dpi=DPI)
    document = drawing.document([page], [drawing.reading(page, lines)])
    record, _ = desk.seal(desk.sign(desk.package(document, folder))[0])
    out = folder / "light.pdf"
    light_copy(document, record, out, desk.legal, "Quyết định")
    return document, record, out


def test_small_and_valid(copied: tuple[Document, Path, Path]) -> None:
    document, _, copy = copied
    assert document.pages[0].carrier.stat().st_size > 1_000_000
    assert copy.stat().st_size <= 100_000
    assert check(copy) == []
    with pikepdf.open(copy) as pdf:
        assert float(pdf.pages[0].mediabox[2]) == pytest.approx(595.28, abs=0.3)


def test_says_what_it_is(copied: tuple[Document, Path, Path]) -> None:
    with pikepdf.open(copied[2]) as pdf, pdf.open_metadata(update_docinfo=False) as meta:
        assert meta["dc:title"] == f"{MARK.vi}: Quyết định 15/QĐ-UBND"
        assert meta["dc:description"] == NOTICE.vi
        assert meta["dc:source"].startswith("sha256:")
        assert "/AcroForm" not in pdf.Root
    with Image.open(picture(copied[2], 300)) as shown:
        foot = np.asarray(shown.convert("L"))[-90:, :900]
    assert foot.min() < 128


def picture(pdf: Path, dpi: int) -> Path:
    file = pdf.with_name(f"{pdf.stem}-{dpi}.png")
    document = pdfium.PdfDocument(pdf)
    document[0].render(scale=dpi / 72).to_pil().save(file)
    document.close()
    return file


def test_reads_and_searches_like_the_record(copied: tuple[Document, Path, Path]) -> None:
    document, record, copy = copied
    words = [word.text for word in document.readings[0].words()]
    assert run(["pdftotext", "-raw", copy, "-"], name="copy", seconds=30).decode().split() == words
    read = {}
    for pdf in (record, copy):
        shown = picture(pdf, 300)
        command = ["tesseract", shown, "-", "-l", "vie", "--psm", "4"]
        read[pdf] = " ".join(run(command, name="copy", seconds=100).decode().split())
    # The copy has one line more, its mark.
    assert fuzz.partial_ratio(read[record], read[copy]) > 97


@pytest.mark.parametrize("page", ["inverted stencil", "inverted paper", "shifted"])
def test_an_unlike_copy_is_noticed(page: str, copied: tuple[Document, Path, Path], tmp_path: Path) -> None:
    _, record, copy = copied
    assert list(_unlike(copy, record)) == []
    broken = tmp_path / "broken.pdf"
    with pikepdf.open(copy) as pdf:
        shown = pdf.pages[0].Resources.XObject
        if page == "inverted stencil":
            shown["/Ink"].Mask.Decode = pikepdf.Array([1, 0])
        elif page == "inverted paper":
            shown["/Paper"].Decode = pikepdf.Array([1, 0] * 3)
        else:
            content = pdf.pages[0].Contents.read_bytes()
            pdf.pages[0].Contents.write(b"1 0 0 1 0 8.5 cm\n" + content)
        pdf.save(broken, **pikepdf.pdfa.resolve_save_kwargs("2b"))
    assert check(broken) == []
    assert [found.rule for found in _unlike(broken, record)] == ["light:picture"]


@pytest.mark.parametrize(
    "details",
    [
        {"mode": "L", "coding": Coding.LOSSLESS},
        {"coding": Coding.G4, "dpi": (200, 200)},
        {"rotation": 90, "dpi": (200, 200)},
        {"size_mm": (85.6, 54.0), "dpi": (300, 300)},
        {"size_mm": (420.0, 594.0), "dpi": (150, 150)},
    ],
    ids=str,
)
def test_other_papers(details: dict[str, object], desk: Desk, tmp_path: Path) -> None:
    document = drawing.drawn_document(tmp_path, **details)  # type: ignore[arg-type]
    record = desk.package(document, tmp_path)
    light_copy(document, record, tmp_path / "light.pdf", desk.legal, "Quyết định")
    assert check(tmp_path / "light.pdf") == []


def test_blank_page_and_photograph(desk: Desk, tmp_path: Path) -> None:
    rows, columns = np.mgrid[0:1754, 0:1240].astype(np.float32)
    waves = np.dstack([127 + 120 * np.sin(columns / (20 + 5 * k) + rows / (30 - 4 * k)) for k in range(3)])
    photograph = noisy(Image.fromarray(waves.astype(np.uint8)))
    for name, shown in (("blank", Image.new("RGB", (1240, 1754), "white")), ("photograph", photograph)):
        folder = tmp_path / name
        folder.mkdir()
        document = drawing.document([drawing.save(shown, folder)], [])
        record = desk.package(document, folder)
        light_copy(document, record, folder / "light.pdf", desk.legal, "Ảnh")
        assert (folder / "light.pdf").stat().st_size <= 110_000


def test_no_record_no_copy(desk: Desk, tmp_path: Path) -> None:
    document = drawing.drawn_document(tmp_path)
    record = tmp_path / "record.pdf"
    record.write_bytes(b"%PDF-1.7\nnothing")
    with pytest.raises(RecordInvalid):
        light_copy(document, record, tmp_path / "light.pdf", desk.legal, "Quyết định")
    assert not (tmp_path / "light.pdf").exists()
