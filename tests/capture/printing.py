"""Born-digital pages: text set in an embedded TrueType font, with a layer as good or as bad as wanted."""

from functools import cache

import pikepdf
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name

from tests.capture.making import A5, font_file, lay, saved

BODY = [
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày",
    "19 tháng 6 năm 2015 và các văn bản hướng dẫn thi",
    "hành về quản lý trật tự xây dựng trên địa bàn phường;",
    "theo đề nghị của công chức địa chính, xây dựng và",
    "môi trường phường tại tờ trình kèm theo, cho phép",
    "bà Trần Thị Mẫu sửa chữa nhà ở tại phường Thí Điểm.",
]


@cache
def _font() -> tuple[bytes, dict[int, str], dict[str, int], dict[str, int], int]:
    font = TTFont(font_file())
    glyphs = {name: number for number, name in enumerate(font.getGlyphOrder())}
    widths = {name: width for name, (width, _) in font["hmtx"].metrics.items()}
    return font_file().read_bytes(), font.getBestCmap(), glyphs, widths, font["head"].unitsPerEm


def glyphs_of(text: str) -> str:
    """``text`` as a hexadecimal string of glyph numbers."""
    _, letters, glyphs, _, _ = _font()
    return "".join(f"{glyphs[letters[ord(letter)]]:04X}" for letter in text)


def printed(
    drawn: list[str],
    layer: list[str] | None = None,
    *,
    mapped: bool = True,
    size: tuple[float, float] = A5,
    **entries: object,
) -> bytes:
    """A page on which ``drawn`` is read by people and ``layer`` (of the same lengths) by programs.

    ``mapped``: whether the font says which letters its glyphs are.
    """
    data, letters, glyphs, widths, em = _font()
    pdf = pikepdf.new()
    used = sorted({letter for line in drawn for letter in line})
    content = ["BT /F 12 Tf"]
    meaning = {}
    for row, line in enumerate(drawn):
        content.append(f"1 0 0 1 40 {size[1] - 60 - 30 * row} Tm <{glyphs_of(line)}> Tj")
        meaning |= dict(zip(line, line if layer is None else layer[row], strict=True))
    content.append("ET")
    numbers = {letter: glyphs[letters[ord(letter)]] for letter in used}
    wide = Array()
    for letter in used:
        wide.extend([numbers[letter], Array([round(widths[letters[ord(letter)]] * 1000 / em)])])
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=Name("/Tinos"), Flags=4, FontBBox=[-200, -300, 1300, 1000], ItalicAngle=0,
        Ascent=891, Descent=-216, CapHeight=660, StemV=80, FontFile2=pdf.make_stream(data),
    )  # fmt: skip
    below = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name("/Tinos"), CIDToGIDMap=Name.Identity, W=wide, DW=500,
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0), FontDescriptor=descriptor,
    )  # fmt: skip
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=Name("/Tinos"), Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(below)]),
    )  # fmt: skip
    if mapped:
        rows = "".join(f"<{numbers[a]:04X}> <{b.encode('utf-16-be').hex()}>\n" for a, b in meaning.items())
        font.ToUnicode = pdf.make_stream(
            b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
            b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
            + f"{len(meaning)} beginbfchar\n{rows}endbfchar\nendcmap end end".encode()
        )
    page = lay(pdf, {}, "\n".join(content).encode(), size, **entries)
    page.obj.Resources.Font = Dictionary(F=pdf.make_indirect(font))
    return saved(pdf)
