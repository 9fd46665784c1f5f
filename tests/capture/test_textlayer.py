"""Born-digital pages: a text layer is trusted only when it says what is printed, where it is printed."""

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from pipeline.capture import composite, upright
from pipeline.dossier import Coding
from pipeline.vietnamese import fold
from tests.capture.making import A5, LIMITS, is_as_shown, lay, one_page, saved, scan, taken
from tests.capture.printing import BODY, glyphs_of, printed

TCVN3 = str.maketrans("ộệủĩậựạứổứềịươăầấảẩạ", "éÖñÜËùÎæÆôÒÞ­¬¨ÇÊ¶ÈÈ")
"""A few letters of the old one-byte alphabet as programs read them today."""


def dark(page) -> np.ndarray:
    return composite(page).min(axis=2) < 128


@pytest.mark.parametrize(
    "entries",
    [{}, {"CropBox": Array([20, 200, 400, 580])}, {"UserUnit": 2}, {"lying": 90}, {"lying": 270}, {"lying": 180}],
    ids=["plain", "cropped", "user unit", "drawn for a right turn", "for a left turn", "for a half turn"],
)
def test_a_good_layer_is_trusted_and_lies_on_the_ink(tmp_path: Path, entries: dict) -> None:
    data = lying(entries["lying"]) if "lying" in entries else printed(BODY, **entries)
    found = taken(tmp_path, "a.pdf", data)
    page = found.pages[0]
    assert found.findings == ()
    assert page.coding is Coding.VECTOR
    assert [word.text for word in page.printed] == " ".join(BODY).split()
    assert is_as_shown(found)
    ink = dark(page)
    height, width = ink.shape
    outside = ink.copy()
    for word in page.printed:
        x0, y0, x1, y1 = word.box
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
        assert ink[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1].any()
        outside[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1] = False
    assert outside.sum() < 0.01 * ink.sum()


def lying(turn: int) -> bytes:
    """A page drawn so that its ``/Rotate`` brings it upright, as landscape pages are made."""
    pdf = pikepdf.open(io.BytesIO(printed(BODY)))
    page = pdf.pages[0]
    wide, high = A5
    matrix = {90: (0, 1, -1, 0, high, 0), 180: (-1, 0, 0, -1, wide, high), 270: (0, -1, 1, 0, 0, wide)}[turn]
    text = page.Contents.read_bytes()
    page.Contents = pdf.make_stream(b"q %s cm " % " ".join(map(str, matrix)).encode() + text + b" Q")
    page.MediaBox = Array([0, 0, wide, high] if turn == 180 else [0, 0, high, wide])
    page.Rotate = turn
    return saved(pdf)


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_a_page_shown_turned_is_left_to_the_readers(tmp_path: Path, rotate: int) -> None:
    found = taken(tmp_path, "a.pdf", printed(BODY, Rotate=rotate))
    page = found.pages[0]
    assert page.printed == ()
    assert [finding.rule for finding in found.findings] == ["text_layer_bad"]
    assert is_as_shown(found)
    assert upright(page, LIMITS).rotation == -rotate % 360


def test_a_page_with_a_trusted_layer_is_not_turned(tmp_path: Path) -> None:
    page = taken(tmp_path, "a.pdf", printed(BODY)).pages[0]
    assert upright(page, LIMITS) is page


def shifted() -> bytes:
    """The print is a drawing; the words are there too, invisible, and half a page lower."""
    pdf = pikepdf.open(io.BytesIO(printed(BODY)))
    page = pdf.pages[0]
    text = page.Contents.read_bytes()
    page.Contents = pdf.make_stream(b"q 1 0 0 1 0 -270 cm 3 Tr " + text + b" Q 0 g " + strokes())
    return saved(pdf)


def strokes() -> bytes:
    return b"".join(b"40 %d 300 6 re f " % (535 - 30 * row) for row in range(len(BODY)))


def only_a_heading() -> bytes:
    pdf = pikepdf.open(io.BytesIO(printed(BODY[:1])))
    page = pdf.pages[0]
    letters = ((40 + 8 * column, 480 - 14 * row) for row in range(30) for column in range(40))
    lines = b"".join(b"%d %d 5 7 re f " % place for place in letters)
    page.Contents = pdf.make_stream(page.Contents.read_bytes() + b" 0 g " + lines)
    return saved(pdf)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (lambda: printed(BODY, mapped=False), "meaningless"),
        (lambda: printed(BODY, [line.translate(TCVN3) for line in BODY]), "Unicode"),
        (lambda: printed(BODY, ["\ue123" * len(line) for line in BODY]), "meaningless"),
        (lambda: printed(BODY, [fold(line) for line in BODY]), "diacritics"),
        (shifted, "lie on"),
        (only_a_heading, "a part of"),
    ],
    ids=["no letters", "TCVN3", "private letters", "no marks", "shifted", "mostly missing"],
)
def test_a_bad_layer_is_not_trusted(tmp_path: Path, data, says: str) -> None:
    found = taken(tmp_path, "a.pdf", data())
    assert found.pages[0].printed == ()
    assert [(finding.rule, finding.where) for finding in found.findings] == [("text_layer_bad", "page 1")]
    assert says in found.findings[0].message.en


def test_a_drawing_has_no_layer(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    lay(pdf, {}, strokes())
    found = taken(tmp_path, "a.pdf", saved(pdf))
    assert (found.pages[0].printed, found.findings) == ((), ())


def test_glyphs_are_found() -> None:
    assert len(glyphs_of("Độc lập")) == 4 * 7


# -- signed files -----------------------------------------------------------------------------------------------


def signed(**entries: object) -> bytes:
    pdf = pikepdf.open(io.BytesIO(one_page(scan())))
    value = Dictionary(Type=Name.Sig, ByteRange=Array([0, 1, 2, 3]), Contents=b"\0" * 8)
    field = Dictionary(FT=Name.Sig, T=b"chu ky", V=value)
    for key, entry in entries.items():
        field[Name("/" + key)] = entry
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]))
    return saved(pdf)


def test_a_signature_is_seen_without_flags(tmp_path: Path) -> None:
    assert taken(tmp_path, "a.pdf", signed()).source.signed


def test_a_signature_below_its_field(tmp_path: Path) -> None:
    """The field says it is for a signature, its child holds the value."""
    pdf = pikepdf.open(io.BytesIO(signed()))
    field = pdf.Root.AcroForm.Fields[0]
    child = pdf.make_indirect(Dictionary(V=field.V, Parent=field))
    del field.V
    field.Kids = Array([child, field])  # and the tree goes in a circle
    assert taken(tmp_path, "a.pdf", saved(pdf)).source.signed


@pytest.mark.parametrize("entries", [{"V": Dictionary()}, {"FT": Name.Tx}, {"V": pikepdf.String("x")}])
def test_an_empty_field_is_no_signature(tmp_path: Path, entries: dict) -> None:
    assert not taken(tmp_path, "a.pdf", signed(**entries)).source.signed
