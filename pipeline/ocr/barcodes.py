"""Bar codes and QR codes: identity cards, appointment slips, cover sheets."""

from __future__ import annotations

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from pipeline.dossier import Barcode

_FORMATS = zxingcpp.BarcodeFormats(
    [
        getattr(zxingcpp.BarcodeFormat, name)
        for name in ("QRCode", "MicroQRCode", "DataMatrix", "Aztec", "PDF417", "Code128", "Code39", "Code93", "EAN13")
    ]
)
"""Formats that check themselves. Those that do not (Codabar, ITF) are found in rows of letters."""


def find_barcodes(pixels: NDArray[np.uint8]) -> tuple[Barcode, ...]:
    """Every readable code of the upright page, from the top down; ``pixels`` are H×W×3, blue green red."""
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
    found = {
        Barcode(code.text, code.format.name, _box(code.position))
        # Codes are dark on light: looking for the inverse as well takes half as long again.
        for code in zxingcpp.read_barcodes(grey, formats=_FORMATS, text_mode=zxingcpp.TextMode.Plain, try_invert=False)
        if code.valid and code.text
    }
    return tuple(sorted(found, key=lambda code: (code.box[1], code.box[0], code.text)))


def _box(position: zxingcpp.Position) -> tuple[float, float, float, float]:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    xs, ys = [float(corner.x) for corner in corners], [float(corner.y) for corner in corners]
    return min(xs), min(ys), max(xs), max(ys)
