"""Odd papers as PDF files: scans of every coding and turn inside a page, pages cut up, and pages without any scan."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import img2pdf
import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

from benchmarks.records.inputs_paper import A4, Drawn, Made, Maker, Unwritable, paper
from pipeline.packaging.signing.stampfont import stamp_font

_WIDTH, _HEIGHT = 595.28, 841.89
_SENTENCE = "Công văn điện tử"

Build = Callable[[pikepdf.Pdf, Drawn], None]


def _pdf(build: Build, *, dpi: float = 100, colour: bool = True, said: bool = True, noise: float = 0) -> Maker:
    """A PDF that ``build`` fills; ``said``: what is read on it is what was drawn."""

    def make(folder: Path) -> Made:
        drawn = paper(A4, dpi, colour=colour, noise=noise)
        file = folder / "paper.pdf"
        with pikepdf.new() as pdf:
            build(pdf, drawn)
            pdf.save(file)
        return Made(file, drawn.lines if said else ())

    return make


def _page(
    pdf: pikepdf.Pdf, content: str, *, size: tuple[float, float] = (_WIDTH, _HEIGHT), **resources: Any
) -> pikepdf.Page:
    pdf.add_blank_page(page_size=size)
    page = pdf.pages[-1]
    page.Resources = Dictionary({f"/{key}": value for key, value in resources.items()})
    page.Contents = Stream(pdf, content.encode("latin-1"))
    return page


def _image(pdf: pikepdf.Pdf, data: bytes, picture: Image.Image, **facts: Any) -> pikepdf.Object:
    space = Name.DeviceGray if picture.mode in ("1", "L") else Name.DeviceRGB
    bits = 1 if picture.mode == "1" else 8
    given = {"ColorSpace": space, "BitsPerComponent": bits, **facts}
    stream = Stream(
        pdf, data, Type=Name.XObject, Subtype=Name.Image, Width=picture.width, Height=picture.height, **given
    )
    return pdf.make_indirect(stream)


def _coded(picture: Image.Image, kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def _scan(
    code: Callable[[Image.Image], tuple[Image.Image, bytes, dict[str, Any]]],
    matrix: str = f"{_WIDTH} 0 0 {_HEIGHT} 0 0",
    **page: Any,
) -> Build:
    """One picture over the whole page; ``page``: more entries of the page."""

    def build(pdf: pikepdf.Pdf, drawn: Drawn) -> None:
        picture, data, facts = code(drawn.picture)
        added = _page(pdf, f"q {matrix} cm /P Do Q", XObject=Dictionary(P=_image(pdf, data, picture, **facts)))
        for key, value in page.items():
            added[f"/{key}"] = value

    return build


def _jpeg(picture: Image.Image) -> tuple[Image.Image, bytes, dict[str, Any]]:
    return picture, _coded(picture, "JPEG", quality=90), {"Filter": Name.DCTDecode}


def _flate(picture: Image.Image) -> tuple[Image.Image, bytes, dict[str, Any]]:
    return picture, zlib.compress(picture.tobytes()), {"Filter": Name.FlateDecode}


def _jpeg_2000(picture: Image.Image, *, lossy: bool = False) -> tuple[Image.Image, bytes, dict[str, Any]]:
    how: dict[str, Any] = {"irreversible": True, "quality_layers": [40]} if lossy else {"irreversible": False}
    try:
        return picture, _coded(picture, "JPEG2000", **how), {"Filter": Name.JPXDecode}
    except OSError as error:
        raise Unwritable from error


def _ccitt(picture: Image.Image) -> tuple[Image.Image, bytes, dict[str, Any]]:
    bits = picture.convert("1", dither=Image.Dither.NONE)
    wrapped = img2pdf.convert(
        _coded(bits, "TIFF", compression="group4", dpi=(100, 100)), rotation=img2pdf.Rotation.none
    )
    with pikepdf.open(io.BytesIO(wrapped)) as other:
        image = next(iter(other.pages[0].get_images().values()))
        parameters = Dictionary(dict(image.DecodeParms[0].items()))
        return bits, image.read_raw_bytes(), {"Filter": Name.CCITTFaxDecode, "DecodeParms": parameters}


def _jbig2(picture: Image.Image) -> tuple[Image.Image, bytes, dict[str, Any]]:
    """JBIG2 whose one region is coded as group 4 is (ITU-T T.88, 6.2.6)."""
    bits = picture.convert("1", dither=Image.Dither.NONE)
    out = io.BytesIO()
    bits.save(out, "TIFF", compression="group4", tiffinfo={278: bits.height, 262: 0})
    with Image.open(out) as tiff:
        start, size = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
    data = out.getvalue()[start : start + size]
    page = struct.pack(">IIIIBH", *bits.size, 0, 0, 0, 0)
    region = struct.pack(">IIIIBB", *bits.size, 0, 0, 0, 1) + data
    segments = (0, 48, page), (1, 38, region)
    coded = b"".join(struct.pack(">IBBBI", number, kind, 0, 1, len(body)) + body for number, kind, body in segments)
    return bits, coded, {"Filter": Name.JBIG2Decode}


def _inverted(picture: Image.Image) -> tuple[Image.Image, bytes, dict[str, Any]]:
    grey = picture.convert("L").point(lambda value: 255 - value)
    return grey, _coded(grey, "JPEG", quality=90), {"Filter": Name.DCTDecode, "Decode": Array([1, 0])}


def _indexed(picture: Image.Image) -> tuple[Image.Image, bytes, dict[str, Any]]:
    few = picture.quantize(16, dither=Image.Dither.NONE)
    colours = bytes((few.getpalette() or [])[: 3 * 16]).ljust(48, b"\0")
    space = Array([Name.Indexed, Name.DeviceRGB, 15, pikepdf.String(colours)])
    return few, zlib.compress(few.tobytes()), {"Filter": Name.FlateDecode, "ColorSpace": space}


def _stencil(picture: Image.Image) -> tuple[Image.Image, bytes, dict[str, Any]]:
    bits = picture.convert("1", dither=Image.Dither.NONE)
    return bits, zlib.compress(bits.tobytes()), {"Filter": Name.FlateDecode, "ImageMask": True, "ColorSpace": None}


def _cmyk(picture: Image.Image) -> tuple[Image.Image, bytes, dict[str, Any]]:
    inks = picture.convert("CMYK")
    return inks, zlib.compress(inks.tobytes()), {"Filter": Name.FlateDecode, "ColorSpace": Name.DeviceCMYK}


def _cmyk_jpeg(picture: Image.Image) -> tuple[Image.Image, bytes, dict[str, Any]]:
    inks = picture.convert("CMYK")
    facts = {"Filter": Name.DCTDecode, "ColorSpace": Name.DeviceCMYK, "Decode": Array([1, 0] * 4)}
    return inks, _coded(inks, "JPEG", quality=90), facts


def _deep(picture: Image.Image) -> tuple[Image.Image, bytes, dict[str, Any]]:
    samples = b"".join(bytes((value, value)) for value in picture.convert("L").tobytes())
    facts = {"Filter": Name.FlateDecode, "ColorSpace": Name.DeviceGray, "BitsPerComponent": 16}
    return picture, zlib.compress(samples), facts


def _strips(pdf: pikepdf.Pdf, drawn: Drawn) -> None:
    """A scan cut into four pictures."""
    parts, height = {}, drawn.picture.height
    content = []
    for index in range(4):
        top, bottom = height * index // 4, height * (index + 1) // 4
        part = drawn.picture.crop((0, top, drawn.picture.width, bottom))
        parts[f"/P{index}"] = _image(pdf, _coded(part, "JPEG", quality=92), part, Filter=Name.DCTDecode)
        y, tall = _HEIGHT * (1 - bottom / height), _HEIGHT * (bottom - top) / height
        content.append(f"q {_WIDTH} 0 0 {tall:.4f} 0 {y:.4f} cm /P{index} Do Q")
    _page(pdf, "\n".join(content), XObject=Dictionary(parts))


def _side_by_side(pdf: pikepdf.Pdf, drawn: Drawn) -> None:
    """Two pictures on white: copies of a card on one sheet."""
    small = drawn.picture.resize((drawn.picture.width // 2, drawn.picture.height // 2))
    image = _image(pdf, _coded(small, "JPEG", quality=92), small, Filter=Name.DCTDecode)
    _page(pdf, "q 280 0 0 396 10 400 cm /P Do Q q 280 0 0 396 300 20 cm /P Do Q", XObject=Dictionary(P=image))


def _inline(pdf: pikepdf.Pdf, drawn: Drawn) -> None:
    """A small picture within the content of the page."""
    small = drawn.picture.convert("L").resize((150, 212))
    data = small.tobytes().hex().encode() + b">"
    head = f"q {_WIDTH} 0 0 {_HEIGHT} 0 0 cm BI /W 150 /H 212 /CS /G /BPC 8 /F /AHx ID ".encode()
    page = _page(pdf, "")
    page.Contents = Stream(pdf, head + data + b"\nEI Q")


def _captioned(pdf: pikepdf.Pdf, drawn: Drawn) -> None:
    """A scan with a line of text and a frame over it."""
    picture, data, facts = _jpeg(drawn.picture)
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    caption = "1 0 0 RG 400 20 150 40 re S BT /F 11 Tf 410 35 Td (Ky boi: Van phong) Tj ET"
    content = f"q {_WIDTH} 0 0 {_HEIGHT} 0 0 cm /P Do Q {caption}"
    _page(pdf, content, XObject=Dictionary(P=_image(pdf, data, picture, **facts)), Font=Dictionary(F=font))


def _stamped(pdf: pikepdf.Pdf, drawn: Drawn) -> None:
    """A scan with a stamp annotation."""
    _scan(_jpeg)(pdf, drawn)
    look = Stream(pdf, b"0 0 1 rg 0 0 90 40 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 90, 40]))
    stamp = Dictionary(
        Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([440, 760, 530, 800]), F=4,
        AP=Dictionary(N=pdf.make_indirect(look)),
    )  # fmt: skip
    pdf.pages[0].Annots = Array([pdf.make_indirect(stamp)])


def _many(pdf: pikepdf.Pdf, drawn: Drawn) -> None:
    """Three hundred pages of one small scan."""
    grey = drawn.picture.convert("L")
    image = _image(pdf, _coded(grey, "JPEG", quality=70), grey, Filter=Name.DCTDecode)
    for _ in range(300):
        _page(pdf, f"q {_WIDTH} 0 0 {_HEIGHT} 0 0 cm /P Do Q", XObject=Dictionary(P=image))


def _sizes(pdf: pikepdf.Pdf, drawn: Drawn) -> None:
    """Pages of several sizes and turns in one file."""
    picture, data, facts = _jpeg(drawn.picture)
    image = _image(pdf, data, picture, **facts)
    for scale, turn in ((1.0, 0), (1.41, 0), (0.7, 90), (1.0, 270), (1.0, 180)):
        size = _WIDTH * scale, _HEIGHT * scale
        page = _page(pdf, f"q {size[0]:.3f} 0 0 {size[1]:.3f} 0 0 cm /P Do Q", size=size, XObject=Dictionary(P=image))
        if turn:
            page.Rotate = turn


def _embedded_text(pdf: pikepdf.Pdf, _: Drawn) -> None:
    font, codes = _font(pdf)
    _page(pdf, f"BT /F 18 Tf 72 700 Td <{codes.hex()}> Tj ET 0 0 1 rg 72 500 200 90 re f", Font=Dictionary(F=font))


def _unembedded_text(pdf: pikepdf.Pdf, _: Drawn) -> None:
    fonts = {
        f"/F{index}": Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name(f"/{name}"))
        for index, name in enumerate(("Helvetica", "Times-Bold", "Courier", "Symbol"))
    }
    content = " ".join(
        f"BT /F{index} 16 Tf 72 {720 - 40 * index} Td (Cong van so 15, ngay 05) Tj ET" for index in range(4)
    )
    _page(pdf, content, Font=Dictionary(fonts))


def _inks(pdf: pikepdf.Pdf, _: Drawn) -> None:
    _page(pdf, "0 1 1 0 k 72 500 200 90 re f 1 0 0 0.2 K 4 w 80 300 m 400 420 l S")


def _transparency(pdf: pikepdf.Pdf, _: Drawn) -> None:
    state = Dictionary(Type=Name.ExtGState, ca=0.4, CA=0.5, BM=Name.Multiply)
    _page(pdf, "/G gs 1 0 0 rg 72 500 200 200 re f 0 0 1 rg 172 400 200 200 re f", ExtGState=Dictionary(G=state))


def _shading(pdf: pikepdf.Pdf, _: Drawn) -> None:
    function = Dictionary(FunctionType=2, Domain=Array([0, 1]), C0=Array([1, 0, 0]), C1=Array([0, 0, 1]), N=1)
    shading = Dictionary(ShadingType=2, ColorSpace=Name.DeviceRGB, Coords=Array([72, 0, 500, 0]), Function=function)
    _page(pdf, "q 72 300 400 300 re W n /S sh Q", Shading=Dictionary(S=pdf.make_indirect(shading)))


def _drawing(pdf: pikepdf.Pdf, _: Drawn) -> None:
    strokes = " ".join(f"{72 + 4 * i} {300 + (i * 37) % 200} l" for i in range(100))
    _page(pdf, f"0.2 w 72 300 m {strokes} S")


def _blank(pdf: pikepdf.Pdf, _: Drawn) -> None:
    _page(pdf, "")


def _acting(pdf: pikepdf.Pdf, drawn: Drawn) -> None:
    """A born-digital page with scripts, a form, an attachment, layers and a thumbnail."""
    _embedded_text(pdf, drawn)
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    pdf.Root.AA = Dictionary(WC=Dictionary(S=Name.JavaScript, JS=pikepdf.String("1")))
    pdf.attachments["mau.txt"] = pikepdf.AttachedFileSpec(
        pdf, b"mau", filename="mau.txt", description="", mime_type="", creation_date="", mod_date=""
    )
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String("L")))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(Order=Array([layer])))
    field = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=pikepdf.String("t"), V=pikepdf.String("Nội dung"), F=4,
        Rect=Array([300, 600, 500, 630]), DA=pikepdf.String("/Helv 12 Tf 0 g"),
    )  # fmt: skip
    pdf.pages[0].Annots = Array([pdf.make_indirect(field)])
    helvetica = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    pdf.Root.AcroForm = Dictionary(
        Fields=Array([pdf.pages[0].Annots[0]]), NeedAppearances=True, DR=Dictionary(Font=Dictionary(Helv=helvetica))
    )


def _font(pdf: pikepdf.Pdf) -> tuple[pikepdf.Object, bytes]:
    """A font embedded with the letters of one sentence, and the codes of the sentence."""
    font = stamp_font(_SENTENCE).embedded(_SENTENCE)
    codes = sorted(font.codes.values())
    pairs = "\n".join(f"<{code:02X}> <{ord(letter):04X}>" for letter, code in font.codes.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def /CMapName /X def\n"
        f"1 begincodespacerange <00> <FF> endcodespacerange\n{len(font.codes)} beginbfchar\n{pairs}\nendbfchar\n"
        "endcmap end end"
    )
    name = Name("/AAAAAA+" + font.name)
    program = pdf.make_indirect(Stream(pdf, font.program, Subtype=Name.Type1C))
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=name, Flags=6, FontBBox=Array(list(font.bounds)), ItalicAngle=0,
        Ascent=font.ascent, Descent=font.descent, CapHeight=700, StemV=80, FontFile3=program,
    )  # fmt: skip
    glyphs = Array([codes[0], *(Name("/" + glyph) for glyph in font.glyphs)])
    made = Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=name, FirstChar=codes[0], LastChar=codes[-1],
        Widths=Array(list(font.widths)), FontDescriptor=pdf.make_indirect(descriptor),
        Encoding=Dictionary(Type=Name.Encoding, Differences=glyphs),
        ToUnicode=pdf.make_indirect(Stream(pdf, cmap.encode())),
    )  # fmt: skip
    return made, bytes(font.codes[letter] for letter in _SENTENCE)


PDFS: dict[str, Maker] = {
    "pdf-jpeg": _pdf(_scan(_jpeg)),
    "pdf-jpeg-300-dpi": _pdf(_scan(_jpeg), dpi=300, noise=2),
    "pdf-jpeg-rotate-90": _pdf(_scan(_jpeg, Rotate=90), said=False),
    "pdf-jpeg-rotate-180": _pdf(_scan(_jpeg, Rotate=180), said=False),
    "pdf-jpeg-rotate-270": _pdf(_scan(_jpeg, Rotate=270), said=False),
    "pdf-jpeg-placed-90": _pdf(_scan(_jpeg, f"0 {_HEIGHT} -{_WIDTH} 0 {_WIDTH} 0"), said=False),
    "pdf-jpeg-mirrored": _pdf(_scan(_jpeg, f"-{_WIDTH} 0 0 {_HEIGHT} {_WIDTH} 0"), said=False),
    "pdf-jpeg-inverted": _pdf(_scan(_inverted)),
    "pdf-flate": _pdf(_scan(_flate)),
    "pdf-jpeg-2000": _pdf(_scan(_jpeg_2000)),
    "pdf-jpeg-2000-lossy": _pdf(_scan(lambda picture: _jpeg_2000(picture, lossy=True))),
    "pdf-ccitt": _pdf(_scan(_ccitt), colour=False),
    "pdf-jbig2": _pdf(_scan(_jbig2), colour=False),
    "pdf-indexed": _pdf(_scan(_indexed)),
    "pdf-cmyk": _pdf(_scan(_cmyk)),
    "pdf-cmyk-jpeg": _pdf(_scan(_cmyk_jpeg)),
    "pdf-16-bit": _pdf(_scan(_deep)),
    "pdf-stencil": _pdf(_scan(_stencil), colour=False),
    "pdf-media-box-shifted": _pdf(
        _scan(_jpeg, f"{_WIDTH} 0 0 {_HEIGHT} -100 50", MediaBox=Array([-100, 50, _WIDTH - 100, _HEIGHT + 50]))
    ),
    "pdf-crop-box": _pdf(_scan(_jpeg, CropBox=Array([50, 60, 500, 700])), said=False),
    "pdf-user-unit": _pdf(_scan(_jpeg, f"{_WIDTH / 2} 0 0 {_HEIGHT / 2} 0 0", UserUnit=2,
                                MediaBox=Array([0, 0, _WIDTH / 2, _HEIGHT / 2]))),
    "pdf-margins": _pdf(_scan(_jpeg, f"{_WIDTH - 60} 0 0 {_HEIGHT - 60} 30 30"), said=False),
    "pdf-strips": _pdf(_strips),
    "pdf-two-pictures": _pdf(_side_by_side, said=False),
    "pdf-inline-picture": _pdf(_inline, said=False),
    "pdf-captioned": _pdf(_captioned),
    "pdf-stamped": _pdf(_stamped),
    "pdf-sizes": _pdf(_sizes, said=False),
    "pdf-300-pages": _pdf(_many, dpi=72, said=False),
    "pdf-blank": _pdf(_blank, said=False),
    "digital-embedded": _pdf(_embedded_text, said=False),
    "digital-unembedded": _pdf(_unembedded_text, said=False),
    "digital-inks": _pdf(_inks, said=False),
    "digital-transparency": _pdf(_transparency, said=False),
    "digital-shading": _pdf(_shading, said=False),
    "digital-drawing": _pdf(_drawing, said=False),
    "digital-acting": _pdf(_acting, said=False),
}  # fmt: skip
