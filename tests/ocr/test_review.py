"""The places that a person has to look at, and the sheet of cuttings."""

import numpy as np
import pytest

from pipeline.dossier import FieldValue, Line, PageReading, Region, Word
from pipeline.ocr import Place, draw_review, paint, places_to_review


def word(text, x, y=100.0, *, sure=True, agreed=True, raw="") -> Word:
    return Word(text, (x, y, x + 80, y + 30), 0.95 if sure else 0.5, agreed, raw)


def page(*rows, regions=()) -> PageReading:
    return PageReading(
        1, 900, 600, 200, 0, 0.0, tuple(Line(tuple(row), (0, 0, 900, 30), "body") for row in rows), (), tuple(regions)
    )


def seen(places) -> list[tuple[int, str, str]]:
    return [(place.number, place.kind, place.read) for place in places]


def test_words_side_by_side_make_one_place():
    row = [
        word("Điều", 0),
        word("một", 100, agreed=False),
        word("hai", 200, sure=False),
        word("ba", 300),
        word("tư", 400, sure=False),
    ]
    places = places_to_review(page(row))
    assert seen(places) == [(1, "different", "một hai"), (2, "unsure", "tư")]
    assert places[0].box == (100, 100, 280, 130)


def test_a_place_ends_with_its_line():
    rows = [[word("một", 700, agreed=False)], [word("hai", 0, 150, agreed=False)]]
    assert [place.read for place in places_to_review(page(*rows))] == ["một", "hai"]


def test_corrected_words_are_places_of_their_own_with_what_was_read():
    row = [word("GIÁM", 0, raw="GIAM"), word("ĐỐC", 100, raw="ĐÓC"), word("Sở", 200, agreed=False)]
    places = places_to_review(page(row))
    assert seen(places) == [(1, "corrected", "GIÁM ĐỐC"), (2, "different", "Sở")]
    assert places[0].note == "GIAM ĐÓC"


def test_doubtful_fields_come_first_and_speak_for_their_words():
    row = [word("15", 100, agreed=False), word("năm", 600, agreed=False)]
    fields = [
        FieldValue("Số", "15", page=1, box=(90, 95, 190, 135), needs_review=True, reason="hai bộ đọc khác nhau"),
        FieldValue("Tên", "x", page=1, box=(500, 400, 600, 430)),
        FieldValue("Ngày", "", page=2, box=(90, 300, 190, 335), needs_review=True),
        FieldValue("Nơi", "", page=1, needs_review=True),
    ]
    places = places_to_review(page(row), fields)
    assert seen(places) == [(1, "field", "15"), (2, "different", "năm")]
    assert places[0].note == "Số; hai bộ đọc khác nhau"


def test_handwriting_and_ink_are_places_once():
    regions = [
        Region("handwriting", (300, 200, 400, 240)),
        Region("handwriting", (305, 202, 398, 238)),
        Region("unread", (100, 400, 500, 480)),
        Region("stamp", (600, 400, 800, 580)),
    ]
    places = places_to_review(page([word("09", 310, 205, agreed=False)], regions=regions))
    assert seen(places) == [(1, "handwriting", "09"), (2, "unread", "")]
    assert places[0].box == (300, 200, 400, 240)


def test_a_field_by_hand_is_one_place():
    field = FieldValue("Ngày", "", page=1, box=(300, 200, 400, 240), needs_review=True)
    places = places_to_review(page(regions=[Region("handwriting", (310, 205, 390, 235))]), [field])
    assert seen(places) == [(1, "field", "")]


def test_nothing_doubtful_makes_no_place():
    assert places_to_review(page([word("Điều", 0), word("một", 100)])) == ()


def test_the_threshold_is_the_caller_s():
    row = [Word("Điều", (0, 0, 10, 10), 0.9, True)]
    assert places_to_review(page(row), review_below=0.85) == ()
    assert len(places_to_review(page(row), review_below=0.95)) == 1


# -- the sheet --------------------------------------------------------------------------------------------------


def test_every_place_is_cut_out_enlarged():
    pixels = np.full((600, 900, 3), 255, np.uint8)
    green, violet = (90, 200, 90), (200, 90, 200)
    pixels[100:130, 100:180], pixels[300:330, 500:580] = green, violet
    places = [Place(1, "different", (100, 100, 180, 130), "một"), Place(2, "field", (500, 300, 580, 330), "hai", "Số")]
    sheet = draw_review(pixels, places)
    for colour, kind in ((green, "different"), (violet, "field")):
        ys, xs = np.nonzero((sheet == colour).all(axis=2))
        assert len(ys) > 3 * 80 * 30  # 64 pixels for 30: 4.5 times the area
        around = sheet[ys.min() - 3 : ys.max() + 4, xs.min() - 3 : xs.max() + 4]
        assert (around == paint.COLOURS[kind][::-1]).all(axis=2).any()


@pytest.mark.parametrize("count", [0, 1, 40, 400])
def test_sheets_of_any_length(count):
    pixels = np.full((600, 900, 3), 200, np.uint8)
    places = [Place(n + 1, "unsure", (10, 10, 90, 40), f"chữ {n}") for n in range(count)]
    sheet = draw_review(pixels, places, "en")
    assert sheet.dtype == np.uint8
    assert sheet.shape[1] == 1800
    assert sheet.shape[0] < 20_000


@pytest.mark.parametrize(
    "box",
    [(50, 50, 50, 50), (-30, -30, -5, -5), (5000, 5000, 5100, 5040), (0, 0, 900, 600), (0, 100, 900, 101)],
)
def test_places_of_any_shape(box):
    pixels = np.full((600, 900, 3), 200, np.uint8)
    draw_review(pixels, [Place(1, "unread", box, "x" * 500), Place(2, "corrected", box, "a", "b")])
    draw_review(np.zeros((1, 1, 3), np.uint8), [Place(1, "handwriting", box, "")])
