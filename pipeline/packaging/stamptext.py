"""The look of a visible signature: upright black text, nothing else (Decree 30/2020, App. I part II)."""

from __future__ import annotations

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import PdfContent, ResourceType
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import StaticStampStyle

from pipeline.packaging.stampfont import EmbeddedFont, StampFont
from pipeline.packaging.whitespace import LEADING, PADDING, Placement

_ASCENT = 0.95
"""Base line of the first line below the top of the box, in type sizes: room for marks over capitals."""
_SERIF_SYMBOLIC = 2 + 4
_STEM = 80


def stamp_style(placement: Placement, font: StampFont) -> StaticStampStyle:
    """The stamp as pyHanko wants it: the text fills the signature's box."""
    fill = SimpleBoxLayoutRule(AxisAlignment.ALIGN_MIN, AxisAlignment.ALIGN_MIN, Margins.uniform(0))
    return StaticStampStyle(border_width=0, background=_StampText(placement, font), background_layout=fill)


class _StampText(PdfContent):
    """The lines of a stamp in an embedded font that holds just their letters."""

    def __init__(self, placement: Placement, font: StampFont) -> None:
        x0, y0, x1, y1 = placement.box
        super().__init__(box=BoxConstraints(width=x1 - x0, height=y1 - y0))
        self._placement = placement
        self._font = font

    def render(self) -> bytes:
        points = self._placement.points
        font = self._font.embedded("".join(self._placement.lines))
        reference = _font_object(font, self._ensure_writer)
        self.set_resource(ResourceType.FONT, pdf_name("/F"), reference)
        first = self.box.height - PADDING - points * _ASCENT
        out = [f"BT 0 g /F {points:g} Tf {points * LEADING:g} TL {PADDING:g} {first:.2f} Td"]
        for line in self._placement.lines:
            out.append(f"<{bytes(font.codes[letter] for letter in line).hex()}> Tj T*")
        return "\n".join([*out, "ET"]).encode("ascii")


def _font_object(font: EmbeddedFont, writer: BasePdfFileWriter) -> generic.IndirectObject:
    """Write ``font`` as a simple font: codes of one byte, names of glyphs where the program has them."""
    codes = sorted(font.codes.values())
    name = pdf_name("/SHSTMP+" + font.name)
    program = generic.StreamObject(
        {pdf_name("/Subtype"): pdf_name("/Type1C")}
        if font.compact
        else {pdf_name("/Length1"): generic.NumberObject(len(font.program))},
        stream_data=font.program,
    )
    program.compress()
    descriptor = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/FontDescriptor"),
            pdf_name("/FontName"): name,
            pdf_name("/Flags"): generic.NumberObject(_SERIF_SYMBOLIC),
            pdf_name("/FontBBox"): generic.ArrayObject(map(generic.NumberObject, font.bounds)),
            pdf_name("/ItalicAngle"): generic.NumberObject(0),
            pdf_name("/Ascent"): generic.NumberObject(font.ascent),
            pdf_name("/Descent"): generic.NumberObject(font.descent),
            pdf_name("/CapHeight"): generic.NumberObject(font.ascent),
            pdf_name("/StemV"): generic.NumberObject(_STEM),
            pdf_name("/FontFile3" if font.compact else "/FontFile2"): writer.add_object(program),
        }
    )
    letters = generic.StreamObject(stream_data=_to_unicode(font))
    letters.compress()
    simple = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Font"),
            pdf_name("/Subtype"): pdf_name("/Type1" if font.compact else "/TrueType"),
            pdf_name("/BaseFont"): name,
            pdf_name("/FirstChar"): generic.NumberObject(codes[0]),
            pdf_name("/LastChar"): generic.NumberObject(codes[-1]),
            pdf_name("/Widths"): generic.ArrayObject(map(generic.NumberObject, font.widths)),
            pdf_name("/FontDescriptor"): writer.add_object(descriptor),
            pdf_name("/ToUnicode"): writer.add_object(letters),
        }
    )
    if font.compact:
        names = [pdf_name("/" + glyph) for glyph in font.glyphs]
        simple[pdf_name("/Encoding")] = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Encoding"),
                pdf_name("/Differences"): generic.ArrayObject([generic.NumberObject(codes[0]), *names]),
            }
        )
    return writer.add_object(simple)


def _to_unicode(font: EmbeddedFont) -> bytes:
    pairs = [f"<{code:02X}> <{ord(letter):04X}>" for letter, code in sorted(font.codes.items(), key=lambda item: item[1])]
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return f"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<00> <FF>
endcodespacerange
{body}
endcmap
CMapName currentdict /CMap defineresource pop
end
end""".encode("ascii")
