"""The first layer: carrier files as PDF images, byte for byte where their coding allows it.

JPEG and CCITT group 4 keep their bytes. Everything else is kept pixel for pixel: PNG as it is or, where PDF has no such
coding, deflated anew. JPEG 2000 never gets into a record: PDF/A allows but a part of it, the validator knows none, and
few programs read it alike. The capture decodes it without loss, and a born-digital page that holds it is drawn.
"""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from pathlib import Path
from typing import Any

import img2pdf
import pikepdf
from pikepdf import Name, Stream
from PIL import Image

from pipeline.dossier import Coding, Page
from pipeline.errors import RecordInvalid

_JPEG_SPACES = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB}


class Images:
    """Puts pictures into one PDF. Their bytes stay in files until it is saved, so that memory does not grow with them.

    Args:
        pdf: the PDF.
        folder: for files with coded pictures; it must be there until the PDF is saved, as must the carriers.
    """

    def __init__(self, pdf: pikepdf.Pdf, folder: Path) -> None:
        self._pdf = pdf
        self._folder = folder
        self._count = 0
        self._known: dict[bytes, pikepdf.Object] = {}

    def carrier(self, page: Page) -> pikepdf.Object:
        """The carrier of ``page`` as image XObject, its samples untouched.

        Raises:
            RecordInvalid: the carrier is not what the page says.
        """
        try:
            with Image.open(page.carrier) as picture:
                mode, size, transparency = picture.mode, picture.size, "transparency" in picture.info
            if size != (page.width, page.height):
                what = f"trang / page {page.number}: {size[0]}×{size[1]} ≠ {page.width}×{page.height}"
                raise RecordInvalid(name=page.carrier.name, what=what)
            digest = _digest(page.carrier)
            if digest not in self._known:  # files made by programs show one picture on many pages
                self._known[digest] = self._carrier(page, mode, size, transparent=transparency)
            return self._known[digest]
        except (OSError, ValueError, Image.DecompressionBombError, pikepdf.PdfError) as error:
            what = f"trang / page {page.number}: {type(error).__name__}"
            raise RecordInvalid(name=page.carrier.name, what=what) from error

    def _carrier(self, page: Page, mode: str, size: tuple[int, int], *, transparent: bool) -> pikepdf.Object:
        if page.coding is Coding.JPEG and mode in _JPEG_SPACES:
            return self._stream(page.carrier, size, ColorSpace=_JPEG_SPACES[mode], Filter=Name.DCTDecode)
        if page.coding is Coding.JPEG or transparent or mode in ("LA", "PA", "RGBA"):
            return self._decoded(page.carrier)
        return self.wrapped(page.carrier)

    def jpeg(self, data: bytes, mode: str, size: tuple[int, int]) -> pikepdf.Object:
        """JPEG bytes of mode ``L`` or ``RGB``; ``size`` is width and height in pixels."""
        return self._stream(self._kept(data), size, ColorSpace=_JPEG_SPACES[mode], Filter=Name.DCTDecode)

    def transparent(self, picture: Image.Image) -> pikepdf.Object:
        """An RGBA picture with a soft mask (ISO 19005-2, 6.2.10 allows it)."""
        alpha = picture.getchannel("A")
        ground = Image.new("RGB", picture.size, "white")
        # Colours under full transparency do not show; one colour there compresses best.
        ground.paste(picture.convert("RGB"), mask=alpha.point(lambda value: 255 if value else 0))
        return self.flate(ground, SMask=self.flate(alpha))

    def flate(self, picture: Image.Image, **more: pikepdf.Object) -> pikepdf.Object:
        """A grey or RGB picture without loss; ``more`` goes into its dictionary."""
        space = Name.DeviceGray if picture.mode == "L" else Name.DeviceRGB
        data = zlib.compress(picture.tobytes(), 6)
        return self._stream(self._kept(data), picture.size, ColorSpace=space, Filter=Name.FlateDecode, **more)

    def stencil(self, picture: Image.Image) -> pikepdf.Object:
        """A picture of mode ``1`` as explicit mask (ISO 32000-1, 8.9.6.3), group 4.

        What has the mask shows where this is black: samples of 0 let through.
        """
        coded = io.BytesIO()
        picture.save(coded, "TIFF", compression="group4", tiffinfo={278: picture.height})
        mask = self.wrapped(coded.getvalue())
        del mask.ColorSpace
        mask.ImageMask = True
        return mask

    def _decoded(self, file: Path) -> pikepdf.Object:
        """A picture that PDF/A-2 with an sRGB intent cannot hold as it is coded: its pixels as RGB, with its alpha.

        That is a CMYK JPEG, and a PNG with transparency.
        """
        with Image.open(file) as picture:
            if picture.mode == "CMYK":
                return self.flate(picture.convert("RGB"))
            return self.transparent(picture.convert("RGBA"))

    def wrapped(self, file: Path | bytes, **more: pikepdf.Object) -> pikepdf.Object:
        """A G4 TIFF or a PNG: its coded bytes, or coded anew without loss where PDF has no such coding.

        ``more`` goes into its dictionary.

        Raises:
            ValueError: it is cut off.
        """
        given = file if isinstance(file, bytes) else str(file)
        try:
            data = img2pdf.convert(given, rotation=img2pdf.Rotation.none)
        except Exception as error:  # img2pdf raises bare exceptions for files that are cut off
            raise ValueError(str(error)) from error
        with pikepdf.open(io.BytesIO(data)) as wrapper:
            image = next(iter(wrapper.pages[0].get_images().values()))
            facts = {key: value for key, value in image.items() if key not in ("/Width", "/Height", "/Length")}
            kept = {key[1:]: _own(self._pdf, value) for key, value in facts.items()}
            size = int(image.Width), int(image.Height)
            return self._stream(self._kept(image.read_raw_bytes()), size, **(kept | more))

    def _kept(self, data: bytes) -> Path:
        self._count += 1
        file = self._folder / f"{self._count}.bin"
        file.write_bytes(data)
        return file

    def _stream(self, file: Path, size: tuple[int, int], **facts: Any) -> pikepdf.Object:
        """An image XObject whose coded bytes are those of ``file``, read when the PDF is saved."""
        facts = {"BitsPerComponent": 8, **facts, "Type": Name.XObject, "Subtype": Name.Image}
        image = self._pdf.make_indirect(Stream(self._pdf, b"", Width=size[0], Height=size[1], **facts))
        number, generation = image.objgen
        dictionary = json.loads(image.stream_dict.to_json(schema_version=2))
        stream = {"datafile": str(file), "dict": dictionary}
        head = {"jsonversion": 2, "pdfversion": "1.7", "maxobjectid": number}
        head |= {"pushedinheritedpageresources": False, "calledgetallpages": False}
        update = {"qpdf": [head, {f"obj:{number} {generation} R": {"stream": stream}}]}
        self._pdf.update_from_qpdf_json(io.BytesIO(json.dumps(update).encode()))
        return image


def _digest(file: Path) -> bytes:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()


def _own(pdf: pikepdf.Pdf, value: Any) -> Any:
    """``value`` of another PDF as one of ``pdf``."""
    if isinstance(value, pikepdf.Object) and value.is_indirect:
        return pdf.copy_foreign(value)
    if isinstance(value, pikepdf.Array):
        return pikepdf.Array([_own(pdf, item) for item in value])
    return value
