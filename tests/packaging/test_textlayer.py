"""The invisible text: its font and what comes out of it again."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dossier import Line, PageReading, Word
from pipeline.packaging import check
from pipeline.packaging.pdfa.textlayer import TextLayer, clean, empty_font


def test_font_draws_nothing_and_is_small() -> None:
    with TTFont(io.BytesIO(empty_font())) as font:
        assert font["head"].unitsPerEm == 1000
        assert [glyph.numberOfContours for glyph in map(font["glyf"].__getitem__, font.getGlyphOrder())] == [0, 0]
    assert len(empty_font()) < 600


@given(st.text())
def test_clean_text_is_nfc_and_can_be_coded(text: str) -> None:
    found = clean(text)
    assert found == unicodedata.normalize("NFC", found)
    assert len(found.encode("utf-16-be")) == 2 * len(found)
    assert not {"\x00", "\ufeff", "\ufffe", "\uffff"} & set(found)
    assert clean(found) == found


def test_clean_keeps_vietnamese() -> None:
    assert clean("Nguye\u0302\u0303n Ðình Ưỡng") == "Nguyễn Đình Ưỡng"
    assert clean("a\u0000b\u0085c\td 😀") == "abc d \ufffd"


def _written(words: list[str], file: Path) -> None:
    line = Line(tuple(Word(word, (10 + 90 * i, 20, 90 + 90 * i, 50), 1) for i, word in enumerate(words)), (0, 0, 1, 1))
    with pikepdf.new() as pdf:
        layer = TextLayer(pdf)
        pdf.add_blank_page(page_size=(600, 800))
        page = pdf.pages[0]
        page.Contents = pikepdf.Stream(pdf, layer.content(PageReading(1, 600, 800, 72, 0, 0, (line,)), 600, 800))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary({layer.name: layer.font}))
        layer.close()
        pikepdf.pdfa.save(pdf, file, "2b")


letters = st.characters(
    codec="utf-16-be", min_codepoint=33, max_codepoint=0x2FFF, categories=("Ll", "Lu", "Lo", "Nd", "Po", "Sm")
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(letters, min_size=1, max_size=8), min_size=1, max_size=6))
def test_every_letter_comes_back(words: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "text.pdf"
        _written(words, file)
        assert check(file) == []
        record = pdfium.PdfDocument(file)
        page = record[0].get_textpage()
        found = page.count_chars()
        codes = [pdfium.raw.FPDFText_GetUnicode(page, index) for index in range(found)]
        page.close()
        record.close()
    expected = "".join(map(clean, words))
    got = "".join(chr(code) for code in codes if code > 0x20)
    assert sorted(got) == sorted(expected.replace(" ", ""))
