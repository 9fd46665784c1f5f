"""The picture of what was read: frames and numbers on the page, names beside it, the legend below."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dossier import Barcode, FieldValue, Line, PageReading, Region, Word
from pipeline.ocr import Place, draw_overlay, overlay, paint

WORDS = (
    Word("sure", (100, 200, 200, 240), 0.99, True),
    Word("unsure", (300, 200, 400, 240), 0.4, True),
    Word("differ", (500, 200, 600, 240), 0.9, False),
    Word("mended", (650, 200, 760, 240), 0.9, True, raw="mendid"),
)
KINDS = ("sure", "unsure", "different", "corrected")


def reading(**more) -> PageReading:
    return PageReading(1, 900, 600, 200, 0, 0.0, (Line(WORDS, (100, 200, 760, 240), "body"),), **more)


def white(shape=(600, 900, 3)) -> np.ndarray:
    return np.full(shape, 255, np.uint8)


def frame(picture: np.ndarray, word: Word) -> tuple[int, ...]:
    """Colour of the word's frame (red green blue)."""
    return tuple(int(v) for v in picture[int(word.box[3]), int(word.box[0]) + 20, ::-1])


def test_words_are_framed_by_how_sure_they_are():
    pixels = white()
    drawn = draw_overlay(pixels, reading())
    assert drawn.dtype == np.uint8
    assert (pixels == 255).all()
    assert [frame(drawn, word) for word in WORDS] == [paint.COLOURS[kind] for kind in KINDS]


def test_the_page_keeps_its_place_and_nothing_within_the_frames_is_covered():
    pixels = np.random.default_rng(1).integers(100, 255, (600, 900, 3), np.uint8)
    drawn = draw_overlay(pixels, reading(), (FieldValue("Số", "15", page=1, box=(100, 320, 300, 360)),))
    assert drawn.shape[0] > 600
    assert drawn.shape[1] > 900
    for x0, y0, x1, y1 in (*(tuple(map(int, word.box)) for word in WORDS), (100, 320, 300, 360)):
        assert (drawn[y0:y1, x0:x1] == pixels[y0:y1, x0:x1]).mean() > 0.95  # but for the line to the strip


def test_places_and_fields_are_framed():
    full = reading(
        regions=(Region("stamp", (600, 300, 800, 500)), Region("handwriting", (300, 480, 420, 540))),
        barcodes=(Barcode("x", "QRCode", (50, 400, 150, 500)),),
    )
    fields = (
        FieldValue("ngay_cap", "2024-03-05", page=1, box=(100, 320, 300, 360)),
        FieldValue("so_ky_hieu", "", page=2, box=(400, 540, 500, 580)),
        FieldValue("ten_giay_to", "Giấy khai sinh"),
    )
    plain, drawn = draw_overlay(white(), reading()), draw_overlay(white(), full, fields)
    changed = (plain != drawn)[:600, :900].any(axis=2)
    for x0, y0, x1, y1 in ((100, 320, 300, 360), (600, 300, 800, 500), (50, 400, 150, 500), (300, 480, 420, 540)):
        assert changed[y0 - 8 : y0, x0:x1].any(axis=0).all()
        assert changed[y0:y1, x0 - 8 : x0].any(axis=1).all()
    assert not changed[550:575, 420:480].any()  # a field of another page


def test_names_stand_beside_the_page_level_with_their_places():
    """What is far apart on the page is in the strip where it is on the page."""
    for y in (60, 300, 520):
        drawn = draw_overlay(white(), reading(regions=(Region("stamp", (100, y - 20, 200, y + 20)),)))
        strip = (drawn[:600, 930:] == paint.COLOURS["stamp"][::-1]).all(axis=2).any(axis=1)
        assert strip[y - 15 : y + 15].any()
        assert not strip[: y - 25].any()
        assert not strip[y + 25 :].any()


def test_places_are_numbered_in_their_colours():
    place = Place(7, "different", WORDS[2].box, "differ")
    plain, drawn = draw_overlay(white(), reading()), draw_overlay(white(), reading(), places=(place,))
    ys, xs = np.nonzero((plain != drawn).any(axis=2))
    assert abs(xs.mean() - WORDS[2].box[0]) < 15
    assert abs(ys.mean() - WORDS[2].box[1]) < 15
    assert (drawn[ys, xs] == paint.COLOURS["different"][::-1]).all(axis=1).mean() > 0.4


def test_numbers_do_not_hide_each_other():
    places = [Place(n, "different", (100, 200, 500, 240), "") for n in (1, 2, 3)]
    one = (draw_overlay(white(), reading(), places=places[:1]) != draw_overlay(white(), reading())).any(axis=2).sum()
    all_ = (draw_overlay(white(), reading(), places=places) != draw_overlay(white(), reading())).any(axis=2).sum()
    assert all_ > 2.5 * one


@pytest.mark.parametrize("language", ["vi", "en"])
def test_both_languages(language):
    assert draw_overlay(white(), reading(), language=language).shape[1] > 900


def test_without_a_font_names_are_folded(monkeypatch):
    monkeypatch.setattr(paint, "font", lambda size: paint.ImageFont.load_default_imagefont())
    field = FieldValue("a", "Đặng Ế ☃", page=1, box=(100, 320, 300, 360))
    drawn = draw_overlay(white(), reading(), (field,))
    assert (drawn[320:360, 905:] != 255).any()


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 3000, 3), (3000, 5, 3), (210, 210, 3)])
def test_odd_sizes(shape):
    word = Word("x", (0, 0, shape[1], shape[0]), 0.9, False)
    empty = PageReading(1, shape[1], shape[0], 200, 0, 0.0, (Line((word,), word.box, "body"),))
    drawn = draw_overlay(white(shape), empty, places=(Place(1, "different", word.box, "x"),))
    assert drawn.shape[0] >= shape[0]


@pytest.mark.parametrize("box", [(50, 50, 50, 50), (-20, -20, -5, -5), (5000, 5000, 5100, 5040), (10, 40, 9.5, 39)])
def test_boxes_without_area_or_beyond_the_page(box):
    word = Word("x", box, 0.5, False, raw="y")
    odd = PageReading(
        1, 900, 600, 200, 0, 0.0, (Line((word,), box, "body"),), (Barcode("", "", box),), (Region("stamp", box),)
    )
    draw_overlay(white(), odd, (FieldValue("a", page=1, box=box),), (Place(1, "field", box, ""),))


@given(st.lists(st.floats(0, 1000), max_size=60), st.integers(1, 40))
def test_names_never_lie_on_each_other(wanted, line):
    tops = overlay._levels(sorted(wanted), line, 5000)
    assert all(b - a >= line - 1e-6 for a, b in pairwise(tops))
    assert all(0 <= top <= 5000 - line for top in tops)
