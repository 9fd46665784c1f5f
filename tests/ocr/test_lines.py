"""What becomes of a line of which the two readers say different things."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.dossier import Word
from pipeline.ocr.context import Context
from pipeline.ocr.lines import read_fused
from pipeline.ocr.readers import Clock

BOX = (0.0, 0.0, 1600.0, 60.0)
GREY = np.full((80, 1700), 255, np.uint8)


class Saying:
    """A reader that says the same of every line; it comes in through the same door as any other."""

    name = "saying"

    def __init__(self, text: str, confidence: float) -> None:
        self._words = tuple(
            Word(word, (80.0 * i, 0.0, 80.0 * i + 70, 60.0), confidence) for i, word in enumerate(text.split())
        )

    def find_lines(self, grey):
        return (BOX,)

    def read_lines(self, grey, boxes, dpi, clock):
        return tuple(self._words for _ in boxes)

    def look_again(self, grey, boxes, dpi, clock):
        return ()

    def read_page(self, grey, dpi, clock):
        return ()


def fused(first: tuple[str, float], second: tuple[str, float]):
    return read_fused(GREY, [BOX], 300, (Saying(*first), Saying(*second)), Context(), Clock(60, "page 1"))


def test_print_that_a_stroke_crosses_is_kept_and_doubted():
    read = fused(("Sủa đổi, bộ sung một số điều của Luật Tổ chú' nhủ", 0.62), ("914044010100dh1u", 0.33))
    (line,) = read.lines
    assert line.text.startswith("Sủa đổi, bộ sung một số điều")
    assert {word.agreed for word in line.words} == {False}
    assert read.unread == ()


@pytest.mark.parametrize("first", ["%⁄4^„", "J) 1", "ân W1 x q pz 3k v", ""])
def test_ink_that_makes_no_sense_to_either_is_left_unread(first):
    read = fused((first, 0.4), ("h0 Tg", 0.42))
    assert (read.lines, read.unread) == ((), (BOX,))
