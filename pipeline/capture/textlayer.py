"""The text layer of a born-digital page: its words, and whether it can be trusted.

Real files carry garbage: fonts without ToUnicode, TCVN3 and VNI bytes shown by old fonts, layers of another page.
"""

from __future__ import annotations

import html
import itertools
import re
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline import programs
from pipeline.dossier import Text, Word
from pipeline.errors import ProgramFailed
from pipeline.settings import Limits
from pipeline.vietnamese import fold, nfc, syllable_share

Boxes = NDArray[np.float64]
"""One a row: ``x0, y0, x1, y1``."""
Dark = NDArray[np.bool_]

_WORD = re.compile(
    r'<word xMin="(-?[\d.]+)" yMin="(-?[\d.]+)" xMax="(-?[\d.]+)" yMax="(-?[\d.]+)">(.*?)</word>', re.DOTALL
)
_PAGE = re.compile(r'<page width="([\d.]*[1-9][\d.]*)" height="([\d.]*[1-9][\d.]*)"')
_SECONDS = 60
_STRANGE = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_MOST_STRANGE = 0.01
_LEAST_SYLLABLES = 0.75
_LEAST_MARKED = 0.5
"""Of running words 87 % bear a mark, on all but 1 of 631 pages more than 57 %; in a layer that lost them few do."""
_ENOUGH_WORDS = 12
_LEAST_INKED = 0.95
_LEAST_PARTED = 0.9
"""Good layers have ink in every word and none between 99 % of them; shifted by a third of a letter's height 35 %."""
_LEAST_COVERED, _LEAST_COVERED_IN_LINES = 0.85, 0.93
"""Of the marks as big as letters (signatures and seals are some) 94 % lie in words, of those in lines 98 %."""
_DARK = 190
_LETTER_MM = (0.9, 8.0, 15.0)
"""Least and most height, and most width, of a mark that may be a letter or letters that touch."""
_GLANCE_DPI = 150


def plain_text(path: Path, number: int) -> str:
    """The text of page ``number``; empty when there is none to be had."""
    command = ["pdftotext", "-q", "-f", str(number), "-l", str(number), str(path), "-"]
    try:
        said = programs.run(command, name=path.name, seconds=_SECONDS)
    except ProgramFailed:
        return ""
    return said.decode("utf-8", "replace")


def words(path: Path, number: int, size: tuple[int, int], limits: Limits) -> tuple[Word, ...]:
    """The words of page ``number``, in the file's order; boxes are pixels of the page shown at ``size`` pixels."""
    command = ["pdftotext", "-q", "-cropbox", "-bbox", "-f", str(number), "-l", str(number), str(path), "-"]
    try:
        said = programs.run(command, name=path.name, seconds=limits.seconds_page).decode("utf-8", "replace")
    except ProgramFailed:
        return ()
    page = _PAGE.search(said)
    if page is None:
        return ()
    # The page stated is the one before its turn, the words are as shown; the long side is long either way.
    scale = max(size) / max(float(page[1]), float(page[2]))
    found = []
    for x0, y0, x1, y1, text in _WORD.findall(said):
        box = (float(x0) * scale, float(y0) * scale, float(x1) * scale, float(y1) * scale)
        plain = nfc(html.unescape(text)).strip()
        if plain and box[0] < box[2] and box[1] < box[3]:
            found.append(Word(plain, box, 1.0))
    return tuple(found)


def judge(found: tuple[Word, ...], image: Image.Image, dpi: float) -> Text | None:
    """Why the layer must not be trusted; ``None`` when it may be.

    Whether it says what is printed only a reader can tell (see ``ocr.strip``).

    Args:
        found: its words, boxes in pixels of ``image``.
        image: the page rendered.
        dpi: its resolution.
    """
    return _misspelt(found) or _misplaced(found, image, dpi)


def _misspelt(found: tuple[Word, ...]) -> Text | None:
    text = " ".join(word.text for word in found)
    if len(_STRANGE.findall(text)) > _MOST_STRANGE * len(text):
        return Text("lớp chữ có ký tự vô nghĩa", "the text layer holds meaningless characters")
    running = re.findall(r"\b[^\W\d_A-ZĐ]+\b", nfc(text))
    if syllable_share(" ".join(running)) < _LEAST_SYLLABLES and running:
        return Text("lớp chữ không phải tiếng Việt Unicode", "the text layer is not Vietnamese in Unicode")
    if len(running) >= _ENOUGH_WORDS and _marked(running) < _LEAST_MARKED:
        return Text("lớp chữ mất dấu", "the text layer has lost its diacritics")
    return None


def _misplaced(found: tuple[Word, ...], image: Image.Image, dpi: float) -> Text | None:
    if _turned(found):
        return Text("trang bị xoay so với lớp chữ", "the page is shown turned")
    by = max(1, round(dpi / _GLANCE_DPI))
    dark = np.asarray(image.convert("L").reduce(by)) < _DARK
    boxes = np.array([word.box for word in found]) / by
    if _inked(boxes, dark) < _LEAST_INKED or _parted(boxes, dark) < _LEAST_PARTED:
        return Text("lớp chữ không nằm trên chữ in", "the text layer does not lie on the print")
    covered, in_lines = _covered(boxes, dark, dpi / by / 25.4)
    if covered < _LEAST_COVERED or in_lines < _LEAST_COVERED_IN_LINES:
        return Text("lớp chữ thiếu một phần nội dung", "the text layer lacks a part of the print")
    return None


def _turned(found: tuple[Word, ...]) -> bool:
    """Whether the words run down or up the page, or from right to left."""
    long = [word.box for word in found if len(word.text) >= 3]
    standing = sum(x1 - x0 < y1 - y0 for x0, y0, x1, y1 in long)
    steps = [
        after.box[0] - before.box[0]
        for before, after in itertools.pairwise(found)
        if before.box[1] < (after.box[1] + after.box[3]) / 2 < before.box[3]  # on one line
    ]
    return standing > len(long) / 2 or sum(step < 0 for step in steps) > len(steps) / 2


def _marked(running: list[str]) -> float:
    return sum(fold(word) != word.casefold() for word in running) / len(running)


def _inked(boxes: Boxes, dark: Dark) -> float:
    """Share of the words in whose box there is ink."""
    return float(np.mean([_cut(dark, x0, y0, x1, y1).any() for x0, y0, x1, y1 in boxes]))


def _parted(boxes: Boxes, dark: Dark) -> float:
    """Share of the words with paper at both ends, at the height of small letters, as there is between words."""
    parted = []
    for x0, y0, x1, y1 in boxes:
        high = y1 - y0
        top, foot, aside = y0 + 0.25 * high, y0 + 0.72 * high, 0.1 * high
        ends = (_cut(dark, x - 1, top, x, foot) for x in (x0 - aside, x1 + aside))
        parted.append(all(end.mean() < 0.15 for end in ends if end.size))
    return float(np.mean(parted))


def _covered(boxes: Boxes, dark: Dark, millimetre: float) -> tuple[float, float]:
    """Share of the marks of the size of letters that lie in words: of all, and of those on a line with words."""
    _, _, stats, centres = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    least, most, widest = (length * millimetre for length in _LETTER_MM)
    letters = (stats[:, 3] >= least) & (stats[:, 3] <= most) & (stats[:, 2] <= widest)
    letters[0] = False  # the paper
    worded, lined = np.zeros(dark.shape, bool), np.zeros(dark.shape[0], bool)
    for x0, y0, x1, y1 in boxes:
        high = y1 - y0
        _cut(worded, x0 - 0.15 * high, y0 - 0.1 * high, x1 + 0.15 * high, y1 + 0.1 * high)[:] = True
        lined[max(0, int(y0 + 0.25 * high)) : max(0, int(y1 - 0.25 * high)) + 1] = True
    x, y = centres[letters].astype(int).T
    if not len(x):
        return 1.0, 1.0
    inside, on_line = worded[y, x], lined[y]
    return float(inside.mean()), float(inside[on_line].mean()) if on_line.any() else 1.0


def _cut(of: Dark, x0: float, y0: float, x1: float, y1: float) -> Dark:
    """What of ``of`` the box touches."""
    return of[max(0, int(y0)) : max(0, int(y1) + 1), max(0, int(x0)) : max(0, int(x1) + 1)]
