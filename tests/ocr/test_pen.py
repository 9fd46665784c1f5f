import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.dossier import Line, Word
from pipeline.ocr.pen import in_pen_colour


def _page(ink, text="284/2023"):
    image = Image.new("RGB", (600, 120), "white")
    draw = ImageDraw.Draw(image)
    draw.text((40, 30), text, fill=ink, font_size=50)
    box = tuple(map(float, draw.textbbox((40, 30), text, font_size=50)))
    word = Word(text, box, 0.99, True)
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1]), (Line((word,), box),)


@pytest.mark.parametrize("ink", [(40, 60, 160), (20, 30, 120), (70, 90, 190)])
def test_figures_in_blue_are_a_pen_s(ink):
    pixels, lines = _page(ink)
    (region,) = in_pen_colour(pixels, lines)
    assert region.kind == "handwriting"
    assert region.box == lines[0].words[0].box


@pytest.mark.parametrize("ink", [(0, 0, 0), (60, 60, 60), (200, 30, 40)])
def test_black_grey_and_red_figures_are_none(ink):
    assert in_pen_colour(*_page(ink)) == ()


def test_words_without_figures_are_let_be():
    assert in_pen_colour(*_page((40, 60, 160), "Xanh")) == ()
