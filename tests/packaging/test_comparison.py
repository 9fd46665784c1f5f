"""The comparison of a record with its scan, at a quarter of its resolution: what it has to notice, and its cost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageOps

from pipeline.dossier import Coding, Document
from pipeline.packaging import compare
from tests.packaging import drawing
from tests.packaging.conftest import Desk

DPI = (300, 300)
MM = 300 / 25.4


@pytest.fixture(scope="module")
def scan(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> tuple[Document, Path]:
    """A JPEG page of 300 dpi, as scanners give it, and its record."""
    folder = tmp_path_factory.mktemp("scan")
    document = drawing.drawn_document(folder, dpi=DPI)
    return document, desk.package(document, folder)


def _without_a_line(picture: Image.Image) -> Image.Image:
    kept = picture.copy()
    letter = picture.width / 45
    top = round(picture.height * 0.12 + letter * 1.7)  # "Số: 15/QĐ-UBND", the shortest line
    kept.paste("#fffdf6", (round(picture.width * 0.09), top, round(picture.width * 0.4), top + round(letter * 1.2)))
    return kept


def _with_small_print(picture: Image.Image) -> Image.Image:
    more = picture.copy()
    ImageDraw.Draw(more).text((300, 2800), "Ghi chú: hết hiệu lực từ 2026", font=drawing.face(29), fill="black")  # 7 pt
    return more


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "inverted": ImageOps.invert,
    "mirrored": ImageOps.mirror,
    "upside down": ImageOps.flip,
    "shifted by 2 mm": lambda picture: ImageChops.offset(picture, round(2 * MM), 0),
    "shifted up by 1 mm": lambda picture: ImageChops.offset(picture, 0, -round(MM)),
    "one line missing": _without_a_line,
    "a line of small print more": _with_small_print,
    "red and blue changed round": lambda picture: Image.merge("RGB", picture.split()[::-1]),
    "without its colours": lambda picture: picture.convert("L").convert("RGB"),
}


@pytest.mark.parametrize("coding", [Coding.JPEG, Coding.LOSSLESS])
@pytest.mark.parametrize("name", CHANGES)
def test_another_picture_is_noticed(name: str, coding: Coding, scan: tuple[Document, Path], tmp_path: Path) -> None:
    document, record = scan
    page = document.pages[0]
    with Image.open(page.carrier) as carrier:
        changed = CHANGES[name](carrier.convert("RGB"))
    file = tmp_path / f"other.{'jpg' if coding is Coding.JPEG else 'png'}"
    changed.save(file)
    other = replace(document, pages=(replace(page, carrier=file, coding=coding),))
    assert [found.rule for found in compare(record, other)] == ["compare:picture"]


def test_pages_in_another_order_are_noticed(desk: Desk, tmp_path: Path) -> None:
    pages, readings = [], []
    for number in (1, 2):
        upright, lines = drawing.draw((1240, 1754), texts=[f"Trang số {number} của hồ sơ", *drawing.TEXT[number:]])
        pages.append(drawing.save(upright, tmp_path, number=number))
        readings.append(drawing.reading(pages[-1], lines))
    document = drawing.document(pages, readings)
    record = desk.package(document, tmp_path)
    turned = replace(document, extraction=replace(document.extraction, pages=(2, 1)))
    assert {found.where for found in compare(record, turned) if found.rule == "compare:picture"} == {
        "trang / page 1",
        "trang / page 2",
    }


def test_what_is_no_pdf_is_said_to_be_none(scan: tuple[Document, Path], tmp_path: Path) -> None:
    file = tmp_path / "record.pdf"
    for data in (b"", b"%PDF-1.7\n", scan[1].read_bytes()[:3000]):
        file.write_bytes(data)
        assert compare(file, scan[0]) != []


MANY = r"""
import re, sys
from pathlib import Path
from pipeline.packaging import build
from pipeline.settings import bundled_folder, load
from tests.packaging import drawing
folder, count = Path(sys.argv[1]), int(sys.argv[2])
upright, lines = drawing.draw((1240, 1754))
pages, readings = [], []
for number in range(1, count + 1):
    page = drawing.save(upright, folder, number=number)
    # A megabyte a page, and another one every time.
    page.carrier.write_bytes(page.carrier.read_bytes() + number.to_bytes(2, "big") * 500_000)
    pages.append(page)
    readings.append(drawing.reading(page, lines))
build(drawing.document(pages, readings), folder / "record.pdf", load(bundled_folder()).legal, "Quyết định")
print(int(re.search(r'VmHWM:\s+(\d+)', Path('/proc/self/status').read_text())[1]) // 1024)
"""


def test_memory_does_not_grow_with_the_pages(tmp_path: Path) -> None:
    peaks = {}
    for count in (4, 60):
        folder = tmp_path / str(count)
        folder.mkdir()
        command = [sys.executable, "-c", MANY, str(folder), str(count)]
        done = subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[2])
        peaks[count] = int(done.stdout)
        assert (folder / "record.pdf").stat().st_size > count * 1_000_000
    assert peaks[60] - peaks[4] < 25, peaks
    assert peaks[60] < 300
