"""Step 1, sao chụp (Circular 01/2023/TT-VPCP art. 8): files become pages, each with the scan as the scanner gave it.

``gather`` finds the files, ``take`` opens one within limits and makes its pages, ``upright`` measures a page's turn and
skew, ``pixels`` gives a page to the readers, ``composite`` what a page shows with everything on top. The quality gate:
``look`` at each page, ``repeated`` for pages captured twice, ``inspect`` for the whole of a document.
"""

from pipeline.capture.facts import in_colour
from pipeline.capture.gate import inspect
from pipeline.capture.gathering import gather
from pipeline.capture.geometry import upright
from pipeline.capture.pixels import composite, pixels
from pipeline.capture.quality import look
from pipeline.capture.separators import separator_sheets
from pipeline.capture.taking import take
from pipeline.capture.twice import repeated

__all__ = [
    "composite",
    "gather",
    "in_colour",
    "inspect",
    "look",
    "pixels",
    "repeated",
    "separator_sheets",
    "take",
    "upright",
]
