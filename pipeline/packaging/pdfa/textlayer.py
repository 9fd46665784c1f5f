"""The second layer: invisible text over the picture, with a font that draws nothing.

The font is made here, so that no file of another program is needed. Codes are UTF-16, every code shows the same empty
glyph, and ToUnicode gives the letters back. Ranges of ToUnicode must not cross a high byte and must hold neither
surrogates nor U+0000, U+FEFF, U+FFFE, U+FFFF (ISO 19005-2, 6.2.11.7.2, level U): so there is one range a high byte, and
just for the high bytes in use.
"""

from __future__ import annotations

import io
import unicodedata
from functools import lru_cache

import pikepdf
from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.ttLib.tables._g_l_y_f import Glyph  # type: ignore[import-untyped]
from pikepdf import Array, Dictionary, Name, Stream

from pipeline.dossier import PageReading
from pipeline.packaging.pdfa.cmap import to_unicode
from pipeline.packaging.pdfa.geometry import DESCENT, PlacedWord, place_line
from pipeline.vietnamese import nfc

_WIDTH = 500
"""Advance of the glyph in thousandths of the type size."""
_EPOCH = 3_500_000_000
"""Fixed date in the font (seconds since 1904): the same font every time."""
_UNKNOWN = "\ufffd"
_FONT = "SoHoaKhongNet"
_NEEDED_TABLES = {"GlyphOrder", "head", "hhea", "hmtx", "maxp", "loca", "glyf"}


@lru_cache(maxsize=1)
def empty_font() -> bytes:
    """A TrueType font whose single character glyph draws nothing: 1000 units an em, half an em wide."""
    builder = FontBuilder(1000, isTTF=True)
    glyphs = [".notdef", "blank"]
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap({})
    builder.setupGlyf({name: Glyph() for name in glyphs})
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (_WIDTH, 0)))
    builder.setupHorizontalHeader(ascent=round(1000 * (1 - DESCENT)), descent=-round(1000 * DESCENT))
    builder.setupMaxp()
    for table in set(builder.font.keys()) - _NEEDED_TABLES:
        del builder.font[table]
    builder.font.recalcTimestamp = False
    builder.font["head"].created = builder.font["head"].modified = _EPOCH
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def clean(text: str) -> str:
    """``text`` as the layer holds it: NFC, without control characters, letters beyond the first plane as U+FFFD."""
    return "".join(
        letter if ord(letter) <= 0xFFFD and letter != "\ufeff" else _UNKNOWN
        for letter in nfc(text)
        if unicodedata.category(letter) not in ("Cc", "Cs") or letter == "\t"
    ).replace("\t", " ")


class TextLayer:
    """Writes the text of the pages of one PDF; its font grows with the letters used and is written by :meth:`close`."""

    name = "/T"

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._used: set[int] = {0x20}
        self.font = pdf.make_indirect(Dictionary())

    def content(self, reading: PageReading, width: float, height: float) -> bytes:
        """Content stream with the words of ``reading``, in its order, on a page of ``width`` × ``height`` points."""
        out = ["BT 3 Tr"]
        at = (0.0, 0.0)
        for line in reading.lines:
            placed = place_line(line, reading, width, height)
            if placed is None:
                continue
            size = round(placed.size, 1)
            out.append(f"{self.name} {size:g} Tf")
            for word in placed.words:
                at = self._word(word, size, at, out)
        return "\n".join([*out, "ET\n"]).encode("ascii") if len(out) > 1 else b""

    def _word(self, word: PlacedWord, size: float, at: tuple[float, float], out: list[str]) -> tuple[float, float]:
        """Add ``word`` to the operators ``out``; ``at`` is where the last word began, the answer where this one does.

        Steps are rounded against the place reached, so that errors of rounding do not add up.
        """
        text = clean(word.text)
        if not text:
            return at
        step = round(word.x - at[0], 1), round(word.y - at[1], 1)
        stretch = max(round(100_000 * word.width / (len(text) * size * _WIDTH)), 1)
        # A blank after every word, also the last: phrases go on over the end of the line.
        codes = (text + " ").encode("utf-16-be").hex()
        self._used.update(map(ord, text))
        out.append(f"{step[0]:g} {step[1]:g} Td {stretch} Tz <{codes}> Tj")
        return at[0] + step[0], at[1] + step[1]

    def close(self) -> None:
        """Write the font, for the letters used so far."""
        highest = max(self._used)
        program = Stream(self._pdf, empty_font(), {"/Length1": len(empty_font())})
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name("/" + _FONT),
            Flags=5,
            FontBBox=Array([0, -round(1000 * DESCENT), _WIDTH, round(1000 * (1 - DESCENT))]),
            ItalicAngle=0,
            Ascent=round(1000 * (1 - DESCENT)),
            Descent=-round(1000 * DESCENT),
            CapHeight=round(1000 * (1 - DESCENT)),
            StemV=80,
            FontFile2=self._pdf.make_indirect(program),
        )
        cid_font = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name("/" + _FONT),
            CIDSystemInfo=Dictionary(
                Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
            ),
            FontDescriptor=self._pdf.make_indirect(descriptor),
            DW=_WIDTH,
            CIDToGIDMap=self._pdf.make_indirect(Stream(self._pdf, b"\x00\x01" * (highest + 1))),
        )
        self.font.update(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=Name("/" + _FONT),
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([self._pdf.make_indirect(cid_font)]),
                ToUnicode=self._pdf.make_indirect(Stream(self._pdf, _to_unicode(self._used))),
            )
        )


def _to_unicode(used: set[int]) -> bytes:
    high_bytes = sorted({code >> 8 for code in used})
    return to_unicode("bfrange", [_range(high) for high in high_bytes], "<0000> <FFFF>")


def _range(high: int) -> str:
    low = (high << 8) + (1 if high == 0 else 0)
    last = (high << 8) + {0xFE: 0xFE, 0xFF: 0xFD}.get(high, 0xFF)
    return f"<{low:04X}> <{last:04X}> <{low:04X}>"
