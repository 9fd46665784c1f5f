"""Documents drawn for the tests: papers in several codings, turned, skewed, with the words that stand on them."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Sequence
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image, ImageDraw, ImageFont

from pipeline.dossier import (
    Box,
    Coding,
    Document,
    Dossier,
    Extraction,
    FieldValue,
    Line,
    Overlay,
    Page,
    PageReading,
    Source,
    Word,
)
from pipeline.packaging.signing.stampfont import stamp_font

A4_MM = (210.0, 297.0)
TEXT = (
    "ỦY BAN NHÂN DÂN PHƯỜNG THÍ ĐIỂM",
    "Số: 15/QĐ-UBND",
    "QUYẾT ĐỊNH về việc công nhận kết quả số hóa",
    "Căn cứ Luật Tổ chức chính quyền địa phương; xét đề nghị của bộ phận một cửa,",
    "ưỡng ngoẵng nghiễng, khuỷu tay, quyền lợi được bảo đảm theo quy định",
    "hiện hành kể từ ngày 05 tháng 3 năm 2026.",
)


def pixels(size_mm: tuple[float, float], dpi: tuple[float, float]) -> tuple[int, int]:
    """Pixels of a paper of ``size_mm`` at ``dpi``."""
    return round(size_mm[0] / 25.4 * dpi[0]), round(size_mm[1] / 25.4 * dpi[1])


def face(height: int) -> ImageFont.FreeTypeFont:
    """A serif face with every Vietnamese letter, ``height`` pixels an em."""
    return ImageFont.truetype(str(stamp_font("ă").path), height)


def draw(
    size: tuple[int, int], *, skew: float = 0.0, top: float = 0.12, texts: Sequence[str] = TEXT, paper: str = "#fffdf6"
) -> tuple[Image.Image, tuple[Line, ...]]:
    """An upright page with ``texts`` and their words; ``skew`` turns it anticlockwise, lines rising to the right."""
    picture = Image.new("RGB", size, paper)
    pen = ImageDraw.Draw(picture)
    height = max(round(size[0] / 45), 9)
    font = face(height)
    rows: list[list[tuple[str, Box]]] = []
    y = round(size[1] * top)
    for text in texts:
        x, row = round(size[0] * 0.1), []
        for word in text.split():
            box = pen.textbbox((x, y), word, font=font)
            if box[2] > size[0] * 0.97:
                break
            pen.text((x, y), word, font=font, fill="black")
            row.append((word, tuple(map(float, box))))
            x = round(box[2] + height * 0.3)
        rows.append(row)
        y += round(height * 1.7)
    pen.rectangle((size[0] * 0.6, size[1] * 0.75, size[0] * 0.8, size[1] * 0.85), fill="#b01020")
    if skew:
        picture = picture.rotate(skew, Image.Resampling.BICUBIC, fillcolor=paper)
    lines = []
    for row in rows:
        words = tuple(Word(text, turned_box(box, skew, size), 0.9, True) for text, box in row)
        boxes = [word.box for word in words]
        around = (
            min(box[0] for box in boxes), min(box[1] for box in boxes),
            max(box[2] for box in boxes), max(box[3] for box in boxes),
        )  # fmt: skip
        lines.append(Line(words, around))
    return picture, tuple(lines)


def turned_box(box: Box, skew: float, size: tuple[int, int]) -> Box:
    """Rectangle round ``box`` after turning the page of ``size`` anticlockwise by ``skew`` degrees about its middle."""
    cos, sin = math.cos(math.radians(skew)), math.sin(math.radians(skew))
    middle = size[0] / 2, size[1] / 2
    corners = [
        (
            middle[0] + (x - middle[0]) * cos + (y - middle[1]) * sin,
            middle[1] - (x - middle[0]) * sin + (y - middle[1]) * cos,
        )
        for x in (box[0], box[2])
        for y in (box[1], box[3])
    ]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


_BACK = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}


def save(
    upright: Image.Image,
    folder: Path,
    *,
    number: int = 1,
    coding: Coding = Coding.JPEG,
    mode: str = "RGB",
    dpi: tuple[float, float] = (150, 150),
    rotation: int = 0,
    overlay: Overlay | None = None,
    skew: float = 0.0,
    photometric: int = 0,
    progressive: bool = False,
) -> Page:
    """Save ``upright`` as a carrier that ``rotation`` brings upright; ``dpi`` is that of the upright page."""
    picture = upright.transpose(_BACK[rotation]) if rotation else upright
    picture = picture.convert("P", palette=Image.Palette.ADAPTIVE) if mode == "P" else picture.convert(mode)
    name = folder / f"page-{number}"
    if coding is Coding.JPEG:
        file = name.with_suffix(".jpg")
        picture.save(file, quality=90, progressive=progressive)
    elif coding is Coding.G4:
        file = name.with_suffix(".tif")
        bits = picture.convert("1")
        bits.save(file, "TIFF", compression="group4", tiffinfo={278: bits.height, 262: photometric})
    else:
        file = name.with_suffix(".png")
        picture.save(file)
    across = dpi if rotation in (0, 180) else dpi[::-1]
    return Page(number, file, coding, picture.width, picture.height, *across, rotation, skew, overlay)


def reading(page: Page, lines: Sequence[Line]) -> PageReading:
    """A reading of ``page`` with ``lines``."""
    width, height = page.upright_size
    return PageReading(page.number, width, height, page.upright_dpi[0], page.rotation, page.skew, tuple(lines))


def document(pages: Sequence[Page], readings: Sequence[PageReading], source: Path | None = None) -> Document:
    """A document of all ``pages``, of an invented person."""
    copy = source or pages[0].carrier
    data = copy.read_bytes()
    return Document(
        id="thu-1",
        dossier=Dossier("H00.01-260305-0001", "1.001193", owner="001200000017"),
        source=Source(copy.name, copy, hashlib.sha256(data).hexdigest(), len(data), "application/octet-stream"),
        pages=tuple(pages),
        readings=tuple(readings),
        extraction=Extraction(
            tuple(page.number for page in pages),
            "quyet_dinh",
            0.95,
            fields=(FieldValue("so_ky_hieu", "15/QĐ-UBND", "15/QĐ-UBND", 0.9),),
        ),
    )


def drawn_document(
    folder: Path, size_mm: tuple[float, float] = A4_MM, *, skew: float = 0.0, **details: object
) -> Document:
    """A document of one drawn page; ``details`` as in :func:`save`."""
    dpi = details.get("dpi", (150, 150))
    assert isinstance(dpi, tuple)
    upright, lines = draw(pixels(size_mm, dpi), skew=skew)
    page = save(upright, folder, skew=skew, **details)  # type: ignore[arg-type]
    return document([page], [reading(page, lines)])


def born_digital(file: Path, text: str, *, embedded: bool = True, turn: int = 0, layer: str = "") -> None:
    """A PDF of one A4 page with real text, a stamp annotation, a script and a form; fonts embedded or not.

    ``layer``: what programs find instead of ``text``, letter for letter.
    """
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        page = pdf.pages[0]
        if embedded:
            font, codes = _embedded(pdf, text, layer or text)
        else:
            font, codes = (
                Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica),
                text.encode("latin-1"),
            )
        page.Resources = Dictionary(Font=Dictionary(F=font))
        page.Contents = Stream(
            pdf, b"BT /F 18 Tf 72 700 Td <" + codes.hex().encode() + b"> Tj ET 0 0 1 rg 72 500 200 90 re f"
        )
        if turn:
            page.Rotate = turn
        look = Stream(pdf, b"1 0 0 rg 0 0 80 40 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 80, 40]))
        stamp = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Stamp,
            Rect=Array([400, 600, 480, 640]),
            F=4,
            AP=Dictionary(N=pdf.make_indirect(look)),
        )
        page.Annots = Array([pdf.make_indirect(stamp)])
        pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        pdf.save(file)


def _embedded(pdf: pikepdf.Pdf, text: str, layer: str) -> tuple[pikepdf.Object, bytes]:
    font = stamp_font(text).embedded(text)
    codes = sorted(font.codes.values())
    said = dict(zip(text, layer, strict=True))
    pairs = "\n".join(f"<{code:02X}> <{ord(said.get(letter, letter)):04X}>" for letter, code in font.codes.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def /CMapName /X def\n"
        f"1 begincodespacerange <00> <FF> endcodespacerange\n{len(font.codes)} beginbfchar\n{pairs}\nendbfchar\n"
        "endcmap end end"
    )
    name = Name("/AAAAAA+" + font.name)
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=name, Flags=6, FontBBox=Array(list(font.bounds)), ItalicAngle=0,
        Ascent=font.ascent, Descent=font.descent, CapHeight=700, StemV=80,
        FontFile3=pdf.make_indirect(Stream(pdf, font.program, Subtype=Name.Type1C)),
    )  # fmt: skip
    glyphs = Array([codes[0], *(Name("/" + glyph) for glyph in font.glyphs)])
    return (
        Dictionary(
            Type=Name.Font, Subtype=Name.Type1, BaseFont=name, FirstChar=codes[0], LastChar=codes[-1],
            Widths=Array(list(font.widths)), FontDescriptor=pdf.make_indirect(descriptor),
            Encoding=Dictionary(Type=Name.Encoding, Differences=glyphs),
            ToUnicode=pdf.make_indirect(Stream(pdf, cmap.encode())),
        ),
        bytes(font.codes[letter] for letter in text),
    )  # fmt: skip


def jpeg_bytes(picture: Image.Image) -> bytes:
    """``picture`` as JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()
