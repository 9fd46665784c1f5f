"""Separator sheets between the papers of a stack: Patch-T sheets as sold, and those of ``sohoa separators print``.

Scanners read the bars of a patch code themselves and tell nobody; what is left on the picture is the bar code or QR
code printed beside them, which names the sheet (``PATCHT``, ``SOHOA-SEPARATOR:…``).
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.classify.layout import Sheet
from pipeline.classify.matching import compact

_FEW_ROWS = 14
"""A separator sheet says little: the words of its code count only on a page with no more rows than this."""
_CODE39 = "* "
"""Start and stop sign of Code 39, which some readers hand on."""


def is_separator(page: Sheet, texts: Sequence[str]) -> bool:
    """Whether the page is a separator sheet.

    Args:
        page: the page laid out in rows.
        texts: what the codes on separator sheets begin with (``splitting.separators`` in ``site.yaml``).

    Returns:
        Whether one of its codes begins with one of ``texts``, whatever follows and whatever the case; or, when dirt or
        a fold spoils the code, whether the page says little more than the code's text, printed below the bars.
    """
    wanted = [text.upper() for text in texts if text]
    codes = (code.text.strip(_CODE39).upper() for code in page.reading.barcodes)
    if any(code.startswith(text) for code in codes for text in wanted):
        return True
    printed = {compact(text) for text in wanted} - {""}
    return len(page.rows) <= _FEW_ROWS and any(compact(row.text) in printed for row in page.rows)
