"""The JPEG inside a TIFF (compression 7, TIFF Technical Note 2), taken out without being decoded.

Many scanners cut the picture into strips, each a JPEG of its own with shared tables. A strip begins with predictors at
zero, as data behind a restart marker do; so the strips of one picture are joined into one JPEG with a restart interval
as long as a strip (ITU-T T.81, B.2.4.4). No sample changes.
"""

from __future__ import annotations

import io
import mmap
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

_COMPRESSION, _PHOTOMETRIC, _OFFSETS, _ROWS, _COUNTS, _TABLES, _TILES = 259, 262, 273, 278, 279, 347, 324
_JPEG = 7
_GREY, _RGB, _YCC = 1, 2, 6
_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_SOS, _DRI = 0xDA, 0xDD
_BASELINE = (0xC0, 0xC1)
_MOST_RESTART = 0xFFFF
_ADOBE_RGB = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
"""An Adobe marker: the three components are red, green and blue."""
_ROUNDING = 2
"""Two decoders of one JPEG may differ so much (0..255)."""
_EDGES = 0.03
"""Share of the samples that may differ more: colours coded at half the size are smoothed over the edges of strips."""


@dataclass(frozen=True, slots=True)
class _Strip:
    """One strip: its tables, its frame header (without marker), its scan header, its coded data."""

    tables: bytes
    frame: bytes
    scan: bytes
    data: bytes
    restarts: bool


def joined(frame: Image.Image, data: bytes | mmap.mmap) -> bytes | None:
    """The JPEG of the TIFF page ``frame``, which Pillow has open and decoded; ``data`` is the whole file.

    ``None`` when the page is no baseline JPEG, or when what is joined does not decode to the same picture.
    """
    tags = getattr(frame, "tag_v2", {})
    photometric = tags.get(_PHOTOMETRIC)
    if tags.get(_COMPRESSION) != _JPEG or _TILES in tags or photometric not in (_GREY, _RGB, _YCC):
        return None
    try:
        tables = bytes(tags.get(_TABLES, _SOI + _EOI))[2:-2]
        strips = [
            _parsed(data[start : start + size]) for start, size in zip(tags[_OFFSETS], tags[_COUNTS], strict=True)
        ]
        found = _join(strips, tables, frame.size, int(tags.get(_ROWS, frame.height)), rgb=photometric == _RGB)
    except (IndexError, KeyError, ValueError):
        return None
    return found if found is not None and _same(found, frame) else None


def _join(strips: list[_Strip], tables: bytes, size: tuple[int, int], rows: int, *, rgb: bool) -> bytes | None:
    first = strips[0]
    across, down = _unit(first.frame)
    interval = -(-size[0] // across) * (rows // down)
    several = len(strips) > 1
    if several and (rows % down or interval > _MOST_RESTART or any(_differs(strip, first) for strip in strips)):
        return None
    header = first.frame[:3] + size[1].to_bytes(2, "big") + first.frame[5:]
    restart = b"\xff\xdd\x00\x04" + interval.to_bytes(2, "big") if several else b""
    coded = b"".join(
        (bytes((0xFF, 0xD0 + (index - 1) % 8)) if index else b"") + strip.data for index, strip in enumerate(strips)
    )
    marker = _ADOBE_RGB if rgb and len(first.frame) > 12 else b""
    return b"".join([_SOI, marker, tables, first.tables, b"\xff\xc0", header, restart, first.scan, coded, _EOI])


def _differs(strip: _Strip, first: _Strip) -> bool:
    """Whether a strip cannot be decoded by what the first says: other tables or components, or own restarts."""
    other = strip.tables, strip.frame[5:], strip.scan
    return strip.restarts or other != (first.tables, first.frame[5:], first.scan)


def _parsed(strip: bytes) -> _Strip:
    tables, frame, restarts = b"", b"", False
    for marker, end, segment in _segments(strip):
        if marker in _BASELINE:
            frame = segment[2:]
        elif marker == _SOS:
            last = strip.rfind(_EOI)
            if not frame or last < end:
                raise ValueError("no frame or no end")
            return _Strip(tables, frame, segment, strip[end:last], restarts)
        elif marker in (0xDB, 0xC4):
            tables += segment
        elif marker == _DRI:
            restarts, tables = True, tables + segment
        elif not 0xE0 <= marker <= 0xFE:
            raise ValueError("not baseline")
    raise ValueError("no scan")


def _segments(strip: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Markers with the ends of their segments and these, marker and length included, up to the scan header."""
    at = 2
    while strip[at] == 0xFF:
        end = at + 2 + int.from_bytes(strip[at + 2 : at + 4], "big")
        yield strip[at + 1], end, strip[at:end]
        at = end


def _unit(frame: bytes) -> tuple[int, int]:
    """Width and height in pixels of what is coded together: eight times the greatest sampling factors."""
    count = frame[7]
    if count == 1:
        return 8, 8
    factors = [frame[9 + 3 * index] for index in range(count)]
    return 8 * max(factor >> 4 for factor in factors), 8 * max(factor & 15 for factor in factors)


def _same(jpeg: bytes, frame: Image.Image) -> bool:
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as found:
            if found.mode != frame.mode or found.size != frame.size:
                return False
            apart = np.abs(np.asarray(found).astype(np.int16) - np.asarray(frame))
    except OSError:
        return False
    return float((apart > _ROUNDING).mean()) <= _EDGES and float(apart.mean()) <= 1
