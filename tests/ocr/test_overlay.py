"""The picture of what was read."""

import numpy as np
import pytest

from pipeline.dossier import Barcode, FieldValue, Line, PageReading, Region, Word
from pipeline.ocr import draw_overlay, overlay

WORDS = (
    Word("sure", (100, 200, 200, 240), 0.99, True),
    Word("unsure", (300, 200, 400, 240), 0.4, True),
    Word("differ", (500, 200, 600, 240), 0.9, False),
)


def reading(**more) -> PageReading:
    return PageReading(1, 900, 600, 200, 0, 0.0, (Line(WORDS, (100, 200, 600, 240), "body"),), **more)


def frame(picture: np.ndarray, word: Word) -> tuple[int, ...]:
    """Colour of the word's frame (red green blue)."""
    return tuple(int(v) for v in picture[int(word.box[3]), int(word.box[0]) + 20, ::-1])


def test_words_are_framed_by_how_sure_they_are():
    pixels = np.full((600, 900, 3), 255, np.uint8)
    drawn = draw_overlay(pixels, reading())
    assert drawn.shape == pixels.shape
    assert drawn.dtype == np.uint8
    assert (pixels == 255).all()
    assert [frame(drawn, word) for word in WORDS] == [overlay._SURE, overlay._DOUBTFUL, overlay._DIFFERENT]


def test_places_and_fields_are_named():
    pixels = np.full((600, 900, 3), 255, np.uint8)
    full = reading(
        regions=(Region("stamp", (600, 300, 800, 500)),), barcodes=(Barcode("x", "QRCode", (50, 400, 150, 500)),)
    )
    fields = (
        FieldValue("ngay_cap", "2024-03-05", page=1, box=(100, 320, 300, 360)),
        FieldValue("so_ky_hieu", "", page=2, box=(400, 500, 500, 560)),
        FieldValue("ten_giay_to", "Giấy khai sinh"),
    )
    plain, drawn = draw_overlay(pixels, reading()), draw_overlay(pixels, full, fields)
    changed = (plain != drawn).any(axis=2)
    assert changed[320:361, 100].all()
    assert changed[300:501, 600].all()
    assert changed[400:501, 50].all()
    assert not changed[500:561, 400:501].any()  # a field of another page


def test_without_a_font_names_are_folded(monkeypatch):
    monkeypatch.setattr(overlay, "_font", lambda size: overlay.ImageFont.load_default_imagefont())
    drawn = draw_overlay(
        np.full((600, 900, 3), 255, np.uint8),
        reading(),
        (FieldValue("a", "Đặng Ế ☃", page=1, box=(100, 320, 300, 360)),),
    )
    assert (drawn[300:320, 100:200] != 255).any()


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 3000, 3)])
def test_odd_sizes(shape):
    empty = PageReading(1, shape[1], shape[0], 200, 0, 0.0, (Line(WORDS[:1], WORDS[0].box, "body"),))
    assert draw_overlay(np.zeros(shape, np.uint8), empty).shape == shape
