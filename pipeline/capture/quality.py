"""The quality gate's look at one page: nothing is removed or mended, a person is told with the way out.

What each finding weighs is configured (``quality`` in ``site.yaml``). The thresholds lie between what was measured on
drawn and real pages: sharp print 0.50 and more, out of focus 0.33 and less; even light 0.92 and more, a shadow 0.81
and less; pages never touch the edge with more than one mark, cut ones with three or more where there is a text line.
"""

from __future__ import annotations

import numpy as np

from pipeline.capture.geometry import ink_of
from pipeline.capture.measures import Thumbnail, cut_marks, evenness, sharpness
from pipeline.capture.pixels import Bgr
from pipeline.dossier import Coding, Finding, Page, PageReading, Severity, Text

_BLANK = 0.00005
"""Share of dark marks below which a page is blank: a page number alone has 0.00006 to 0.0001, noise below 0.00002."""
_SHARP = 0.4
_EVEN = 0.87
_CUT = {"left": 3, "right": 3, "top": 5, "bottom": 5}
"""Marks at an edge from which print is cut off: lines at the sides, letters of one line at the top and the foot."""
_EMPTY = ("blank_page", "no_text")
_EDGES = {
    "left": Text("bên trái", "left"),
    "right": Text("bên phải", "right"),
    "top": Text("phía trên", "top"),
    "bottom": Text("phía dưới", "bottom"),
}
_SAYS = {
    "orientation_doubtful": Text(
        "chưa rõ chiều đúng của trang; hãy xem và xoay nếu cần",
        "which side of the page is up could not be told; look at it and turn it if need be",
    ),
    "blank_page": Text("trang trắng; vẫn được giữ lại", "a blank page; it is kept"),
    "blurred": Text(
        "chữ bị nhòe; lau mặt kính, ép phẳng giấy rồi quét lại",
        "the print is out of focus; clean the glass, press the paper flat and scan again",
    ),
    "uneven_light": Text(
        "sáng tối không đều, có bóng; đậy nắp máy quét rồi quét lại",
        "uneven light or a shadow; close the scanner's lid and scan again",
    ),
}


def look(page: Page, pixels: Bgr, reading: PageReading) -> tuple[Finding, ...]:
    """All that is to be said of a page: what its pixels show and what the readers noticed.

    Args:
        page: the page, its turn known (see ``capture.upright``).
        pixels: the page as ``capture.pixels`` gives it.
        reading: what was read on it.

    Returns:
        Findings by the rules ``orientation_doubtful``, ``blank_page``, ``cut_edge``, ``blurred``, ``uneven_light``, and
        those of the reading; that a page is blank is said once.
    """
    seen = Thumbnail.of(pixels, page.upright_dpi[0])
    bare = page.overlay is None and float(np.mean(ink_of(seen.grey) > 0)) < _BLANK
    through = any(found.rule == "blank_page" for found in reading.findings)  # just the print of the other side
    if (bare or through) and not reading.lines:
        said = (found for found in reading.findings if found.rule not in _EMPTY)
        return _finding(page, "blank_page", Severity.INFO), *said
    found = [_finding(page, "orientation_doubtful")] if page.turn_doubtful else []
    found += [_cut(page, edge) for edge, marks in cut_marks(seen).items() if marks >= _CUT[edge]]
    if page.coding in (Coding.JPEG, Coding.LOSSLESS, Coding.COMPOSED):
        sharp = sharpness(pixels, seen, page.upright_dpi[0])
        found += [_finding(page, "blurred")] if sharp is not None and sharp < _SHARP else []
        found += [_finding(page, "uneven_light")] if evenness(seen) < _EVEN else []
    return *found, *reading.findings


def _finding(page: Page, rule: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(rule, f"page {page.number}", _SAYS[rule], severity)


def _cut(page: Page, edge: str) -> Finding:
    text = Text(
        f"chữ bị cắt ở mép {_EDGES[edge].vi}; đặt lại giấy rồi quét lại toàn trang",
        f"print is cut off at the {_EDGES[edge].en} edge; lay the paper anew and scan the whole page",
    )
    return Finding("cut_edge", f"page {page.number}", text)
