"""JPEG strips of a TIFF joined into one JPEG: the same coefficients, so the same picture."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from pipeline.capture.jpeg_strips import joined


def picture(mode: str = "RGB", size: tuple[int, int] = (333, 250)) -> Image.Image:
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    waves = [127 + 90 * np.sin(columns / (9 + k) + rows / (17 - 3 * k)) for k in range(3)]
    noise = np.random.default_rng(3).normal(0, 4, (size[1], size[0], 3))
    return Image.fromarray(np.clip(np.dstack(waves) + noise, 0, 255).astype(np.uint8)).convert(mode)


def opened(data: bytes) -> Image.Image:
    frame = Image.open(io.BytesIO(data))
    frame.load()
    return frame


def strips_of(source: Image.Image, rows: int, subsampling: int) -> bytes:
    """A TIFF of JPEG strips with their own tables, as scanners write them; YCbCr."""
    strips = []
    for top in range(0, source.height, rows):
        out = io.BytesIO()
        source.crop((0, top, source.width, min(top + rows, source.height))).save(
            out, "JPEG", quality=85, subsampling=subsampling
        )
        strips.append(out.getvalue())
    factor = 2 if subsampling == 2 else 1
    offsets, at = [], 8
    for strip in strips:
        offsets.append(at)
        at += len(strip)
    count = len(strips)
    extra = at
    body = struct.pack("<3H", 8, 8, 8) + struct.pack(f"<{count}I", *offsets)
    body += struct.pack(f"<{count}I", *map(len, strips))
    first, second = (extra + 6, extra + 6 + 4 * count) if count > 1 else (offsets[0], len(strips[0]))
    entries = [
        (256, 4, 1, source.width), (257, 4, 1, source.height), (258, 3, 3, extra), (259, 3, 1, 7), (262, 3, 1, 6),
        (273, 4, count, first), (277, 3, 1, 3), (278, 4, 1, rows), (279, 4, count, second),
        (530, 3, 2, factor | factor << 16),
    ]  # fmt: skip
    table = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", extra + len(body)) + b"".join(strips) + body + table + bytes(4)


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("rows", [16, 64, 1000])
def test_strips_become_one_jpeg(mode: str, rows: int) -> None:
    out = io.BytesIO()
    picture(mode).save(out, "TIFF", compression="jpeg", quality=85, tiffinfo={278: rows})
    frame = opened(out.getvalue())
    found = joined(frame, out.getvalue())
    assert found is not None
    with Image.open(io.BytesIO(found)) as jpeg:
        assert (jpeg.format, jpeg.mode) == ("JPEG", mode)
        assert np.array_equal(np.asarray(jpeg), np.asarray(frame))
    assert len(found) < len(out.getvalue()) + 100


@pytest.mark.parametrize(("rows", "subsampling"), [(32, 0), (32, 2), (48, 2), (250, 2)])
def test_strips_with_their_own_tables_and_halved_colours(rows: int, subsampling: int) -> None:
    data = strips_of(picture(), rows, subsampling)
    frame = opened(data)
    found = joined(frame, data)
    assert found is not None
    with Image.open(io.BytesIO(found)) as jpeg:
        apart = np.abs(np.asarray(jpeg).astype(int) - np.asarray(frame))
        inner = np.ones(frame.height, bool)
        for edge in range(rows, frame.height, rows):
            inner[edge - 2 : edge + 2] = False  # colours are smoothed over the edge
        assert apart[inner].max() <= 2


def test_what_is_no_joinable_jpeg_is_left_alone() -> None:
    out = io.BytesIO()
    picture().save(out, "TIFF", compression="tiff_lzw")
    assert joined(opened(out.getvalue()), out.getvalue()) is None
    odd = strips_of(picture(), 20, 2)  # not a multiple of the 16 rows that are coded together
    assert joined(opened(odd), odd) is None
    whole = strips_of(picture(), 32, 0)
    frame = opened(whole)
    assert joined(frame, whole[:2000]) is None
    assert joined(frame, whole.replace(b"\xff\xc0", b"\xff\xc2")) is None
