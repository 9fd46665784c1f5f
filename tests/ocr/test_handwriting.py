"""Slots for number and date."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.dossier import Line, Word
from pipeline.ocr.geometry import inside
from pipeline.ocr.handwriting import mark_slots
from tests.ocr.drawing import font


def drawn(parts: list[tuple[str, int]], zone: str, *, agreed: bool = True) -> tuple[np.ndarray, Line]:
    """Grey picture of words in given type sizes (big: as if by hand), and the line as both readers would give it."""
    image = Image.new("L", (1400, 160), 255)
    draw = ImageDraw.Draw(image)
    words, x = [], 60.0
    for text, size in parts:
        draw.text((x, 110), text, font=font(size), fill=20, anchor="ls")
        width = draw.textlength(text, font=font(size))
        words.append(Word(text, (x, 60, x + width, 125), 0.96, agreed))
        x += width + 14
    return np.asarray(image), Line(tuple(words), (60, 60, x, 125), zone)


DATE = [("Thí", 48), ("Điểm,", 48), ("ngày", 48), ("05", 48), ("tháng", 48), ("3", 48), ("năm", 48), ("2024", 48)]


def test_printed_number_and_date_stay_as_they_are():
    for parts, zone in (([("Số:", 48), ("15", 48), ("/QĐ-UBND", 48)], "head_left"), (DATE, "head_right")):
        grey, line = drawn(parts, zone)
        assert mark_slots(grey, [line]) == ((line,), ())


@pytest.mark.parametrize(
    ("parts", "zone", "index"),
    [
        ([("Số:", 48), ("15", 66), ("/QĐ-UBND", 48)], "head_left", 1),
        ([*DATE[:3], ("05", 66), *DATE[4:]], "head_right", 3),
        ([*DATE[:3], ("05", 66), *DATE[4:]], "foot_right", 3),
        ([*DATE[:5], ("3", 66), *DATE[6:]], "head_right", 5),
    ],
)
def test_taller_ink_is_marked_even_if_both_readers_agree(parts, zone, index):
    grey, line = drawn(parts, zone)
    (marked,), (region,) = mark_slots(grey, [line])
    assert region.kind == "handwriting"
    assert inside(line.words[index].box, region.box) > 0.95
    assert marked.words[index].agreed is False
    assert marked.words[index].confidence <= 0.3
    assert [w.text for w in marked.words] == [w.text for w in line.words]
    assert all(new == old for i, (new, old) in enumerate(zip(marked.words, line.words, strict=True)) if i != index)


def test_what_is_no_number_in_a_slot_is_doubted():
    grey, line = drawn([("Số:", 48), ("O4", 48), ("/QĐ-UBND", 48)], "head_left")
    (marked,), regions = mark_slots(grey, [line])
    assert marked.words[1].agreed is False
    assert regions == ()


def test_other_lines_are_left_alone():
    grey, line = drawn([("Số:", 48), ("15", 66), ("/QĐ-UBND", 48)], "body")
    assert mark_slots(grey, [line]) == ((line,), ())
    grey, line = drawn([("Sở", 48), ("Tài", 48), ("chính", 48)], "head_left")
    assert mark_slots(grey, [line]) == ((line,), ())


def test_faint_toner_is_measured_like_strong():
    grey, line = drawn([("Số:", 48), ("15", 66), ("/QĐ-UBND", 48)], "head_left")
    faint = (255 - (255 - grey.astype(int)) * 0.35).astype(np.uint8)
    assert len(mark_slots(faint, [line])[1]) == 1
    grey, line = drawn(DATE, "head_right")
    faint = (255 - (255 - grey.astype(int)) * 0.35).astype(np.uint8)
    assert mark_slots(faint, [line]) == ((line,), ())


def test_a_day_that_was_left_out_is_found_between_its_neighbours():
    """A reader that cannot read the day stretches the word before it or behind it over the gap."""
    grey, line = drawn([*DATE[:3], ("05", 66), *DATE[4:]], "head_right")
    words = list(line.words)
    for reach in ((words[2].box[0], words[3].box[2]), (words[2].box[0], words[4].box[0] - 8)):
        stretched = Word("ngày", (reach[0], 60, reach[1], 125), 0.5, False)
        (region,) = mark_slots(grey, [Line((*words[:2], stretched, *words[4:]), line.box, line.zone)])[1]
        assert inside(words[3].box, region.box) > 0.8


def test_a_day_read_into_its_neighbours_is_found():
    grey, line = drawn([*DATE[:3], ("05", 66), *DATE[4:]], "head_right")
    words = list(line.words)
    merged = Word("ngày4tháng", (words[2].box[0], 60, words[4].box[2], 125), 0.2, False)
    (region,) = mark_slots(grey, [Line((*words[:2], merged, *words[5:]), line.box, line.zone)])[1]
    assert inside(words[3].box, region.box) > 0.7


@pytest.mark.parametrize("zone", ["head_right", "body", ""])
def test_the_number_of_a_certificate_stands_alone(zone):
    grey, line = drawn([("Số:", 48), ("284/2023", 66)], zone)
    (marked,), (region,) = mark_slots(grey, [line])
    assert inside(line.words[1].box, region.box) > 0.95
    assert marked.words[1].agreed is False
    grey, line = drawn([("Số:", 48), ("284/2023", 48)], zone)
    assert mark_slots(grey, [line]) == ((line,), ())


@pytest.mark.parametrize(("read", "confidence"), [("87", 0.48), ("ŸÏ", 0.05)])
def test_figures_written_into_a_sentence_are_found(read, confidence):
    parts = [("Quyết", 48), ("định", 48), ("số", 48), ("87", 66), ("/QĐ-UBND", 48)]
    for size, expected in ((66, 1), (48, 0)):
        grey, line = drawn([(text, size if text == "87" else 48) for text, _ in parts], "body")
        words = list(line.words)
        words[3] = Word(read, words[3].box, confidence, False)
        (marked,), regions = mark_slots(grey, [Line(tuple(words), line.box, line.zone)])
        assert [region.box for region in regions] == [words[3].box] * expected
        assert expected == 0 or marked.words[3].confidence <= 0.3


def test_tall_figures_on_which_the_readers_agree_are_print():
    grey, line = drawn([("số", 48), ("87", 66), ("/QĐ-UBND", 48)], "body")
    assert mark_slots(grey, [line]) == ((line,), ())


# -- rows of dots -----------------------------------------------------------------------------------------------


def dotted(label: str, value: str, size: int, seen: tuple[str, float], *, by_hand: bool = True):
    """A field of a form with ``value`` on its dots, the line as the readers give it, and where the value stands."""
    image = Image.new("L", (1400, 200), 255)
    draw = ImageDraw.Draw(image)
    words, x = [], 60.0
    for text in label.split():
        width = draw.textlength(text, font=font(48))
        draw.text((x, 120), text, font=font(48), fill=20, anchor="ls")
        words.append(Word(text, (x, 75, x + width, 133), 0.96, True))
        x += width + 12
    at = (x + 60, 114) if by_hand else (x, 120)  # print takes the place of the dots
    place = draw.textbbox(at, value, font=font(size), anchor="ls")
    draw.text((x if by_hand else place[2], 120), "." * 70, font=font(48), fill=20, anchor="ls")
    draw.text(at, value, font=font(size), fill=20, anchor="ls")
    words.append(Word(seen[0], (x, 70, x + 900, 133), seen[1], False))
    return np.asarray(image), Line(tuple(words), (60, 70, x + 900, 133), "body"), place


def test_writing_on_dots_is_found_and_doubted():
    for seen in (("...02..", 0.45), ("...4/1.......", 0.05)):
        grey, line, place = dotted("Số bộ hồ sơ nộp:", "14", 66, seen)
        (marked,), (region,) = mark_slots(grey, [line])
        assert inside(place, region.box) > 0.8
        assert marked.words[-1].confidence <= 0.3
        assert marked.words[:-1] == line.words[:-1]


def test_writing_as_small_as_print_is_found_when_it_could_not_be_read():
    grey, line, place = dotted("Số nhà:", "14", 48, ("...l/1.......", 0.05))
    (region,) = mark_slots(grey, [line])[1]
    assert inside(place, region.box) > 0.8


def test_what_was_typed_on_dots_is_let_be():
    grey, line, _ = dotted("Họ và tên:", "Hoa", 48, ("Hoa............", 0.45), by_hand=False)
    assert mark_slots(grey, [line]) == ((line,), ())


def test_empty_dots_are_let_be():
    grey, line, _ = dotted("Họ và tên:", "", 48, ("...............", 0.2))
    assert mark_slots(grey, [line]) == ((line,), ())
