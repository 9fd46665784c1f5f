"""The first layer: carrier files as PDF images, byte for byte where their coding allows it."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import img2pdf
import pikepdf
from pikepdf import Name, Stream
from PIL import Image

from pipeline.dossier import Coding, Page
from pipeline.errors import RecordInvalid

_JPEG_SPACES = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB}


def carrier_image(pdf: pikepdf.Pdf, page: Page) -> pikepdf.Object:
    """The carrier of ``page`` as image XObject of ``pdf``, its samples untouched.

    Raises:
        RecordInvalid: the carrier is not what the page says.
    """
    try:
        with Image.open(page.carrier) as picture:
            mode, size, transparency = picture.mode, picture.size, "transparency" in picture.info
        if size != (page.width, page.height):
            what = f"trang / page {page.number}: {size[0]}×{size[1]} ≠ {page.width}×{page.height}"
            raise RecordInvalid(name=page.carrier.name, what=what)
        if page.coding is Coding.JPEG and mode in _JPEG_SPACES:
            return jpeg(pdf, page.carrier.read_bytes(), _JPEG_SPACES[mode], size)
        if page.coding is Coding.JPEG or transparency or mode in ("LA", "PA", "RGBA"):
            return _decoded(pdf, page.carrier)
        return _wrapped(pdf, page.carrier)
    except (OSError, ValueError, Image.DecompressionBombError, pikepdf.PdfError) as error:
        what = f"trang / page {page.number}: {type(error).__name__}"
        raise RecordInvalid(name=page.carrier.name, what=what) from error


def jpeg(pdf: pikepdf.Pdf, data: bytes, space: Name, size: tuple[int, int]) -> pikepdf.Object:
    """JPEG bytes as image XObject; ``size`` is width and height in pixels."""
    return pdf.make_indirect(
        Stream(
            pdf,
            data,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=size[0],
            Height=size[1],
            ColorSpace=space,
            BitsPerComponent=8,
            Filter=Name.DCTDecode,
        )
    )


def _decoded(pdf: pikepdf.Pdf, file: Path) -> pikepdf.Object:
    """A picture that PDF/A-2 with an sRGB intent cannot hold as it is coded: its pixels as RGB, with its alpha.

    That is a CMYK JPEG, and a PNG with transparency.
    """
    with Image.open(file) as picture:
        if picture.mode == "CMYK":
            return _flate(pdf, picture.convert("RGB"))
        return transparent(pdf, picture.convert("RGBA"))


def transparent(pdf: pikepdf.Pdf, picture: Image.Image) -> pikepdf.Object:
    """An RGBA picture as image XObject with a soft mask (ISO 19005-2, 6.2.10 allows it)."""
    alpha = picture.getchannel("A")
    ground = Image.new("RGB", picture.size, "white")
    # Colours under full transparency do not show; one colour there compresses best.
    ground.paste(picture.convert("RGB"), mask=alpha.point(lambda value: 255 if value else 0))
    image = _flate(pdf, ground)
    image.SMask = _flate(pdf, alpha)
    return image


def _flate(pdf: pikepdf.Pdf, picture: Image.Image) -> pikepdf.Object:
    return pdf.make_indirect(
        Stream(
            pdf,
            zlib.compress(picture.tobytes(), 9),
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=picture.width,
            Height=picture.height,
            ColorSpace=Name.DeviceGray if picture.mode == "L" else Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=Name.FlateDecode,
        )
    )


def _wrapped(pdf: pikepdf.Pdf, file: Path) -> pikepdf.Object:
    """A G4 TIFF or a PNG: its coded bytes are taken over, or coded anew without loss where PDF has no such coding."""
    try:
        data = img2pdf.convert(str(file), rotation=img2pdf.Rotation.none)
    except Exception as error:  # img2pdf raises bare exceptions for files that are cut off
        raise ValueError(str(error)) from error
    with pikepdf.open(io.BytesIO(data)) as wrapper:
        return pdf.copy_foreign(next(iter(wrapper.pages[0].get_images().values())))
