"""Writing in the colour of a pen."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.dossier import Line, Word
from pipeline.ocr.geometry import inside
from pipeline.ocr.pen import mark_pen
from tests.ocr.drawing import font, pixels

BLUE, BLACK = (38, 62, 168), (20, 20, 22)


def _page(parts, *, size=(700, 140), ground="white"):
    """A row of words in given inks, each as read by both readers."""
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    words, x = [], 40.0
    for text, ink in parts:
        draw.text((x, 40), text, font=font(46), fill=ink)
        box = tuple(map(float, draw.textbbox((x, 40), text, font=font(46))))
        words.append(Word(text, box, 0.99, True))
        x = box[2] + 14
    box = (words[0].box[0], words[0].box[1], words[-1].box[2], words[-1].box[3])
    return pixels(image), (Line(tuple(words), box),)


@pytest.mark.parametrize("ink", [(40, 60, 160), (24, 44, 150), (22, 26, 92), (70, 90, 190)])
def test_figures_in_blue_are_a_pen_s(ink):
    picture, lines = _page([("Số:", BLACK), ("284/2023", ink)])
    (marked,), (region,) = mark_pen(picture, lines)
    assert region.kind == "handwriting"
    assert inside(region.box, lines[0].words[1].box) > 0.9
    assert marked.words[0] == lines[0].words[0]
    assert (marked.words[1].text, marked.words[1].agreed) == ("284/2023", False)
    assert marked.words[1].confidence <= 0.3


@pytest.mark.parametrize(
    "ink",
    [(0, 0, 0), (60, 60, 60), (200, 30, 40), (30, 30, 48), (12, 12, 24), (88, 52, 150)],
    ids=["black", "grey", "red", "bluish toner", "dark bluish toner", "violet"],
)
def test_other_inks_are_none(ink):
    picture, lines = _page([("284/2023", ink)])
    assert mark_pen(picture, lines) == (lines, ())


def test_words_that_were_read_in_blue_print_are_let_be():
    picture, lines = _page([("Điện", BLUE), ("thoại", BLUE), ("0255", BLUE)])
    assert mark_pen(picture, lines) == (lines, ())


def test_what_nobody_read_in_blue_is_shown():
    picture, lines = _page([("Họ", BLACK), ("Nguyễn", BLUE)])
    read = (Line(lines[0].words[:1], lines[0].box),)
    (region,) = mark_pen(picture, read)[1]
    assert inside(region.box, lines[0].words[1].box) > 0.9
    assert mark_pen(picture, ())[1] != ()


def test_a_blue_ground_is_no_writing():
    picture, lines = _page([("284/2023", BLACK)], ground=(120, 160, 230))
    assert mark_pen(picture, lines)[1] == ()


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 5000, 3), (5000, 1, 3)])
def test_odd_sizes(shape):
    mark_pen(np.full(shape, (200, 60, 40), np.uint8), ())
