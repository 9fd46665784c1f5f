"""A page's pixels, upright."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.dossier import Page


def pixels(page: Page) -> NDArray[np.uint8]:
    """The scan of ``page`` as shown upright: H×W×3, blue green red, without what other programs put on top.

    Reading the scan below captions and later stamps reads better; :func:`composite` shows everything.
    """
    with Image.open(page.carrier) as image:
        return _turned(np.asarray(image.convert("RGB")), page.rotation)


def composite(page: Page) -> NDArray[np.uint8]:
    """The page as its source shows it: the scan with its overlay; H×W×3, blue green red, upright."""
    with Image.open(page.carrier) as image:
        shown = image.convert("RGB")
    if page.overlay is not None:
        x0, y0, x1, y1 = (round(value) for value in page.overlay.box)
        with Image.open(page.overlay.image) as patch:
            fitted = patch.convert("RGBA").resize((max(1, x1 - x0), max(1, y1 - y0)))
        shown.paste(fitted, (x0, y0), fitted)
    return _turned(np.asarray(shown), page.rotation)


def _turned(rgb: NDArray[np.uint8], rotation: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.rot90(rgb[:, :, ::-1], -rotation // 90))
