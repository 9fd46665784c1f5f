"""A text layer is believed only where a reader reads the same."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.dossier import Word
from pipeline.ocr.printed import printed_lines
from pipeline.ocr.readers import Clock
from pipeline.ocr.second import TrueOcr
from pipeline.ocr.strip import layer_holds, strips
from tests.ocr.drawing import BODY, FOOT_LEFT, HEAD_RIGHT, TITLE, font

LINES = [*HEAD_RIGHT, *TITLE, *BODY, *FOOT_LEFT]


@pytest.fixture(scope="module")
def reader() -> TrueOcr:
    return TrueOcr()


def typed(lines: list[str]) -> tuple[np.ndarray, list[Word]]:
    """A page of ``lines`` in grey at 300 dpi, and its words where they stand."""
    image = Image.new("L", (2480, 200 + 120 * len(lines)), 250)
    draw, face, words = ImageDraw.Draw(image), font(54), []
    for row, line in enumerate(lines):
        x, y = 240.0, 100 + 120 * row
        for text in line.split():
            draw.text((x, y), text, font=face, fill=25)
            right = x + draw.textlength(text, font=face)
            words.append(Word(text, (x, y, right, y + 66), 1.0))
            x = right + draw.textlength(" ", font=face)
    return np.asarray(image), words


def holds(grey: np.ndarray, words: list[Word], reader: TrueOcr) -> bool:
    return layer_holds(grey, 300, words, reader, Clock(60, "page 1"))


def test_the_words_that_are_printed_hold(reader: TrueOcr) -> None:
    assert holds(*typed(LINES), reader)


def test_a_line_in_letters_nobody_reads_does_not_matter(reader: TrueOcr) -> None:
    grey, words = typed([*LINES, "I<VNM0123456789<<<<<<<<<<<<<<0123456789"])
    assert holds(grey, words, reader)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.3], ids=["all", "half", "a third"])
def test_other_words_than_printed_do_not_hold(reader: TrueOcr, share: float) -> None:
    grey, words = typed(LINES)
    rng = np.random.default_rng(2)
    others = rng.permutation([word.text for word in words])
    false = [
        replace(word, text=str(other)) if rng.random() < share else word
        for word, other in zip(words, others, strict=True)
    ]
    assert not holds(grey, false, reader)


def test_the_words_of_another_page_do_not_hold(reader: TrueOcr) -> None:
    grey, _ = typed(LINES)
    assert not holds(grey, typed(LINES[::-1])[1], reader)


def test_a_page_without_words_does_not_hold(reader: TrueOcr) -> None:
    assert not holds(typed(LINES)[0], [], reader)


def test_strips_are_spread_over_the_page_and_short() -> None:
    _, words = typed(["một hai ba bốn năm sáu " * 6] * 40)
    found = strips(printed_lines(words))
    assert len(found) == 4
    tops = [line[0].box[1] for line in found]
    assert tops == sorted(tops)
    assert tops[-1] - tops[0] > 20 * 120
    assert all(sum(len(word.text) for word in line) <= 60 for line in found)
