"""Papers for the engine: tiny pages that bear a number as blocks of black and white, and what a reader is to do there.

Drawn in a few milliseconds, read by :mod:`benchmarks.engine.reader` in as long as it is told; everything else about
them is done as with any paper.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import img2pdf
import numpy as np
import numpy.typing as npt
from PIL import Image

WIDTH, HEIGHT, DPI = 826, 1169, 100
BITS = 24
"""Of the code on a page: the number, whether it is a first page, and in the highest two what happens there."""
HARM = {"none": 0, "crash": 1, "loop": 2, "bomb": 3}
_FIRST = BITS - 3
_LEFT, _CELL, _TOP, _BOTTOM = 0.1, 0.8 / BITS, 0.50, 0.53


def page(number: int, harm: str = "none", *, first: bool = True) -> bytes:
    """A black and white page as TIFF (CCITT group 4) that bears ``number``."""
    picture = np.full((HEIGHT, WIDTH), 255, np.uint8)
    code = number | first << _FIRST | HARM[harm] << (BITS - 2)
    for bit in range(BITS):
        if code >> bit & 1:
            x0, x1 = (round((_LEFT + (bit + share) * _CELL) * WIDTH) for share in (0.1, 0.9))
            picture[round(_TOP * HEIGHT) : round(_BOTTOM * HEIGHT), x0:x1] = 0
    for row in range(100, 500, 40):  # something like lines of print, so that the page is not taken for blank
        picture[row : row + 12, 90 : 90 + 600 : 3] = 0
    out = io.BytesIO()
    Image.fromarray(picture).convert("1").save(out, "TIFF", compression="group4", dpi=(DPI, DPI))
    return out.getvalue()


def code_on(grey: npt.NDArray[np.uint8]) -> tuple[int, bool, str]:
    """The number on a page as a reader is shown it, whether it is a first page, and what is to happen."""
    height, width = grey.shape
    band = grey[round((_TOP + 0.01) * height) : round((_BOTTOM - 0.01) * height)].mean(axis=0)
    middles = [round((_LEFT + (bit + 0.5) * _CELL) * width) for bit in range(BITS)]
    code = sum(1 << bit for bit, x in enumerate(middles) if band[x - 2 : x + 3].mean() < 128)
    harm = next(name for name, value in HARM.items() if value == code >> (BITS - 2))
    return code & ((1 << _FIRST) - 1), bool(code >> _FIRST & 1), harm


def paper(path: Path, numbers: Sequence[int], harm: str = "none") -> Path:
    """A PDF with a page for each of ``numbers``; ``harm`` is done by the last one."""
    pages = [page(number, harm if number == numbers[-1] else "none", first=number == numbers[0]) for number in numbers]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(img2pdf.convert(pages, nodate=True))
    return path


def dossiers(folder: Path, count: int, pages: Iterable[int], first: int = 1) -> int:
    """Folders of one paper each below ``folder``, of as many pages as ``pages`` says; returns the next free number."""
    number = first
    for index, many in zip(range(count), pages, strict=False):
        code = f"H00.01-260305-{index + 1:04}"
        paper(folder / code / "giay-to.pdf", range(number, number + many))
        number += many
    return number
