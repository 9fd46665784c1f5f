"""Cheap looks at a page's quality: nothing is removed, a person is told."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pipeline.capture.geometry import ink_of
from pipeline.dossier import Finding, Page, Severity, Text

_LOOK = 1000
_BLANK = 0.00005
"""Share of dark marks below which a page is blank: a page number alone has 0.00006 to 0.0001, noise below 0.00002."""


def look(page: Page) -> list[Finding]:
    """What is to be said of ``page``: ``blank_page`` when there is nothing on it. Blank pages are kept."""
    with Image.open(page.carrier) as image:
        image.draft("L", (_LOOK, _LOOK))  # a JPEG is decoded at a fraction of its size
        grey = np.asarray(image.convert("L"), np.uint8)
    if page.overlay is not None or float(np.mean(ink_of(grey) > 0)) >= _BLANK:
        return []
    text = Text("trang trắng; vẫn được giữ lại", "a blank page; it is kept")
    return [Finding("blank_page", f"page {page.number}", text, Severity.INFO)]
