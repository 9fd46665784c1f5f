"""Picture files (TIFF, JPEG, PNG, BMP, WebP) as pages; carriers hold the same bits, or at least the same pixels."""

from __future__ import annotations

import io
import mmap
from contextlib import suppress
from pathlib import Path

from PIL import Image, ImageOps

from pipeline.capture import jpeg_strips
from pipeline.capture.paper import plausible_dpi
from pipeline.dossier import Capture, Coding, Finding, Page, Severity, Source, Text
from pipeline.errors import Damaged, TooManyPages, TooManyPixels
from pipeline.settings import Limits

_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")
_ORIENTATION = 0x0112
_TURNS = {1: 0, 3: 180, 6: 90, 8: 270}
_SIDEWAYS = (5, 6, 7, 8)
_STRIPS = 273
_MP_ENTRIES = 0xB002
_MP_MARK = b"MPF\0"


def capture(source: Source, work: Path, limits: Limits) -> Capture:
    """Make the pages of a picture file, one a frame.

    Raises:
        TooManyPixels, TooManyPages: over the limits, known before anything is decoded.
        Damaged: it cannot be decoded to its end.
    """
    pages: list[Page] = []
    findings: list[Finding] = []
    # From an open file, not a path: Pillow maps uncompressed files given by path and then forgets to turn them.
    with source.copy.open("rb") as file, Image.open(file, formats=_FORMATS) as image:
        frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
        if frames > limits.pages:
            raise TooManyPages(name=source.name, pages=frames, limit=limits.pages)
        for number in range(1, frames + 1):
            image.seek(number - 1)
            check_pixels(source.name, image.width, image.height, limits)
            page, found = _page(source, number, image, work, frames)
            pages.append(page)
            findings += found
    return Capture(source, tuple(pages), tuple(findings))


def load_quickly(image: Image.Image) -> None:
    """Decode a picture to its end to see that it has one; a JPEG at an eighth of its size (0.006 CPU s against 0.07).

    Raises:
        OSError: it breaks off.
    """
    image.draft(None, (1, 1))
    image.load()


def check_pixels(name: str, width: int, height: int, limits: Limits) -> None:
    """Raise :class:`TooManyPixels` when a picture of that size is over the limit."""
    if width * height > limits.megapixels * 1e6:
        raise TooManyPixels(name=name, width=width, height=height, limit=f"{limits.megapixels:g}")


def _page(source: Source, number: int, frame: Image.Image, work: Path, frames: int) -> tuple[Page, list[Finding]]:
    where = f"page {number}"
    # Loading a TIFF turns it as its tag says and forgets the tag; its bytes can then not be taken over.
    deep = any(";16" in str(tile[3]) for tile in getattr(frame, "tile", ()))
    stated = frame.getexif().get(_ORIENTATION, 1)  # loads a PNG
    laid = frame.format != "TIFF" or stated == 1
    size = frame.size
    whole_jpeg = frame.format in ("JPEG", "MPO") and frame.mode in ("L", "RGB") and stated in _TURNS
    if whole_jpeg:
        load_quickly(frame)
    else:
        frame.load()
    turn = _TURNS.get(frame.getexif().get(_ORIENTATION, 1))
    mirrored = turn is None
    density = frame.info.get("dpi") if frame.info.get("jfif_unit", 1) != 0 else None
    if density and stated in _SIDEWAYS and (mirrored or not laid):
        density = density[1], density[0]  # the carrier is laid the other way
    findings: list[Finding] = []
    carried = ImageOps.exif_transpose(frame) if mirrored else frame
    stem = work / f"page-{number:04}"
    if whole_jpeg:
        carrier, coding = stem.with_suffix(".jpg"), Coding.JPEG
        write(carrier, _first_jpeg(source.copy, frame))
    elif frame.format == "TIFF" and frames == 1 and frame.mode == "1" and _is_one_g4_strip(frame) and laid:
        carrier, coding = stem.with_suffix(".tif"), Coding.G4
        write(carrier, source.copy.read_bytes())
    elif laid and (joined := _jpeg_in_tiff(source, frame)) is not None:
        carrier, coding = stem.with_suffix(".jpg"), Coding.JPEG
        write(carrier, joined)
    else:
        carrier, coding, changed = keep(carried, stem)
        changed = changed or ("16bit" if deep else "")
        findings += [noted(changed, where)] if changed else []
    width, height = size if whole_jpeg else carried.size
    dpi_x, dpi_y, guessed = plausible_dpi(width, height, density)
    if guessed:
        findings.append(dpi_guessed(where, dpi_x))
    return Page(number, carrier, coding, width, height, dpi_x, dpi_y, turn or 0), findings


def keep(image: Image.Image, stem: Path) -> tuple[Path, Coding, str]:
    """Write ``image`` losslessly beside ``stem``: bilevel as group 4, everything else as PNG.

    Returns:
        The carrier, its coding, and what had to be changed (``cmyk``, ``alpha``, ``16bit``) or an empty string.
    """
    if image.mode == "1":
        return save_bilevel(image, stem.with_suffix(".tif")), Coding.G4, ""
    plain, changed = _eight_bit(image)
    return save_png(plain, stem.with_suffix(".png")), Coding.LOSSLESS, changed


def save_png(image: Image.Image, carrier: Path, compress_level: int = 4) -> Path:
    """Write a picture as a PNG without a colour profile."""
    coded = io.BytesIO()
    image.save(coded, "PNG", compress_level=compress_level, icc_profile=None)
    return write(carrier, coded.getvalue())


def save_bilevel(image: Image.Image, carrier: Path) -> Path:
    """Write a bilevel picture as a TIFF of one group 4 strip."""
    coded = io.BytesIO()
    image.save(coded, "TIFF", compression="group4", tiffinfo={278: image.height})
    return write(carrier, coded.getvalue())


def write(path: Path, data: bytes) -> Path:
    """Write ``data`` beside its place and move it there, so that a file that is there is whole."""
    draft = path.with_suffix(".part")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return path


def noted(changed: str, where: str) -> Finding:
    """Say what was changed on the way to the archived picture."""
    says = {
        "cmyk": Text("ảnh CMYK được đổi sang RGB", "a CMYK picture was turned into RGB"),
        "alpha": Text("nền trong suốt được đặt trên trắng", "a transparent ground was put on white"),
        "16bit": Text("ảnh 16 bit được đưa về 8 bit", "a picture of 16 bits was reduced to 8"),
        "colour": Text("ảnh được đổi sang RGB", "the picture was turned into RGB"),
    }
    return Finding(f"picture_{changed}", where, says[changed], Severity.INFO)


def dpi_guessed(where: str, dpi: float) -> Finding:
    """Say that the resolution was guessed from the paper's likely size."""
    text = Text(
        f"tệp không ghi độ phân giải hợp lý; coi như {dpi:.0f} dpi theo khổ giấy",
        f"no plausible resolution in the file; taken as {dpi:.0f} dpi by the paper's size",
    )
    return Finding("dpi_guessed", where, text, Severity.WARNING)


def _eight_bit(image: Image.Image) -> tuple[Image.Image, str]:
    if image.mode in ("L", "RGB") and "transparency" not in image.info:
        return image, ""
    if image.mode.startswith("I") or image.mode == "F":
        low, high = image.getextrema()
        full = 65535.0 if image.mode.startswith("I;16") or float(str(high)) > 255 else 255.0
        if float(str(low)) < 0 or full == 255.0:
            full = max(float(str(high)), 1.0)
        return image.convert("F").point(lambda value: value * (255.0 / full)).convert("L"), "16bit"
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        clear = image.convert("RGBA")
        ground = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(ground, clear).convert("RGB"), "alpha"
    return image.convert("RGB"), {"CMYK": "cmyk", "P": ""}.get(image.mode, "colour")


def _first_jpeg(path: Path, frame: Image.Image) -> bytes:
    """The bytes of the JPEG; of a multi-picture file those of the first picture."""
    data = path.read_bytes()
    entries = getattr(frame, "mpinfo", {}).get(_MP_ENTRIES, [])
    if frame.format != "MPO" or len(entries) < 2:
        return data
    # Offsets are counted from behind the marker's name (CIPA DC-007, 5.2.2).
    end = entries[1]["DataOffset"] + data.find(_MP_MARK) + len(_MP_MARK)
    if not 0 < end <= len(data):
        raise Damaged(name=path.name, what="MPO")
    return data[:end]


def _jpeg_in_tiff(source: Source, frame: Image.Image) -> bytes | None:
    if frame.info.get("compression") != "jpeg":
        return None
    with source.copy.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return jpeg_strips.joined(frame, data)  # just the strips of this page are read, of how many there be


def _is_one_g4_strip(frame: Image.Image) -> bool:
    tags = getattr(frame, "tag_v2", {})
    return frame.info.get("compression") == "group4" and len(tags.get(_STRIPS, ())) == 1
