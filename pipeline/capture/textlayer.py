"""The text layer of a born-digital page: its words, and whether it can be trusted.

Real files carry garbage: fonts without ToUnicode, TCVN3 and VNI bytes shown by old fonts, layers of another page.
"""

from __future__ import annotations

import html
import itertools
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline import programs
from pipeline.dossier import Text, Word
from pipeline.errors import ProgramFailed
from pipeline.settings import Limits
from pipeline.vietnamese import fold, nfc, syllable_share

_WORD = re.compile(
    r'<word xMin="(-?[\d.]+)" yMin="(-?[\d.]+)" xMax="(-?[\d.]+)" yMax="(-?[\d.]+)">(.*?)</word>', re.DOTALL
)
_PAGE = re.compile(r'<page width="([\d.]*[1-9][\d.]*)" height="([\d.]*[1-9][\d.]*)"')
_SECONDS = 60
_STRANGE = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_MOST_STRANGE = 0.01
_LEAST_SYLLABLES = 0.75
_LEAST_MARKED = 0.2
"""Of running Vietnamese words about 70 % bear a mark; a layer that has lost them has almost none."""
_ENOUGH_WORDS = 12
_LEAST_INKED = 0.85
_LEAST_COVERED = 0.25
_DARK = 160


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


def judge(found: tuple[Word, ...], image: Image.Image) -> Text | None:
    """Why the layer must not be trusted; ``None`` when it may be. ``image`` is the page rendered, for its ink."""
    return _misspelt(found) or _misplaced(found, np.asarray(image.convert("L")) < _DARK)


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


def _misplaced(found: tuple[Word, ...], dark: NDArray[np.bool_]) -> Text | None:
    if _turned(found):
        return Text("trang bị xoay so với lớp chữ", "the page is shown turned")
    if _inked(found, dark) < _LEAST_INKED:
        return Text("lớp chữ không nằm trên chữ in", "the text layer does not lie on the print")
    if _covered(found, dark) < _LEAST_COVERED:
        return Text("lớp chữ thiếu phần lớn nội dung", "the text layer lacks most of the print")
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


def _inked(found: tuple[Word, ...], dark: NDArray[np.bool_]) -> float:
    """Share of the words in whose box there is ink."""
    return sum(bool(dark[_rows(word), _columns(word)].any()) for word in found) / len(found)


def _covered(found: tuple[Word, ...], dark: NDArray[np.bool_]) -> float:
    """Share of the rows with ink that have a word."""
    rows = dark.any(axis=1)
    worded = np.zeros(dark.shape[0], bool)
    for word in found:
        worded[_rows(word)] = True
    return float((rows & worded).sum() / max(int(rows.sum()), 1))


def _rows(word: Word) -> slice:
    return slice(max(0, int(word.box[1])), max(0, int(word.box[3])) + 1)


def _columns(word: Word) -> slice:
    return slice(max(0, int(word.box[0])), max(0, int(word.box[2])) + 1)
