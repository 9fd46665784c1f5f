"""Odd papers as picture files: JPEG, TIFF, PNG, BMP and WebP of every coding, depth and turn."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from benchmarks.records.inputs_paper import A3, A4, A5, CARD, Drawn, Made, Maker, Unwritable, Words, paper

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
_TURNED = {
    3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270,
    2: Image.Transpose.FLIP_LEFT_RIGHT, 5: Image.Transpose.TRANSPOSE,
}  # fmt: skip
"""What undoes an orientation tag, so that the tag brings the picture upright again."""

Change = Callable[[Image.Image], Image.Image]


def _same(picture: Image.Image) -> Image.Image:
    return picture


def _mode(mode: str) -> Change:
    return lambda picture: picture.convert(mode, dither=Image.Dither.NONE)


def _file(
    suffix: str,
    change: Change = _same,
    size_mm: tuple[float, float] = A4,
    dpi: float = 100,
    *,
    colour: bool = True,
    noise: float = 0,
    **how: Any,
) -> Maker:
    """A paper saved by Pillow; ``how`` are its settings for saving."""

    def make(folder: Path) -> Made:
        drawn = paper(size_mm, dpi, colour=colour, noise=noise)
        file = folder / f"paper.{suffix}"
        change(drawn.picture).save(file, **{"dpi": (dpi, dpi), **how})
        return Made(file, drawn.lines)

    return make


def _tagged(suffix: str, tag: int, mode: str = "RGB", **how: Any) -> Maker:
    """A paper that lies another way and says so in its orientation tag."""

    def make(folder: Path) -> Made:
        drawn = paper()
        picture = drawn.picture.convert(mode, dither=Image.Dither.NONE).transpose(_TURNED[tag])
        file = folder / f"paper.{suffix}"
        if suffix == "tif":
            picture.save(file, dpi=(100, 100), tiffinfo={274: tag}, **how)
        else:
            exif = Image.Exif()
            exif[274] = tag
            picture.save(file, dpi=(100, 100), exif=exif, **how)
        return Made(file, drawn.lines)

    return make


def _on_its_side(turn: int, suffix: str = "jpg", mode: str = "RGB") -> Maker:
    """A paper that lies another way and says nothing; ``turn`` brings it upright."""
    back = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}

    def make(folder: Path) -> Made:
        drawn = paper()
        file = folder / f"paper.{suffix}"
        drawn.picture.convert(mode, dither=Image.Dither.NONE).transpose(back[turn]).save(file, dpi=(100, 100))
        return Made(file, drawn.lines, turn)

    return make


def _g4(photometric: int, strips: int = 1) -> Maker:
    def make(folder: Path) -> Made:
        drawn = paper(dpi=150, colour=False)
        bits = drawn.picture.convert("1", dither=Image.Dither.NONE)
        file = folder / "paper.tif"
        rows = -(-bits.height // strips)
        bits.save(file, compression="group4", dpi=(150, 150), tiffinfo={278: rows, 262: photometric})
        return Made(file, drawn.lines)

    return make


def _deep(suffix: str, *, grey: bool, alpha: bool = False) -> Maker:
    """Sixteen bits a sample, written by OpenCV."""

    def make(folder: Path) -> Made:
        drawn = paper()
        deep: NDArray[np.uint16] = np.asarray(drawn.picture).astype(np.uint16) * 257
        deep = deep[..., 1] if grey else deep[..., ::-1]
        if alpha:
            deep = np.dstack([deep, np.full(deep.shape[:2], 65535, np.uint16)])
        file = folder / f"paper.{suffix}"
        if not cv2.imwrite(str(file), deep):
            raise Unwritable
        return Made(file, drawn.lines)

    return make


def _see_through(mode: str) -> Maker:
    def make(folder: Path) -> Made:
        drawn = paper()
        picture = drawn.picture.convert("RGBA")
        veil = np.asarray(picture).copy()
        veil[: veil.shape[0] // 2, :, 3] = 255
        veil[veil.shape[0] // 2 :, :, 3] = 160
        file = folder / "paper.png"
        Image.fromarray(veil).convert(mode).save(file, dpi=(100, 100))
        return Made(file, drawn.lines)

    return make


def _clear_palette(folder: Path) -> Made:
    drawn = paper()
    few = drawn.picture.quantize(16, dither=Image.Dither.NONE)
    file = folder / "paper.png"
    few.save(file, dpi=(100, 100), transparency=few.getpixel((0, 0)))
    return Made(file, drawn.lines)


def _clear_colour(folder: Path) -> Made:
    drawn = paper()
    file = folder / "paper.png"
    drawn.picture.save(file, dpi=(100, 100), transparency=(255, 253, 246))
    return Made(file, drawn.lines)


def _interlaced(folder: Path) -> Made:
    """An Adam7 PNG, written byte by byte: Pillow writes none."""
    drawn = paper(dpi=72)
    pixels = np.asarray(drawn.picture.convert("L"))
    raw = bytearray()
    for x0, y0, dx, dy in (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ):
        for row in pixels[y0::dy, x0::dx]:
            raw += b"\0" + row.tobytes()
    height, width = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 1)
    chunks = (
        (b"IHDR", header),
        (b"pHYs", struct.pack(">IIB", 2835, 2835, 1)),
        (b"IDAT", zlib.compress(bytes(raw))),
        (b"IEND", b""),
    )
    coded = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    file = folder / "paper.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + coded)
    return Made(file, drawn.lines)


def _cmyk(*, adobe: bool) -> Maker:
    def make(folder: Path) -> Made:
        drawn = paper()
        out = io.BytesIO()
        drawn.picture.convert("CMYK").save(out, "JPEG", quality=92, dpi=(100, 100))
        data = out.getvalue()
        file = folder / "paper.jpg"
        file.write_bytes(data if adobe else _without_segment(data, 0xEE))
        return Made(file, drawn.lines)

    return make


def _without_segment(jpeg: bytes, marker: int) -> bytes:
    """A JPEG without its segments of that marker."""
    kept, at = [jpeg[:2]], 2
    while jpeg[at + 1] != 0xDA:
        length = 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if jpeg[at + 1] != marker:
            kept.append(jpeg[at : at + length])
        at += length
    return b"".join([*kept, jpeg[at:]])


def _lab(picture: Image.Image) -> Image.Image:
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    turned = ImageCms.applyTransform(picture, ImageCms.buildTransform(*profiles, "RGB", "LAB"))
    if turned is None:
        raise Unwritable
    return turned


def _without_dpi(folder: Path) -> Made:
    drawn = paper()
    file = folder / "paper.jpg"
    drawn.picture.save(file, quality=90)
    return Made(file, drawn.lines)


def _stack(coding: str, modes: tuple[str, ...]) -> Maker:
    """A TIFF of several pages."""

    def make(folder: Path) -> Made:
        drawn = paper()
        pages = [drawn.picture.convert(mode, dither=Image.Dither.NONE) for mode in modes]
        file = folder / "paper.tif"
        pages[0].save(file, save_all=True, append_images=pages[1:], compression=coding, dpi=(100, 100))
        return Made(file, drawn.lines)

    return make


def _fax(folder: Path) -> Made:
    drawn = paper(dpi=204, colour=False)
    bits = drawn.picture.resize((drawn.picture.width, round(drawn.picture.height * 98 / 204))).convert("1")
    file = folder / "paper.tif"
    bits.save(file, compression="group4", dpi=(204, 98), tiffinfo={278: bits.height})
    return Made(file, drawn.lines)


def _photo(folder: Path) -> Made:
    """A page that is all picture, without a word."""
    rows, columns = np.mgrid[0:1169, 0:827].astype(np.float32)
    waves = [127 + 120 * np.sin(columns / (40 + 9 * k) + rows / (60 - 11 * k)) for k in range(3)]
    file = folder / "paper.jpg"
    Image.fromarray(np.dstack(waves).astype(np.uint8)).save(file, quality=90, dpi=(100, 100))
    return Made(file, ())


def _said(lines: Callable[[Drawn], tuple[Words, ...]]) -> Maker:
    """A paper on which something odd was read."""

    def make(folder: Path) -> Made:
        drawn = paper()
        file = folder / "paper.jpg"
        drawn.picture.save(file, quality=90, dpi=(100, 100))
        return Made(file, lines(drawn))

    return make


def _instead(*texts: str) -> Maker:
    """The words of the first lines replaced by ``texts``, a word each."""
    return _said(
        lambda drawn: (
            tuple((text, box) for text, (_, box) in zip(texts, drawn.lines[3], strict=False)),
            *drawn.lines[4:],
        )
    )


def _dense(_: Drawn) -> tuple[Words, ...]:
    """Twelve thousand words on one page."""
    return tuple(
        tuple((f"chữ{row}x{at}", (at / 60, row / 200, (at + 0.9) / 60, (row + 0.8) / 200)) for at in range(60))
        for row in range(200)
    )


def _stuck(drawn: Drawn) -> tuple[Words, ...]:
    """Words without width, out of the page, and one as wide as the page with thousands of letters."""
    return (
        (("không", (0.5, 0.5, 0.5, 0.5)), ("ngoài", (-0.3, -0.2, -0.1, -0.1)), ("xa", (1.2, 1.2, 1.5, 1.3))),
        (("ư" * 5000, (0.0, 0.6, 1.0, 0.62)),),
        *drawn.lines,
    )


PICTURES: dict[str, Maker] = {
    "jpeg-colour": _file("jpg", quality=90),
    "jpeg-colour-300-dpi": _file("jpg", dpi=300, noise=2, quality=85),
    "jpeg-grey": _file("jpg", _mode("L"), quality=90),
    "jpeg-progressive": _file("jpg", quality=90, progressive=True),
    "jpeg-subsampled": _file("jpg", quality=60, subsampling=2),
    "jpeg-not-subsampled": _file("jpg", quality=95, subsampling=0),
    "jpeg-restart-markers": _file("jpg", quality=85, restart_marker_rows=1),
    "jpeg-icc-profile": _file("jpg", quality=90, icc_profile=_SRGB),
    "jpeg-rgb-not-ycc": _file("jpg", quality=90, keep_rgb=True),
    "jpeg-cmyk-adobe": _cmyk(adobe=True),
    "jpeg-cmyk-bare": _cmyk(adobe=False),
    "jpeg-without-dpi": _without_dpi,
    "jpeg-exif-180": _tagged("jpg", 3, quality=90),
    "jpeg-exif-90": _tagged("jpg", 6, quality=90),
    "jpeg-exif-270": _tagged("jpg", 8, quality=90),
    "jpeg-exif-mirrored": _tagged("jpg", 2, quality=90),
    "jpeg-exif-transposed": _tagged("jpg", 5, quality=90),
    "jpeg-lying-90": _on_its_side(90),
    "jpeg-lying-180": _on_its_side(180),
    "jpeg-lying-270": _on_its_side(270),
    "jpeg-photo": _photo,
    "a3": _file("jpg", size_mm=A3, quality=90),
    "a5": _file("jpg", size_mm=A5, quality=90),
    "a5-bilevel": _file("tif", _mode("1"), size_mm=A5, dpi=200, colour=False, compression="group4"),
    "id-card": _file("jpg", size_mm=CARD, dpi=300, quality=92),
    "id-card-png": _file("png", size_mm=CARD, dpi=300),
    "huge-600-mm": _file("jpg", size_mm=(600.0, 900.0), dpi=72, quality=85),
    "tiny-40-mm": _file("png", size_mm=(41.0, 41.0), dpi=100),
    "long-strip": _file("png", size_mm=(80.0, 1200.0), dpi=72),
    "1200-dpi-bilevel": _file("tif", _mode("1"), size_mm=A5, dpi=1200, colour=False, compression="group4"),
    "1200-dpi-card": _file("jpg", size_mm=CARD, dpi=1200, quality=80),
    "600-dpi-grey": _file("jpg", _mode("L"), size_mm=A5, dpi=600, quality=80),
    "g4-white-is-zero": _g4(0),
    "g4-black-is-zero": _g4(1),
    "g4-strips": _g4(0, strips=5),
    "g4-strips-black-is-zero": _g4(1, strips=5),
    "g4-orientation-180": _tagged("tif", 3, "1", compression="group4"),
    "g4-lying-90": _on_its_side(90, "tif", "1"),
    "fax-204x98": _fax,
    "png-colour": _file("png"),
    "png-grey": _file("png", _mode("L")),
    "png-bilevel": _file("png", _mode("1"), colour=False),
    "png-palette-256": _file("png", lambda picture: picture.quantize(256, dither=Image.Dither.NONE)),
    "png-palette-4": _file("png", lambda picture: picture.quantize(4, dither=Image.Dither.NONE)),
    "png-palette-clear": _clear_palette,
    "png-colour-clear": _clear_colour,
    "png-interlaced": _interlaced,
    "png-alpha": _see_through("RGBA"),
    "png-grey-alpha": _see_through("LA"),
    "png-16-bit-grey": _deep("png", grey=True),
    "png-16-bit-colour": _deep("png", grey=False),
    "png-16-bit-alpha": _deep("png", grey=False, alpha=True),
    "png-icc-profile": _file("png", icc_profile=_SRGB),
    "png-exif-90": _tagged("png", 6),
    "tiff-16-bit-grey": _deep("tif", grey=True),
    "tiff-16-bit-colour": _deep("tif", grey=False),
    "tiff-raw": _file("tif"),
    "tiff-lzw": _file("tif", compression="tiff_lzw"),
    "tiff-deflate": _file("tif", compression="tiff_adobe_deflate"),
    "tiff-packbits": _file("tif", _mode("L"), compression="packbits"),
    "tiff-palette": _file("tif", lambda picture: picture.quantize(64, dither=Image.Dither.NONE)),
    "tiff-cmyk": _file("tif", _mode("CMYK"), compression="tiff_lzw"),
    "tiff-lab": _file("tif", _lab),
    "tiff-jpeg": _file("tif", compression="jpeg", quality=90),
    "tiff-jpeg-grey": _file("tif", _mode("L"), compression="jpeg", quality=90),
    "tiff-orientation-90": _tagged("tif", 6, compression="tiff_lzw"),
    "tiff-g3": _file("tif", _mode("1"), colour=False, compression="group3"),
    "tiff-stack-mixed": _stack("tiff_lzw", ("RGB", "L", "1", "P")),
    "tiff-stack-g4": _stack("group4", ("1", "1", "1")),
    "bmp-colour": _file("bmp"),
    "bmp-palette": _file("bmp", lambda picture: picture.quantize(16, dither=Image.Dither.NONE)),
    "webp-lossy": _file("webp", quality=85),
    "webp-lossless": _file("webp", lossless=True),
    "text-none": _said(lambda _: ()),
    "text-dense": _said(_dense),
    "text-stuck": _said(_stuck),
    "text-beyond-bmp": _instead("😀", "𠀀𠀁", "a😀b", "𝔸"),
    "text-right-to-left": _instead("שלום", "السلام", "עברית", "العربية"),
    "text-control-letters": _instead("a\x00b", "c\x1fd", "\x85", "e\u200bf\u00ad", "\ufeffg", "\ufffe", "\u2028"),
    "text-decomposed": _instead("Nguye\u0302\u0303n", "Ti\u00ea\u0301ng", "D\u0323o\u031b\u0301"),
    "text-pdf-syntax": _instead("(x", ")>>", "endstream", "%%EOF", "<</Length"),
}  # fmt: skip
