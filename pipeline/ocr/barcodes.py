"""Bar codes and QR codes: identity cards, appointment slips, cover sheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from pipeline.dossier import Barcode, Box

_STACKED = ("PDF417", "Code128", "Code39", "Code93", "EAN13")
_SQUARE = ("QRCode", "MicroQRCode", "DataMatrix", "Aztec")
"""Formats that check themselves. Those that do not (Codabar, ITF) are found in rows of letters."""


def _formats(names: Sequence[str]) -> zxingcpp.BarcodeFormats:
    return zxingcpp.BarcodeFormats([getattr(zxingcpp.BarcodeFormat, name) for name in names])


_ALL, _WITH_BARS = _formats((*_SQUARE, *_STACKED)), _formats(_STACKED)


def find_barcodes(pixels: NDArray[np.uint8]) -> tuple[Barcode, ...]:
    """Every readable code of the upright page, from the top down; ``pixels`` are H×W×3, blue green red.

    Square codes are read whichever way they lie; those of bars also when they lie across.
    """
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
    across = np.asarray(cv2.rotate(grey, cv2.ROTATE_90_CLOCKWISE), np.uint8)
    height = grey.shape[0]
    found = {Barcode(text, name, _around(corners)) for text, name, corners in _read(grey, _ALL)}
    found |= {
        Barcode(text, name, _around([(y, height - x) for x, y in corners]))
        for text, name, corners in _read(across, _WITH_BARS)
    }
    return tuple(sorted(found, key=lambda code: (code.box[1], code.box[0], code.text)))


def _read(
    grey: NDArray[np.uint8], formats: zxingcpp.BarcodeFormats
) -> Iterator[tuple[str, str, list[tuple[float, float]]]]:
    """Text, format and corners (x, y) of the codes that lie level."""
    # Codes are dark on light; looking for the inverse and for turned ones in one go takes three times as long.
    for code in zxingcpp.read_barcodes(
        grey, formats=formats, text_mode=zxingcpp.TextMode.Plain, try_invert=False, try_rotate=False
    ):
        if code.valid and code.text:
            at = code.position
            corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
            yield code.text, code.format.name, [(float(corner.x), float(corner.y)) for corner in corners]


def _around(corners: Sequence[tuple[float, float]]) -> Box:
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)
