"""One bad file of each kind that people send, each with the error it has to end in."""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
from PIL import Image

from pipeline import errors

Maker = Callable[[Path], Path]
MAKERS: dict[str, tuple[type[errors.SohoaError], Maker]] = {}


def bad(kind: type[errors.SohoaError]) -> Callable[[Maker], Maker]:
    def keep(maker: Maker) -> Maker:
        MAKERS[maker.__name__] = (kind, maker)
        return maker

    return keep


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def jpeg(seed: int, size: tuple[int, int] = (400, 560)) -> bytes:
    """Coloured noise: no two seeds give the same file."""
    noise = random.Random(seed).randbytes(size[0] * size[1] * 3 // 64)
    picture = Image.frombytes("RGB", (size[0] // 8, size[1] // 8), noise[: size[0] // 8 * (size[1] // 8) * 3]).resize(
        size
    )
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=90, dpi=(72, 72))
    return target.getvalue()


def pdf_of(pages: int, seed: int = 1) -> pikepdf.Pdf:
    pdf = pikepdf.new()
    image = pdf.make_stream(
        jpeg(seed), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=400, Height=560,
        ColorSpace=pikepdf.Name.DeviceRGB, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
    )  # fmt: skip
    content = pdf.make_stream(b"q 595 0 0 842 0 0 cm /Im Do Q")
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Contents = content
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
    return pdf


@bad(errors.Encrypted)
def encrypted(folder: Path) -> Path:
    path = folder / "khoa.pdf"
    pdf_of(1, 2).save(path, encryption=pikepdf.Encryption(owner="a", user="b"))
    return path


@bad(errors.Damaged)
def truncated_pdf(folder: Path) -> Path:
    whole = io.BytesIO()
    pdf_of(3, 3).save(whole)
    return _write(folder / "cut.pdf", whole.getvalue()[: len(whole.getvalue()) // 2])


@bad(errors.Damaged)
def truncated_jpeg(folder: Path) -> Path:
    return _write(folder / "cut.jpg", jpeg(4)[:-2000])


@bad(errors.EmptyFile)
def zero_bytes(folder: Path) -> Path:
    return _write(folder / "rong.pdf", b"")


@bad(errors.NotADocument)
def not_a_pdf(folder: Path) -> Path:
    return _write(folder / "chu.pdf", "Đây chỉ là chữ.\n".encode() * 50)


@bad(errors.XfaForm)
def dynamic_form(folder: Path) -> Path:
    pdf = pdf_of(1, 5)
    form = pdf.make_stream(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><template/></xdp:xdp>")
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(), XFA=form)
    pdf.Root.NeedsRendering = True
    path = folder / "bieu-mau.pdf"
    pdf.save(path)
    return path


@bad(errors.TooManyPixels)
def pixel_bomb(folder: Path) -> Path:
    side = 35_000

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    row = b"\0" * (1 + (side + 7) // 8)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return _write(folder / "bom.png", png)


@bad(errors.TooManyPages)
def two_thousand_pages(folder: Path) -> Path:
    path = folder / "day.pdf"
    pdf_of(2000, 6).save(path)
    return path


@bad(errors.WrongExtension)
def wrong_extension(folder: Path) -> Path:
    return _write(folder / "anh.pdf", jpeg(7))


@bad(errors.SymbolicLink)
def symbolic_link(folder: Path) -> Path:
    real = _write(folder.parent / "ngoai.jpg", jpeg(8))
    path = folder / "lien-ket.jpg"
    path.symlink_to(real)
    return path


@bad(errors.BadName)
def unreadable_name(folder: Path) -> Path:
    path = os.path.join(os.fsencode(folder), b"qu\xe9t\xff.jpg")  # noqa: PTH118 - bytes
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(jpeg(9))
    return Path(os.fsdecode(path))


@bad(errors.ForeignFile)
def foreign_file(folder: Path) -> Path:
    return _write(folder / "ghi-chu.docx", b"PK\x03\x04" + b"x" * 100)
