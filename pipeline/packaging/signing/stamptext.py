"""The look of a visible signature: upright black text, nothing else (Decree 30/2020, App. I part II)."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import PdfContent, ResourceType
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import StaticStampStyle

from pipeline.packaging.pdfa.cmap import to_unicode
from pipeline.packaging.signing.stampfont import EmbeddedFont, StampFont
from pipeline.packaging.signing.whitespace import LEADING, PADDING, Placement

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
    name = f"/SHSTMP+{font.name}"
    details = {"/Subtype": "/Type1C"} if font.compact else {"/Length1": len(font.program)}
    descriptor = {
        "/Type": "/FontDescriptor",
        "/FontName": name,
        "/Flags": _SERIF_SYMBOLIC,
        "/FontBBox": list(font.bounds),
        "/ItalicAngle": 0,
        "/Ascent": font.ascent,
        "/Descent": font.descent,
        "/CapHeight": font.ascent,
        "/StemV": _STEM,
        "/FontFile3" if font.compact else "/FontFile2": _stream(writer, font.program, details),
    }
    simple: dict[str, Any] = {
        "/Type": "/Font",
        "/Subtype": "/Type1" if font.compact else "/TrueType",
        "/BaseFont": name,
        "/FirstChar": codes[0],
        "/LastChar": codes[-1],
        "/Widths": list(font.widths),
        "/FontDescriptor": writer.add_object(_object(descriptor)),
        "/ToUnicode": _stream(writer, _to_unicode(font), {}),
    }
    if font.compact:
        differences = [codes[0], *(f"/{glyph}" for glyph in font.glyphs)]
        simple["/Encoding"] = {"/Type": "/Encoding", "/Differences": differences}
    return writer.add_object(_object(simple))


def _stream(writer: BasePdfFileWriter, data: bytes, details: dict[str, Any]) -> generic.IndirectObject:
    stream = generic.StreamObject(_object(details), stream_data=data)
    stream.compress()
    return writer.add_object(stream)


def _object(value: Any) -> Any:
    """Plain Python as objects of the PDF library; every string is a name."""
    if isinstance(value, dict):
        return generic.DictionaryObject({pdf_name(key): _object(item) for key, item in value.items()})
    if isinstance(value, list):
        return generic.ArrayObject(map(_object, value))
    if isinstance(value, str):
        return pdf_name(value)
    return generic.NumberObject(value) if isinstance(value, int) else value


def _to_unicode(font: EmbeddedFont) -> bytes:
    codes = sorted(font.codes.items(), key=lambda item: item[1])
    return to_unicode("bfchar", [f"<{code:02X}> <{ord(letter):04X}>" for letter, code in codes], "<00> <FF>")
