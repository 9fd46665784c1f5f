"""The scan inside a PDF page, taken out as it was put in."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Name
from pikepdf.exceptions import ImageDecompressionError, PikepdfError
from PIL import Image

from pipeline.capture import pictures, streams
from pipeline.capture.sketch import Placed
from pipeline.dossier import Coding, Page
from pipeline.errors import Damaged
from pipeline.settings import Limits

_BROKEN = "ảnh trong trang / picture in the page"
_MODES = ("1", "L", "P", "RGB")
_OWN_END = {"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode"}
"""Codings that know themselves how much there is to come."""
_END_OF_BLOCK = 0x001001
_MOST_BYTES_A_SAMPLE = 16
"""Eight inks of 16 bits."""
_SLACK = 1 << 20
_OPAQUE = {"/DCTDecode", "/JPXDecode"}
"""Codings whose own idea of colour may differ from what the PDF says of it."""
_PLAIN_SPACES = (Name.DeviceGray, Name.DeviceRGB, Name.CalRGB, Name.CalGray)


def extract(scan: Placed, stem: Path, name: str, limits: Limits) -> tuple[Page, str] | None:
    """Write the picture of a page beside ``stem`` and describe it as page 1, with what had to be changed.

    A plain JPEG and CCITT group 4 keep their bytes. ``None`` when the picture is coded in a way that cannot be taken
    out faithfully (JBIG2, patterns, exotic colours); the page is then rendered.

    Raises:
        TooManyPixels: over the limit, known before decoding.
        Damaged: the picture breaks off.
    """
    image = scan.image
    check = partial(pictures.check_pixels, name, limits=limits)
    check(int(image.Width), int(image.Height))
    _check_swelling(image, name)
    filters = streams.filters(image)
    if "/JBIG2Decode" in filters or (_OPAQUE & set(filters) and not _plain_colours(image)):
        return None
    try:
        kept = (
            _jpeg(image, filters, stem, check)
            or _g4(image, filters, stem, check)
            or _decoded(image, filters, stem, check)
        )
    except (_Truncated, pikepdf.PdfError, ImageDecompressionError) as error:
        raise Damaged(name=name, what=_BROKEN) from error
    except (PikepdfError, NotImplementedError, ValueError, KeyError):
        return None
    except OSError as error:
        if error.errno is not None:
            raise
        raise Damaged(name=name, what=_BROKEN) from error
    if kept is None:
        return None
    carrier, coding, size, changed = kept
    dpi_x, dpi_y = scan.dpi
    # The picture's own pixels count, should the dictionary say otherwise.
    dpi_x, dpi_y = dpi_x * size[0] / int(image.Width), dpi_y * size[1] / int(image.Height)
    return Page(1, carrier, coding, *size, dpi_x, dpi_y, scan.turn or 0), changed


class _Truncated(Exception):
    """The picture's bits end before the picture does."""


_Kept = tuple[Path, Coding, tuple[int, int], str]
_Check = Callable[[int, int], None]


def check_whole(image: pikepdf.Stream, name: str, limits: Limits) -> None:
    """Refuse a picture that breaks off, before a renderer fills the gap without a word.

    Raises:
        TooManyPixels: over the limit, known before decoding.
        Damaged: a JPEG, JPEG 2000 or plain picture that ends too early.
    """
    pictures.check_pixels(name, int(image.Width), int(image.Height), limits)
    _check_swelling(image, name)
    filters = streams.filters(image)
    short = False
    try:
        if filters in (["/DCTDecode"], ["/JPXDecode"]):
            with Image.open(io.BytesIO(image.read_raw_bytes())) as decoded:
                pictures.check_pixels(name, *decoded.size, limits)
                pictures.load_quickly(decoded)
        elif not _OWN_END & set(filters) and "/JBIG2Decode" not in filters:
            short = _too_short(image)
    except (pikepdf.PdfError, OSError):
        short = True
    except (PikepdfError, NotImplementedError, ValueError, KeyError):
        return  # coded in a way only the renderer knows
    if short:
        raise Damaged(name=name, what=_BROKEN)


def _check_swelling(image: pikepdf.Stream, name: str) -> None:
    """Refuse a picture that unpacks to far more than its size can need, before it is unpacked."""
    samples = int(image.Width) * int(image.Height)
    if streams.swells(image, _MOST_BYTES_A_SAMPLE * samples + _SLACK):
        raise Damaged(name=name, what=_BROKEN)


def _jpeg(image: pikepdf.Stream, filters: list[str], stem: Path, check: _Check) -> _Kept | None:
    if filters != ["/DCTDecode"] or not _plain_colours(image):
        return None
    data = image.read_raw_bytes()
    with Image.open(io.BytesIO(data)) as decoded:
        check(*decoded.size)
        size, mode = decoded.size, decoded.mode
        pictures.load_quickly(decoded)
        if decoded.format not in ("JPEG", "MPO") or mode not in ("L", "RGB"):
            return None
    carrier = stem.with_suffix(".jpg")
    pictures.write(carrier, data)
    return carrier, Coding.JPEG, size, ""


def _plain_colours(image: pikepdf.Object) -> bool:
    """Whether the samples mean what they say: no inversion, no palette, no separation."""
    space = image.get(Name.ColorSpace)
    if isinstance(space, pikepdf.Array) and len(space):
        plain = space[0] in (*_PLAIN_SPACES, Name.ICCBased)
    else:
        plain = space in _PLAIN_SPACES
    decode = image.get(Name.Decode)
    return plain and (decode is None or [float(value) for value in decode] in ([0, 1], [0, 1] * 3))


def _g4(image: pikepdf.Stream, filters: list[str], stem: Path, check: _Check) -> _Kept | None:
    if filters != ["/CCITTFaxDecode"]:
        return None
    out = io.BytesIO()
    if pikepdf.PdfImage(image).extract_to(stream=out) != ".tif":
        return None
    raw = image.read_raw_bytes()
    with Image.open(io.BytesIO(out.getvalue())) as decoded:
        check(*decoded.size)
        decoded.load()
        if decoded.mode != "1":
            return None
        if decoded.info.get("compression") == "group4" and _breaks_off(raw, np.asarray(decoded)):
            raise _Truncated
        size, own = decoded.size, decoded.info.get("compression") == "group4"
        if not own:
            pictures.save_bilevel(decoded, stem.with_suffix(".tif"))
    if own:
        pictures.write(stem.with_suffix(".tif"), out.getvalue())
    return stem.with_suffix(".tif"), Coding.G4, size, ""


def _breaks_off(raw: bytes, rows: NDArray[np.bool_]) -> bool:
    """Whether group 4 bits end before the picture does; decoders fill up with white without a word.

    Whole bits end with the end-of-block mark, or, where it was left out, with a set bit for every row that is like the
    one above it (ITU-T T.6).
    """
    bits = int.from_bytes(raw.rstrip(b"\0\r\n"), "big")
    bits >>= ((bits & -bits).bit_length() or 1) - 1
    if bits & 0xFFFFFF == _END_OF_BLOCK:
        return False
    same = int(np.argmin(np.append((rows == rows[-1, 0]).all(axis=1)[::-1], False)))
    ones = (1 << max(same - 2, 0)) - 1
    return bits & ones != ones


def _too_short(image: pikepdf.Stream) -> bool:
    """Whether there are fewer samples than the picture's size needs."""
    picture = pikepdf.PdfImage(image)
    bands = 1 if picture.indexed else len(Image.new(picture.mode, (1, 1)).getbands())
    line = (picture.width * bands * picture.bits_per_component + 7) // 8
    return len(image.read_bytes()) < line * picture.height


def _decoded(image: pikepdf.Stream, filters: list[str], stem: Path, check: _Check) -> _Kept | None:
    if image.get(Name.ImageMask) is None and not _OWN_END & set(filters) and _too_short(image):
        raise _Truncated
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that 16 bits become 8 is said in a finding
        picture = pikepdf.PdfImage(image).as_pil_image()
    check(*picture.size)
    if picture.mode not in _MODES:
        return None  # printing inks: their colours are the renderer's business
    picture.load()
    carrier, coding, changed = pictures.keep(picture, stem)
    return carrier, coding, picture.size, changed or ("16bit" if image.get(Name.BitsPerComponent) == 16 else "")
