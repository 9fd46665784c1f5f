"""Selecting text in a record gives the words that were read there: real readings, looked at with pdftotext."""

from __future__ import annotations

import html
import math
import re
from collections import Counter
from pathlib import Path

import pytest

from pipeline import capture, packaging, recipe
from pipeline.dossier import Box, PageReading, Word
from pipeline.ocr import open_desk
from pipeline.programs import run
from pipeline.settings import Legal, Limits, Reading
from tests.ocr.drawing import decision
from tests.packaging.drawing import document

_WORD = re.compile(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>')
_PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)"')
_NEAR = 2.0
"""Pixels of the page that a word of the layer may lie beside the word read."""
_SHARE = 0.99


@pytest.fixture(scope="module")
def reader():
    return open_desk(Reading(), Limits())


def _layer(pdf: Path, reading: PageReading) -> list[tuple[str, Box]]:
    """The words of the record, boxes in pixels of the upright page."""
    told = run(["pdftotext", "-bbox", pdf, "-"], name="record", seconds=30).decode()
    sizes = _PAGE.search(told)
    assert sizes is not None
    across, down = reading.width / float(sizes[1]), reading.height / float(sizes[2])
    return [
        (html.unescape(text), (float(x0) * across, float(y0) * down, float(x1) * across, float(y1) * down))
        for x0, y0, x1, y1, text in _WORD.findall(told)
    ]


def _at(layer: list[tuple[str, Box]], x: float, y: float) -> list[str]:
    """What is selected by pointing at a place."""
    return [text for text, (x0, y0, x1, y1) in layer if x0 <= x <= x1 and y0 <= y <= y1]


def _on_its_place(word: Word, box: Box, skew: float) -> bool:
    """Whether ``box`` begins and ends with the word and reaches over its height (it is as tall as the whole line).

    The box of a slanting word is taller than the word by as much as the word climbs; the layer's words are level.
    """
    x0, y0, x1, y1 = word.box
    climb = (x1 - x0) * abs(math.sin(math.radians(skew)))
    level = abs(box[0] - x0) <= _NEAR and abs(box[2] - x1) <= _NEAR
    return level and box[1] <= y0 + climb / 2 + _NEAR and box[3] >= y1 - climb / 2 - _NEAR


@pytest.mark.parametrize(
    ("skew", "turn"),
    [(0.0, 0), (2.0, 0), (-1.2, 0), (0.0, 90), (2.0, 180)],
    ids=["upright", "skewed", "skewed the other way", "turned", "skewed and upside down"],
)
def test_the_words_of_the_record_lie_on_the_words_read(reader, legal: Legal, tmp_path: Path, skew: float, turn: int):
    scan, work = tmp_path / "trang.png", tmp_path / "work"
    decision(turn=skew).rotate(turn, expand=True).save(scan, dpi=(200, 200))
    work.mkdir()
    (page,) = capture.take(scan, work, Limits()).pages
    page, reading = recipe.read_page(page, reader, Limits())
    assert page.rotation == turn
    assert page.skew == pytest.approx(skew, abs=0.2)
    record = tmp_path / "record.pdf"
    packaging.build(document([page], [reading], scan), record, legal, "Quyết định")

    words, layer = list(reading.words()), _layer(record, reading)
    assert len(words) > 100
    assert Counter(text for text, _ in layer) == Counter(word.text for word in words)
    placed = sum(
        any(text == word.text and _on_its_place(word, box, page.skew) for text, box in layer) for word in words
    )
    assert placed >= _SHARE * len(words)
    middles = [((word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2) for word in words]
    chosen = sum(_at(layer, *middle) == [word.text] for word, middle in zip(words, middles, strict=True))
    assert chosen >= _SHARE * len(words)
