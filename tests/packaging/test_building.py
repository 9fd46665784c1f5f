"""Records from drawn papers: PDF/A before and after each signature, the same picture, the same text."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageOps

from pipeline.dossier import Coding, Document, Extraction, FieldValue, Overlay, Page
from pipeline.errors import RecordInvalid
from pipeline.packaging import build, check, compare, verify
from pipeline.packaging.pdfa.building import title
from pipeline.programs import run
from tests.packaging import drawing
from tests.packaging.conftest import Desk, Made

LOSSLESS, G4 = Coding.LOSSLESS, Coding.G4

KINDS: dict[str, dict[str, Any]] = {
    "jpeg rgb": {},
    "jpeg grey": {"mode": "L"},
    "jpeg progressive": {"progressive": True},
    "jpeg cmyk": {"mode": "CMYK"},
    "g4 white is zero": {"coding": G4},
    "g4 black is zero": {"coding": G4, "photometric": 1},
    "png rgb": {"coding": LOSSLESS},
    "png grey": {"coding": LOSSLESS, "mode": "L"},
    "png palette": {"coding": LOSSLESS, "mode": "P"},
    "png bilevel": {"coding": LOSSLESS, "mode": "1"},
    "png alpha": {"coding": LOSSLESS, "mode": "RGBA"},
    "turned 90": {"rotation": 90},
    "turned 180": {"rotation": 180, "coding": G4},
    "turned 270": {"rotation": 270, "coding": LOSSLESS, "mode": "L"},
    "fax": {"dpi": (204, 98), "coding": G4},
    "fax turned": {"dpi": (204, 98), "coding": G4, "rotation": 90},
    "skewed": {"skew": 2.5},
    "A3": {"size_mm": (297.0, 420.0), "dpi": (100, 100)},
    "A5": {"size_mm": (148.0, 210.0)},
    "id card": {"size_mm": (85.6, 54.0), "dpi": (300, 300)},
}


@pytest.mark.parametrize("kind", KINDS)
def test_valid_at_every_stage(kind: str, desk: Desk, tmp_path: Path) -> None:
    details = KINDS[kind]
    document = drawing.drawn_document(tmp_path, **details)
    plain = desk.package(document, tmp_path)
    assert check(plain) == []
    officer, first = desk.sign(plain)
    sealed, second = desk.seal(officer)
    assert first + second == ()
    for stage in (officer, sealed):
        assert check(stage) == []
        assert compare(stage, document) == []
        assert stage.read_bytes().startswith(plain.read_bytes())
    assert verify(sealed, desk.keys.trust).level == "valid"
    with pikepdf.open(plain) as pdf:
        width_mm, height_mm = details.get("size_mm", drawing.A4_MM)
        box = [float(number) / 72 * 25.4 for number in pdf.pages[0].mediabox]
        assert box == pytest.approx([0, 0, width_mm, height_mm], abs=0.3)
        assert "/Rotate" not in pdf.pages[0]


def test_coded_bytes_pass_through(tmp_path: Path, desk: Desk) -> None:
    for number, details in enumerate(({}, {"coding": G4}), start=1):
        folder = tmp_path / str(number)
        folder.mkdir()
        document = drawing.drawn_document(folder, **details)
        page = document.pages[0]
        with pikepdf.open(desk.package(document, folder)) as pdf:
            image = pdf.pages[0].Resources.XObject["/P0"]
            assert "/Rotate" not in pdf.pages[0]
            if page.coding is Coding.JPEG:
                assert image.read_raw_bytes() == page.carrier.read_bytes()
            else:
                assert image.read_raw_bytes() in page.carrier.read_bytes()
                assert image.BitsPerComponent == 1


def test_grey_bilevel_and_palette_stay_what_they_are(tmp_path: Path, desk: Desk) -> None:
    for mode, bits, space in (("L", 8, "/DeviceGray"), ("1", 1, "/DeviceGray"), ("P", 8, "/Indexed")):
        folder = tmp_path / mode
        folder.mkdir()
        with pikepdf.open(desk.package(drawing.drawn_document(folder, coding=LOSSLESS, mode=mode), folder)) as pdf:
            image = pdf.pages[0].Resources.XObject["/P0"]
            assert int(image.BitsPerComponent) == bits
            found = image.ColorSpace[0] if isinstance(image.ColorSpace, pikepdf.Array) else image.ColorSpace
            assert str(found) == space
            decoded = pikepdf.PdfImage(image).as_pil_image().convert("RGB")
        with Image.open(folder / "page-1.png") as carrier:
            assert ImageChops.difference(decoded, carrier.convert("RGB")).getbbox() is None


@pytest.mark.parametrize("rotation", [0, 90])
def test_overlay_is_painted_where_it_was(tmp_path: Path, desk: Desk, rotation: int) -> None:
    patch = Image.new("RGBA", (200, 80), (0, 0, 0, 0))
    patch.paste((200, 0, 0, 255), (10, 10, 190, 70))
    patch.save(tmp_path / "overlay.png")
    document = drawing.drawn_document(tmp_path, rotation=rotation)
    page = replace(document.pages[0], overlay=Overlay(tmp_path / "overlay.png", (300.0, 900.0, 500.0, 980.0)))
    with_overlay = replace(document, pages=(page,))
    pdf = desk.package(with_overlay, tmp_path)
    assert check(pdf) == []
    assert compare(pdf, with_overlay) == []
    rules = [found.rule for found in compare(pdf, document)]
    assert rules == ["compare:picture"]


def test_compare_misses_not_even_a_caption(tmp_path: Path, desk: Desk) -> None:
    caption = Image.new("RGBA", (330, 22), (0, 0, 0, 0))
    ImageDraw.Draw(caption).text((0, 0), "Ký bởi: Văn phòng", fill=(200, 0, 0, 255), font=drawing.face(14))
    caption.save(tmp_path / "caption.png")
    document = drawing.drawn_document(tmp_path)
    page = replace(document.pages[0], overlay=Overlay(tmp_path / "caption.png", (700.0, 40.0, 1030.0, 62.0)))
    pdf = desk.package(replace(document, pages=(page,)), tmp_path)
    assert [found.rule for found in compare(pdf, document)] == ["compare:picture"]


def _with_carrier(document: Document, folder: Path, picture: Image.Image) -> Document:
    file = folder / "other.png"
    picture.save(file)
    return replace(document, pages=(replace(document.pages[0], carrier=file, coding=LOSSLESS),))


@pytest.mark.parametrize("attack", ["inverted", "shifted", "turned", "blank", "half missing"])
def test_compare_catches_another_picture(attack: str, made: Made, tmp_path: Path) -> None:
    with Image.open(made.document.pages[0].carrier) as carrier:
        picture = carrier.convert("RGB")
    changed = {
        "inverted": lambda: ImageOps.invert(picture),
        "shifted": lambda: ImageChops.offset(picture, 2, 0),
        "turned": lambda: picture.transpose(Image.Transpose.ROTATE_180),
        "blank": lambda: Image.new("RGB", picture.size, "white"),
        "half missing": lambda: _half(picture),
    }[attack]()
    found = compare(made.sealed, _with_carrier(made.document, tmp_path, changed))
    assert "compare:picture" in [finding.rule for finding in found]


def _half(picture: Image.Image) -> Image.Image:
    kept = picture.copy()
    kept.paste("white", (0, 0, picture.width, picture.height // 2))
    return kept


def test_compare_catches_another_text_and_another_page_count(made: Made) -> None:
    reading = made.document.readings[0]
    other = replace(made.document, readings=(replace(reading, lines=reading.lines[:3]),))
    assert [found.rule for found in compare(made.sealed, other)] == ["compare:text"]
    longer = replace(made.document, extraction=replace(made.document.extraction, pages=(1, 1)))
    assert [found.rule for found in compare(made.sealed, longer)] == ["compare:pages"]


def test_text_is_found_in_order_and_by_phrase(made: Made) -> None:
    text = run(["pdftotext", "-raw", made.sealed, "-"], name="record", seconds=30).decode()
    expected = [word.text for word in made.document.readings[0].words()]
    assert text.split()[: len(expected)] == expected
    assert "quyền lợi được bảo đảm theo quy định" in " ".join(text.split())


@pytest.mark.parametrize(
    "details",
    [{}, {"skew": 0.7}, {"dpi": (204, 98), "coding": G4}, {"rotation": 270}],
    ids=["", "skew", "fax", "turned"],
)
def test_text_lies_on_the_print(details: dict[str, Any], desk: Desk, tmp_path: Path) -> None:
    document = drawing.drawn_document(tmp_path, **details)
    pdf = desk.package(document, tmp_path)
    html = run(["pdftotext", "-bbox", pdf, "-"], name="record", seconds=30).decode()
    found = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]+)<', html)
    scale = [72 / dpi for dpi in document.pages[0].upright_dpi]
    words = list(document.readings[0].words())
    assert [text for *_, text in found] == [word.text for word in words]
    for word, (*numbers, _) in zip(words, found, strict=True):
        x0, y0, x1, y1 = map(float, numbers)
        assert x0 == pytest.approx(word.box[0] * scale[0], abs=1.5)
        # A word may end before its box does, to keep apart from the next, but by no more than a gap.
        assert word.box[2] * scale[0] - 0.2 * (y1 - y0) - 1.5 <= x1 <= word.box[2] * scale[0] + 1.5
        # A word's box covers the line's height, so it reaches over the word above and below, but not far.
        assert y0 < word.box[1] * scale[1] + 1.5
        assert y1 > word.box[3] * scale[1] - 1.5
        assert y1 - y0 < 2 * (word.box[3] - word.box[1]) * scale[1]


@pytest.mark.parametrize("skew", [-3.0, 2.0, 4.0])
def test_words_stay_whole_on_a_slanting_page(skew: float, desk: Desk, tmp_path: Path) -> None:
    document = drawing.drawn_document(tmp_path, skew=skew)
    pdf = desk.package(document, tmp_path)
    words = [word.text for word in document.readings[0].words()]
    assert sorted(run(["pdftotext", pdf, "-"], name="record", seconds=30).decode().split()) == sorted(words)
    assert run(["pdftotext", "-raw", pdf, "-"], name="record", seconds=30).decode().split() == words


def test_pages_are_taken_by_number_and_in_order(desk: Desk, tmp_path: Path) -> None:
    pages, readings = [], []
    for number in (1, 2, 3, 4):
        upright, lines = drawing.draw((620, 877), top=0.1 * number, texts=[f"Trang số {number} của hồ sơ"])
        pages.append(drawing.save(upright, tmp_path, number=number, dpi=(75, 75)))
        readings.append(drawing.reading(pages[-1], lines))
    document = drawing.document(pages, readings)
    document = replace(document, extraction=replace(document.extraction, pages=(4, 2)))
    text = run(["pdftotext", desk.package(document, tmp_path), "-"], name="record", seconds=30).decode()
    assert re.findall(r"Trang số (\d)", text) == ["4", "2"]


def test_what_does_not_fit_is_refused_and_leaves_no_file(made: Made, desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "record.pdf"
    page = made.document.pages[0]
    cases: list[Document] = [
        replace(made.document, extraction=Extraction((1, 7), "x", 1.0)),
        replace(made.document, extraction=Extraction((), "x", 1.0)),
        replace(made.document, pages=(replace(page, width=page.width + 1),)),
    ]
    for document in cases:
        with pytest.raises(RecordInvalid):
            build(document, out, desk.legal, "Quyết định")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(page.carrier.read_bytes()[:2000])
    with pytest.raises(RecordInvalid):
        build(replace(made.document, pages=(replace(page, carrier=broken),)), out, desk.legal, "Quyết định")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.jpg"]


@pytest.mark.parametrize("details", [{"mode": "CMYK"}, {"coding": G4}, {"coding": LOSSLESS}], ids=str)
def test_truncated_carrier_is_refused(details: dict[str, Any], desk: Desk, tmp_path: Path) -> None:
    document = drawing.drawn_document(tmp_path, **details)
    carrier = document.pages[0].carrier
    carrier.write_bytes(carrier.read_bytes()[: carrier.stat().st_size * 2 // 3])
    with pytest.raises(RecordInvalid):
        desk.package(document, tmp_path)
    assert sorted(tmp_path.iterdir()) == [carrier]


def test_metadata_are_vietnamese_and_hold_no_person(made: Made) -> None:
    with pikepdf.open(made.sealed) as pdf:
        assert str(pdf.Root.Lang) == "vi"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        with pdf.open_metadata(update_docinfo=False) as meta:
            assert meta["dc:title"] == "Quyết định 15/QĐ-UBND"
            assert meta["pdfaid:part"] == "2"
        assert "001200000017" not in bytes(pdf.Root.Metadata.read_bytes()).decode()


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("15/QĐ-UBND", "Quyết định 15/QĐ-UBND"),
        ("", "Quyết định"),
        ("001200000017", "Quyết định"),
        ("001 200 000 017", "Quyết định"),
        ("CX 441253", "Quyết định CX 441253"),
    ],
)
def test_title_leaves_out_personal_numbers(number: str, expected: str, made: Made) -> None:
    extraction = replace(made.document.extraction, fields=(FieldValue("so_ky_hieu", number),))
    assert title(replace(made.document, extraction=extraction), "Quyết định") == expected


def drawn_page(source: Path, **facts: Any) -> Page:
    """Page 1 of ``source`` rendered beside it."""
    file = source.with_name("page.png")
    run(["pdftoppm", "-r", "150", "-png", "-singlefile", source, file.with_suffix("")], name="source", seconds=60)
    with Image.open(file) as picture:
        return Page(1, file, Coding.VECTOR, *picture.size, 150, 150, **facts)


def kinds_shown(pdf: Path) -> list[str]:
    with pikepdf.open(pdf) as opened:
        return [str(item.Subtype) for item in opened.pages[0].Resources.XObject.values()]


@pytest.mark.parametrize("turn", [0, 90])
@pytest.mark.parametrize("embedded", [True, False])
def test_born_digital_page(embedded: bool, turn: int, desk: Desk, tmp_path: Path) -> None:
    text = "Công văn điện tử" if embedded else "Cong van dien tu"
    source = tmp_path / "source.pdf"
    drawing.born_digital(source, text, embedded=embedded, turn=turn)
    words = tuple(_word(word, index) for index, word in enumerate(text.split()))
    page = drawn_page(source, printed=words)
    with Image.open(page.carrier) as picture:
        # The red stamp, an annotation, is part of what the page shows.
        assert (np.asarray(picture.convert("RGB")) == (255, 0, 0)).all(axis=2).any()
    lines = [drawing.Line(words, (150.0, 260.0, 600.0, 300.0))]
    document = drawing.document([page], [drawing.reading(page, lines)], source)
    pdf = desk.package(document, tmp_path)
    assert check(pdf) == []
    assert compare(pdf, document) == []
    found = run(["pdftotext", pdf, "-"], name="record", seconds=30).decode().split()
    assert found == text.split()
    with pikepdf.open(pdf) as opened:
        assert "/OpenAction" not in opened.Root
        assert "/Annots" not in opened.pages[0]
    assert kinds_shown(pdf) == ["/Form" if embedded else "/Image"]
    sealed, _ = desk.seal(desk.sign(pdf)[0])
    assert verify(sealed, desk.keys.trust).ok


@pytest.mark.parametrize(
    "layer", ["C«ng v¨n ®iÖn tö", "Thông báo số mười", "\ue001" * 16], ids=["TCVN3", "other", "private"]
)
@pytest.mark.parametrize("turn", [0, 270])
def test_a_text_that_is_not_trusted_stays_out_of_the_record(layer: str, turn: int, desk: Desk, tmp_path: Path) -> None:
    text = "Công văn điện tử"
    source = tmp_path / "source.pdf"
    drawing.born_digital(source, text, layer=layer[: len(text)], turn=turn)
    page = drawn_page(source)
    words = tuple(_word(word, index) for index, word in enumerate(text.split()))
    document = drawing.document([page], [drawing.reading(page, [drawing.Line(words, words[0].box)])], source)
    pdf = desk.package(document, tmp_path)
    assert check(pdf) == []
    assert compare(pdf, document) == []
    assert run(["pdftotext", pdf, "-"], name="record", seconds=30).decode().split() == text.split()
    assert kinds_shown(pdf) == ["/Image"]


def test_a_drawing_without_text_stays_a_drawing(desk: Desk, tmp_path: Path) -> None:
    source = tmp_path / "source.pdf"
    drawing.born_digital(source, "")
    page = drawn_page(source)
    words = (_word("Sơ", 0), _word("đồ", 1))  # of letters drawn as lines
    document = drawing.document([page], [drawing.reading(page, [drawing.Line(words, words[0].box)])], source)
    pdf = desk.package(document, tmp_path)
    assert kinds_shown(pdf) == ["/Form"]
    assert run(["pdftotext", pdf, "-"], name="record", seconds=30).decode().split() == ["Sơ", "đồ"]


def test_text_in_a_part_of_a_page_is_found(desk: Desk, tmp_path: Path) -> None:
    source = tmp_path / "source.pdf"
    drawing.born_digital(source, "Công văn", layer="Thư viện")
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        inner = pdf.pages[0].as_form_xobject()
        pdf.pages[0].Contents = pikepdf.Stream(pdf, b"/Part Do")
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Part=inner))
        pdf.save(source)
    page = drawn_page(source)
    document = drawing.document([page], [drawing.reading(page, [])], source)
    assert kinds_shown(desk.package(document, tmp_path)) == ["/Image"]


def _word(text: str, index: int) -> drawing.Word:
    return drawing.Word(text, (150.0 + 110 * index, 260.0, 250.0 + 110 * index, 300.0), 1.0)
